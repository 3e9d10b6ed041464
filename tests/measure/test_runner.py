"""Runner: how often a configuration is measured, in which order, and what a failure becomes."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import Outcome, Runner, environments
from transferperf.measure.runner import half_width
from transferperf.metric import Metric
from transferperf.space import BinaryOption, Configuration, ConfigurationSpace, Environment, IntegerOption

HERE = Environment.of({"hardware": "h1"})


class Scripted:
    """A system whose runs are a function of the turn and the configuration; it keeps a diary."""

    name = "scripted"
    space = ConfigurationSpace((BinaryOption(name="fast"), IntegerOption(name="size", levels=(1, 2, 4))))
    factors: Mapping[str, tuple[str, ...]] = {"hardware": ("h1", "h2")}
    metrics = (Metric("time", unit="s"),)
    timeout_s = 1.0

    def __init__(self, run: Callable[[int, Configuration], Outcome]) -> None:
        self.run, self.diary, self.turn = run, [], 0  # type: ignore[var-annotated]

    def prepare(self, environment: Environment) -> None:
        self.diary.append(("prepare", environment.label))

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        self.diary.append((environment.label, *configuration.values()))
        self.turn += 1
        return self.run(self.turn - 1, configuration)

    def cleanup(self) -> None:
        self.diary.append(("cleanup",))

    def provenance(self) -> Mapping[str, str]:
        return {}


def timed(*values: float) -> Scripted:
    """A system whose runs take these times, one after the other."""
    return Scripted(lambda turn, asked: Outcome(configuration=asked, values={"time": values[turn]}, cost_s=0.5))


@pytest.fixture
def steady() -> Scripted:
    """A system that always takes one second."""
    return Scripted(lambda _, asked: Outcome(configuration=asked, values={"time": 1.0}, cost_s=0.5))


@given(st.lists(st.floats(0.1, 10.0), min_size=2, max_size=9))
def test_the_interval_is_the_t_interval_of_the_mean(values: list[float]) -> None:
    """Half its width, as a share of the mean, is what scipy's t distribution gives."""
    error = stats.sem(values)
    expected = stats.t.ppf(0.975, len(values) - 1) * error / np.mean(values)
    assert half_width(values) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(st.lists(st.floats(0.5, 2.0), min_size=8, max_size=8), st.integers(1, 4), st.integers(4, 8))
def test_repeats_stop_at_the_first_tight_interval(values: list[float], low: int, high: int) -> None:
    """The measurement ends with the first run from `min_repeats` on whose interval is tight, or at `max_repeats`."""
    runner = Runner(min_repeats=low, max_repeats=high, relative_half_width=0.2)
    measured = runner.measure(timed(*values), Scripted.space.default, HERE)
    tight = (r for r in range(low, high) if half_width(values[:r]) <= 0.2)
    assert measured.repeats["time"] == tuple(values[: next(tight, high)])
    assert measured.cost_s == pytest.approx(0.5 * measured.n_repeats)


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.INVALID])
def test_a_run_that_does_not_succeed_ends_the_measurement(status: Status) -> None:
    """Its status and reason become the measurement's, and the repeats before it are kept."""

    def run(turn: int, asked: Configuration) -> Outcome:
        if turn == 1:
            return Outcome(configuration=asked, status=status, reason="no", cost_s=2.0)
        return Outcome(configuration=asked, values={"time": 1.0}, cost_s=0.5)

    measured = Runner().measure(Scripted(run), Scripted.space.default, HERE)
    assert (measured.status, measured.reason, measured.repeats["time"], measured.cost_s) == (status, "no", (1.0,), 2.5)


def test_a_timeout_that_knows_a_bound_is_that_value_alone() -> None:
    """Repeats before it that ended in time would look as if they had been stopped there."""

    def run(turn: int, asked: Configuration) -> Outcome:
        if turn == 1:
            return Outcome(configuration=asked, values={"time": 5.0}, status=Status.TIMEOUT, reason="slow", cost_s=2.0)
        return Outcome(configuration=asked, values={"time": 4.9}, cost_s=0.5)

    measured = Runner().measure(Scripted(run), Scripted.space.default, HERE)
    assert (measured.status, measured.repeats["time"], measured.cost_s) == (Status.TIMEOUT, (5.0,), 2.5)


def test_what_really_ran_is_recorded_beside_what_was_asked_for() -> None:
    """Where the system changes a configuration, the pair holds both."""
    system = Scripted(lambda _, asked: Outcome(configuration={**asked, "size": 4}, values={"time": 1.0}))
    ((asked, measured),) = Runner().measure_all(system, {HERE: [{"fast": 1, "size": 2}]}, seed=0)
    assert (asked["size"], measured.configuration["size"]) == (2, 4)


def every(system: Scripted) -> dict[Environment, list[dict[str, int]]]:
    """All configurations in all environments of the scripted system."""
    configurations = [{"fast": fast, "size": size} for fast, size in itertools.product((0, 1), (1, 2, 4))]
    return dict.fromkeys(environments(system), configurations)


def test_every_configuration_is_measured_once_in_each_environment(steady: Scripted) -> None:
    """No pair is lost or doubled by shuffling, and each environment is prepared and cleaned up once."""
    pairs = [
        (measured.environment, tuple(asked.values()))
        for asked, measured in Runner(warm_ups=0).measure_all(steady, every(steady), seed=3)
    ]
    assert sorted(pairs) == sorted(itertools.product(environments(steady), itertools.product((0, 1), (1, 2, 4))))
    assert [entry[0] for entry in steady.diary if entry[0] in ("prepare", "cleanup")] == ["prepare", "cleanup"] * 2


def test_the_seed_decides_the_order(steady: Scripted) -> None:
    """The same seed gives the same order; among ten seeds there are others."""

    def order(seed: int) -> list[tuple[str, tuple[object, ...]]]:
        measured = Runner(min_repeats=1, max_repeats=1).measure_all(steady, every(steady), seed)
        return [(m.environment.label, tuple(asked.values())) for asked, m in measured]

    assert order(1) == order(1)
    assert len({str(order(seed)) for seed in range(10)}) > 1


def test_warm_ups_are_thrown_away() -> None:
    """Two warm-up runs of the default precede the first measurement and are not in it."""
    system, runner = timed(9.0, 9.0, 1.0, 1.0), Runner(min_repeats=2, max_repeats=2, warm_ups=2)
    ((_, measured),) = runner.measure_all(system, {HERE: [{"fast": 1, "size": 2}]}, seed=0)
    assert measured.repeats["time"] == (1.0, 1.0)
    assert system.diary[1:3] == [("h1", 0, 1)] * 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_system_is_cleaned_up_whatever_happens(error: type[BaseException]) -> None:
    """An interrupt or an error in a run reaches the caller, after cleanup."""

    def run(_: int, asked: Configuration) -> Outcome:
        raise error(str(asked))

    system = Scripted(run)
    with pytest.raises(error):
        list(Runner().measure_all(system, {HERE: [system.space.default]}, seed=0))
    assert system.diary[-1] == ("cleanup",)


def test_the_system_is_cleaned_up_when_the_caller_stops(steady: Scripted) -> None:
    """Closing the iterator after the first measurement cleans up."""
    measured: Iterator[object] = Runner().measure_all(steady, every(steady), seed=0)
    next(measured)
    measured.close()  # type: ignore[attr-defined]
    assert steady.diary[-1] == ("cleanup",)


@pytest.mark.parametrize("values", [{"other": 1.0}, {"time": math.nan}])
def test_a_run_without_a_promised_number_is_an_error_of_the_adapter(values: dict[str, float]) -> None:
    """The error names the metric that has no number."""
    system = Scripted(lambda _, asked: Outcome(configuration=asked, values={"other": 1.0, **values}))
    with pytest.raises(MeasurementError, match="no number for time"):
        Runner().measure(system, system.space.default, HERE)


@pytest.mark.parametrize(
    "settings",
    [{"min_repeats": 0}, {"min_repeats": 4, "max_repeats": 3}, {"warm_ups": -1}, {"relative_half_width": math.nan}],
)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    """A runner is valid from birth."""
    with pytest.raises(MeasurementError, match="expected"):
        Runner(**settings)  # type: ignore[arg-type]
