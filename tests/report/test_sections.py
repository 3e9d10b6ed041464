"""Sections of a report."""

import numpy as np
import pandas as pd
import pytest

from transferperf.metric import Metric
from transferperf.report import Findings, prediction_section, short_labels, similarity_section, tuning_section
from transferperf.report.labels import cut_labels
from transferperf.space import Environment

SECONDS = Metric("time", unit="s")


def test_labels_say_only_what_differs() -> None:
    """A factor that is the same everywhere is left out; a single environment keeps its name."""
    one, two = (Environment.of({"hardware": h, "workload": "select"}) for h in ("disk", "memory"))
    assert list(short_labels([one, two]).values()) == ["disk", "memory"]
    assert list(short_labels([one]).values()) == ["disk · select"]


def test_the_best_sources_stand_in_a_table_and_in_sentences() -> None:
    """A target without a source has a sentence and no row; environments have their short names."""
    here, there = (Environment.of({"hardware": h, "workload": "select"}) for h in ("disk", "memory"))
    sources = pd.DataFrame(
        {
            "target": [str(here), str(there)],
            "source": [str(there), None],
            "n_common": 9,
            "saved": [40.0, np.nan],
            "error": [0.1, np.nan],
            "verdict": ["linear shift", None],
            "answer": ["Measure 10", "Nothing helps"],
        }
    )
    findings = Findings(metric=SECONDS, environments=(here, there), pairs=pd.DataFrame(), sources=sources)
    section = similarity_section(findings)
    assert section.text == ("Measure 10. Nothing helps.",)
    assert section.table is not None
    assert section.table.to_numpy().tolist() == [["disk", "memory", 9, 40.0, 0.1, "linear shift"]]


def test_long_names_are_cut_unless_they_become_one() -> None:
    """An axis shows the ends of a long name; two names that would look the same stay whole."""
    for middles, cut in (("1", True), ("12", False)):
        names = ["short", *(f"a-very-long-name-{m * 30}-of-a-workload" for m in middles)]
        assert (cut_labels(names) != names) == cut


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
