"""The opening of a pool: what is measured before a model is asked."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.data.csv import read_frame
from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.kernels import OptionKernel
from transferperf.metric import Metric
from transferperf.space import BinaryOption, ConfigurationSpace, Encoding, Environment
from transferperf.study.belief import FIRST_ROWS
from transferperf.study.budget import Budget
from transferperf.study.opening import CONSTANT, OPENING_ROWS, is_opening, teaching_order
from transferperf.study.state import State
from transferperf.study.tuner import Tuner

SPACE = ConfigurationSpace(tuple(BinaryOption(name=f"b{j}") for j in range(8)))
POOL = design(SPACE, 256, "random", 0)
X = Encoding(SPACE).encode(POOL)
NONE = X[:0]
LEVELS = (2,) * 8
TIME = Metric("t")


def state_of(n: int, budget: int | str = 60, n_source: int = 0) -> State:
    """A study that knows n configurations of the target, and some of another environment."""
    parts = [POOL.iloc[:n].assign(w="here"), POOL.iloc[:n_source].assign(w="there")]
    frame = pd.concat(parts, ignore_index=True).assign(t=lambda rows: 1.0 + rows["b0"])
    table = MeasurementTable(frame, SPACE, ("w",), (TIME,))
    return State(table=table, metric=TIME, target=Environment.of({"w": "here"}), budget=Budget.parse(budget))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(0, 60))
def test_the_order_holds_every_candidate_once(seed: int, n: int) -> None:
    """Whatever the seed and the size of the pool: a permutation, the same each time."""
    order = teaching_order(X[:n], NONE, LEVELS, seed)
    assert sorted(order.tolist()) == list(range(n))
    assert (order == teaching_order(X[:n], NONE, LEVELS, seed)).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_both_levels_of_every_option_are_seen(seed: int) -> None:
    """Whatever the seed, no option of a full grid is the same in all of the opening."""
    chosen = X[teaching_order(X, NONE, LEVELS, seed)[:OPENING_ROWS]]
    assert (chosen.min(0) == 0).all()
    assert (chosen.max(0) == 1).all()


def test_what_is_known_is_taken_into_account() -> None:
    """Each candidate of the opening is the first one, given those before it: asking one by one is asking for all."""
    order = teaching_order(X, NONE, LEVELS, 3)
    for k in range(1, 5):
        assert teaching_order(X, X[order[:k]], LEVELS, 3)[0] == order[k]


def test_the_opening_teaches_more_than_random_candidates() -> None:
    """From ten of them the prior's process predicts sums of main effects better than from ten random candidates."""
    stream, K = np.random.default_rng(0), OptionKernel(LEVELS).covariance(torch.as_tensor(X), torch.as_tensor(X))
    C, ratios = K.detach().numpy() + CONSTANT, []
    for seed in range(20):
        chosen, drawn = teaching_order(X, NONE, LEVELS, seed)[:OPENING_ROWS], stream.permutation(256)[:OPENING_ROWS]
        y = X @ stream.normal(size=8)
        said = [C[:, rows] @ np.linalg.solve(C[np.ix_(rows, rows)], y[rows]) for rows in (chosen, drawn)]
        ratios.append(np.mean((said[0] - y) ** 2) / np.mean((said[1] - y) ** 2))
    assert np.median(ratios) < 0.8


@pytest.mark.parametrize(
    ("n", "budget", "n_source", "has_pool", "expected"),
    [
        (FIRST_ROWS - 1, 60, 20, False, True),
        (FIRST_ROWS, 60, 20, True, False),
        (FIRST_ROWS, 60, 0, False, False),
        (FIRST_ROWS, 60, 0, True, True),
        (OPENING_ROWS, 60, 0, True, False),
        (6, 15, 0, True, False),
        (4, 15, 0, True, True),
        (6, "10min", 0, True, True),
    ],
)
def test_a_pool_opens_longer_where_nothing_is_known_elsewhere(
    n: int, budget: int | str, n_source: int, has_pool: bool, expected: bool
) -> None:
    """Ten of a pool without sources, and at most a third of the budget; three in all other cases."""
    assert is_opening(state_of(n, budget, n_source), has_pool=has_pool) is expected


def test_a_tuner_of_a_pool_opens_with_what_teaches() -> None:
    """The default if the pool has it, then candidates that tell of others, and then what promises to be better."""
    empty = state_of(0).table
    tuner = Tuner(empty, metric="t", target={"w": "here"}, budget=OPENING_ROWS * 3, candidates=POOL)
    reasons = []
    for _ in range(OPENING_ROWS + 1):
        suggestion = tuner.ask()
        reasons.append(suggestion.reason)
        tuner.tell(suggestion, 1.0 + suggestion["b0"] + math.sqrt(2) * suggestion["b1"])  # type: ignore[operator]
    assert reasons[0] == "the default"
    assert reasons[1:-1] == ["a candidate that tells of others"] * (OPENING_ROWS - 1)
    assert reasons[-1].startswith("expected improvement")


def test_a_repeat_is_asked_as_the_pool_spells_it() -> None:
    """Of an option with more values than a space lists, every suggestion is still a candidate, a repeat too."""
    stream = np.random.default_rng(0)
    pool = pd.DataFrame({"hz": np.sort(stream.choice(5000, 300, replace=False))})
    table = read_frame(pool.assign(t=1.0), metrics=[TIME])
    empty = replace(table, frame=table.frame.iloc[:0])
    tuner = Tuner(empty, metric="t", target={}, budget=24, candidates=pool)
    asked = []
    for _ in range(24):
        suggestion = tuner.ask()
        asked.append(suggestion["hz"])
        tuner.tell(suggestion, float(np.sin(suggestion["hz"] / 900) + stream.normal()))  # type: ignore[operator]
    assert set(asked) <= set(pool["hz"])
    assert len(set(asked)) < len(asked)
