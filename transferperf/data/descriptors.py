"""Files that describe environments: factor columns, then a column for each descriptor."""

from pathlib import Path

import pandas as pd

from transferperf.data.checks import check_is_file, check_lines
from transferperf.data.csv import file_suffix
from transferperf.errors import DataError
from transferperf.space.environment import factor_text


def read_descriptors(path: str | Path) -> pd.DataFrame:
    """A table for `transferperf.space.describe`, from a CSV or Parquet file; DataError where it is none."""
    path = Path(path)
    suffix = file_suffix(path)
    check_is_file(path)
    if suffix != ".parquet":
        header = check_lines(path)
        return pd.read_csv(path, header=0, names=header, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError("not a readable Parquet file; make it anew", path=path) from error


def parse_descriptors(given: pd.DataFrame | str | Path | None) -> pd.DataFrame | None:
    """A table, or a file of one, as text that a model file can keep; an empty cell is an empty text."""
    if given is None:
        return None
    frame = read_descriptors(given) if isinstance(given, str | Path) else given
    text = frame.map(lambda value: "" if pd.isna(value) else factor_text(value))
    return text.set_axis([str(name) for name in text.columns], axis="columns")
