"""Releases: installed once, and where that fails the error holds the command."""

from pathlib import Path

import pytest

from transferperf.errors import MeasurementError
from transferperf.measure import install_release


def test_a_release_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is installed over a folder of that name, not even where no such package exists."""
    (tmp_path / "1.0").mkdir()
    install_release("no such package", "1.0", tmp_path)
    assert not list((tmp_path / "1.0").iterdir())


def test_a_release_that_cannot_be_installed_says_how_to_do_it(tmp_path: Path) -> None:
    """The error names the package and holds the command, and nothing is left behind."""
    said = r"no such package 1\.0 cannot be installed .* by hand: .* --platform win32 --target"
    with pytest.raises(MeasurementError, match=said):
        install_release("no such package", "1.0", tmp_path / "releases", platform="win32")
    assert not list((tmp_path / "releases").iterdir())
