"""State: what a study knows, and what it counts."""

import math
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.space import BinaryOption, Condition, ConfigurationSpace, Environment
from transferperf.study.budget import Budget
from transferperf.study.state import State

SPACE = ConfigurationSpace(
    (BinaryOption(name="log"), BinaryOption(name="sync")), (Condition(option="sync", parent="log", values=(1,)),)
)
HERE, THERE = (Environment.of({"hardware": name}) for name in ("h2", "h1"))


@pytest.fixture
def state() -> State:
    """Two source rows, and one of the target that timed out."""
    rows = [("h1", 0, 0, 3.0, "ok"), ("h1", 1, 1, 2.0, "ok"), ("h2", 1, 0, np.nan, "timeout")]
    frame = pd.DataFrame(rows, columns=["hardware", "log", "sync", "time", "status"])
    table = MeasurementTable(frame, SPACE, ("hardware",), (Metric("time"),))
    return State(table=table, metric=Metric("time"), target=HERE, budget=Budget.parse(3))


def measurement(environment: Environment = HERE, cost_s: float = 2.0) -> Measurement:
    """One run of log=1, sync=1."""
    return Measurement(
        configuration={"log": 1, "sync": 1}, environment=environment, repeats={"time": (1.0,)}, cost_s=cost_s
    )


def test_the_rows_of_the_table_cost_nothing(state: State) -> None:
    """A study begins with its whole budget, and with what is known."""
    assert state.left == 3
    assert len(state.samples) == 0
    assert len(state.sources) == 2
    assert state.taken().tolist() == [[1, 0]]


def test_a_told_measurement_is_no_longer_pending(state: State) -> None:
    """Asking costs one measurement, telling no second one; the seconds are those of the measurement."""
    asked = state.asked(((1, 1),))
    told = asked.told({"log": 1, "sync": 1}, measurement())
    assert (asked.left, told.left) == (2, 2)
    assert (len(asked.pending), len(told.pending)) == (1, 0)
    assert (told.n_told, told.spent_s) == (1, 2.0)
    assert told.samples.y.tolist() == [1.0]
    assert len(state.table) == 3


def test_a_repeat_costs_its_seconds_only(state: State) -> None:
    """The second tell of a configuration, in any spelling, is no further measurement; an unknown cost adds nothing."""
    asked = {"log": 0, "sync": 1}
    once = state.told(asked, measurement())
    twice = once.told({"log": 0, "sync": 0}, measurement(cost_s=math.nan))
    assert (twice.n_told, twice.spent_s, twice.left) == (1, 2.0, 2)


def test_a_source_measurement_is_a_source_row(state: State) -> None:
    """It is no measurement of the target: what is pending there stays so."""
    told = state.asked(((1, 1),)).told({"log": 1, "sync": 1}, measurement(THERE))
    assert (len(told.sources), told.n_told, len(told.pending)) == (3, 0, 1)


def test_what_was_asked_is_taken_even_if_something_else_ran(state: State) -> None:
    """Neither the configuration asked for nor the one that ran needs another suggestion."""
    told = state.told({"log": 0, "sync": 0}, measurement())
    assert sorted(told.taken().tolist()) == [[0, 0], [1, 0], [1, 1]]


def test_a_failure_is_told_and_no_sample(state: State) -> None:
    """It is taken and counted, and has no value."""
    failed = Measurement(configuration={"log": 1, "sync": 1}, environment=HERE, status=Status.FAILED, reason="crashed")
    told = state.told(failed.configuration, failed)
    assert (told.n_told, len(told.samples), len(told.taken())) == (1, 0, 2)


tells = st.lists(
    st.tuples(
        st.sampled_from([HERE, HERE, THERE]),
        st.sampled_from(["ok", "ok", "failed", "timeout"]),
        st.sampled_from([(0, 0), (0, 1), (1, 0), (1, 1)]),
        st.lists(st.floats(0.1, 9.0), min_size=1, max_size=3),
        st.booleans(),
    ),
    max_size=8,
)


@given(told=tells)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_what_the_table_says(
    state: State, told: list[tuple[Environment, str, tuple[int, int], list[float], bool]]
) -> None:
    """After any asks and tells the arrays are those of a new state with the same table."""
    for environment, status, values, repeats, is_asked in told:
        if is_asked:
            state = state.asked((state.row(dict(zip(("log", "sync"), values, strict=True))),))
        measured = Measurement(
            configuration=SPACE.canonical(dict(zip(("log", "sync"), values, strict=True))),
            environment=environment,
            repeats={} if status == "failed" else {"time": tuple(repeats)},
            status=Status(status),
            reason="drawn",
        )
        _ = state.samples, state.leading_sources  # what was looked at is handed on
        state = state.told(measured.configuration, measured)
    fresh = replace(state)
    for ours, expected in zip(state.outcomes, fresh.outcomes, strict=True):
        np.testing.assert_array_equal(ours, expected)
    expected_samples = fresh.table.samples(state.metric, HERE)
    for field in fields(expected_samples):
        np.testing.assert_array_equal(getattr(state.samples, field.name), getattr(expected_samples, field.name))
    np.testing.assert_array_equal(state.leading, fresh.leading)
    np.testing.assert_array_equal(state.leading_sources, fresh.leading_sources)
    assert {*map(tuple, state.taken())} == {*map(tuple, fresh.taken())}
