"""Replacing files: the old one or the new one, never half of each."""

import errno
from pathlib import Path

import pytest

from transferperf.data.files import read_toml, replace_file, replace_text
from transferperf.errors import DataError, OutputError


def test_a_disk_that_is_full_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """What was written so far vanishes; what stood there stays."""
    path = tmp_path / "runs.csv.gz"
    path.write_text("old")

    def write(temporary: Path) -> None:
        temporary.write_text("new, but only ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match=r"No space left on device; the old file is kept. Free space or choose"):
        replace_file(path, write)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_the_writer_leaves_nothing_behind(tmp_path: Path) -> None:
    """Whatever goes wrong, no temporary file stays, and the error comes through."""

    def write(temporary: Path) -> None:
        temporary.write_text("x")
        raise KeyError("bug")

    with pytest.raises(KeyError):
        replace_file(tmp_path / "a.txt", write)
    assert not list(tmp_path.iterdir())


def test_a_replaced_file_holds_the_new_text_and_the_usual_rights(tmp_path: Path) -> None:
    """It can be read by whoever can read a file written in the ordinary way."""
    path, ordinary = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text("old")
    ordinary.write_text("x")
    replace_text(path, "größer\n")
    assert path.read_text(encoding="utf-8") == "größer\n"
    assert path.stat().st_mode == ordinary.stat().st_mode


def test_a_folder_that_does_not_exist_is_an_output_error(tmp_path: Path) -> None:
    """One line that names the file."""
    with pytest.raises(OutputError, match=r"a\.txt could not be written: No such file"):
        replace_text(tmp_path / "missing" / "a.txt", "x")


def test_a_toml_file_that_is_missing_or_broken_is_a_data_error(tmp_path: Path) -> None:
    """The place in the file is part of the message."""
    path = tmp_path / "system.toml"
    with pytest.raises(DataError, match="no such file"):
        read_toml(path)
    path.write_text("a = \n")
    with pytest.raises(DataError, match=r"not a readable TOML file: .*line 1"):
        read_toml(path)
    path.write_text("a = 1\n")
    assert read_toml(path) == {"a": 1}
