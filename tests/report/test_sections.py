"""Sections of a report."""

import numpy as np
import pandas as pd
import pytest

from transferperf.metric import Metric
from transferperf.report import prediction_section, short_labels, similarity_sections, tuning_section
from transferperf.space import Environment

SECONDS = Metric("time", unit="s")


def _pair(source: str, target: str, r: float) -> dict[str, object]:
    ends = {m + end: r for m in ("pearson", "spearman") for end in ("", "_low", "_high")}
    return {"source": source, "target": target, "n_common": 9, **ends, "verdict": "related"}


def test_labels_say_only_what_differs() -> None:
    """A factor that is the same everywhere is left out; a single environment keeps its name."""
    one, two = (Environment.of({"hardware": h, "workload": "select"}) for h in ("disk", "memory"))
    assert list(short_labels([one, two]).values()) == ["disk", "memory"]
    assert list(short_labels([one]).values()) == ["disk · select"]


def test_each_pair_stands_once_in_the_table() -> None:
    """The most similar pair comes first, an unknown one last with a dash."""
    both = [("a", "b", 0.5), ("a", "c", np.nan), ("b", "c", -0.004)]
    pairs = pd.DataFrame([_pair(s, t, r) for x, y, r in both for s, t in ((x, y), (y, x))])
    heat_maps, table = similarity_sections(pairs, {name: name.upper() for name in "abc"}, metric=SECONDS)
    assert table.table is not None
    assert table.table["source"].tolist() == ["A", "B", "A"]
    assert table.table["spearman [95 % interval]"].tolist() == ["0.50 [0.50, 0.50]", "0.00 [0.00, 0.00]", "–"]
    assert len(heat_maps.figures) == 2
    assert heat_maps.table is not None
    assert heat_maps.table[["target", "source"]].to_numpy().tolist() == [["A", "B"], ["B", "A"], ["C", "B"]]


def test_long_names_are_cut_unless_they_become_one() -> None:
    """An axis shows the ends of a long name; two names that would look the same stay whole."""
    for middles, cut in (("1", True), ("12", False)):
        names = ["short", *(f"a-very-long-name-{m * 30}-of-a-workload" for m in middles)]
        pairs = pd.DataFrame([_pair(s, t, 0.5) for s in names for t in names if s != t])
        heat_maps, _ = similarity_sections(pairs, dict(zip(names, names, strict=True)), metric=SECONDS)
        assert (names[1] not in heat_maps.figures[0].svg) == cut


def test_predictions_are_summed_up_in_words() -> None:
    """The description has the median relative error and the share of intervals that hold."""
    y = np.array([1.0, 2.0, 4.0, 8.0])
    figure = prediction_section(y, 1.1 * y, y, y * [1.2, 1.2, 1.2, 0.9], metric=SECONDS).figures[0]
    assert "4 configurations: median error 10.0%, 75% of the measurements" in figure.alt


@pytest.mark.parametrize(("direction", "best"), [("min", "3"), ("max", "9")])
def test_tuning_is_summed_up_in_words(direction: str, best: str) -> None:
    """The description has the best value in the metric's own direction, and the default."""
    metric = Metric("time", unit="s", direction="max" if direction == "max" else "min")
    figure = tuning_section(np.array([3.0, np.nan, 9.0]), default=5.0, metric=metric).figures[0]
    assert figure.alt == f"Best time [s] after 3 measurements: {best} against 5 by default."
