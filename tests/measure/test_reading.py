"""Readings: numbers in text, in JSON and in files."""

from pathlib import Path
from typing import Any

import pytest

from transferperf.errors import DataError, MeasurementError, TransferPerfError, UnknownNameError
from transferperf.measure.reading import Reading

OUT = "pass 1: 7 ms\npass 2: 12 ms\n"


def read(declared: Any, folder: Path, stdout: str = OUT) -> float:
    """The number that a declaration finds."""
    return Reading.parse(declared).number({"stdout": stdout, "stderr": "0.5"}, {"run": (str(folder),)})


@pytest.mark.parametrize(
    ("declared", "number"),
    [
        (r"pass \d: (\d+)", 12.0),
        ({"pattern": r"(\d+) ms$", "times": 0.001}, 0.012),
        ({"pattern": r"^\d|\d$", "from": "stderr"}, 5.0),
        ({"from": "stderr"}, 0.5),
        ({"from": "exit.txt"}, 42.0),
        ({"from": "made.bin", "bytes": True}, 17.0),
        ({"bytes": True}, 27.0),
        ({"from": "stats.json", "json": "runs.1.seconds"}, 2.5),
        ({"from": "log.json", "json": "seconds"}, 9.0),
    ],
)
def test_a_number_is_read_where_it_stands(declared: Any, number: float, tmp_path: Path) -> None:
    """The last match of a pattern, the whole of a stream or file, its size, or a place in JSON or in its last line."""
    (tmp_path / "exit.txt").write_text("42\n", encoding="utf-8")
    (tmp_path / "made.bin").write_bytes(bytes(17))
    (tmp_path / "stats.json").write_text('{"runs": [{"seconds": 1}, {"seconds": 2.5}]}', encoding="utf-8")
    (tmp_path / "log.json").write_text('starting\n{"seconds": 9}\n', encoding="utf-8")
    assert read(declared, tmp_path) == pytest.approx(number)


@pytest.mark.parametrize(
    ("declared", "stdout", "text"),
    [
        ("seconds: (.*)", OUT, "stdout has nothing that matches 'seconds"),
        ({"from": "no.txt"}, OUT, "the run left no file no.txt"),
        ("pass (.*)", OUT, "has '2: 12 ms' for a number"),
        ({"json": "a.b"}, '{"a": 3}', "no 'a.b' in JSON"),
        ({"json": "a"}, "", "no 'a' in JSON"),
        ({}, "inf", "expected a finite number"),
    ],
)
def test_a_number_that_is_not_there_is_said(declared: Any, stdout: str, text: str, tmp_path: Path) -> None:
    """The error says where it was looked for."""
    with pytest.raises(MeasurementError, match=text):
        read(declared, tmp_path, stdout)


@pytest.mark.parametrize(
    ("declared", "error"),
    [
        ({"pattern": "a", "json": "b"}, DataError),
        ("(", DataError),
        ({"patern": "a"}, UnknownNameError),
    ],
)
def test_an_impossible_reading_is_refused(declared: Any, error: type[TransferPerfError]) -> None:
    """Two ways at once, a broken pattern, an unknown key."""
    with pytest.raises(error):
        Reading.parse(declared)
