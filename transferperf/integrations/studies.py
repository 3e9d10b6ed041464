"""Optuna's studies as measurements, and measurements as a study: for its dashboard, and for what it tuned before."""

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from transferperf.data import MeasurementTable, read_frame
from transferperf.data.measurement import Status
from transferperf.data.table import RESERVED
from transferperf.errors import DataError, StoreError, UnknownNameError
from transferperf.integrations.optuna_runs import constraints_of, objectives
from transferperf.integrations.optuna_space import option, unspell
from transferperf.metric import Metric
from transferperf.space import FACTORS, IntegerOption, Option, RealOption
from transferperf.space.option import plain

STATES = {TrialState.COMPLETE: Status.OK, TrialState.PRUNED: Status.TIMEOUT, TrialState.FAIL: Status.FAILED}
"""How a measurement ended, by how a trial did."""


def open_storage(url: str) -> BaseStorage:
    """The storage at a URL, or in a journal file.

    Raises
    ------
    StoreError
        Where there is none that can be opened.
    """
    is_database = "://" in url
    if not is_database and not Path(url).is_file():
        raise StoreError(f"there is no journal file {url}; expected one, or a URL such as sqlite:///optuna.db")
    try:
        return RDBStorage(url) if is_database else JournalStorage(JournalFileBackend(url))
    except Exception as error:  # whatever the database, its driver or Optuna raises
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise StoreError(f"the storage '{url}' cannot be opened: {said[0]}; expected one of Optuna's") from error


def open_study(url: str, name: str = "") -> Study:
    """A study in a storage; its name may be left out where there is only one.

    Raises
    ------
    StoreError
        Where the storage cannot be opened.
    UnknownNameError
        Where it has no study of that name, or several and no name is given.
    """
    storage = open_storage(url)
    names = optuna.get_all_study_names(storage)
    if name not in names and (name or len(names) != 1):
        raise UnknownNameError("study", name, names, remedy="Name one with --study." if names else "")
    return optuna.load_study(study_name=name or names[0], storage=storage)


def read_study(study: Study, *, metrics: Sequence[str] = ()) -> MeasurementTable:
    """The finished trials of a study, one row for each.

    Constraints are metrics too, `constraint_` and their name. A parameter that a trial does not have stands at its
    default, the middle of its range or its first choice.

    Parameters
    ----------
    metrics
        Names of the objectives; those that the study gives them, or `value`, where nothing is said.

    Raises
    ------
    DataError
        Where there is no finished trial, or metrics are not as many as objectives.
    """
    trials = [trial for trial in study.get_trials(deepcopy=False) if trial.state in STATES]
    if not any(trial.params for trial in trials):
        raise DataError(f"study '{study.study_name}' has no finished trial with parameters; expected some")
    names = _names(study, metrics)
    limits = [_limit(name) for name in dict.fromkeys(name for trial in trials for name in constraints_of(trial))]
    taken = {*names, *limits, *RESERVED, *FACTORS}
    frame = pd.DataFrame([_row(trial, names, taken) for trial in trials])
    distributions = {_column(name, taken): d for trial in trials for name, d in trial.distributions.items()}
    for name, distribution in distributions.items():
        frame[name] = frame[name].where(frame[name].notna(), _default(distribution))
    directions = (metric.direction for metric in objectives(study.directions))
    known = [Metric(name, direction=direction) for name, direction in zip(names, directions, strict=True)]
    return read_frame(frame, metrics=[*known, *limits])


def write_study(table: MeasurementTable, *, metrics: Sequence[Metric], storage: BaseStorage | str, name: str) -> Study:
    """A study whose trials are the rows of a table, for Optuna's dashboard.

    Parameters
    ----------
    table
        Rows of one environment; each repeat becomes a trial. Its space says what the parameters are.
    metrics
        The objectives.
    storage
        Where it is kept. A study of that name that is there already has the table's first rows, and gets the others.

    Raises
    ------
    DataError
        Where a study of that name has other directions.
    """
    smallest, largest = StudyDirection.MINIMIZE, StudyDirection.MAXIMIZE
    wanted = [smallest if metric.lower_is_better else largest for metric in metrics]
    study = optuna.create_study(study_name=name, storage=storage, directions=wanted, load_if_exists=True)
    if study.directions != wanted:
        came, expected = (", ".join(d.name.lower() for d in side) for side in (study.directions, wanted))
        raise DataError(f"study '{name}' has directions {came}; expected {expected}. Name another study")
    study.set_user_attr("metrics", [metric.label for metric in metrics])
    rows, n_known = table.frame, len(study.get_trials(deepcopy=False))
    known = {option.name: distribution_of(option, rows[option.name]) for option in table.space.options}
    study.add_trials(_trial(row, known, metrics) for row in rows[n_known:].to_dict("records"))
    return study


def distribution_of(option: Option, values: Iterable[object]) -> BaseDistribution:
    """What Optuna calls an option; values that are no levels widen it."""
    came = [option.parse(value) for value in values]
    if not isinstance(option, RealOption):
        return CategoricalDistribution(tuple(dict.fromkeys((*option.levels, *came))))
    numbers = [float(value) for value in (*option.levels, *came)]
    low, high, is_log = min(numbers), max(numbers), option.scale == "log"
    if isinstance(option, IntegerOption):
        return IntDistribution(int(low), int(high), log=is_log)
    return FloatDistribution(low, high, log=is_log)


def _trial(
    row: Mapping[Any, Any], distributions: Mapping[str, BaseDistribution], metrics: Sequence[Metric]
) -> FrozenTrial:
    """One row as a trial that ended when it says."""
    values = [float(row.get(metric.name, math.nan)) for metric in metrics]
    is_ok = row.get("status", Status.OK) == Status.OK and all(map(math.isfinite, values))
    said = {key: row[key] for key in ("status", "reason", "cost_s", "repeat") if key in row and not pd.isna(row[key])}
    trial = create_trial(
        state=TrialState.COMPLETE if is_ok else TrialState.FAIL,
        values=values if is_ok else None,
        params={name: _param(d, row[name]) for name, d in distributions.items()},
        distributions=dict(distributions),
        user_attrs={key: plain(value) for key, value in said.items()},
    )
    if row.get("timestamp"):
        trial.datetime_complete = dt.datetime.fromisoformat(row["timestamp"]).replace(tzinfo=None)
        trial.datetime_start = trial.datetime_complete - dt.timedelta(seconds=float(said.get("cost_s", 0.0)))
    return trial


def _param(distribution: BaseDistribution, value: object) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return next(choice for choice in distribution.choices if str(choice) == str(plain(value)))
    return int(str(plain(value))) if isinstance(distribution, IntDistribution) else float(str(value))


def _names(study: Study, metrics: Sequence[str]) -> list[str]:
    """Names of the objectives."""
    n, own = len(study.directions), study.metric_names
    if metrics and len(metrics) != n:
        raise DataError(f"{len(metrics)} metrics are named, {', '.join(metrics)}; the study has {n} directions")
    return [*(metrics or own or (["value"] if n == 1 else [f"value_{i}" for i in range(n)]))]


def _limit(name: str) -> str:
    return f"constraint_{name}"


def _column(name: str, taken: Collection[str]) -> str:
    """What a parameter is called in a file."""
    return f"param_{name}" if name in taken else name


def _row(trial: FrozenTrial, names: Sequence[str], taken: Collection[str]) -> dict[str, object]:
    """A finished trial as a row of a measurement file."""
    params = {_column(name, taken): _text(value) for name, value in trial.params.items()}
    values = trial.values if trial.state is TrialState.COMPLETE else []
    measured = {name: value for name, value in zip(names, values, strict=False) if math.isfinite(value)}
    status = STATES[trial.state] if measured or not values else Status.FAILED
    return {
        **params,
        **dict.fromkeys(names),
        **measured,
        **{_limit(name): value for name, value in constraints_of(trial).items()},
        "status": str(status),
        "reason": "" if measured else f"the trial was {trial.state.name.lower()}",
        "cost_s": trial.duration.total_seconds() if trial.duration else None,
        "timestamp": trial.datetime_complete.isoformat() if trial.datetime_complete else None,
    }


def _text(value: object) -> object:
    """A choice as a file has it: empty cells are no values."""
    return str(value) if value is None else value


def _default(distribution: BaseDistribution) -> object:
    """What stands where a trial has no such parameter."""
    return _text(unspell(distribution, option("x", distribution).default or 0))
