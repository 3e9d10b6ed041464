"""The grid of a space: its draws are valid, also where hardly anything is, and so is what is suggested."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transferperf as tp
from tests.space.strategies import combinations, spaces, tied_spaces
from transferperf.data.table import MeasurementTable
from transferperf.errors import SpaceError
from transferperf.rng import generator
from transferperf.search import Grid
from transferperf.space import BinaryOption, ConfigurationSpace, Exclusion, Formula, IntegerOption, OneOf


def valid_rows(space: ConfigurationSpace) -> set[tuple[object, ...]]:
    """Every valid canonical configuration of the levels."""
    rows = (space.canonical(row) for row in combinations(space))
    return {tuple(row.values()) for row in rows if space.contains(row)}


@given(space=tied_spaces() | spaces(), seed=st.integers(0, 9))
def test_what_is_drawn_is_valid_and_something_is_drawn_where_anything_is(space: ConfigurationSpace, seed: int) -> None:
    """By the space's own rules, one by one; where nothing is valid, the clash is said."""
    grid = Grid.of(space)
    if not valid_rows(space):
        with pytest.raises(SpaceError, match="no configuration is valid, th"):
            grid.draw(4, generator(seed, "draw"))
        return
    X = grid.draw(4, generator(seed, "draw"))
    assert len(X)
    frame: Any = grid.decode(X)
    assert all(space.contains(row) for row in frame.to_dict("records"))


@given(space=tied_spaces() | spaces())
def test_validity_of_rows_is_that_of_the_space(space: ConfigurationSpace) -> None:
    """Of canonical rows, all of them at once."""
    grid = Grid.of(space)
    rows = combinations(space)
    X = grid.encode(pd.DataFrame(rows))
    expected = [space.contains(space.canonical(row)) for row in rows]
    assert grid.is_valid(X).tolist() == expected


def test_many_rows_are_drawn_where_one_in_a_thousand_is_valid() -> None:
    """As many as were asked for, and different ones; in a space that is mostly valid the draws are still rejected."""
    options = tuple(BinaryOption(name=f"b{k:02}") for k in range(25))
    total = " + ".join(option.name for option in options)
    sparse = ConfigurationSpace(options, (Formula(holds=f"{total} <= 4"),))
    assert 0 < len(Grid.of(ConfigurationSpace(options)).draw(10, generator(0, "draw"))) == 10
    X = Grid.of(sparse).draw(500, generator(0, "draw"))
    assert X.shape == (500, 25)
    assert X.sum(axis=1).max() <= 4
    assert len(np.unique(X, axis=0)) > 400
    half = ConfigurationSpace(options, (Exclusion(values=(("b00", (1,)),), reason="off"),))
    assert 200 < len(Grid.of(half).draw(500, generator(0, "draw"))) < 300


def measured(space: ConfigurationSpace, n: int) -> MeasurementTable:
    """Some valid rows of a source and none of the target."""
    grid = Grid.of(space)
    rows = grid.decode(grid.draw(50, generator(1, "rows"))).drop_duplicates()[:n]
    cost = grid.encode(rows) @ np.linspace(-1.0, 1.0, len(space.names)) + 3.0
    frame = rows.assign(workload="a", time=cost).astype({"workload": str})
    return tp.read_frame(frame, metrics=["time"], space=space)


@settings(max_examples=3, deadline=None)
@given(space=tied_spaces(), seed=st.integers(0, 9))
def test_a_suggestion_never_violates_a_constraint(space: ConfigurationSpace, seed: int) -> None:
    """Neither the first ones nor those that a model asks for; and none twice."""
    known = valid_rows(space)
    if len(known) < 3:
        return
    tuner = tp.Tuner(measured(space, 3), metric="time", target={"workload": "b"}, budget=7, seed=seed, transfer="none")
    asked = []
    for k in range(min(7, len(known))):
        suggestion = tuner.ask()
        assert space.contains(suggestion)
        asked.append(tuple(suggestion.values()))
        tuner.tell(suggestion, 2.0 + 0.1 * ((7 * k) % 5))
    assert len(set(asked)) == len(asked)


def test_a_sparse_space_that_is_too_large_to_list_gets_suggestions() -> None:
    """One in ten thousand of 2^24 combinations is valid; first ones and modelled ones are all valid."""
    hot = tuple(BinaryOption(name=f"hot_{k}", default=int(k == 0)) for k in range(4))
    free = tuple(BinaryOption(name=f"b{k:02}") for k in range(20))
    size = IntegerOption(name="size", levels=(1, 2, 4, 8))
    limit = Formula(holds=f"size * (1 + {' + '.join(option.name for option in free)}) <= 4", reason="memory")
    space = ConfigurationSpace((*free, *hot, size), (OneOf(options=tuple(o.name for o in hot)), limit))
    tuner = tp.Tuner(measured(space, 8), metric="time", target={"workload": "b"}, budget=9, seed=0)
    for k in range(5):
        suggestion = tuner.ask()
        assert space.contains(suggestion)
        tuner.tell(suggestion, 2.0 + suggestion["size"] + 0.1 * k)  # type: ignore[operator]
