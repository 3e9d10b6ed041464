"""A Java program as a system: collectors, heaps and compilers of the JVM, on one or two cores."""

import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure import Declaration, Outcome, pinned, read_answer, run_process
from transferperf.space import Configuration, Environment

WORKER, SOURCE = (Path(__file__).with_name(name) for name in ("worker.py", "Churn.java"))
SETUP_S = 60.0


class Jvm:
    """One process of the JVM in each run."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self.releases = declaration.folder / "releases"
        self._program: Path | None = None
        self._pinned: tuple[str, ...] = ()

    def prepare(self, environment: Environment) -> None:
        """Compile the program where that is not done yet."""
        self.cleanup()
        self._pinned = pinned(int(environment.as_mapping()["hardware"].removesuffix("core")))
        if missing := [name for name in ("java", "javac") if shutil.which(name) is None]:
            by_hand = "apt-get install openjdk-17-jdk-headless"
            raise MeasurementError(f"the program {missing[0]} is missing; install it: {by_hand}")
        self._program = self._compiled()

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One run; flags that do not matter are not given."""
        if self._program is None:
            raise MeasurementError("jvm is not prepared; call prepare(environment) first")
        asked = self.space.canonical(configuration)
        idle = {condition.option for condition in self.space.conditions if not condition.is_active(asked)}
        given = {name: value for name, value in asked.items() if name not in idle}
        program = ["-cp", str(self._program), "Churn", *environment.as_mapping()["workload"].split("-")]
        finished = run_process(
            [*self._pinned, sys.executable, "-I", "-S", str(WORKER)],
            stdin=json.dumps({"program": program, "asked": asked, "given": given}),
            timeout_s=self.timeout_s,
        )
        return read_answer(finished, self.space, asked)[0]

    def cleanup(self) -> None:
        """Forget the environment; nothing but the compiled program stays."""
        self._program = None

    def provenance(self) -> Mapping[str, str]:
        """What the JVM says of itself."""
        if shutil.which("java") is None:
            return {}
        return {"java": run_process(["java", "--version"], timeout_s=SETUP_S).stdout.partition("\n")[0]}

    def _compiled(self) -> Path:
        """Folder of the compiled program; another source has another folder."""
        folder = self.releases / hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
        if folder.is_dir():
            return folder
        self.releases.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.releases) as temporary:
            compiled = run_process(["javac", "-d", temporary, str(SOURCE)], timeout_s=SETUP_S)
            if compiled.reason:
                raise MeasurementError(f"{SOURCE.name} cannot be compiled ({compiled.reason}); mend it")
            with contextlib.suppress(OSError):  # another process was quicker
                Path(temporary).rename(folder)
        return folder


def system(declaration: Declaration) -> Jvm:
    """The system that the registry loads."""
    return Jvm(declaration)
