"""Reading measurements: `tp.read_csv` and `tp.read_frame`, with a warning for each thing a reader should look at."""

import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from transferperf.data import csv
from transferperf.data.table import MeasurementTable
from transferperf.errors import TransferPerfWarning


def read_csv(path: str | Path, **keywords: Any) -> MeasurementTable:
    """Read a measurement file; keywords as for `transferperf.data.csv.read_csv`."""
    return _noted(csv.read_csv(Path(path), **keywords))


def read_frame(frame: pd.DataFrame, **keywords: Any) -> MeasurementTable:
    """Read measurements from a DataFrame; keywords as for `transferperf.data.csv.read_frame`."""
    return _noted(csv.read_frame(frame, **keywords))


def _noted(table: MeasurementTable) -> MeasurementTable:
    for note in table.notes:
        warnings.warn(note, TransferPerfWarning, stacklevel=3)
    return table
