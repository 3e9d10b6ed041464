"""Claims about what a study tries against its own belief."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models import Prediction, fit, fit_feasibility
from transferperf.models.warping import Warping
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
from transferperf.study.hedge import EVERY, LEAST_TRIED, STALE, Hedge, UntriedPairs, chance_of_better, n_stale
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
FIRST, BY_CHANCE = "two values together for the first time", "by chance, since nothing better has come"
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
    frame["time"] = 10.0 + 5 * frame["n"] + frame["a"] + frame["b"]
    frame.loc[best, "time"] = 12.0
    table = MeasurementTable(frame, SPACE, (), (Metric("time", unit="s"),))
    return State(table=table, metric=table.metrics[0], target=Environment(), budget=Budget.parse(99))


def outlook_of(state: State) -> Outlook:
    """What is believed in a state."""
    return Outlook(predictor=fit(state.table, metric=state.metric, target=Environment()))


def suggested(state: State, pool: pd.DataFrame = EVERYTHING) -> Suggestion:
    """What is measured next, of all configurations or of a pool."""
    (found,) = suggest(state, outlook_of(state), pool=Pool.of(SPACE, pool))
    return found


def due(state: State, outlook: Outlook | None = None, *, picked: int = 0, pool: bool = True) -> Hedge | None:
    """What is tried next, whatever the model promises, where chance would do better than the best."""
    scope = Scope(state=state, pool=Pool.of(SPACE, EVERYTHING) if pool else None, seed=0, space=SPACE)
    X = Encoding(SPACE).encode(EVERYTHING.iloc[SPACE.size - picked :])
    return Hedge.due(scope, outlook or outlook_of(state), X, best=9.0)


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
    state, encoding = state_of(n, best=best), Encoding(SPACE)
    found = suggested(state)
    is_new = UntriedPairs.of(encoding, state.taken()).has(encoding.encode(pd.DataFrame([dict(found)])))[0]
    assert [reason for reason in (FIRST, BY_CHANCE) if reason in found.reason] == [said] * bool(said)
    assert is_new or said != FIRST
    assert 0 <= found.expected_gain < 5


def state_without_a_pattern(n: int) -> State:
    """A target where each step to a neighbour makes a fast one slow, and a slow one fast."""
    X = Encoding(SPACE).encode(EVERYTHING.iloc[:n])
    frame = EVERYTHING.iloc[:n].assign(time=10.0 + (X[:, :3].sum(1) + 3 * X[:, 3]).round() % 2)
    table = MeasurementTable(frame.reset_index(drop=True), SPACE, (), (Metric("time", unit="s"),))
    return State(table=table, metric=table.metrics[0], target=Environment(), budget=Budget.parse(99))


def test_a_model_that_explains_nothing_is_not_followed() -> None:
    """What it says of rows that it was not shown is worse than their mean: but for one in EVERY, chance is asked."""
    for n in (LEAST_TRIED - 1, LEAST_TRIED, LEAST_TRIED + 1):
        state = state_without_a_pattern(n)
        assert outlook_of(state).main.held_out_r2 < 0
        assert ("nothing measured tells" in suggested(state).reason) == (n >= LEAST_TRIED and n % EVERY > 0)
    learnt = state_of(LEAST_TRIED + 1, best=0)
    assert outlook_of(learnt).main.held_out_r2 > 0
    assert "by chance" not in suggested(learnt).reason


def test_a_hair_is_no_better_one() -> None:
    """What is the best so far by a hundredth of a second does not end a stale time, what is by five seconds does."""
    state = state_of(TURN, best=0)
    frame = state.table.frame.copy()
    frame.loc[TURN - 1, "time"] = frame["time"].min() - 0.01
    creeping = replace(state, table=replace(state.table, frame=frame))
    assert n_stale(creeping, outlook_of(creeping)) == TURN - 1
    frame.loc[TURN - 1, "time"] = frame["time"].min() - 5
    leaping = replace(state, table=replace(state.table, frame=frame.copy()))
    assert n_stale(leaping, outlook_of(leaping)) == 0


def test_once_all_pairs_are_tried_their_turns_follow_the_model() -> None:
    """A pool that holds no pair that is new."""
    state = state_of(2 * TURN, best=0)
    X, pairs = Encoding(SPACE).encode(EVERYTHING), UntriedPairs.of(Encoding(SPACE), state.taken())
    reason = suggested(state, EVERYTHING[~pairs.has(X)]).reason
    assert FIRST not in reason
    assert BY_CHANCE not in reason


def test_chance_draws_what_is_new_and_another_each_time() -> None:
    """Of a pool and of a whole space; the same study draws the same."""
    state = state_of(2 * TURN + EVERY, best=0)
    outlook = outlook_of(state)
    found = [
        due(state, outlook),
        due(state, outlook),
        due(state, outlook, picked=TURN),
        due(state, outlook, pool=False),
    ]
    drawn = [hedge.drawn for hedge in found if hedge]
    assert [x.shape for x in drawn] == [(1, 4)] * 4
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()
    assert not is_among(np.concatenate(drawn), state.taken()).any()
    assert Grid.of(SPACE).is_valid(drawn[3]).all()


@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=9),
    st.floats(0, 2),
    st.floats(-5, 5),
    st.sampled_from(["min", "max"]),
)
def test_the_chance_of_something_better_is_that_of_a_normal_value(
    means: list[float], std: float, best: float, direction: Literal["min", "max"]
) -> None:
    """Mean and variance are those of a value of a random one of the configurations."""
    metric = Metric("time", direction=direction)
    costs, n = np.array(means), len(means)
    drawn = Prediction(
        latent_mean=metric.sign * costs,
        latent_std=np.full(n, std),
        latent_noise=0.0,
        warping=Warping.standardising("identity", np.array([0.0, 1.0])),
        metric=metric,
    )
    spread = np.sqrt(np.mean(costs**2) - costs.mean() ** 2 + std**2)
    assume(spread > 1e-3)
    assert chance_of_better(drawn, best) == pytest.approx(norm.cdf(best, costs.mean(), spread), abs=1e-6)


def test_pairs_have_the_turns_of_chance_where_it_is_likelier_to_fail_than_the_model() -> None:
    """Nothing that was drawn comes near the best."""
    state = state_of(2 * TURN + EVERY, best=0)
    scope = Scope(state=state, pool=None, seed=0, space=SPACE)
    outlook = outlook_of(state)
    hopeful, hopeless = (Hedge.due(scope, outlook, state.taken()[:0], best=best) for best in (0.0, -9.0))
    assert hopeful is not None
    assert (hopeful.pairs, len(hopeful.drawn)) == (None, 1)
    assert hopeless is not None
    assert hopeless.pairs is not None
    assert not len(hopeless.drawn)


def test_what_is_likely_no_answer_is_not_tried() -> None:
    """Where all that has c = x was invalid, neither chance nor a pair asks for it."""
    state = state_of(2 * TURN, best=0)
    invalid = EVERYTHING[EVERYTHING["c"] == "x"].assign(status="invalid", time=np.nan)
    table = replace(state.table, frame=pd.concat([state.table.frame.assign(status="ok"), invalid], ignore_index=True))
    outlook = replace(outlook_of(state), feasibility=fit_feasibility(table, target=Environment()))
    X = Encoding(SPACE).encode(EVERYTHING)
    for n in (2 * TURN, 2 * TURN + EVERY):
        hedge = due(state_of(n, best=0), outlook)
        assert hedge is not None
        tried = EVERYTHING[hedge.tries(X, outlook.log_probability(X))]
        assert len(tried)
        assert not (tried["c"] == "x").any()


def test_what_breaks_a_condition_is_no_better_one() -> None:
    """The fastest so far needs too much memory: the study has been stale since the best that does not."""
    state = state_of(TURN, best=TURN - 1)
    frame = state.table.frame.assign(memory=1.0)
    frame.loc[TURN - 1, "memory"] = 9.0
    outlook = outlook_of(state)
    broken = replace(outlook, broken=(Encoding(SPACE).encode(frame.iloc[[TURN - 1]]),))
    cost = frame["time"].iloc[: TURN - 1]
    assert n_stale(state, outlook) == 0
    assert n_stale(state, broken) == TURN - 1 - int(cost.argmin())


def test_nothing_is_tried_for_its_own_sake_where_that_is_not_wanted() -> None:
    """A budget with a least gain asks for what is worth it; a source has tried pairs of its own."""
    state = state_of(2 * TURN, best=0)
    assert due(state)
    assert not due(replace(state, budget=Budget.parse("99", least_gain="1 %")))
    frames = [state.table.frame.assign(hardware=name) for name in ("h1", "h2")]
    table = MeasurementTable(pd.concat(frames, ignore_index=True), SPACE, ("hardware",), state.table.metrics)
    there = State(table=table, metric=state.metric, target=Environment.of({"hardware": "h1"}), budget=state.budget)
    assert not due(there, outlook_of(state))


def test_what_is_picked_counts_as_tried() -> None:
    """A batch does not try the same pair twice."""
    state = state_of(2 * TURN, best=0)
    X, hedge = Encoding(SPACE).encode(EVERYTHING), due(state)
    assert hedge is not None
    assert hedge.pairs is not None
    X = np.concatenate([state.taken(), X[hedge.pairs.has(X)]])
    assert not UntriedPairs.of(Encoding(SPACE), X).has(X).any()
