"""Measurement files: reading and writing .csv, .csv.gz and .parquet."""

import gzip
from pathlib import Path

import pandas as pd

from transferperf.data.files import replace_file
from transferperf.data.table import RESERVED, MeasurementTable
from transferperf.errors import DataError

SUFFIXES = (".csv", ".csv.gz", ".parquet")
"""Kinds of measurement file, by the end of their name."""


def write_table(table: MeasurementTable, path: str | Path) -> None:
    """Write a measurement file; the end of its name says which kind. The same table gives the same bytes.

    Raises
    ------
    OutputError
        Where it could not be written; the file that stood there is kept.
    """
    path = Path(path)
    suffix = file_suffix(path)
    names = (*table.factors, *table.space.names, *(metric.name for metric in table.metrics), *RESERVED)
    frame = table.frame[[name for name in names if name in table.frame]]

    def write(temporary: Path) -> None:
        if suffix == ".parquet":
            _as_text(frame).to_parquet(temporary, index=False)
            return
        with temporary.open("wb") as raw:
            if suffix == ".csv":
                frame.to_csv(raw, index=False, lineterminator="\n")
                return
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
                frame.to_csv(packed, index=False, lineterminator="\n")

    replace_file(path, write)


def file_suffix(path: Path) -> str:
    """Which of `SUFFIXES` the path has; DataError where it has none of them."""
    for suffix in SUFFIXES:
        if path.name.endswith(suffix):
            return suffix
    raise DataError(f"this name ends in '{path.suffix}'; expected {', '.join(SUFFIXES)}. Rename the file", path=path)


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its columns of mixed values as text: Parquet columns have one type."""
    mixed = [name for name in frame.columns if frame[name].dtype == object]
    return frame.assign(**{name: frame[name].map(str, na_action="ignore") for name in mixed})
