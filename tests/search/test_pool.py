"""Searching a pool: only what is in it, each configuration once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.errors import SpaceError
from transferperf.search import Grid, Guided, Pool
from transferperf.search.pool import N_SCORED, where_promising
from transferperf.space import ChoiceOption, Condition, ConfigurationSpace, Encoding, Exclusion, IntegerOption

SPACE = ConfigurationSpace(
    (ChoiceOption(name="journal", levels=("delete", "wal")), IntegerOption(name="checkpoint", levels=(1, 5, 9))),
    (
        Condition(option="checkpoint", parent="journal", values=("wal",)),
        Exclusion(values=(("journal", ("wal",)), ("checkpoint", (9,))), reason="too large"),
    ),
)
ROWS = st.lists(st.tuples(st.sampled_from(["delete", "wal"]), st.integers(1, 9)), min_size=1, max_size=12)


@given(rows=ROWS, k=st.integers(1, 5))
def test_the_best_of_a_pool_is_the_best_of_its_valid_rows(rows: list[tuple[str, int]], k: int) -> None:
    """Values between levels count, rows that mean the same configuration count once, excluded ones not at all."""
    pool = pd.DataFrame(rows, columns=["journal", "checkpoint"])
    canonical = {("delete", 1) if journal == "delete" else (journal, c) for journal, c in rows} - {("wal", 9)}
    best = sorted(((c - 1) / 8 for _, c in canonical), reverse=True)[:k]
    if not canonical:
        with pytest.raises(SpaceError, match="no configuration is allowed"):
            Pool.of(SPACE, pool).best(lambda X: X[:, 0], k)
        return
    found = Pool.of(SPACE, pool).best(lambda X: X[:, 0], k)
    assert found.values.tolist() == best
    assert {tuple(row) for row in found.configurations[["journal", "checkpoint"]].to_numpy()} <= set(rows)


def test_only_allowed_rows_are_answers() -> None:
    """A condition on an option narrows the pool."""
    pool = pd.DataFrame({"checkpoint": [1, 5, 7], "journal": "wal", "note": "x"}, index=[9, 9, 9])
    found = Pool.of(SPACE, pool).best(lambda X: X[:, 0], 3, allowed=lambda rows: (rows["checkpoint"] < 7).to_numpy())
    assert found.configurations.to_dict("list") == {"journal": ["wal", "wal"], "checkpoint": [5, 1]}
    with pytest.raises(SpaceError, match="no configuration is allowed"):
        Pool.of(SPACE, pool).best(lambda X: X[:, 0], 3, allowed=lambda rows: np.zeros(len(rows)))


def test_a_missing_column_is_named() -> None:
    """The error says which option the pool lacks."""
    with pytest.raises(SpaceError, match="lack the option journal"):
        Pool.of(SPACE, pd.DataFrame({"checkpoint": [1]})).best(lambda X: X[:, 0], 1)


def test_taken_rows_are_no_answers() -> None:
    """The best of a pool is the best of what is left of it."""
    pool = pd.DataFrame({"a": [1, 2, 3]})
    space = ConfigurationSpace((IntegerOption(name="a", levels=(1, 2, 3)),))
    taken, seen = Encoding(space).encode(pool.iloc[2:]), []

    def score(X: np.ndarray) -> np.ndarray:
        seen.append(X.copy())
        return np.asarray(X[:, 0])

    found = Pool.of(space, pool).best(score, 2, taken=taken)
    assert found.configurations["a"].tolist() == [2, 1]
    assert [len(X) for X in seen] == [3]  # the same array, whatever is taken: what is known of it is looked up


def test_of_a_large_pool_the_guide_says_what_is_scored() -> None:
    """What it puts first is scored and so are random others; a small pool is scored whole, as is one without guide."""
    asked: list[int] = []

    def score(X: np.ndarray) -> np.ndarray:
        asked.append(len(X))
        return -((X[:, 0] - 0.25) ** 2)

    guided = Guided(score, lambda X: -np.abs(X[:, 0] - 0.3))
    X = np.random.default_rng(0).permutation(np.linspace(0, 1, 5 * N_SCORED))[:, None]
    first, again = where_promising(guided, 0)(X), where_promising(guided, 0)(X)
    assert max(asked) == N_SCORED
    assert np.isfinite(first).sum() == 2 * N_SCORED
    assert first.argmax() == score(X).argmax()
    far = np.isfinite(first) & (X[:, 0] > 0.9)
    assert 0 < far.sum() < (X[:, 0] > 0.9).sum()
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(where_promising(guided, 0)(X[:9]), score(X[:9]))
    assert where_promising(score, 0) is score


@given(rows=ROWS)
def test_a_pool_holds_its_valid_rows_however_they_are_spelled(rows: list[tuple[str, int]]) -> None:
    """A row that means the same configuration as one of them is held, an excluded one is not, and no other."""
    pool = Pool.of(SPACE, pd.DataFrame(rows, columns=["journal", "checkpoint"]))
    every = pd.DataFrame(
        [(journal, c) for journal in ("delete", "wal") for c in range(1, 10)], columns=["journal", "checkpoint"]
    )
    canonical = {("delete", 1) if journal == "delete" else (journal, c) for journal, c in rows} - {("wal", 9)}
    expected = [
        (("delete", 1) if journal == "delete" else (journal, c)) in canonical for journal, c in every.to_numpy()
    ]
    assert pool.holds(Grid.of(SPACE).encode(every)).tolist() == expected
