"""RecordedSystem: a table answers as if it were measured."""

import pandas as pd
import pytest

from transferperf.data.measurement import Status
from transferperf.data.table import MeasurementTable
from transferperf.measure import RecordedSystem, Runner, choose_environment
from transferperf.metric import Metric
from transferperf.space import ChoiceOption, Condition, ConfigurationSpace, IntegerOption


@pytest.fixture
def table() -> MeasurementTable:
    """Two configurations on h1, one of which timed out, and one on h2."""
    space = ConfigurationSpace(
        (ChoiceOption(name="journal", levels=("delete", "wal")), IntegerOption(name="checkpoint", levels=(1, 10))),
        (Condition(option="checkpoint", parent="journal", values=("wal",)),),
    )
    rows = [
        ("h1", "delete", 1, 2.0, "ok", None, 0.5),
        ("h1", "delete", 1, 4.0, "ok", None, 0.5),
        ("h1", "wal", 10, None, "timeout", "stopped after 9 s", 9.0),
        ("h2", "delete", 1, 8.0, "ok", None, 0.5),
    ]
    names = ["hardware", "journal", "checkpoint", "time", "status", "reason", "cost_s"]
    return MeasurementTable(pd.DataFrame(rows, columns=names), space, ("hardware",), (Metric("time"),))


def test_each_run_gives_the_next_recorded_repeat(table: MeasurementTable) -> None:
    """Three repeats of two recorded ones are the first, the second and the first."""
    system, runner = RecordedSystem(table), Runner(min_repeats=3, max_repeats=3, warm_ups=0)
    here = choose_environment(system, {"hardware": "h1"})
    ((_, measured),) = runner.measure_all(system, {here: [{"journal": "delete", "checkpoint": 10}]}, seed=0)
    assert measured.repeats["time"] == (2.0, 4.0, 2.0)
    assert measured.configuration == {"journal": "delete", "checkpoint": 1}


def test_a_recorded_failure_is_replayed(table: MeasurementTable) -> None:
    """Status, reason and cost come back."""
    system = RecordedSystem(table)
    here = choose_environment(system, {"hardware": "h1"})
    system.prepare(here)
    outcome = system.measure({"journal": "wal", "checkpoint": 10}, here)
    assert (outcome.status, outcome.reason, outcome.cost_s) == (Status.TIMEOUT, "stopped after 9 s", 9.0)
    assert not outcome.values


def test_a_configuration_that_was_never_recorded_is_invalid(table: MeasurementTable) -> None:
    """What is known of one environment is not told of another."""
    system = RecordedSystem(table)
    there = choose_environment(system, {"hardware": "h2"})
    system.prepare(there)
    outcome = system.measure({"journal": "wal", "checkpoint": 10}, there)
    assert (outcome.status, outcome.reason) == (Status.INVALID, "never measured in h2")


def test_factors_are_the_recorded_ones(table: MeasurementTable) -> None:
    """Each environment factor has the values of the table."""
    assert RecordedSystem(table).factors == {"hardware": ("h1", "h2")}
