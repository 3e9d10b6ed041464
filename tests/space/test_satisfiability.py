"""Whether anything is valid: the solver and a brute-force list agree, and what clashes is said."""

import pytest
from hypothesis import given

from tests.space.strategies import combinations, tied_spaces
from transferperf.errors import SpaceError
from transferperf.rng import generator
from transferperf.space import (
    BinaryOption,
    ConfigurationSpace,
    Constraint,
    Exclusion,
    Formula,
    IntegerOption,
    OneOf,
    Option,
    check_satisfiable,
    clash,
)
from transferperf.space.satisfiability import Answers


def has_valid(options: tuple[Option, ...], constraints: tuple[Constraint, ...]) -> bool:
    """Whether some combination of levels has a valid canonical form."""
    space = ConfigurationSpace(options, constraints)
    return any(space.contains(space.canonical(row)) for row in combinations(space))


@given(tied_spaces())
def test_a_clash_is_a_smallest_set_of_constraints_without_a_valid_configuration(space: ConfigurationSpace) -> None:
    """Empty where something is valid; else nothing satisfies all of it, and something all but any one of it."""
    found = clash(space)
    assert bool(found) != has_valid(space.options, space.constraints)
    if found:
        assert set(found) <= set(space.constraints)
        assert not has_valid(space.options, found)
        for k in range(len(found)):
            assert has_valid(space.options, (*found[:k], *found[k + 1 :]))


@given(tied_spaces())
def test_drawn_answers_are_valid(space: ConfigurationSpace) -> None:
    """What the solver answers belongs to the space, and is canonical."""
    stream = generator(0, "answers")
    with Answers(space) as answers:
        for _ in range(3):
            drawn = answers.drawn(stream)
            assert (drawn is None) != has_valid(space.options, space.constraints)
            assert drawn is None or (space.contains(drawn) and space.canonical(drawn) == drawn)


def test_a_clash_is_said_in_one_line() -> None:
    """With the constraints that clash and no others."""
    options = (*(BinaryOption(name=name) for name in "abcd"), IntegerOption(name="n", levels=(1, 2, 4)))
    constraints = (
        Exclusion(values=(("d", (1,)),), reason="line 3"),
        OneOf(options=("a", "b")),
        Formula(holds="n * n <= 4 * a", reason="line 8"),
        Formula(holds="b == 1"),
    )
    with pytest.raises(SpaceError) as caught:
        check_satisfiable(ConfigurationSpace(options, constraints))
    assert str(caught.value) == (
        "no configuration is valid, these 3 constraints clash: exactly one of a, b is on; "
        "n * n <= 4 * a (line 8); b == 1. Loosen one"
    )
    check_satisfiable(ConfigurationSpace(options, constraints[:3]))


def test_a_sum_of_forty_weights_is_decided() -> None:
    """Far more combinations than could be listed, satisfiable at one point only, and then nowhere."""
    options = tuple(BinaryOption(name=f"b{k:02}") for k in range(40))
    total = " + ".join(f"{k + 1} * b{k:02}" for k in range(40))
    on = tuple(Formula(holds=f"b{k:02}") for k in range(39))
    assert clash(ConfigurationSpace(options, (*on, Formula(holds=f"{total} == 820")))) == ()
    assert len(clash(ConfigurationSpace(options, (*on, Formula(holds=f"{total} < 780"))))) == 40
    assert len(clash(ConfigurationSpace(options, (*on[:3], Formula(holds=f"{total} < 5"))))) == 3


def test_a_formula_of_too_many_values_is_checked_on_answers() -> None:
    """Its violation is never taken for valid, and no clash is claimed that was not proven."""
    options = tuple(IntegerOption(name=name, levels=tuple(range(1, 60))) for name in "abc")
    large = Formula(holds="a ** 0.5 * b ** 0.3 * c ** 0.7 > 50")
    space = ConfigurationSpace(options, (large,))
    with Answers(space) as answers:
        assert answers.clauses.unread == [0]
        drawn = answers.drawn(generator(0, "answers"))
    assert drawn is None or space.contains(drawn)
    assert clash(space) == ()
