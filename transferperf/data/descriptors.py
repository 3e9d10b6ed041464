"""Files that describe environments: factor columns, then a column for each descriptor."""

from pathlib import Path

import pandas as pd

from transferperf.data.checks import check_is_file, check_lines
from transferperf.data.csv import file_suffix
from transferperf.errors import DataError


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
