"""Bad files: one line that says where, what came, what was expected and what to do."""

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transferperf.data import read_csv, read_frame
from transferperf.errors import DataError

HEAD = "hardware,cache,mode,time\n"
GOOD = "h1,64,wal,1.5\nh2,128,off,2.5\nh1,256,wal,3\n"

BAD_TEXT = {
    "empty file": ("", None, None, "the file is empty; expected a header"),
    "only blank lines": ("\n\n", None, None, "the file is empty; expected a header"),
    "header only": (HEAD, None, None, "there is a header but no measurement"),
    "no header": (
        "1,64,2,1.5\n2,128,3,2.5\n",
        None,
        None,
        "no header: the first line is 1,64,2,1.5; expected the names",
    ),
    "semicolons": ("hardware;cache;time\nh1;64;1\n", None, None, "cells are separated by ';'; expected .* commas"),
    "nameless column": (",cache,time\n0,64,1\n", None, None, "column 1 has no name; name it, or write"),
    "duplicate header": (
        "cache,mode,cache,time\n1,2,3,4\n",
        None,
        "cache",
        "two columns have this name, the 1. and the 3.",
    ),
    "duplicate after marks": ("cache,$<time,time\n1,2,3\n", None, "time", "two columns have this name"),
    "too few cells": (HEAD + GOOD + "h1,64,wal\n", 5, None, "3 cells; the header has 4. Correct the line"),
    "too many cells": (HEAD + "h1,64,wal,1,9\n" + GOOD, 2, None, "5 cells; the header has 4"),
    "text in a metric": (HEAD + GOOD + "h1,64,wal,3.5s\n", 5, "time", "got '3.5s'; expected a finite number"),
    "word in a metric": (
        HEAD + GOOD + "h1,64,wal,NaN\n",
        5,
        "time",
        "got 'NaN'; expected a finite number, or an empty",
    ),
    "infinite metric": (HEAD + "h1,64,wal,-inf\n" + GOOD, 2, "time", "got '-inf'; expected a finite number"),
    "logical metric": (HEAD + "h1,64,wal,True\nh1,65,off,False\n", 2, "time", "got 'True'; expected a finite number"),
    "mixed units": (HEAD + GOOD + "h1,64MB,wal,1\n", 5, "cache", "got '64MB'; expected a plain number as in the other"),
    "unit missing": (HEAD + "h1,64MB,wal,1\nh1,1 GB,wal,1\nh1,5,wal,1\n", 4, "cache", "got '5'; expected a unit as in"),
    "empty option": (HEAD + GOOD + "h1,,wal,1\n", 5, "cache", "the cell is empty; expected a value. Fill it"),
    "infinite option": (HEAD + GOOD + "h1,inf,wal,1\n", 5, "cache", "the cell is inf; expected a value"),
    "empty environment": (HEAD + GOOD + ",64,wal,1\n", 5, "hardware", "the cell is empty; expected a value"),
    "unknown status": (
        "a,time,status\n0,1,ok\n1,,crashed\n",
        3,
        "status",
        "got 'crashed'; expected one of ok, invalid",
    ),
    "text as a cost": ("a,time,cost_s\n0,1,2\n1,2,3s\n", 3, "cost_s", "got '3s'; expected a finite number"),
    "blank lines count": (HEAD + "\n\n" + GOOD + "\nh1,64MB,wal,1\n", 8, "cache", "got '64MB'"),
    "lines in quotes count": (HEAD + 'h1,64,"two\nlines",1\nh1,65,wal,x\n', 4, "time", "got 'x'"),
    "a quote that does not end": (HEAD + GOOD + 'h1,64,"wal,1\n', 5, None, "unexpected end of data; correct the line"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", BAD_TEXT)
def test_a_bad_text_file_is_one_line_with_its_place(tmp_path: Path, case: str, *, packed: bool) -> None:
    """The same place and words whether the file is compressed or not."""
    text, row, column, message = BAD_TEXT[case]
    path = tmp_path / ("runs.csv.gz" if packed else "runs.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    with pytest.raises(DataError, match=message) as caught:
        read_csv(path, metrics=["time"])
    error = caught.value
    assert (error.path, error.row, error.column) == (path, row, column)
    assert str(error).startswith(str(path))
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("latin.csv", HEAD.encode() + b"h1,64,gro\xdf,1\n", "line 2: byte 0xdf at position 10 is no UTF-8; save"),
        ("wide.csv", (HEAD + GOOD).encode("utf-16"), "line 1: byte 0xff at position 1 is no UTF-8"),
        ("cut.csv.gz", gzip.compress((HEAD + GOOD * 50).encode(), mtime=0)[:-20], "broken or truncated gzip"),
        ("plain.csv.gz", (HEAD + GOOD).encode(), "broken or truncated gzip"),
        ("text.parquet", (HEAD + GOOD).encode(), "not a readable Parquet file"),
        ("runs.xlsx", b"PK", "this name ends in '.xlsx'; expected .csv, .csv.gz, .parquet"),
        ("empty.csv.gz", b"", "the file is empty"),
    ],
)
def test_bytes_that_are_no_measurement_file_are_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    """Wrong encodings, broken archives and other kinds of file."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_csv(tmp_path / name, metrics=["time"])
    assert "\n" not in str(caught.value)


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    """Nothing there, or a folder."""
    with pytest.raises(DataError, match=r"runs\.csv: no such file; check the path"):
        read_csv(tmp_path / "runs.csv", metrics=["time"])
    (tmp_path / "runs.csv").mkdir()
    with pytest.raises(DataError, match="this is a folder; name a measurement file in it"):
        read_csv(tmp_path / "runs.csv", metrics=["time"])


def test_the_wrong_cell_of_a_frame_or_parquet_file_is_counted_as_a_line(tmp_path: Path) -> None:
    """The first row is line 2, as it would be in a text file; NaN in a metric is a missing value."""
    frame = pd.DataFrame({"a": [0, 1, 2], "time": [1.0, np.nan, np.inf]})
    with pytest.raises(DataError, match="the frame, line 4, column 'time': got 'inf'"):
        read_frame(frame, metrics=["time"])
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet, line 4, column 'time'"):
        read_csv(tmp_path / "a.parquet", metrics=["time"])
    with pytest.raises(DataError, match="line 3, column 'a': the cell is empty"):
        read_frame(pd.DataFrame({"a": ["x", None], "time": [1.0, 2.0]}), metrics=["time"])
    for kind, write in ((".parquet", frame[:0].to_parquet), (".csv", frame[:0].to_csv)):
        write(tmp_path / f"none{kind}", index=False)
        with pytest.raises(DataError, match=r"there is no row|no measurement"):
            read_csv(tmp_path / f"none{kind}", metrics=["time"])
    with pytest.raises(DataError, match="the frame: there is no row"):
        read_frame(frame[:0], metrics=["time"])


def test_a_text_column_of_numbers_in_a_frame_is_a_metric_too() -> None:
    """Numbers may come as text, as they do from other readers."""
    table = read_frame(pd.read_csv(io.StringIO("a,time\n0,1.5\n1,\n"), dtype=str), metrics=["time"])
    assert table.frame["time"].tolist()[0] == 1.5
    assert np.isnan(table.frame["time"].tolist()[1])
