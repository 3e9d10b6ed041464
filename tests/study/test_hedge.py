"""Claims about what a study tries against its own belief."""

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
from transferperf.models import fit, fit_feasibility
from transferperf.search import Grid, Pool, is_among
from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    ConfigurationSpace,
    Encoding,
    Environment,
    IntegerOption,
)
from transferperf.study.budget import Budget
from transferperf.study.hedge import CHANCE, EVERY, PAIR, REASONS, STALE, Hedge, UntriedPairs, n_stale
from transferperf.study.outlook import Outlook
from transferperf.study.scope import Scope
from transferperf.study.state import State
from transferperf.study.suggest import Suggestion, suggest

SPACE = ConfigurationSpace(
    (
        BinaryOption(name="a"),
        BinaryOption(name="b"),
        ChoiceOption(name="c", levels=("x", "y", "z")),
        IntegerOption(name="n", levels=(1, 2, 3, 4)),
    )
)
EVERYTHING = design(SPACE, SPACE.size, "random", 0)
FIRST, BY_CHANCE = REASONS[PAIR], REASONS[CHANCE]
TURN = 2 * EVERY
"""Pairs and chance take turns: of the measurements after which a study hedges, a pair's turn."""


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


def suggested(state: State, pool: pd.DataFrame = EVERYTHING) -> Suggestion:
    """What is measured next, of all configurations or of a pool."""
    predictor = fit(state.table, metric=state.metric, target=Environment())
    (found,) = suggest(state, Outlook(predictor=predictor), pool=Pool.of(SPACE, pool))
    return found


def due(state: State, outlook: Outlook | None = None, picked: int = 0) -> Hedge | None:
    """What is tried next, whatever the model promises."""
    scope = Scope(state=state, pool=Pool.of(SPACE, EVERYTHING), seed=0, space=SPACE)
    return Hedge.due(
        scope, outlook or Outlook(predictor=None), Encoding(SPACE).encode(EVERYTHING.iloc[-picked:])[:picked]
    )


@pytest.mark.parametrize(
    ("n", "best", "said"),
    [
        (2 * TURN, 2 * TURN - STALE - 1, FIRST),
        (2 * TURN, 2 * TURN - STALE, ""),
        (2 * TURN + 1, 0, ""),
        (2 * TURN + EVERY, 0, BY_CHANCE),
    ],
)
def test_where_nothing_better_comes_some_measurements_do_not_follow_the_model(n: int, best: int, said: str) -> None:
    """One in EVERY, once STALE have brought nothing: the process itself believes that a and b only cost time."""
    found = suggested(state_of(n, best=best))
    assert [reason for reason in (FIRST, BY_CHANCE) if reason in found.reason] == [said] * bool(said)
    assert said != FIRST or found["a"] == found["b"] == 1
    assert 0 <= found.expected_gain < 5


def test_chance_has_the_turns_of_pairs_once_all_are_tried() -> None:
    """A pool that holds no pair that is new."""
    state = state_of(2 * TURN, best=0)
    X, pairs = Encoding(SPACE).encode(EVERYTHING), UntriedPairs.of(Encoding(SPACE), state.taken())
    assert BY_CHANCE in suggested(state, EVERYTHING[~pairs.has(X)]).reason


def test_chance_draws_what_is_new_and_may_be_the_answer_and_another_each_time() -> None:
    """Also in a whole space; the same study draws the same."""
    state = state_of(2 * TURN + EVERY, best=0)
    drawn = [each.drawn for each in (due(state), due(state), due(state, picked=TURN)) if each]
    assert len(drawn) == 3
    assert all(x.shape == (1, 4) for x in drawn)
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()
    assert not is_among(np.concatenate(drawn), state.taken()).any()
    scope = Scope(state=state, pool=None, seed=0, space=SPACE)
    hedge = Hedge.due(scope, Outlook(predictor=None), state.taken()[:0])
    assert hedge is not None
    assert Grid.of(SPACE).is_valid(hedge.drawn).tolist() == [True]


def test_what_is_likely_no_answer_is_not_tried() -> None:
    """Where all that has c = x was invalid, neither chance nor a pair asks for it."""
    state = state_of(2 * TURN, best=0)
    invalid = EVERYTHING[EVERYTHING["c"] == "x"].assign(status="invalid", time=np.nan)
    table = replace(state.table, frame=pd.concat([state.table.frame.assign(status="ok"), invalid], ignore_index=True))
    valid = fit_feasibility(table, target=Environment())
    outlook, X = Outlook(predictor=None, feasibility=valid), Encoding(SPACE).encode(EVERYTHING)
    hedges = [due(state_of(n, best=0), outlook) for n in (2 * TURN, 2 * TURN + EVERY)]
    for hedge in hedges:
        assert hedge is not None
        tried = EVERYTHING[hedge.rank(X, outlook.log_probability(X)) > 0]
        assert len(tried)
        assert not (tried["c"] == "x").any()


def test_what_breaks_a_condition_is_no_better_one() -> None:
    """The fastest so far needs too much memory: the study has been stale since the best that does not."""
    state = state_of(TURN, best=TURN - 1)
    frame = state.table.frame.assign(memory=1.0)
    frame.loc[TURN - 1, "memory"] = 9.0
    outlook = Outlook(predictor=None, broken=(Encoding(SPACE).encode(frame.iloc[[TURN - 1]]),))
    cost = frame["time"].iloc[: TURN - 1]
    assert n_stale(state, Outlook(predictor=None)) == 0
    assert n_stale(state, outlook) == TURN - 1 - int(cost.argmin())


def test_nothing_is_tried_for_its_own_sake_where_that_is_not_wanted() -> None:
    """A budget with a least gain asks for what is worth it; a source has tried pairs of its own."""
    state = state_of(2 * TURN, best=0)
    assert due(state)
    assert not due(replace(state, budget=Budget.parse("99", least_gain="1 %")))
    frames = [state.table.frame.assign(hardware=name) for name in ("h1", "h2")]
    table = MeasurementTable(pd.concat(frames, ignore_index=True), SPACE, ("hardware",), state.table.metrics)
    there = State(table=table, metric=state.metric, target=Environment.of({"hardware": "h1"}), budget=state.budget)
    assert not due(there)


def test_what_is_picked_counts_as_tried() -> None:
    """A batch does not try the same pair twice."""
    state = state_of(2 * TURN, best=0)
    X, hedge = Encoding(SPACE).encode(EVERYTHING), due(state)
    assert hedge is not None
    assert hedge.pairs is not None
    X = np.concatenate([state.taken(), X[hedge.pairs.has(X)]])
    assert not UntriedPairs.of(Encoding(SPACE), X).has(X).any()
