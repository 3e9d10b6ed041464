"""Figures on a given Axes."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transferperf.metric import Metric
from transferperf.report import draw_heat_map, draw_predictions, draw_tuning_curve

SECONDS = Metric("time", unit="s")


@pytest.fixture
def axes() -> Axes:
    """An empty Axes."""
    return Figure().add_subplot()


def test_a_heat_map_says_its_values(axes: Axes) -> None:
    """Each cell has its value in two digits, an unknown one a question mark, each row and column its name."""
    draw_heat_map(axes, np.array([[1.0, -0.082], [np.nan, 0.974]]), ["disk", "memory"], title="Spearman")
    assert [text.get_text() for text in axes.texts] == ["1", "-.08", "?", ".97"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["disk", "memory"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["disk", "memory"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("target", "source")


def test_a_large_heat_map_leaves_the_values_out(axes: Axes) -> None:
    """With 98 environments the cells are too small to be written in."""
    draw_heat_map(axes, np.eye(98), [str(i) for i in range(98)])
    assert not axes.texts
    assert len(axes.get_xticklabels()) == 98


def test_predictions_show_how_many_intervals_hold(axes: Axes) -> None:
    """The legend counts the measurements inside and outside; the axes carry the unit."""
    measured = np.array([1.0, 2.0, 3.0])
    draw_predictions(axes, measured, measured + 0.1, measured - [0.1, 0.1, -0.05], measured + 0.2, label="time [s]")
    assert sorted(axes.get_legend_handles_labels()[1]) == [
        "measured inside the interval (2)",
        "outside (1)",
        "predicted = measured",
    ]
    assert axes.get_xlabel() == "measured time [s]"
    assert axes.get_xscale() == "linear"


@pytest.mark.parametrize(("low", "scale"), [(1.0, "log"), (-1.0, "linear")])
def test_wide_positive_values_are_drawn_on_a_log_scale(axes: Axes, low: float, scale: str) -> None:
    """Three decades need a log scale, unless a value is not positive."""
    y = np.array([low, 10.0, 1000.0])
    draw_predictions(axes, y, y, y, y, label="time [s]")
    assert (axes.get_xscale(), axes.get_yscale()) == (scale, scale)


@pytest.mark.parametrize(("direction", "best"), [("min", [5, 5, 3, 3]), ("max", [5, 5, 5, 9])])
def test_the_tuning_curve_follows_the_best_so_far(axes: Axes, direction: str, best: list[float]) -> None:
    """Best means smallest or largest as the metric says; a failed measurement is marked and does not count."""
    metric = Metric("rate", unit="1/s", direction="max" if direction == "max" else "min")
    draw_tuning_curve(axes, np.array([5.0, np.nan, 3.0, 9.0]), default=6.0, metric=metric)
    lines = {line.get_label(): line for line in axes.lines}
    assert np.asarray(lines["best so far"].get_ydata()).tolist() == best
    assert np.asarray(lines["measurement"].get_xdata()).tolist() == [1, 3, 4]
    assert np.asarray(lines["failed"].get_xdata()).tolist() == [2]
    assert np.asarray(lines["default"].get_ydata()).tolist() == [6.0, 6.0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("measurements", "rate [1/s]")
