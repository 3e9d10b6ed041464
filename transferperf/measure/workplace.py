"""The temporary folder that a system has while it is prepared."""

import shutil
import tempfile
from pathlib import Path

from transferperf.errors import MeasurementError


class Workplace:
    """A folder from prepare to cleanup; before and after, asking for it is an error that says so.

    Parameters
    ----------
    system
        Name of the system, by which its folders are known.
    """

    def __init__(self, system: str) -> None:
        self.system = system
        self._folder: Path | None = None

    def make(self, storage: Path | None = None) -> Path:
        """A new folder in `storage`, or where temporary files are; the one before is removed."""
        self.clear()
        self._folder = Path(tempfile.mkdtemp(prefix=f"transferperf-{self.system}-", dir=storage)).resolve()
        return self._folder

    @property
    def folder(self) -> Path:
        """The folder; MeasurementError where the system is not prepared."""
        if self._folder is None:
            raise MeasurementError(f"{self.system} is not prepared; call prepare(environment) first")
        return self._folder

    def clear(self) -> None:
        """Remove the folder, where there is one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
