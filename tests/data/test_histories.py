"""Claims about what other tuners left: runs of SMAC, jobs of DeepHyper."""

import json
from pathlib import Path
from typing import Any

import pytest

from transferperf.data.histories import read_deephyper, read_smac
from transferperf.data.table import is_ok
from transferperf.errors import DataError
from transferperf.space import Environment

CONFIGS: dict[str, dict[str, Any]] = {
    "1": {"depth": 4, "lr": 0.003, "mode": "a", "k": 2},
    "2": {"depth": 5, "lr": 0.09, "mode": "b"},  # k is left out by a condition
    "3": {"depth": 7, "lr": 0.0002, "mode": "a", "k": 3},
}
COSTS = (0.5, 0.25, float("inf"))
SPACE = {"hyperparameters": [{"name": "k", "type": "uniform_int", "lower": 1, "upper": 3, "default_value": 2}]}


def as_mapping(i: int, cost: float) -> Any:
    """A run as SMAC 2.3 writes it."""
    status, info = (1, {}) if cost < 9 else (2, {"error": "ValueError('boom')"})
    times = {"time": 0.1, "cpu_time": 0.1, "starttime": 0.0, "endtime": 0.1}
    run = {"config_id": i, "instance": None, "seed": 0, "budget": None, "cost": cost, "status": status}
    return {**run, **times, "additional_info": info}


def as_list(i: int, cost: float) -> Any:
    """A run as SMAC 2.0 writes it."""
    return [i, None, 0, None, cost, 0.1, 1 if cost < 9 else 2, 0.0, 0.1, {}]


def as_pair(i: int, cost: float) -> Any:
    """A run as SMAC 1 writes it."""
    word = "SUCCESS" if cost < 9 else "CRASHED"
    return [[i, None, 0, 0.0], [cost, 0.1, {"__enum__": f"StatusType.{word}"}, 0.0, 0.1, {}]]


@pytest.mark.parametrize("run", [as_mapping, as_list, as_pair])
def test_runs_of_smac_become_measurements(run: Any, tmp_path: Path) -> None:
    """Costs, failures and what a condition left out are read from each version's file."""
    history = {"data": [run(i, cost) for i, cost in enumerate(COSTS, 1)], "configs": CONFIGS}
    (tmp_path / "runhistory.json").write_text(json.dumps(history))
    (tmp_path / "configspace.json").write_text(json.dumps(SPACE))
    table = read_smac(tmp_path)
    assert set(table.space.names) == {"depth", "lr", "mode", "k"}
    assert table.frame["cost"].tolist()[:2] == [0.5, 0.25]
    assert is_ok(table.frame).tolist() == [True, True, False]
    assert table.frame["k"].tolist() == [2, 2, 3]
    assert table.metrics[0].lower_is_better


def test_instances_of_smac_are_environments(tmp_path: Path) -> None:
    """Runs on two instances are of two environments."""
    runs = [as_mapping(i, 0.5) | {"instance": name} for i in (1, 2) for name in ("p1", "p2")]
    (tmp_path / "runhistory.json").write_text(json.dumps({"data": runs, "configs": CONFIGS}))
    table = read_smac(tmp_path / "runhistory.json", metrics=["time_s"])
    assert table.environments == tuple(Environment.of({"instance": name}) for name in ("p1", "p2"))
    assert table.metrics[0].name == "time_s"


def test_jobs_of_deephyper_become_measurements(tmp_path: Path) -> None:
    """The objective is maximised, and a job that failed has none."""
    lines = ["p:b,p:function,objective,job_id,job_status,m:timestamp_submit,m:timestamp_gather"]
    lines += ["7,cubic,5.5,0,DONE,0.5,1.5", "3,cubic,F_memory,1,DONE,0.5,0.75", "9,linear,17.5,2,DONE,1.5,2.5"]
    (tmp_path / "results.csv").write_text("\n".join(lines) + "\n")
    table = read_deephyper(tmp_path / "results.csv")
    assert table.space.names == ("b", "function")
    assert not table.metrics[0].lower_is_better
    assert table.frame["objective"].tolist()[::2] == [5.5, 17.5]
    assert is_ok(table.frame).tolist() == [True, False, True]
    assert table.frame["reason"].tolist() == ["", "F_memory", ""]
    assert table.frame["cost_s"].tolist() == [1.0, 0.25, 1.0]


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_smac, "[]", "it holds a list; expected an object"),
        (read_smac, "{", "not a readable JSON file"),
        (read_smac, "{}", "there is no run; expected 'data' and 'configs'"),
        (read_deephyper, "a,b\n1,2\n", r"the columns are a, b; expected p:\.\.\. and objective"),
    ],
)
def test_a_file_that_is_none_of_theirs_is_told(read: Any, text: str, said: str, tmp_path: Path) -> None:
    """The line says what came, and what was expected."""
    (tmp_path / "file").write_text(text)
    with pytest.raises(DataError, match=said):
        read(tmp_path / "file")


def test_names_of_metrics_are_as_many_as_metrics(tmp_path: Path) -> None:
    """Two names for one objective are an error."""
    (tmp_path / "results.csv").write_text("p:x,objective\n1,2\n")
    with pytest.raises(DataError, match="2 metrics are named, a, b; the file has 1: objective"):
        read_deephyper(tmp_path / "results.csv", metrics=["a", "b"])
