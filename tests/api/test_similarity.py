"""`similarity` of the public face."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transferperf.api.similarity import similarity
from transferperf.data.table import MeasurementTable
from transferperf.errors import UnknownNameError
from transferperf.metric import Metric
from transferperf.space import ConfigurationSpace, IntegerOption


@pytest.fixture
def table() -> MeasurementTable:
    """Two workloads that are linear shifts of each other, and one with too few rows."""
    a = np.arange(12)
    responses = {"insert": 2.0 + a, "select": 10.0 + 3 * a, "scan": np.where(a < 2, a, np.nan)}
    rows = pd.concat([pd.DataFrame({"a": a, "workload": name, "time": y}) for name, y in responses.items()])
    space = ConfigurationSpace((IntegerOption(name="a", levels=tuple(range(12))),))
    return MeasurementTable(rows, space, ("workload",), (Metric("time", unit="s"),))


def test_the_report_names_the_best_source(table: MeasurementTable) -> None:
    """Printed, a report gives each target its source in words, and the targets that have none."""
    report = similarity(table, metric="time")
    assert len(report.pairs) == 6
    assert "3 environments compared in time [s]" in str(report)
    assert "workload=select workload=insert" in str(report)
    assert "linear shift, same ranking" in str(report)
    assert "no source for workload=scan" in str(report)


def test_the_report_is_written_as_a_page(table: MeasurementTable, tmp_path: Path) -> None:
    """The page has a heat map for each measure, and the same seed gives the same bytes."""
    similarity(table, metric="time", seed=3).write_html(tmp_path / "one.html")
    similarity(table, metric=Metric("time"), seed=3).write_html(str(tmp_path / "two.html"))
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert page == (tmp_path / "two.html").read_text(encoding="utf-8")


def test_an_unknown_metric_is_refused(table: MeasurementTable) -> None:
    """The error lists the metrics that are there."""
    with pytest.raises(UnknownNameError, match="there is time"):
        similarity(table, metric="memory")
