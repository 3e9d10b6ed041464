"""Draws from spaces where hardly anything is valid."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space.strategies import combinations, spaces, tied_spaces
from transferperf.errors import SpaceError
from transferperf.rng import generator
from transferperf.space import (
    BinaryOption,
    ConfigurationSpace,
    Encoding,
    Exclusion,
    Formula,
    Rules,
    draw_valid,
    sampling,
)


def rows_of(space: ConfigurationSpace, X: np.ndarray) -> list[bool]:
    """Whether each encoded row is valid and canonical, by the rules of the space."""
    columns = {name: X[:, j] for j, name in enumerate(Encoding(space).names)}
    return Rules.of(space).allow(columns, canonical=True).tolist()


@pytest.mark.parametrize("most_listed", [2**20, 0])
@given(space=tied_spaces() | spaces(), seed=st.integers(0, 9))
def test_nothing_invalid_is_ever_drawn(most_listed: int, space: ConfigurationSpace, seed: int) -> None:
    """As many rows as were asked for, all valid and canonical, listed or walked; an error where there are none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "MOST_LISTED", most_listed)
        if not any(space.contains(space.canonical(row)) for row in combinations(space)):
            with pytest.raises(SpaceError, match="no configuration is valid, th"):
                draw_valid(space, 5, generator(seed, "draw"))
            return
        X = draw_valid(space, 5, generator(seed, "draw"))
    assert X.shape == (5, len(space.options))
    assert all(rows_of(space, X))


def test_tied_options_with_few_combinations_are_drawn_uniformly() -> None:
    """Each of the seven valid rows of three tied options has its share of 7000, to within five deviations."""
    options = tuple(BinaryOption(name=name) for name in "abcd")
    space = ConfigurationSpace(options, (Formula(holds="a or b or c"),))
    X = draw_valid(space, 7000, generator(0, "draw"))
    rows, counts = np.unique(X, axis=0, return_counts=True)
    assert len(rows) == 14
    assert np.abs(counts - 500).max() < 5 * np.sqrt(500)


def test_a_large_tied_space_gives_many_different_rows() -> None:
    """One of a thousand combinations of 40 options is valid; drawn rows differ, and every option takes both values."""
    options = tuple(BinaryOption(name=f"b{k:02}") for k in range(40))
    chain = [Exclusion(values=((a.name, (1,)), (b.name, (1,))), reason="") for a, b in pairwise(options)]
    total = Formula(holds=f"{' + '.join(option.name for option in options)} >= 8")
    space = ConfigurationSpace(options, (*chain, total))
    X = draw_valid(space, 300, generator(0, "draw"))
    assert all(rows_of(space, X))
    assert len(np.unique(X, axis=0)) > 250
    assert ((X.mean(axis=0) > 0) & (X.mean(axis=0) < 1)).all()


def test_the_same_seed_draws_the_same_rows() -> None:
    """The solver decides nothing by itself."""
    options = tuple(BinaryOption(name=f"b{k:02}") for k in range(30))
    space = ConfigurationSpace(options, (Formula(holds=f"{' + '.join(o.name for o in options)} == 5"),))
    first, again = (draw_valid(space, 20, generator(3, "draw")) for _ in range(2))
    np.testing.assert_array_equal(first, again)
