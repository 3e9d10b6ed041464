"""`similarity` of the public face."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transferperf.api.similarity import similarity
from transferperf.data.table import MeasurementTable
from transferperf.errors import OutputError, UnknownNameError
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
    """Printed, a report has a sentence for each target: its source, or why there is none."""
    report = similarity(table, metric="time")
    assert len(report.pairs) == 6
    assert "3 environments compared in time [s]" in str(report)
    assert report.best_source("workload=select") == report.best_source({"workload": "select"}) == "workload=insert"
    answer = report.answer({"workload": "select"})
    assert answer in str(report)
    assert "configurations on select and transfer from insert: expected error" in answer
    assert report.best_source("workload=scan") is None
    assert report.answer("workload=scan") == "No answer for scan: too few in common: 2, at least 4 are needed"
    assert report.sources["target"].tolist() == [str(environment) for environment in report.environments]
    with pytest.raises(UnknownNameError, match="unknown target 'workload=delete'"):
        report.answer({"workload": "delete"})


def test_the_report_is_written_as_a_page(table: MeasurementTable, tmp_path: Path) -> None:
    """The page has a heat map for each number of pairs, and the same seed gives the same bytes."""
    similarity(table, metric="time", seed=3).write_html(tmp_path / "one.html")
    similarity(table, metric=Metric("time"), seed=3).write_html(str(tmp_path / "two.html"))
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page.count('<svg class="heat"') == 4
    assert page == (tmp_path / "two.html").read_text(encoding="utf-8")


def test_figures_are_written_with_their_numbers(table: MeasurementTable, tmp_path: Path) -> None:
    """Each figure as SVG and PNG, the tables beside, and everything in one document; an unknown pair is refused."""
    report = similarity(table, metric="time")
    written = report.write_figures(tmp_path / "figures", between=[("workload=insert", "workload=select")])
    names = {path.name for path in written}
    assert names == {path.name for path in (tmp_path / "figures").iterdir()}
    assert {"kind.svg", "spearman.png", "pair_01.svg", "pair_01.png", "pairs.csv", "sources.csv"} <= names
    document = json.loads((tmp_path / "figures" / "report.json").read_text(encoding="utf-8"))
    assert len(document["pairs"]) == len(report.pairs)
    with pytest.raises(UnknownNameError, match="unknown environment 'delete'"):
        report.write_figures(tmp_path / "none", between=[("delete", "workload=select")])


def test_an_unknown_metric_is_refused(table: MeasurementTable) -> None:
    """The error lists the metrics that are there."""
    with pytest.raises(UnknownNameError, match="there is time"):
        similarity(table, metric="memory")


def test_further_measures_come_where_they_are_asked_for(table: MeasurementTable) -> None:
    """A report has none of its own; asked for a part and a pair it has those, with intervals."""
    assert similarity(table, metric="time").measured == ()
    wanted = ("workload=insert", "workload=select")
    report = similarity(table, metric="time", parts=["shift"], between=[wanted])
    (pair,) = report.measured
    assert (pair.source, pair.target) == wanted
    assert (pair["slope"].value, pair["intercept"].value) == pytest.approx((3.0, 4.0))
    assert report.to_frame()["slope_low"].item() == pytest.approx(3.0)


def test_measures_are_written_as_a_table_or_a_document(table: MeasurementTable, tmp_path: Path) -> None:
    """A .csv has a row for each pair, a .json also what becomes of options; a part's name may stand alone."""
    report = similarity(table, metric="time", parts="influence")
    report.write_measures(tmp_path / "pairs.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "pairs.csv"), report.to_frame(), check_dtype=False)
    report.write_measures(str(tmp_path / "pairs.json"))
    document = json.loads((tmp_path / "pairs.json").read_text(encoding="utf-8"))
    assert [len(pair["options"]) for pair in document["pairs"]].count(1) == 2
    assert len(document["pairs"]) == 6
    assert document["pairs"][-1]["measures"]["influential_source"]["value"] is None
    with pytest.raises(OutputError, match=r"pairs.txt cannot be written; expected a name that ends in .csv, .json"):
        report.write_measures(tmp_path / "pairs.txt")
    with pytest.raises(OutputError, match="no measures were asked for"):
        similarity(table, metric="time").write_measures(tmp_path / "none.csv")


def test_all_measures_are_one_word(table: MeasurementTable) -> None:
    """Asked for all, every pair has every part; a part that nobody knows is refused."""
    report = similarity(table, metric="time", parts="all", between=[("workload=insert", "workload=scan")])
    assert report.measured[0]["task_correlation"].reason == "too few in common: 2, at least 4 are needed"
    with pytest.raises(UnknownNameError, match="unknown part 'shifts'"):
        similarity(table, metric="time", parts="shifts")
