"""zstd as a system: which release, which content, which cores; each run is one worker process."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure import Declaration, Outcome, Workplace, install_release, pinned, read_answer, run_process
from transferperf.space import Configuration, Environment

WORKER, CORPUS = (Path(__file__).with_name(name) for name in ("worker.py", "corpus.py"))


class Zstd:
    """zstd, measured in a worker process."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self.releases = declaration.folder / "releases"
        self._place = Workplace(declaration.name)
        self._pinned: tuple[str, ...] = ()

    def prepare(self, environment: Environment) -> None:
        """Install the release where it is missing, and write the content that is compressed."""
        self.cleanup()
        factors = environment.as_mapping()
        self._pinned = pinned(int(factors["hardware"].removesuffix("core")))
        install_release("zstandard", factors["version"], self.releases)
        folder = self._place.make()
        kind, _, size = factors["workload"].removesuffix("k").partition("-")
        command = [sys.executable, str(CORPUS), kind, f"{size}000", str(folder / "content")]
        written = run_process(command, timeout_s=self.timeout_s)
        if written.reason:
            raise MeasurementError(f"no content for {factors['workload']} ({written.reason}); mend {CORPUS}")

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One run on the content."""
        asked = self.space.canonical(configuration)
        finished = run_process(
            [*self._pinned, sys.executable, "-S", str(WORKER)],
            stdin=json.dumps({"path": str(self._place.folder / "content"), "configuration": asked}),
            env={**os.environ, "PYTHONPATH": str(self.releases.resolve() / environment.as_mapping()["version"])},
            timeout_s=self.timeout_s,
        )
        outcome, release = read_answer(finished, self.space, asked)
        if release and release != environment.as_mapping()["version"]:
            raise MeasurementError(f"zstandard {release} ran in place of {environment.label}; empty {self.releases}")
        return outcome

    def cleanup(self) -> None:
        """Remove the content."""
        self._place.clear()

    def provenance(self) -> Mapping[str, str]:
        """Number of the zstd in each release that is installed."""
        code, found = "import zstandard; print(*zstandard.ZSTD_VERSION, sep='.')", {}
        for folder in sorted(self.releases.glob("[0-9]*")):
            env = {**os.environ, "PYTHONPATH": str(folder.resolve())}
            ran = run_process([sys.executable, "-S", "-c", code], env=env, timeout_s=self.timeout_s)
            found[f"zstd in {folder.name}"] = ran.stdout.strip()
        return found


def system(declaration: Declaration) -> Zstd:
    """The system that the registry loads."""
    return Zstd(declaration)
