"""Claims about pairs of values that nobody has tried together."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models import fit
from transferperf.search import Pool
from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    ConfigurationSpace,
    Encoding,
    Environment,
    IntegerOption,
)
from transferperf.study.budget import Budget
from transferperf.study.outlook import Outlook
from transferperf.study.state import State
from transferperf.study.suggest import Suggestion, suggest
from transferperf.study.untried import EVERY, STALE, UntriedPairs

SPACE = ConfigurationSpace(
    (
        BinaryOption(name="a"),
        BinaryOption(name="b"),
        ChoiceOption(name="c", levels=("x", "y", "z")),
        IntegerOption(name="n", levels=(1, 2, 3, 4)),
    )
)
EVERYTHING = design(SPACE, SPACE.size, "random", 0)
FIRST = "two values together for the first time"


def halves(configuration: Mapping[Any, Any]) -> dict[Any, Any]:
    """Values, but of the ordered option only in which half it lies."""
    return {**configuration, "n": int(configuration["n"]) > 2}


@given(st.lists(st.integers(0, SPACE.size - 1), max_size=20))
def test_pairs_are_those_that_no_row_has(rows: list[int]) -> None:
    """By brute force over all pairs of options."""
    encoding, tried = Encoding(SPACE), EVERYTHING.iloc[rows]

    def pairs(frame: pd.DataFrame) -> list[set[object]]:
        every = [halves(row) for row in frame.to_dict("records")]
        return [{(p, each[p], q, each[q]) for p, q in combinations(SPACE.names, 2)} for each in every]

    known = set().union(*pairs(tried))
    found = UntriedPairs.of(encoding, encoding.encode(tried)).has(encoding.encode(EVERYTHING))
    assert found.tolist() == [bool(each - known) for each in pairs(EVERYTHING)]


def state_of(n: int, *, best: int) -> State:
    """A target where a and b were never on together, with n rows, the best of which came at place `best`."""
    frame = EVERYTHING[(EVERYTHING["a"] == 0) | (EVERYTHING["b"] == 0)].iloc[:n].reset_index(drop=True)
    frame["time"] = 10.0 + frame["n"] + frame["a"] + frame["b"]
    frame.loc[best, "time"] = 5.0
    table = MeasurementTable(frame, SPACE, (), (Metric("time", unit="s"),))
    return State(table=table, metric=table.metrics[0], target=Environment(), budget=Budget.parse(99))


def suggested(state: State) -> Suggestion:
    """What is measured next, of all configurations."""
    predictor = fit(state.table, metric=state.metric, target=Environment())
    (found,) = suggest(state, Outlook(predictor=predictor), pool=Pool.of(SPACE, EVERYTHING))
    return found


@pytest.mark.parametrize(
    ("n", "best", "is_first"),
    [
        (5 * EVERY, 5 * EVERY - STALE - 1, True),
        (5 * EVERY, 5 * EVERY - STALE, False),
        (5 * EVERY + 1, 0, False),
    ],
)
def test_where_nothing_better_comes_some_measurements_try_a_pair(n: int, best: int, is_first: bool) -> None:
    """One in EVERY, once STALE have brought nothing: the process itself believes that a and b only cost time."""
    found = suggested(state_of(n, best=best))
    assert (FIRST in found.reason) == is_first
    assert not is_first or found["a"] == found["b"] == 1
    assert 0 <= found.expected_gain < 5


def test_nothing_is_tried_for_its_own_sake_where_that_is_not_wanted() -> None:
    """A budget with a least gain asks for what is worth it; a source has tried pairs of its own."""
    state = state_of(5 * EVERY, best=0)
    assert UntriedPairs.due(state, state.samples.X[:0])
    assert not UntriedPairs.due(replace(state, budget=Budget.parse("99", least_gain="1 %")), state.samples.X[:0])
    frames = [state.table.frame.assign(hardware=name) for name in ("h1", "h2")]
    table = MeasurementTable(pd.concat(frames, ignore_index=True), SPACE, ("hardware",), state.table.metrics)
    there = State(table=table, metric=state.metric, target=Environment.of({"hardware": "h1"}), budget=state.budget)
    assert not UntriedPairs.due(there, state.samples.X[:0])


def test_what_is_picked_counts_as_tried() -> None:
    """A batch does not try the same pair twice."""
    state = state_of(5 * EVERY, best=0)
    X = Encoding(SPACE).encode(EVERYTHING)
    pairs = UntriedPairs.due(state, X[:0])
    assert pairs is not None
    assert not UntriedPairs.of(Encoding(SPACE), np.concatenate([state.taken(), X[pairs.has(X)]])).has(X).any()
