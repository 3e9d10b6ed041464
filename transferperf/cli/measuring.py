"""Arguments of the verbs that run a system, and what these verbs have in common."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from transferperf.cli.arguments import SystemsPath, split_names
from transferperf.cli.systems import FOLDER
from transferperf.errors import UnknownNameError

if TYPE_CHECKING:
    from transferperf.data.measurement import Measurement
    from transferperf.measure import Runner, System
    from transferperf.metric import Metric
    from transferperf.space import Configuration, Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """How a system is found and run."""

    metric: Annotated[str, typer.Option(metavar="NAME", help="Main metric; the system's first where left out.")] = ""
    repeats: Annotated[
        str, typer.Option(metavar="MIN:MAX", help="Runs of each configuration: more until the interval is tight.")
    ] = "3:5"
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Limit of one run; the system's own where left out.")
    ] = None
    systems_path: SystemsPath = FOLDER

    def load(self, name: str) -> "System":
        """The system of that name."""
        return self.loading(name)()

    def loading(self, name: str) -> "Callable[[], System]":
        """What gives the system of that name, here or to a worker elsewhere."""
        from transferperf.measure import load_system

        if self.timeout is not None and not self.timeout > 0:
            raise typer.BadParameter(f"got {self.timeout:g}; expected seconds above 0", param_hint="--timeout")
        return partial(load_system, name, self.systems_path, timeout_s=self.timeout)

    def main_metric(self, system: "System") -> "Metric":
        """The metric that decides; UnknownNameError lists those that the system has."""
        known = {metric.name: metric for metric in system.metrics}
        if self.metric and self.metric not in known:
            raise UnknownNameError("metric", self.metric, known)
        return known[self.metric] if self.metric else system.metrics[0]

    def metrics_of(self, system: "System") -> "tuple[Metric, ...]":
        """All metrics, or weighted sums of some, that --metric names with commas between them."""
        from transferperf.data.weighted_sum import weighted_sum

        known = {metric.name: metric for metric in system.metrics}
        names = split_names(self.metric, "--metric") or [system.metrics[0].name]
        found = [known.get(name) or weighted_sum(name, system.metrics) for name in names]
        for name, metric in zip(names, found, strict=True):
            if metric is None:
                raise UnknownNameError("metric", name, known)
        return tuple(metric for metric in found if metric is not None)

    def runner(self, metric: "Metric") -> "Runner":
        """How each configuration is measured: until a metric's interval is tight, of a weighted sum the first one's."""
        from transferperf.data.weighted_sum import split_sum
        from transferperf.measure import Runner

        least, _, most = self.repeats.partition(":")
        if not least.isdigit() or not (most or least).isdigit():
            raise typer.BadParameter(f"got '{self.repeats}'; expected a number or MIN:MAX", param_hint="--repeats")
        return Runner(
            min_repeats=int(least),
            max_repeats=int(most or least),
            metric=next(iter(split_sum(metric.name)), metric.name),
        )


@dataclass(slots=True, kw_only=True)
class Ready:
    """A system that the first measurement makes ready for its environment; cleaned up at the end of the `with`.

    Parameters
    ----------
    system, environment
        What runs, and where.
    runner
        How it is made ready.
    """

    system: "System"
    environment: "Environment"
    runner: "Runner"
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _is_ready: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.rest()

    def rest(self) -> None:
        """Clean up; the next measurement makes the system ready again."""
        self._stack.close()
        self._is_ready = False

    def measure(self, configuration: "Configuration", runner: "Runner") -> "Measurement":
        """What came of one configuration; where the system does not say what it cost, the seconds that went by."""
        if not self._is_ready:
            self._stack.enter_context(self.runner.prepared(self.system, self.environment))
            self._is_ready = True
        start = time.monotonic()
        measured = runner.measure(self.system, configuration, self.environment)
        return replace(measured, cost_s=time.monotonic() - start) if math.isnan(measured.cost_s) else measured


@contextlib.contextmanager
def kept_in(place: Path | str) -> Iterator[None]:
    """An interrupt inside says what is saved in a file that grows, or in a store, and how to go on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        is_there = isinstance(place, str) or place.exists()
        kept = f"what was measured is in {place}; the same command goes on from there" if is_there else ""
        raise KeyboardInterrupt(kept) from stop
