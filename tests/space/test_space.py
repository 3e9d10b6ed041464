"""Spaces: what belongs to them, and what lies beside what."""

import pytest
from hypothesis import assume, given

from tests.space.strategies import spaces, spaces_with_row
from transferperf.errors import SpaceError, UnknownNameError
from transferperf.space import BinaryOption, ChoiceOption, Condition, ConfigurationSpace, Exclusion, OneOf, Value

Row = tuple[ConfigurationSpace, dict[str, Value]]


@given(spaces_with_row())
def test_canonical_of_canonical_is_canonical(drawn: Row) -> None:
    """One configuration has one canonical spelling, also where conditions hang on one another."""
    space, row = drawn
    once = space.canonical(row)
    assert space.canonical(once) == once


@given(spaces_with_row())
def test_every_neighbour_is_valid_and_canonical(drawn: Row) -> None:
    """A step along an axis never leaves the space, and never stays where it was."""
    space, row = drawn
    assume(space.contains(space.canonical(row)))
    for there in space.neighbours(row):
        assert space.contains(there)
        assert space.canonical(there) == there != space.canonical(row)


@given(spaces_with_row(with_conditions=False))
def test_neighbours_are_symmetric_where_every_option_matters(drawn: Row) -> None:
    """Who is beside me has me beside him."""
    space, row = drawn
    assume(space.contains(row))
    here = space.canonical(row)
    assert all(here in space.neighbours(there) for there in space.neighbours(here))


@given(spaces())
def test_axes_name_every_option_once(space: ConfigurationSpace) -> None:
    """An option moves along one axis only, and the size is the product of the axes."""
    names = [name for axis in space.axes for name in axis.names]
    assert sorted(names) == sorted(space.names)
    assert all(len(row) == len(axis.names) for axis in space.axes for row in axis.rows)


@given(spaces())
def test_the_default_and_all_of_its_text_belong_to_the_space(space: ConfigurationSpace) -> None:
    """A configuration read back as text is the same configuration."""
    as_text = {name: str(value) for name, value in space.default.items()}
    assert space.parse(as_text) == space.default
    assert space.contains(as_text) == space.contains(space.default)


def test_a_one_hot_group_is_one_axis_with_one_option_on() -> None:
    """The rows of its axis are those that its constraint allows."""
    names = ("t1", "t2", "t3")
    options = tuple(BinaryOption(name=name) for name in names)
    exact = ConfigurationSpace(options, (OneOf(options=names),))
    optional = ConfigurationSpace(options, (OneOf(options=names, is_optional=True),))
    assert exact.axes[0].rows == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert optional.axes[0].rows == ((0, 0, 0), *exact.axes[0].rows)
    assert exact.why_invalid({"t1": 0, "t2": 0, "t3": 0}) == "exactly one of t1, t2, t3 can be on, not 0"
    assert optional.contains({"t1": 0, "t2": 0, "t3": 0})


def test_a_chain_of_conditions_is_followed_to_its_end() -> None:
    """What hangs on an option that is reset is reset too, in whatever order the conditions stand."""
    options = tuple(BinaryOption(name=name) for name in "abc")
    chain = (Condition(option="a", parent="b", values=(1,)), Condition(option="b", parent="c", values=(1,)))
    for constraints in (chain, chain[::-1]):
        space = ConfigurationSpace(options, constraints)
        assert space.canonical({"a": 1, "b": 1, "c": 0}) == {"a": 0, "b": 0, "c": 0}


def test_an_exclusion_says_what_is_excluded_and_why() -> None:
    """Only the combination is excluded, not its parts."""
    options = (ChoiceOption(name="journal", levels=("delete", "wal")), BinaryOption(name="exclusive"))
    bad = Exclusion(values=(("journal", ("wal",)), ("exclusive", (1,))), reason="it hangs")
    space = ConfigurationSpace(options, (bad,))
    assert space.why_invalid({"journal": "wal", "exclusive": 1}) == "journal=wal with exclusive=1 is excluded: it hangs"
    assert space.contains({"journal": "wal", "exclusive": 0})
    assert space.contains({"journal": "delete", "exclusive": 1})


def test_a_configuration_that_lacks_an_option_is_an_error() -> None:
    """The error names the missing option and those that are wanted."""
    space = ConfigurationSpace((BinaryOption(name="a"), BinaryOption(name="b")))
    with pytest.raises(SpaceError, match="lacks b; give each of a, b"):
        space.parse({"a": 1})


def test_unknown_and_repeated_names_are_refused_at_birth() -> None:
    """A space is valid as soon as it exists."""
    a = BinaryOption(name="a")
    with pytest.raises(SpaceError, match="declared twice"):
        ConfigurationSpace((a, a))
    with pytest.raises(UnknownNameError, match="option in a constraint 'b'"):
        ConfigurationSpace((a,), (OneOf(options=("a", "b")),))
    with pytest.raises(UnknownNameError, match="unknown option 'x'; there is a"):
        ConfigurationSpace((a,))["x"]


def test_a_one_hot_group_takes_binary_options_each_in_one_group() -> None:
    """A third level, or a second group, would make "which one is on" ambiguous."""
    a, b = BinaryOption(name="a"), BinaryOption(name="b")
    with pytest.raises(SpaceError, match="'c' is no binary option"):
        ConfigurationSpace((a, ChoiceOption(name="c", levels=(1, 2, 3))), (OneOf(options=("a", "c")),))
    with pytest.raises(SpaceError, match="'a' is in two"):
        ConfigurationSpace((a, b), (OneOf(options=("a", "b")), OneOf(options=("b", "a"))))
