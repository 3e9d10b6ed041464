"""A table as plain values: a mapping for JSON and one array for each column, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.space import declare_space, parse_space


def dump_table(table: MeasurementTable) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What `restore_table` needs: values that JSON holds, and arrays of numbers or text, one for each column."""
    values = {
        "columns": [str(name) for name in table.frame.columns],
        "space": declare_space(table.space),
        "factors": list(table.factors),
        "metrics": [asdict(metric) for metric in table.metrics],
        "notes": list(table.notes),
    }
    return values, [_plain_array(table.frame[name]) for name in table.frame.columns]


def restore_table(values: Mapping[str, Any], columns: Sequence[np.ndarray]) -> MeasurementTable:
    """The table that `dump_table` took apart."""
    frame = pd.DataFrame(dict(zip(values["columns"], columns, strict=True)))
    return MeasurementTable(
        frame=frame,
        space=parse_space(values["space"]),
        factors=tuple(values["factors"]),
        metrics=tuple(Metric(**metric) for metric in values["metrics"]),
        notes=tuple(values["notes"]),
    )


def _plain_array(column: pd.Series) -> np.ndarray:
    """A column as an array without objects; what is neither number nor truth value becomes text, "" where empty."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    return np.array(["" if pd.isna(value) else str(value) for value in column], dtype=np.str_)
