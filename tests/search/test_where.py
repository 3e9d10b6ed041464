"""Claims about conditions."""

import pandas as pd
import pytest

from transferperf.errors import DataError
from transferperf.search.where import Where


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x <= 2", [True, True, False]), ("x>1", [False, True, True]), ("x == 2.0", [False, True, False])],
)
def test_numbers_are_compared_as_numbers(text: str, expected: list[bool]) -> None:
    """A condition holds where the arithmetic says so."""
    assert Where.parse(text).holds(pd.Series([1, 2, 3])).tolist() == expected


def test_text_is_equal_or_not() -> None:
    """Choices are compared by name."""
    assert Where.parse("mode != wal").holds(pd.Series(["wal", "off"])).tolist() == [False, True]


def test_text_has_no_order() -> None:
    """Ordering a choice is an error that says what to use."""
    with pytest.raises(DataError, match="use == or !="):
        Where.parse("mode < wal").holds(pd.Series(["wal", "off"]))


def test_a_condition_without_comparison_is_an_error() -> None:
    """What cannot be read is quoted, with what was expected."""
    with pytest.raises(DataError, match="'memory_mb 512' cannot be read"):
        Where.parse("memory_mb 512")
