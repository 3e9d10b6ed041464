"""Metrics: how they are declared, and which way is better."""

import pytest

from transferperf.errors import DataError
from transferperf.metric import Metric


@pytest.mark.parametrize(
    ("declaration", "name", "sign"),
    [
        ("time", "time", 1.0),
        ("$<time", "time", 1.0),
        ("$>fps", "fps", -1.0),
        (Metric("fps", "1/s", "max"), "fps", -1.0),
    ],
)
def test_a_declaration_names_a_metric_and_its_direction(declaration: str | Metric, name: str, sign: float) -> None:
    """The mark in a column head is no part of the name; a plain name means that smaller is better."""
    metric = Metric.parse(declaration)
    assert (metric.name, metric.sign, metric.lower_is_better) == (name, sign, sign > 0)


def test_a_label_shows_the_unit_where_there_is_one() -> None:
    """For axes and table heads."""
    assert Metric("time", "s").label == "time [s]"
    assert Metric("score").label == "score"


@pytest.mark.parametrize(("name", "direction"), [("", "min"), ("time", "down")])
def test_a_metric_without_a_name_or_with_a_strange_direction_is_refused(name: str, direction: str) -> None:
    """A metric is valid from birth."""
    with pytest.raises(DataError, match=r"needs a name|expected 'min' or 'max'"):
        Metric(name, direction=direction)  # type: ignore[arg-type]  # this is what is tested
    with pytest.raises(DataError, match="needs a name"):
        Metric.parse("$<")
