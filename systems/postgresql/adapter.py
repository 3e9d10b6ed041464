"""PostgreSQL as a system: a server for each hardware, restarted only where an option needs it; pgbench asks it."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transferperf.errors import MeasurementError
from transferperf.measure import Declaration, Finished, Outcome, pinned, read_answer, run_process
from transferperf.space import Configuration, Environment

SERVER = Path(__file__).with_name("server.py")
STORAGE = {"disk": Path("/var/tmp"), "shm": Path("/dev/shm")}  # noqa: S108  # a folder of its own is made in it
PROGRAMS = "/usr/lib/postgresql/{version}/bin"
STOPPED_S = 30.0
"""Seconds that a server has to end and to remove its data."""


class PostgreSQL:
    """A server that lives from prepare to cleanup; each run resets its data and sets its options."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self._server: subprocess.Popen[str] | None = None
        self._folder, self._where = Path(), ("", "")

    def prepare(self, environment: Environment) -> None:
        """Start a server with all contents on these cores and this storage, unless there is one already."""
        factors = environment.as_mapping()
        where = factors["hardware"], factors["version"]
        if self._server is not None and self._server.poll() is None and self._where == where:
            return
        self.cleanup()
        medium, _, n = factors["hardware"].removesuffix("core").partition("-")
        storage, programs = STORAGE[medium], Path(PROGRAMS.format(version=factors["version"]))
        if not storage.is_dir():
            raise MeasurementError(f"{environment.label} needs the folder {storage}, which is not here; choose another")
        if not (programs / "pgbench").is_file():
            package = f"postgresql-{factors['version']}"
            raise MeasurementError(f"there is no {programs}/pgbench; install it: apt-get install {package}")
        command = [*pinned(int(n)), sys.executable, "-I", "-S", str(SERVER), str(programs), str(storage)]
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(  # noqa: S603  # our own program
            command, stdin=pipe, stdout=pipe, text=True, start_new_session=True
        )
        self._folder, self._where = Path(self._said(self._server)["folder"]), where

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One run of pgbench on content as it was made; restarting and resetting are part of its cost."""
        if self._server is None or self._server.stdin is None:
            raise MeasurementError("postgresql is not prepared; call prepare(environment) first")
        kind, _, clients = environment.as_mapping()["workload"].partition("-")
        asked, start = self.space.canonical(configuration), time.perf_counter()
        request = {"configuration": asked, "kind": kind, "clients": int(clients), "timeout_s": self.timeout_s}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        said, wall_s = json.dumps(self._said(self._server)), time.perf_counter() - start
        finished = Finished(returncode=0, stdout=said, stderr="", wall_s=wall_s, is_timeout=False)
        return read_answer(finished, self.space, asked)[0]

    def cleanup(self) -> None:
        """Stop the server and remove its data, in the middle of a run, too."""
        server, self._server = self._server, None
        if server is None:
            return
        server.terminate()
        try:
            server.communicate(timeout=STOPPED_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()
        if self._folder.name:
            shutil.rmtree(self._folder, ignore_errors=True)

    def provenance(self) -> Mapping[str, str]:
        """Release of each server that is installed."""
        programs = {version: Path(PROGRAMS.format(version=version)) / "postgres" for version in self.factors["version"]}
        return {
            f"postgresql {version}": run_process([str(path), "--version"], timeout_s=STOPPED_S).stdout.strip()
            for version, path in programs.items()
            if path.is_file()
        }

    def _said(self, server: "subprocess.Popen[str]") -> dict[str, Any]:
        line = server.stdout.readline() if server.stdout else ""
        said = json.loads(line) if line else {"error": f"it ended with status {server.wait()}"}
        if "error" in said:
            raise MeasurementError(f"no PostgreSQL server could be kept: {said['error']}; correct that")
        return said


def system(declaration: Declaration) -> PostgreSQL:
    """The system that the registry loads."""
    return PostgreSQL(declaration)
