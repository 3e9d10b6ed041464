"""Options: their levels, and what they make of a value."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space.strategies import options
from transferperf.errors import SpaceError, UnknownNameError
from transferperf.space import BinaryOption, ChoiceOption, IntegerOption, Option, RealOption
from transferperf.space.option import Scale, Value, plain


@given(options("o"))
def test_an_option_contains_its_levels_and_their_text(option: Option) -> None:
    """A level is a level, whether it comes as a value, as text or as a numpy scalar."""
    for level in option.levels:
        assert option.contains(level)
        assert option.parse(str(level)) == level
        assert option.parse(np.array([level])[0]) == level


@given(options("o"), st.integers(-10, 6000) | st.floats() | st.text(max_size=3) | st.booleans())
def test_parsing_twice_is_parsing_once(option: Option, value: object) -> None:
    """The spelling of an option is a fixed point, also for what it does not allow."""
    once = option.parse(value)
    assert option.parse(once) == once or once != once  # noqa: PLR0124  # NaN differs from itself


@given(
    st.lists(st.floats(0.001, 1e6), min_size=2, max_size=6, unique=True), st.sampled_from(["linear", "log", "ordinal"])
)
def test_positions_run_from_nought_to_one_in_the_order_of_the_levels(levels: list[float], scale: Scale) -> None:
    """An ordered option is a monotonous map onto [0, 1], on every scale, and `at` is the way back."""
    option = RealOption(name="o", levels=tuple(levels), scale=scale)
    positions = [option.position(level) for level in option.levels]
    assert positions == sorted(positions)
    assert positions[0] == 0.0
    assert positions[-1] == pytest.approx(1.0)
    np.testing.assert_allclose(option.at(np.array(positions)), np.array(option.levels, dtype=float))


def test_levels_lie_evenly_on_an_ordinal_scale() -> None:
    """Known answer: of 0, 8, 4096 the middle is 8, and 2052 lies half-way between it and the end."""
    option = IntegerOption(name="cache", levels=(0, 8, 4096), scale="ordinal")
    assert [option.position(value) for value in (0, 8, 2052, 4096)] == [0.0, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("value", [0.9, 10.1, math.nan, math.inf, "ten", None, "", True])
def test_numbers_outside_the_levels_and_other_things_are_refused(value: object) -> None:
    """A real option takes finite numbers between its ends and nothing else (true is 1, the lower end)."""
    assert RealOption(name="o", levels=(1, 10)).contains(value) == (value is True)


def test_a_whole_number_option_takes_whole_numbers_only() -> None:
    """4 and "4.0" are whole, 4.5 is not."""
    option = IntegerOption(name="threads", levels=(1, 8), unit="cores")
    assert option.contains(4)
    assert option.contains("4.0")
    assert not option.contains(4.5)
    assert option.expectation == "a whole number from 1 cores to 8 cores"


def test_an_option_says_what_is_wrong_with_its_declaration() -> None:
    """Each mistake has its line, with what came and what was expected."""
    with pytest.raises(UnknownNameError, match=r"scale of option 'o' 'logarithmic'"):
        RealOption(name="o", levels=(1, 10), scale="logarithmic")  # type: ignore[arg-type]
    with pytest.raises(SpaceError, match="needs a name"):
        ChoiceOption(name="", levels=("a",))
    with pytest.raises(SpaceError, match=r"levels \('a', 'a'\); expected at least one, each once"):
        ChoiceOption(name="o", levels=("a", "a"))
    with pytest.raises(SpaceError, match="default 'c'; expected one of a, b"):
        ChoiceOption(name="o", levels=("a", "b"), default="c")
    with pytest.raises(SpaceError, match="3 levels; expected two"):
        BinaryOption(name="o", levels=(1, 2, 3))
    with pytest.raises(SpaceError, match="expected numbers"):
        RealOption(name="o", levels=(1, "64MB"))
    with pytest.raises(SpaceError, match=r"level 0\.0 on a log scale"):
        RealOption(name="o", levels=(0, 1), scale="log")


def test_plain_unwraps_numpy_and_shortens_whole_numbers() -> None:
    """What leaves `plain` can be written as JSON."""
    values = [plain(value) for value in (np.int8(3), np.float32(0.5), 2.0, np.bool_(1), "2.0", np.str_("x"))]
    assert values == [3, 0.5, 2, True, "2.0", "x"]
    assert [type(value) for value in values] == [int, float, int, bool, str, str]


@pytest.mark.parametrize("levels", [("false", "true"), ("False", "True"), (0, 1)])
def test_a_truth_value_is_the_level_that_spells_it(levels: tuple[Value, ...]) -> None:
    """A column of such words comes back from a file as truth values."""
    option = BinaryOption(name="o", levels=levels)
    assert [option.parse(value) for value in (False, True, np.bool_(1))] == [*levels, levels[1]]
