"""Claims about the verbs that speak with other tuners."""

import json
from pathlib import Path

import optuna
import pytest

from tests.cli.conftest import Call
from transferperf import read_csv
from transferperf.data.measurement import Measurement
from transferperf.data.store import Store
from transferperf.space import Environment, Value


def test_a_study_becomes_a_measurement_file(call: Call, tmp_path: Path) -> None:
    """The file has a row for each trial, and is read as any other."""
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    study = optuna.create_study(storage=url, sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda trial: trial.suggest_int("threads", 1, 16) / 4, n_trials=5)
    done = call("history", url, "-o", tmp_path / "runs.csv", "--metrics", "time_s", "--json")
    assert done.code == 0
    assert json.loads(done.out)["n_rows"] == 5
    table = read_csv(tmp_path / "runs.csv", metrics=["time_s"])
    assert table.frame["time_s"].tolist() == [trial.value for trial in study.trials]


def test_results_of_deephyper_become_a_measurement_file(call: Call, tmp_path: Path) -> None:
    """The line says that its objective is to be large."""
    (tmp_path / "results.csv").write_text("p:x,objective\n1,2\n2,F\n")
    done = call("history", tmp_path / "results.csv", "-o", tmp_path / "runs.csv")
    assert done.code == 0
    assert "objective is to be large" in done.out


@pytest.mark.parametrize("file", ["none.csv", "none.json", "none.log"])
def test_a_history_that_is_not_there_is_bad_input(call: Call, file: str, tmp_path: Path) -> None:
    """The exit code is 2."""
    assert call("history", tmp_path / file, "-o", tmp_path / "runs.csv").code == 2


def test_what_a_store_holds_becomes_a_study(call: Call, systems: Path, tmp_path: Path) -> None:
    """There is a study for each environment; a second call adds nothing, and an empty store is bad input."""
    url, to = f"sqlite:///{tmp_path / 'campaign.db'}", f"sqlite:///{tmp_path / 'optuna.db'}"
    words = ("export", "sum", "--store", url, "--to", to, "--systems-path", systems)
    assert call(*words).code == 2
    asked: dict[str, Value] = {"fast": 1, "size": 2, "journal": "wal"}
    with Store.open(url) as store:
        for hardware in ("h1", "h2", "h1"):
            where = Environment.of({"hardware": hardware, "workload": "small"})
            store.add("sum", asked, Measurement(configuration=asked, environment=where, repeats={"time": (3.0,)}))
    for _ in range(2):
        assert call(*words).code == 0
        study = optuna.load_study(study_name="sum hardware=h1,workload=small", storage=to)
        assert [trial.params for trial in study.trials] == [asked, asked]
        assert study.best_value == 3.0
