"""Claims about columns of arrays and DataFrames as encoded options."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.errors import UnknownNameError
from transferperf.integrations.columns import FAR, Choices, Columns

NUMBERS = st.floats(-1e100, 1e100, allow_subnormal=False)
MODES = pd.DataFrame({"mode": ["wal", "off", "wal"], "size": [1.0, 2.0, 4.0]})


def columns_of(*values: list[float]) -> Columns:
    """The encoding of columns without a choice."""
    return Columns.of(np.column_stack(values), range(len(values)), Choices({}))


@given(st.lists(NUMBERS, min_size=2, max_size=8))
def test_seen_numbers_lie_between_0_and_1_in_their_order(values: list[float]) -> None:
    """The smallest value stands at 0, the largest at 1 where they differ, and none changes places."""
    X = np.sort(values)[:, None]
    position = columns_of(values).encode(X)[:, 0]
    assert position[0] == 0
    assert position[-1] == (X[-1, 0] > X[0, 0])
    assert (np.diff(position) >= 0).all()


@given(st.lists(NUMBERS, min_size=2, max_size=8), st.floats(-1e300, 1e300))
def test_no_number_is_too_far_to_have_a_position(values: list[float], unseen: float) -> None:
    """Whatever comes after `fit`, its position is finite."""
    assert abs(columns_of(values).encode(np.array([[unseen]]))[0, 0]) <= FAR


def test_factors_are_read_on_a_log_scale() -> None:
    """Known answer: of 1, 10, 100 the middle is 10, and 1000 lies as far beyond; 0 lies far below."""
    encoded = columns_of([1.0, 10.0, 100.0]).encode(np.array([[10.0], [1000.0], [0.0]]))[:, 0]
    np.testing.assert_allclose(encoded[:2], [0.5, 1.5])
    assert encoded[2] < -100


def test_crowded_numbers_lie_evenly() -> None:
    """Known answer: of 0, 1, 64, 4096 each is a third from the next, and what is beyond them stands at the end."""
    encoded = columns_of([0.0, 1.0, 64.0, 4096.0]).encode(np.array([[0.0], [1], [64], [2080], [4096], [9000], [-1]]))[
        :, 0
    ]
    np.testing.assert_allclose(encoded, [0, 1 / 3, 2 / 3, 5 / 6, 1, 1, 0])


def test_a_column_that_never_changed_says_nothing() -> None:
    """Where one value was seen, all others stand where it stands: nobody knows how far they are."""
    assert columns_of([5.0, 5.0]).encode(np.array([[5.0], [7.0]])).tolist() == [[0.0], [0.0]]


def test_text_and_categories_are_choices_without_being_declared() -> None:
    """Levels are sorted as text, unseen values share one more level, and numbers stay as they are."""
    choices = Choices.of(MODES, ())
    assert choices.levels == {0: ("off", "wal")}
    spelt = choices.spell(pd.DataFrame({"mode": ["off", "mmap", None], "size": [1.0, 2.0, 3.0]}))
    assert isinstance(spelt, pd.DataFrame)
    np.testing.assert_array_equal(spelt["mode"], [0, 2, np.nan])
    assert spelt["size"].tolist() == [1.0, 2.0, 3.0]
    assert Choices.of(MODES.astype({"mode": "category"}), ()) == choices


def test_a_choice_is_declared_by_name_or_position() -> None:
    """Both mean the same column, of a DataFrame as of an array."""
    numbers = MODES.assign(mode=[3, 7, 3])
    known = Choices({0: (3, 7)})
    assert Choices.of(numbers, ["mode"]) == Choices.of(numbers, [0]) == Choices.of(numbers.to_numpy(), (0,)) == known


@pytest.mark.parametrize("name", ["journal", 2, -1])
def test_a_choice_that_is_no_column_is_named(name: str | int) -> None:
    """The error lists the columns that are there."""
    with pytest.raises(UnknownNameError, match=f"categorical column '{name}'; there are.*mode"):
        Choices.of(MODES, [name])


def test_options_are_sorted_by_name_and_a_choice_has_a_level_to_spare() -> None:
    """Known answer: `mode` stands before `size`, and knows a third value for what was never seen."""
    choices = Choices.of(MODES[["size", "mode"]], ())
    columns = Columns.of(np.array([[1.0, 1], [2.0, 0], [4.0, 1]]), ["size", "mode"], choices)
    assert columns.space.names == ("x_mode", "x_size")
    assert columns.space["x_mode"].levels == (0, 1, 2)
    assert columns.encode(np.array([[2.0, 2.0]])).tolist() == [[2.0, 0.5]]
