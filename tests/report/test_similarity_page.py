"""The page of a report of similarity, as text."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transferperf.api.similarity import similarity
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.report import render_similarity, write_figures
from transferperf.report.payload import payload
from transferperf.space import ConfigurationSpace, IntegerOption

N = 12


def table(values: dict[str, np.ndarray]) -> MeasurementTable:
    """Workloads that were measured on the same twelve sizes."""
    rows = [pd.DataFrame({"size": np.arange(N), "workload": name, "time": y}) for name, y in values.items()]
    space = ConfigurationSpace((IntegerOption(name="size", levels=tuple(range(N))),))
    return MeasurementTable(pd.concat(rows), space, ("workload",), (Metric("time", unit="s"),))


def data_of(page: str) -> dict[str, object]:
    """The numbers that stand in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


UP = np.arange(N) + 1.0
BAD = {
    "nothing in common": {"a": np.where(UP < 5, UP, np.nan), "b": np.where(UP > 8, UP, np.nan)},
    "nothing varies": {"a": UP, "b": np.full(N, 2.0)},
    "one configuration": {"a": np.where(UP < 2, UP, np.nan), "b": np.where(UP < 2, UP, np.nan)},
    "nothing is valid": {"a": np.full(N, np.nan), "b": np.full(N, np.nan)},
    "some are infinite": {"a": np.where(UP < 3, np.inf, UP), "b": UP},
    "zero and below": {"a": UP - 6, "b": 3 - UP},
}


@pytest.mark.parametrize("values", BAD.values(), ids=BAD)
def test_a_page_and_figures_come_of_any_measurements(values: dict[str, np.ndarray], tmp_path: Path) -> None:
    """What cannot be known is left out, and what is there is drawn; JSON has no NaN."""
    report = similarity(table(values), metric="time")
    page = render_similarity(report.findings())
    assert "NaN" not in json.dumps(data_of(page))
    written = write_figures(tmp_path, report.findings(), [("workload=a", "workload=b")])
    assert all(path.stat().st_size > 0 for path in written)


def test_no_name_ends_the_data() -> None:
    """A name with an end tag stays inside its text, and comes out as it went in."""
    name = "</script><!--<script>&"
    found = table({name: UP, "b": UP[::-1]})
    findings = similarity(found, metric="time").findings()
    text = payload(findings)
    assert not set("<>&") & set(text)
    labels = [environment["label"] for environment in json.loads(text)["environments"]]
    assert name in labels


def test_only_the_page_s_own_script_may_run() -> None:
    """The policy names one hash and no source, and nothing stands in an attribute that would run."""
    page = render_similarity(similarity(table({"a": UP, "b": UP**2}), metric="time").findings())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-[\w+/=]+'", policy
    )
    assert not re.search(r"<[^>]+\son\w+=", page.split('<script type="application/json"')[0])
    assert not re.search(r"https?://", page)


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    """Made twice, the page and all figures are the same."""
    findings = similarity(table({"a": UP, "b": UP**2, "c": 1 / UP}), metric="time").findings()
    assert render_similarity(findings) == render_similarity(findings)
    first, second = (write_figures(tmp_path / name, findings) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
