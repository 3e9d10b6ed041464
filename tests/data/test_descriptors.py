"""Claims about files that describe environments."""

from pathlib import Path

import pandas as pd
import pytest

from transferperf.data.descriptors import read_descriptors
from transferperf.errors import DataError
from transferperf.space import Environment, describe


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_a_file_describes_as_its_table_does(tmp_path: Path, suffix: str) -> None:
    """Numbers of a file are the numbers of the table that was written."""
    frame = pd.DataFrame({"workload": [1, 2, 3], "megabytes": [1.5, 20.0, 400.0]})
    path = tmp_path / f"files{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    known = [Environment.of({"workload": k}) for k in (1, 2, 3)]
    read, given = describe(known, frame=read_descriptors(path)), describe(known, frame=frame)
    assert (read.names, read.values.tolist()) == (given.names, given.values.tolist())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error says which path has no file."""
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        read_descriptors(tmp_path / "nowhere.csv")
