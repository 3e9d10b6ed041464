"""Claims about the folder of a prepared system."""

from pathlib import Path

import pytest

from transferperf.errors import MeasurementError
from transferperf.measure import Workplace


def test_a_folder_is_there_between_preparing_and_cleaning_up(tmp_path: Path) -> None:
    """Asking before or after is an error with the system's name; cleaning up twice is none."""
    place = Workplace("engine")
    for _ in range(2):
        with pytest.raises(MeasurementError, match="engine is not prepared"):
            place.folder  # noqa: B018 (that it can be asked for is the claim)
        folder = place.make(tmp_path)
        (folder / "content").write_text("all of it goes")
        assert place.folder == folder
        assert folder.name.startswith("transferperf-engine-")
        place.clear()
        place.clear()
        assert not list(tmp_path.iterdir())


def test_a_new_folder_replaces_the_one_before(tmp_path: Path) -> None:
    """Preparing again leaves one folder, and it is empty."""
    place = Workplace("engine")
    (place.make(tmp_path) / "content").touch()
    folder = place.make(tmp_path)
    assert list(tmp_path.iterdir()) == [folder]
    assert not list(place.folder.iterdir())
