"""What other tuners have measured, from the files that they leave: SMAC's run history, and DeepHyper's results."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from transferperf.data.checks import check_is_file
from transferperf.data.csv import read_frame
from transferperf.data.measurement import Status
from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError
from transferperf.metric import Metric

PARAMETER = "p:"
"""What DeepHyper's columns of parameters begin with."""

SMAC_STATUS = {
    1: Status.OK,
    2: Status.FAILED,
    3: Status.TIMEOUT,
    4: Status.FAILED,  # out of memory
    "SUCCESS": Status.OK,
    "DONOTADVANCE": Status.OK,
    "TIMEOUT": Status.TIMEOUT,
}
"""How a run ended, by SMAC 2's number and SMAC 1's word; all others failed."""

FLAT = ("config_id", "instance", "seed", "budget", "cost", "time", "cpu_time", "status", "starttime", "endtime")
"""What stands at which place where a run is a list."""


def read_smac(path: str | Path, *, metrics: Sequence[str] = ()) -> MeasurementTable:
    """The runs of a runhistory.json of SMAC 1 or 2, or of the folder that it is in.

    An instance, and a budget, is an environment. Where a condition leaves a parameter out, it stands at its default,
    which the configspace.json beside it tells.

    Parameters
    ----------
    metrics
        Names of the costs, which are all minimised; `cost` where nothing is said.

    Raises
    ------
    DataError
        Where there is no such file, or no run in it.
    """
    path = Path(path)
    path = path / "runhistory.json" if path.is_dir() else path
    history = _read_json(path)
    runs, configs = history.get("data"), history.get("configs")
    if not runs or not configs:
        raise DataError("there is no run; expected 'data' and 'configs', as SMAC saves them", path=path)
    defaults = _defaults(path.with_name("configspace.json"))
    runs = [_as_mapping(run) for run in runs]
    costs = [run["cost"] if isinstance(run["cost"], list) else [run["cost"]] for run in runs]
    names = _named(["cost"] if len(costs[0]) == 1 else [f"cost_{i}" for i in range(len(costs[0]))], metrics)
    rows = [_smac_row(run, configs, dict(zip(names, cost, strict=True))) for run, cost in zip(runs, costs, strict=True)]
    frame = pd.DataFrame(rows)
    factors = [name for name in ("instance", "budget") if frame[name].notna().all()]
    frame = frame.drop(columns=[name for name in ("instance", "budget") if name not in factors])
    options = dict.fromkeys(name for config in configs.values() for name in config)
    return read_frame(_filled(frame, options, defaults), metrics=names, environment=factors)


def read_deephyper(path: str | Path, *, metrics: Sequence[str] = ()) -> MeasurementTable:
    """The jobs of a results.csv of DeepHyper, which maximises.

    Parameters
    ----------
    metrics
        Names of the objectives; `objective` where nothing is said.

    Raises
    ------
    DataError
        Where there is no such file, or it has no columns `p:...` and `objective`.
    """
    path = Path(path)
    check_is_file(path)
    jobs = pd.read_csv(path).rename(columns=str)
    params = [name for name in jobs.columns if name.startswith(PARAMETER)]
    own = [name for name in jobs.columns if name == "objective" or name.startswith("objective_")]
    if not params or not own or not len(jobs):
        came = ", ".join(jobs.columns)
        raise DataError(f"the columns are {came}; expected p:... and objective, as DeepHyper writes them", path=path)
    names = _named(own, metrics)
    frame = jobs[params].rename(columns=lambda name: str(name).removeprefix(PARAMETER))
    for name, column in zip(names, own, strict=True):
        frame[name] = pd.to_numeric(jobs[column], errors="coerce")  # a failure is F, or F_ and its reason
    is_ok = frame[names].notna().all(axis=1)
    frame["status"] = is_ok.map({True: str(Status.OK), False: str(Status.FAILED)})
    frame["reason"] = jobs[own[0]].astype(str).where(~is_ok, "")
    start, end = ("m:timestamp_submit", "m:timestamp_gather")
    if start in jobs and end in jobs:
        frame["cost_s"] = jobs[end] - jobs[start]
    options = [name.removeprefix(PARAMETER) for name in params]
    return read_frame(_filled(frame, options, {}), metrics=[Metric(name, direction="max") for name in names])


def _filled(frame: pd.DataFrame, options: Iterable[str], defaults: Mapping[str, object]) -> pd.DataFrame:
    """The frame with the options that a condition left out at their default, or the first value that they have."""
    left_out = (name for name in options if frame[name].isna().any())
    return frame.fillna({name: defaults.get(name, frame[name].dropna().iloc[0]) for name in left_out})


def _named(own: Sequence[str], metrics: Sequence[str]) -> list[str]:
    """What the metrics are called: as asked for, or as in the file."""
    if metrics and len(metrics) != len(own):
        came = ", ".join(metrics)
        raise DataError(f"{len(metrics)} metrics are named, {came}; the file has {len(own)}: {', '.join(own)}")
    return [*(metrics or own)]


def _smac_row(run: Mapping[str, Any], configs: Mapping[str, Any], costs: Mapping[str, float]) -> dict[str, object]:
    """One run as a row of a measurement file."""
    code = run["status"]
    code = str(code["__enum__"]).rpartition(".")[2] if isinstance(code, dict) else code
    status = SMAC_STATUS.get(code, Status.FAILED)
    said = {name: cost for name, cost in costs.items() if status is not Status.FAILED and math.isfinite(cost)}
    if not said and status is Status.OK:
        status = Status.FAILED
    return {
        **configs[str(run["config_id"])],
        **dict.fromkeys(costs),
        **said,
        "instance": run["instance"],
        "budget": run["budget"] or None,
        "status": str(status),
        "reason": "" if status is Status.OK else str(run.get("additional_info", {}).get("error", f"status {code}")),
        "cost_s": run["time"],
    }


def _as_mapping(run: object) -> dict[str, Any]:
    """A run as SMAC 2.3 writes it: one of SMAC 2.0 is a list, one of SMAC 1 a pair of lists."""
    if isinstance(run, dict):
        return run
    values = list(run) if isinstance(run, list) else []
    if len(values) == 2:
        (config_id, instance, seed, budget), (cost, time, status, *rest) = values
        values = [config_id, instance, seed, budget, cost, time, time, status, *rest]
    if len(values) == len(FLAT):  # the first SMAC 2 did not measure CPU time
        values.insert(FLAT.index("cpu_time"), None)
    return dict(zip(FLAT, values, strict=False))


def _defaults(path: Path) -> dict[str, object]:
    """Default of each parameter that a configspace.json declares; none where there is no such file."""
    if not path.is_file():
        return {}
    entries = _read_json(path).get("hyperparameters", ())
    return {entry["name"]: entry.get("default_value", entry.get("value")) for entry in entries}


def _read_json(path: Path) -> dict[str, Any]:
    check_is_file(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"not a readable JSON file: {error}", path=path) from error
    if not isinstance(found, dict):
        raise DataError(f"it holds a {type(found).__name__}; expected an object, as SMAC saves it", path=path)
    return found
