"""SQLite as a system: which release, which storage, which cores; each run is one worker process."""

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure import Declaration, Outcome, Workplace, install_release, pinned, read_answer, run_process
from transferperf.space import Configuration, Environment

WORKER = Path(__file__).with_name("worker.py")
STORAGE = {"disk": Path("/var/tmp"), "shm": Path("/dev/shm")}  # noqa: S108  # a folder of its own is made in it


class SQLite:
    """SQLite, measured in a worker process."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self.releases = declaration.folder / "releases"
        self._place = Workplace(declaration.name)
        self._pinned: tuple[str, ...] = ()

    def prepare(self, environment: Environment) -> None:
        """Install the release where it is missing, and make a folder for the database."""
        self.cleanup()
        factors = environment.as_mapping()
        medium, _, n = factors["hardware"].removesuffix("core").partition("-")
        storage = STORAGE[medium]
        if not storage.is_dir():
            raise MeasurementError(f"{environment.label} needs the folder {storage}, which is not here; choose another")
        self._pinned = pinned(int(n))
        if factors["version"] != "python":
            install_release("apsw", factors["version"], self.releases)
        self._place.make(storage)

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One run on a new database."""
        factors, asked = environment.as_mapping(), self.space.canonical(configuration)
        kind, _, size = factors["workload"].rpartition("-")
        with tempfile.TemporaryDirectory(dir=self._place.folder) as folder:
            request = {"path": f"{folder}/data.db", "workload": kind, "rows": int(size.removesuffix("k")) * 1000}
            finished = run_process(
                [*self._pinned, sys.executable, "-S", str(WORKER)],
                stdin=json.dumps({**request, "configuration": asked}),
                env={**os.environ, "PYTHONPATH": str(self.releases.resolve() / factors["version"])},
                timeout_s=self.timeout_s,
            )
        outcome, release = read_answer(finished, self.space, asked)
        if factors["version"] != "python" and not factors["version"].startswith(release):
            raise MeasurementError(f"SQLite {release} ran in place of {factors['version']}; empty {self.releases}")
        return outcome

    def cleanup(self) -> None:
        """Remove the folder of the databases."""
        self._place.clear()

    def provenance(self) -> Mapping[str, str]:
        """Number of Python's own SQLite."""
        code = "import sqlite3; print(sqlite3.sqlite_version)"
        return {"python": run_process([sys.executable, "-c", code], timeout_s=self.timeout_s).stdout.strip()}


def system(declaration: Declaration) -> SQLite:
    """The system that the registry loads."""
    return SQLite(declaration)
