"""The public measurements: one file for each system, and an index that says which columns are what."""

import json
import os
import warnings
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import transferperf as tp
from transferperf.data import Samples
from transferperf.errors import TransferPerfWarning
from transferperf.metric import MARKS
from transferperf.space import Environment

HERE = Path(os.environ.get("TRANSFERPERF_DATA", Path(__file__).parents[2] / "../shared/data"))
"""Where the public measurements are looked for; `--data` says otherwise."""


@lru_cache(maxsize=1)
def index(data: Path) -> dict[str, dict[str, Any]]:
    """What the index says of every file, by name."""
    entries: dict[str, dict[str, Any]] = json.loads((data / "index.json").read_text(encoding="utf-8"))
    return entries


def has(data: Path, name: str) -> bool:
    """Whether a file is there; one line says so where it is not."""
    there = (data / f"{name}.csv.gz").is_file()
    if not there:
        print(f"{name} is not in {data}: skipped")
    return there


@lru_cache(maxsize=2)
def read(data: Path, name: str) -> tuple[tp.MeasurementTable, tp.Metric]:
    """A file with all its metrics declared, and its main metric."""
    entry = index(data)[name]
    main = entry["main_metric"]
    declared = [_metric(column, entry["direction"] if column == main else "?") for column in entry["metrics"]]
    with warnings.catch_warnings(action="ignore", category=TransferPerfWarning):
        table = tp.read_csv(data / f"{name}.csv.gz", metrics=declared)
    return table, table.metric(_metric(main, entry["direction"]))


def _metric(column: str, direction: str) -> tp.Metric:
    name = column[2:] if column.startswith(MARKS) else column
    return tp.Metric(name, direction="max" if direction == "max" else "min")


def cap(table: tp.MeasurementTable, metric: tp.Metric) -> float:
    """The value at which measurements were cut off by a timeout; infinite where there is none."""
    found = table.cap(metric) if hasattr(table, "cap") else None
    return float("inf") if found is None else float(found)


def at_rows(table: tp.MeasurementTable, rows: pd.Index) -> tp.MeasurementTable:
    """The rows of a table with these labels, in their order; the space stays that of the whole table."""
    return replace(table, frame=table.frame.loc[rows])


def only_in(table: tp.MeasurementTable, environments: list[Environment]) -> tp.MeasurementTable:
    """The rows of some environments."""
    return replace(table, frame=pd.concat([table.select(where).frame for where in environments]))


def subset(samples: Samples, rows: np.ndarray) -> Samples:
    """Some of the distinct configurations of an environment, in order."""
    values = {field.name: getattr(samples, field.name) for field in fields(samples)}
    chosen = np.sort(rows)
    return replace(samples, **{k: v[chosen] for k, v in values.items() if isinstance(v, np.ndarray)})
