"""Encoding: configurations as numbers, whatever the order of rows and columns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space.strategies import combinations, spaces, spaces_with_row, tied_spaces
from transferperf.errors import SpaceError
from transferperf.space import BinaryOption, ChoiceOption, Condition, ConfigurationSpace, Encoding, IntegerOption, Value

Row = tuple[ConfigurationSpace, dict[str, Value]]
SPACE = ConfigurationSpace(
    (
        IntegerOption(name="ref", levels=(1, 5, 9)),
        ChoiceOption(name="journal", levels=("delete", "wal", "off")),
        BinaryOption(name="cabac"),
    )
)


@given(spaces_with_row(), st.randoms(use_true_random=False))
def test_the_order_of_options_and_columns_changes_nothing(drawn: Row, shuffler: object) -> None:
    """Encoded columns stand in the order of the names, so that a file's columns may be moved."""
    space, row = drawn
    moved = list(space.options)
    shuffler.shuffle(moved)  # type: ignore[attr-defined]  # hypothesis' Random has no public type
    frame = pd.DataFrame([row, space.default])
    other = frame[[option.name for option in moved]].assign(extra=1)
    again = ConfigurationSpace(tuple(moved), space.constraints)
    assert np.array_equal(Encoding(space).encode(frame), Encoding(again).encode(other))


@given(spaces_with_row())
def test_equal_rows_and_only_those_have_equal_codes(drawn: Row) -> None:
    """Nothing that a configuration says is lost in its numbers."""
    space, row = drawn
    X = Encoding(space).encode(pd.DataFrame([row, space.default, row]))
    assert np.array_equal(X[0], X[2])
    assert np.array_equal(X[0], X[1]) == (space.canonical(row) == space.canonical(space.default))
    assert X.min() >= 0.0
    assert X[:, Encoding(space).is_ordered].max(initial=0.0) <= 1.0


def test_known_configurations_have_known_codes() -> None:
    """Columns cabac, journal, ref: level index, level index, position."""
    frame = pd.DataFrame({"ref": [1, 3, 9], "journal": ["off", "wal", "delete"], "cabac": [0, 1, 1]})
    expected = [[0, 2, 0], [1, 1, 0.25], [1, 0, 1]]
    assert Encoding(SPACE).encode(frame).tolist() == expected
    assert Encoding(SPACE).encode(frame.astype(str)).tolist() == expected


def test_an_option_that_does_not_matter_stands_at_its_default() -> None:
    """Two spellings of one configuration are one, also where an option hangs on another that does not matter."""
    conditions = (
        Condition(option="ref", parent="journal", values=("wal",)),
        Condition(option="journal", parent="cabac", values=(1,)),
    )
    space = ConfigurationSpace(SPACE.options, conditions)
    frame = pd.DataFrame({"ref": [9, 9, 9], "journal": ["wal", "wal", "off"], "cabac": [1, 0, 1]})
    canonical = pd.DataFrame(
        [space.canonical({"ref": 9, "journal": j, "cabac": c}) for j, c in (("wal", 1), ("wal", 0), ("off", 1))]
    )
    assert np.array_equal(Encoding(space).encode(frame), Encoding(SPACE).encode(canonical))
    assert Encoding(space).encode(frame)[:, 2].tolist() == [1.0, 0.0, 0.0]


def test_an_option_that_never_matters_keeps_its_values() -> None:
    """Where the target has no such option, a source that has one still tells its values apart."""
    space = ConfigurationSpace(SPACE.options, (Condition(option="ref", parent="journal", values=()),))
    frame = pd.DataFrame({"ref": [1, 9], "journal": ["wal", "wal"], "cabac": [0, 0]})
    assert Encoding(space).encode(frame)[:, 2].tolist() == [0.0, 1.0]


def test_what_does_not_belong_to_the_space_is_an_error_with_its_place() -> None:
    """A missing column, a value outside its option, and a missing value."""
    frame = pd.DataFrame({"ref": [1, 12], "journal": ["off", "wal"], "cabac": [0, 1]})
    with pytest.raises(SpaceError, match="'ref' is 12 in configuration 2; expected a whole number from 1 to 9"):
        Encoding(SPACE).encode(frame)
    with pytest.raises(SpaceError, match="lack the option cabac; got columns ref, journal"):
        Encoding(SPACE).encode(frame.drop(columns="cabac"))
    with pytest.raises(SpaceError, match="'ref' is nan in configuration 2"):
        Encoding(SPACE).encode(frame.assign(ref=[1.0, np.nan]))


@given(tied_spaces() | spaces())
def test_encoded_rows_are_canonical_as_the_space_has_it(space: ConfigurationSpace) -> None:
    """A chain of conditions is settled from its head: an option that is reset decides as its default does."""
    rows = combinations(space)
    encoding = Encoding(space)
    X = encoding.canonical(Encoding(ConfigurationSpace(space.options)).encode(pd.DataFrame(rows)))
    expected = encoding.encode(pd.DataFrame([space.canonical(row) for row in rows]))
    np.testing.assert_array_equal(X, expected)
