"""The figure of a front: what is on it, with intervals and units."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from transferperf.errors import OutputError
from transferperf.metric import Metric
from transferperf.report.front import draw_front, write_front
from transferperf.study.front import Front

SPEED, SIZE, POWER = Metric("speed", unit="1/s", direction="max"), Metric("size", unit="MB"), Metric("power", unit="W")


def front_of(*metrics: Metric) -> Front:
    """Three configurations, two that they beat, and a default."""
    names = [metric.name for metric in metrics]
    mean = pd.DataFrame({name: [5.0, 3.0, 1.0] for name in names})
    return Front(
        metrics=metrics,
        configurations=pd.DataFrame({"level": [1, 2, 3]}),
        mean=mean,
        low=mean - 0.5,
        high=mean + 0.25,
        beaten=pd.DataFrame({name: [2.0, 6.0] for name in names}),
        default=dict.fromkeys(names, 4.0),
    )


def test_a_front_shows_its_intervals_what_it_beats_and_the_default() -> None:
    """Each with its own mark in the legend, and axes that say the unit and which way is better."""
    axes = Figure().add_subplot()
    draw_front(axes, front_of(SPEED, SIZE), SPEED, SIZE)
    assert axes.get_xlabel() == "speed [1/s], more is better"
    assert axes.get_ylabel() == "size [MB], less is better"
    assert sorted(axes.get_legend_handles_labels()[1]) == ["default, as believed", "front, 90 % interval", "measured"]
    spans = [bar.get_segments() for bar in axes.collections if hasattr(bar, "get_segments")]
    ends = np.array(spans[0])[:, :, 0]  # of the speed
    assert ends.tolist() == [[4.5, 5.25], [2.5, 3.25], [0.5, 1.25]]


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_front_is_written(tmp_path: Path, suffix: str) -> None:
    """In each of the formats, also without intervals; three metrics make three panels."""
    path = tmp_path / f"front{suffix}"
    write_front(front_of(SPEED, SIZE, POWER), path)
    assert path.stat().st_size > 1000


def test_another_format_is_refused(tmp_path: Path) -> None:
    """One line says which there are."""
    with pytest.raises(OutputError, match=r"ends in .svg, .png, .pdf"):
        write_front(front_of(SPEED, SIZE), tmp_path / "front.gif")
