"""Claims about studies as measurements, and measurements as studies."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.trial import Trial, TrialState

from transferperf import Metric, read_frame
from transferperf.data.table import is_ok
from transferperf.errors import DataError, StoreError, UnknownNameError
from transferperf.integrations.studies import open_study, read_study, write_study

TIME = Metric("time_s", unit="s")


def measured() -> pd.DataFrame:
    """Rows with every kind of option, a failure, and times."""
    rows = [
        {"threads": n, "mode": mode, "cache": cache, "time_s": n + cache, "status": "ok", "cost_s": 2.0}
        for n in (1, 2, 8)
        for mode in ("a", "b")
        for cache in (0.25, 4.5)
    ]
    frame = pd.DataFrame(rows).assign(timestamp="2026-11-01T10:00:00+00:00", reason="")
    failed = frame.index == 5
    return frame.assign(
        time_s=frame["time_s"].mask(failed),
        status=frame["status"].mask(failed, "failed"),
        reason=["broken" if is_bad else "" for is_bad in failed],
    )


def test_a_table_comes_back_from_its_study() -> None:
    """Options, values and failures are the same after a table was written as a study and read."""
    table = read_frame(measured(), metrics=[TIME])
    study = write_study(table, metrics=[TIME], storage=optuna.storages.InMemoryStorage(), name="runs")
    back = read_study(study, metrics=["time_s"])
    columns = ["threads", "mode", "cache", "time_s"]
    pd.testing.assert_frame_equal(back.frame[columns], table.frame[columns], check_dtype=False)
    assert is_ok(back.frame).tolist() == is_ok(table.frame).tolist()
    assert study.best_value == 1.25
    duration = study.trials[0].duration
    assert duration is not None
    assert duration.total_seconds() == 2.0


def test_a_study_is_gone_on_with(tmp_path: Path) -> None:
    """Writing again adds the rows that are new, and other directions are an error."""
    url, frame = f"sqlite:///{tmp_path / 'optuna.db'}", measured()
    table = read_frame(frame, metrics=[TIME])
    write_study(replace(table, frame=table.frame[:7]), metrics=[TIME], storage=url, name="runs")
    write_study(table, metrics=[TIME], storage=url, name="runs")
    values = [trial.values[0] if trial.values else None for trial in open_study(url).trials]
    assert values == [None if np.isnan(value) else value for value in frame["time_s"]]
    most = Metric("time_s", direction="max")
    with pytest.raises(DataError, match="has directions minimize; expected maximize"):
        write_study(read_frame(frame, metrics=[most]), metrics=[most], storage=url, name="runs")


def objective(trial: Trial) -> tuple[float, float]:
    """Two objectives, a conditional parameter, a parameter called like a reserved column, and trials without values."""
    x, kind = trial.suggest_float("x", 0, 1), trial.suggest_categorical("status", [None, "k"])
    y = trial.suggest_int("k", 1, 9) if kind else 0
    if trial.number == 3:
        raise ValueError
    return x, y + x


def test_what_a_file_cannot_hold_is_spelt_otherwise() -> None:
    """Reserved names, None, and parameters that a trial does not have, all have a place in the table."""
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=12, catch=(ValueError,))
    table = read_study(study)
    assert set(table.space.names) == {"x", "param_status", "k"}
    assert [(metric.name, metric.direction) for metric in table.metrics] == [("value_0", "min"), ("value_1", "max")]
    is_idle = table.frame["param_status"].astype(str) == "None"
    assert set(table.frame["k"][is_idle]) == {5}
    assert is_ok(table.frame).tolist() == [trial.state is TrialState.COMPLETE for trial in study.trials]


def test_constraints_are_metrics() -> None:
    """What a sampler kept of constraints is a column."""
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(sampler=sampler)
    for x in (0.25, 0.75):
        trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        study._storage.set_trial_system_attr(trial._trial_id, "constraints", (x - 0.5,))
        study.tell(trial, x)
    table = read_study(study, metrics=["loss"])
    assert table.frame["constraint_0"].tolist() == [-0.25, 0.25]


def test_a_study_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """One line says what is missing: the file, the study, its name, its trials."""
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    with pytest.raises(StoreError, match=r"there is no journal file no\.log; expected one, or a URL"):
        open_study("no.log")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_study(f"sqlite:///{tmp_path / 'nowhere' / 'optuna.db'}")
    for name in ("first", "second"):
        optuna.create_study(storage=url, study_name=name)
    with pytest.raises(UnknownNameError, match="unknown study ''; there are first, second"):
        open_study(url)
    with pytest.raises(DataError, match="study 'first' has no finished trial"):
        read_study(open_study(url, "first"))


def test_a_journal_file_is_a_storage(tmp_path: Path) -> None:
    """A study in a journal file is read as one in a database."""
    path = tmp_path / "journal.log"
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    study = optuna.create_study(storage=storage, study_name="only")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    assert read_study(open_study(str(path))).frame["value"].tolist() == [trial.value for trial in study.trials]
