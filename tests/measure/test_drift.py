"""Drift: seen in the control, and taken out of all measurements."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from transferperf.data.table import MeasurementTable
from transferperf.measure import Outcome, Runner, drifts, without_drift
from transferperf.metric import Metric
from transferperf.space import Configuration, ConfigurationSpace, Environment, IntegerOption

HERE = Environment.of({"hardware": "h1"})
TRUE = {size: 1.0 + size for size in range(20)}


class Drifting:
    """A system whose machine gets slower with each run, or not."""

    name = "drifting"
    space = ConfigurationSpace((IntegerOption(name="size", levels=tuple(TRUE)),))
    factors: Mapping[str, tuple[str, ...]] = {"hardware": ("h1",)}
    metrics = (Metric("time", unit="s"), Metric("size_mb"))
    timeout_s = 1.0

    def __init__(self, slower: float, noise: float = 0.01) -> None:
        self.slower, self.noise, self.n_runs, self.chance = slower, noise, 0, np.random.default_rng(3)

    def prepare(self, environment: Environment) -> None:
        """Nothing to do."""

    def cleanup(self) -> None:
        """Nothing to do."""

    def provenance(self) -> Mapping[str, str]:
        """Nothing to say."""
        return {}

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """The true time, longer with each run."""
        assert environment == HERE
        size = int(str(configuration["size"]))
        time = TRUE[size] * np.exp(self.slower * self.n_runs + self.noise * self.chance.standard_normal())
        self.n_runs += 1
        return Outcome(configuration=configuration, values={"time": float(time), "size_mb": 5.0}, cost_s=0.0)


def measured(slower: float, control_every: int = 4) -> MeasurementTable:
    """All sizes, two repeats each, and controls in between."""
    system = Drifting(slower)
    runner = Runner(min_repeats=2, max_repeats=2, warm_ups=0, control_every=control_every)
    pairs = runner.measure_all(system, {HERE: [{"size": size} for size in TRUE]}, seed=0)
    columns = ["hardware", "size", "time", "size_mb"]
    empty = MeasurementTable(pd.DataFrame(columns=columns), system.space, ("hardware",), system.metrics)
    return empty.concatenate([measurement for _, measurement in pairs])


def errors(table: MeasurementTable) -> np.ndarray:
    """Logarithms of measured over true times, without their mean."""
    off = np.log(table.frame["time"].to_numpy(float) / table.frame["size"].map(TRUE).to_numpy(float))
    return np.asarray(off - off.mean())


def test_the_control_comes_before_each_few_and_after_the_last() -> None:
    """Twenty configurations, a control before each four of them and one at the end, two runs each."""
    table = measured(0.0)
    is_default = (table.frame["size"] == 0).to_numpy()
    assert len(table) == 2 * (20 + 6)
    assert is_default[[0, 1, 10, 11, -2, -1]].all()
    assert len(measured(0.0, control_every=0)) == 2 * 20


def test_a_machine_that_slows_down_is_noticed_and_corrected_for() -> None:
    """It gets 1 % slower with each run; the correction leaves little more than the noise of 1 %."""
    table = measured(0.01)
    found = {drift.metric.name: drift for drift in drifts(table)}
    assert found["time"].is_certain
    assert found["time"].spread == pytest.approx(np.expm1(0.5), rel=0.1)
    assert found["time"].noise == pytest.approx(0.01, rel=0.6)
    assert not found["size_mb"].is_certain
    corrected = without_drift(table)
    assert np.std(errors(table)) > 0.13
    assert np.std(errors(corrected)) < 0.02
    assert (corrected.frame["size_mb"] == table.frame["size_mb"]).all()


def test_a_steady_machine_is_left_alone() -> None:
    """Noise is no drift: the measurements stay as they are."""
    table = measured(0.0)
    assert not [drift for drift in drifts(table) if drift.is_certain]
    pd.testing.assert_frame_equal(without_drift(table).frame, table.frame)


def test_without_controls_nothing_is_known_of_drift() -> None:
    """The default was measured at one time only."""
    assert list(drifts(measured(0.01, control_every=0))) == []


def test_a_control_that_ran_once_each_time_proves_nothing() -> None:
    """Without repeats there is no noise to compare with."""
    table = measured(0.01)
    once = MeasurementTable(table.frame.iloc[::2], table.space, table.factors, table.metrics)
    assert all(np.isnan(drift.chance) and not drift.is_certain for drift in drifts(once))
