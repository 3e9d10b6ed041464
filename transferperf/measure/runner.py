"""How often to measure: warm-up, repeats until the interval of the mean is tight, shuffled order, failures as rows."""

import contextlib
import math
import statistics
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

from transferperf.data.measurement import Measurement, Status
from transferperf.errors import MeasurementError
from transferperf.measure.system import Outcome, System
from transferperf.rng import generator
from transferperf.space import Configuration, Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """How a configuration is measured.

    Parameters
    ----------
    min_repeats, max_repeats
        How often each configuration runs at least and at most.
    relative_half_width
        No further run once the 95 % t-interval of the main metric's mean is this narrow, as a share of the mean.
    warm_ups
        Runs of the default configuration in each environment that are thrown away.
    metric
        Name of the main metric; None for the system's first.
    control_every
        The default is measured before each so many configurations of an environment, and after the last: what changes
        there is the machine's doing (an A/A test). Never where it is 0.
    """

    min_repeats: int = 3
    max_repeats: int = 5
    relative_half_width: float = 0.05
    warm_ups: int = 1
    metric: str | None = None
    control_every: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.min_repeats <= self.max_repeats:
            came = f"{self.min_repeats} to {self.max_repeats}"
            raise MeasurementError(f"repeats are {came}; expected at least 1, and the smaller number first")
        if self.control_every < 0:
            raise MeasurementError(f"a control is wanted every {self.control_every} configurations; expected 0 or more")
        if self.warm_ups < 0 or not self.relative_half_width >= 0:
            came = f"{self.warm_ups} warm-ups and an interval of {self.relative_half_width}"
            raise MeasurementError(f"runner has {came}; expected both to be 0 or more")

    def measure(self, system: System, configuration: Configuration, environment: Environment) -> Measurement:
        """All repeats of one configuration; the system has to be prepared for the environment.

        The first run that does not succeed ends the measurement and gives it its status. Of a timeout that says what
        its values exceed, these alone are kept.
        """
        main = self.metric or system.metrics[0].name
        runs: list[Outcome] = []
        while not self._is_enough([run.values[main] for run in runs]):
            runs.append(system.measure(configuration, environment))
            if runs[-1].status is not Status.OK:
                break
            _check(system, runs[-1], main)
        done = _counted(runs)
        names = done[0].values if done else ()
        return Measurement(
            configuration=runs[-1].configuration,
            environment=environment,
            repeats={name: tuple(run.values[name] for run in done) for name in names},
            status=runs[-1].status,
            reason=runs[-1].reason,
            cost_s=math.fsum(run.cost_s for run in runs),
        )

    def measure_all(
        self, system: System, wanted: Mapping[Environment, Sequence[Configuration]], seed: int
    ) -> Generator[tuple[Configuration, Measurement]]:
        """Each environment's configurations, as pairs of what was asked for and what came.

        `seed` shuffles the environments, and the configurations within each of them. Controls come in between.
        """
        environments = sorted(environment for environment, configurations in wanted.items() if configurations)
        for e in generator(seed, "environments").permutation(len(environments)):
            environment = environments[e]
            configurations = wanted[environment]
            order = generator(seed, "configurations", environment).permutation(len(configurations))
            with self.prepared(system, environment):
                for k, i in enumerate(order):
                    if self.control_every and k % self.control_every == 0:
                        yield self._control(system, environment)
                    yield configurations[i], self.measure(system, configurations[i], environment)
                if self.control_every:
                    yield self._control(system, environment)

    @contextlib.contextmanager
    def prepared(self, system: System, environment: Environment) -> Iterator[None]:
        """The system made ready and warmed up for an environment; cleaned up at the end, whatever happens."""
        try:
            system.prepare(environment)
            for _ in range(self.warm_ups):
                system.measure(system.space.default, environment)
            yield
        finally:
            system.cleanup()

    def _control(self, system: System, environment: Environment) -> tuple[Configuration, Measurement]:
        default = system.space.canonical(system.space.default)
        return default, self.measure(system, default, environment)

    def _is_enough(self, values: Sequence[float]) -> bool:
        if len(values) < self.min_repeats:
            return False
        return len(values) >= self.max_repeats or half_width(values) <= self.relative_half_width


def half_width(values: Sequence[float], confidence: float = 0.95) -> float:
    """Half the t-interval of the mean as a share of the mean, `t s / (sqrt(r) |mean|)`; infinite for a single value.

    Examples
    --------
    >>> round(half_width([9.0, 10.0, 11.0]), 4)
    0.2484
    """
    r, mean = len(values), statistics.fmean(values)
    if r < 2:
        return math.inf
    error = statistics.stdev(values) / math.sqrt(r)
    if error == 0:
        return 0.0
    return float(stdtrit(r - 1, 0.5 + confidence / 2)) * error / abs(mean) if mean else math.inf


def _counted(runs: Sequence[Outcome]) -> list[Outcome]:
    """Runs whose values are kept: the successful ones, or the timeout that says what its values exceed."""
    if runs[-1].status is Status.TIMEOUT and runs[-1].values:
        return [runs[-1]]
    return [run for run in runs if run.status is Status.OK]


def _check(system: System, run: Outcome, main: str) -> None:
    """MeasurementError where a successful run lacks a number that was promised."""
    names = {main, *(metric.name for metric in system.metrics)}
    missing = sorted(name for name in names if not math.isfinite(run.values.get(name, math.nan)))
    if missing:
        came = ", ".join(run.values)
        raise MeasurementError(
            f"a run of {system.name} gave no number for {', '.join(missing)}; it measured {came}. Correct the adapter."
        )
