"""A system described by its system.toml alone: a command line, and how its metrics are read."""

import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from transferperf.data.measurement import Status
from transferperf.errors import DataError, MeasurementError, TransferPerfError
from transferperf.measure.launcher import Launcher
from transferperf.measure.process import Finished, run_process
from transferperf.measure.system import Declaration, Outcome
from transferperf.measure.template import Template
from transferperf.measure.words import Words, fill, fill_text
from transferperf.metric import Metric
from transferperf.space import Configuration, ConfigurationSpace, Environment, Value

SETUP_S = 600.0
"""Seconds that a command of setup, teardown or version may take."""

Names = Mapping[str, Words]
"""What placeholders stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSystem:
    """A program that each run starts anew, in an empty folder of its own.

    Parameters
    ----------
    folder
        Where the system.toml lies; {system} in a command.
    template
        The commands.
    """

    name: str
    space: ConfigurationSpace
    factors: Mapping[str, tuple[str, ...]]
    metrics: tuple[Metric, ...]
    timeout_s: float
    folder: Path
    template: Template
    _prepared: list[Names] = field(default_factory=list)  # what placeholders stand for in the prepared environment
    _launcher: Launcher = field(default_factory=Launcher, repr=False, compare=False)

    @classmethod
    def of(cls, declaration: Declaration) -> Self:
        """The system that a declaration with a table [command] describes; DataError says what is wrong with it."""
        try:
            template = Template.parse(declaration.content)
            template.check(declaration.space, declaration.factors, [metric.name for metric in declaration.metrics])
        except (TransferPerfError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"not a command: {error}", path=declaration.folder / "system.toml") from error
        return cls(
            name=declaration.name,
            space=declaration.space,
            factors=declaration.factors,
            metrics=declaration.metrics,
            timeout_s=declaration.timeout_s,
            folder=declaration.folder.resolve(),
            template=template,
        )

    def prepare(self, environment: Environment) -> None:
        """Make a folder for the environment, and run the setup in it."""
        self.cleanup()
        work = Path(tempfile.mkdtemp(prefix=f"transferperf-{self.name}-")).resolve()
        names = self._names(self.space.default, environment, work=work, run=work)
        self._prepared.append(names)
        program = fill(self.template.run, names)[0]
        if shutil.which(program) is None:
            remedy = self.template.install or "install it, or correct the command"
            raise MeasurementError(f"the program {program} of {self.name} is missing; {remedy}")
        for command in self.template.setup:
            self._perform(command, names, SETUP_S)

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """One run, between the commands that prepare it and clean up after it."""
        if not self._prepared:
            raise MeasurementError(f"{self.name} is not prepared; call prepare(environment) first")
        work = Path(*self._prepared[0]["work"])
        asked, start = self.space.canonical(configuration), time.perf_counter()
        with tempfile.TemporaryDirectory(dir=work, prefix="run-") as run:
            names = self._names(asked, environment, work=work, run=Path(run))
            try:
                for command in self.template.prepare:
                    self._perform(command, names, self.timeout_s)
                outcome = self._run(asked, names)
            except MeasurementError as error:
                outcome = Outcome(configuration=asked, status=Status.FAILED, reason=str(error))
            finally:
                for command in self.template.cleanup:
                    self._perform(command, names, self.timeout_s)
        return replace(outcome, cost_s=time.perf_counter() - start)

    def cleanup(self) -> None:
        """Run the teardown, and remove the folder of the environment."""
        self._launcher.close()
        while self._prepared:
            names = self._prepared.pop()
            try:
                for command in self.template.teardown:
                    self._perform(command, names, SETUP_S)
            finally:
                shutil.rmtree(names["work"][0], ignore_errors=True)

    def provenance(self) -> Mapping[str, str]:
        """What the program says of its version."""
        if not self.template.version:
            return {}
        command = fill(self.template.version, {"system": (str(self.folder),), "python": (sys.executable,)})
        if shutil.which(command[0]) is None:
            return {}
        said = run_process(command, timeout_s=SETUP_S)
        lines = [line.strip() for line in (said.stdout + said.stderr).splitlines() if line.strip()]
        return {Path(command[0]).name: lines[0] if lines else "unknown"}

    def _names(self, asked: Configuration, environment: Environment, *, work: Path, run: Path) -> Names:
        places = {"system": str(self.folder), "work": str(work), "run": str(run), "python": sys.executable}
        return {
            **self.template.names(self.space, asked, environment),
            **{name: (place,) for name, place in places.items()},
        }

    def _env(self, names: Names) -> dict[str, str]:
        return {name: fill_text(text, names) for name, text in self.template.env.items()}

    def _perform(self, command: Words, names: Names, timeout_s: float) -> None:
        """Run a command that is not measured; MeasurementError where it does not succeed."""
        words = fill(command, names)
        done = run_process(words, timeout_s=timeout_s, env={**os.environ, **self._env(names)}, cwd=Path(*names["run"]))
        if done.reason:
            raise MeasurementError(f"{Path(words[0]).name} did not succeed ({done.reason}); correct {self.name}")

    def _run(self, asked: Configuration, names: Names) -> Outcome:
        """The measured run, and what it left."""
        finished = self._launcher.run(
            fill(self.template.run, names),
            timeout_s=self.timeout_s,
            env=self._env(names),
            cwd=Path(*names["run"]),
            limits_mb=(self.template.memory_mb, self.template.file_mb),
        )
        if finished.is_timeout:
            return Outcome(configuration=asked, status=Status.TIMEOUT, reason=finished.reason)
        if finished.returncode not in self.template.ok_exit or math.isnan(finished.cpu_s):
            is_refused = finished.returncode in self.template.invalid_exit
            status = Status.INVALID if is_refused else Status.FAILED
            return Outcome(configuration=asked, status=status, reason=finished.reason)
        return Outcome(configuration=self._applied(asked, finished, names), values=self._values(finished, names))

    def _values(self, finished: Finished, names: Names) -> dict[str, float]:
        readings, streams = self.template.readings, {"stdout": finished.stdout, "stderr": finished.stderr}
        return {
            metric.name: readings[metric.name].number(streams, names)
            if metric.name in readings
            else getattr(finished, metric.name)
            for metric in self.metrics
        }

    def _applied(self, asked: Configuration, finished: Finished, names: Names) -> dict[str, Value]:
        """What really ran: the options that the run says, the others as asked for."""
        streams = {"stdout": finished.stdout, "stderr": finished.stderr}
        said = {
            name: reading.text(streams, {**names, "name": (name,), "value": (str(asked[name]),)})
            for name, reading in self.template.applied.items()
        }
        return self.space.canonical({**asked, **said})
