"""Releases: installed once, and where that fails the error holds the command."""

from pathlib import Path

import pytest

from transferperf.errors import MeasurementError
from transferperf.measure import Finished, install_release, releases


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


def test_another_process_may_be_quicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has installed meanwhile is kept, and nothing is left of the second installation."""

    def run(command: list[str], **_: object) -> Finished:
        for folder in (Path(command[-2]), tmp_path / "1.0"):
            folder.mkdir(exist_ok=True)
            (folder / "installed").write_text(str(folder))
        return Finished(returncode=0, stdout="", stderr="", wall_s=0.0, is_timeout=False)

    monkeypatch.setattr(releases, "run_process", run)
    install_release("package", "1.0", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["1.0"]
    assert (tmp_path / "1.0" / "installed").read_text() == str(tmp_path / "1.0")
