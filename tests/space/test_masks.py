"""Masks over products of values, and rules over rows: what the space says of each configuration, one by one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space.strategies import combinations, spaces, tied_spaces
from transferperf.errors import UnknownNameError
from transferperf.space import (
    BinaryOption,
    ConfigurationSpace,
    Encoding,
    Exclusion,
    Formula,
    RealOption,
    Rules,
    allowed_levels,
    encoded_axes,
    valid_mask,
)


@given(tied_spaces() | spaces())
def test_a_mask_says_what_the_space_says(space: ConfigurationSpace) -> None:
    """Every combination of levels is valid in the mask where `why_invalid` has no reason, and only there."""
    mask = valid_mask(space, {option.name: option.levels for option in space.options})
    assert mask.shape == tuple(len(option.levels) for option in space.options)
    assert mask.ravel().tolist() == [space.why_invalid(row) is None for row in combinations(space)]


@given(tied_spaces() | spaces())
def test_a_canonical_mask_lists_each_configuration_once(space: ConfigurationSpace) -> None:
    """Allowed are the valid rows that are their own canonical form."""
    mask = valid_mask(space, {option.name: option.levels for option in space.options}, canonical=True)
    expected = [space.contains(row) and space.canonical(row) == space.parse(row) for row in combinations(space)]
    assert mask.ravel().tolist() == expected


@given(tied_spaces(), st.data())
def test_a_tile_of_a_mask_is_the_mask_of_the_tile(space: ConfigurationSpace, data: st.DataObject) -> None:
    """Options that are fixed, and any order of the axes, cut the whole mask."""
    axes = {option.name: option.levels for option in space.options}
    whole = valid_mask(space, axes)
    fixed = {name: data.draw(st.integers(0, len(levels) - 1)) for name, levels in axes.items()}
    free = data.draw(st.sets(st.sampled_from(space.names)))
    part = {name: levels if name in free else (levels[fixed[name]],) for name, levels in axes.items()}
    cut = tuple(slice(None) if name in free else slice(fixed[name], fixed[name] + 1) for name in axes)
    np.testing.assert_array_equal(valid_mask(space, part), whole[cut])
    backwards = valid_mask(space, dict(reversed(part.items())))
    np.testing.assert_array_equal(backwards, whole[cut].transpose())


@given(tied_spaces())
def test_rules_say_the_same_of_rows(space: ConfigurationSpace) -> None:
    """Rows, one value for each option, are judged as the combinations of a mask are."""
    rows = combinations(space)
    encoding = Encoding(ConfigurationSpace(space.options))  # without conditions, so that rows stay as they are
    X = encoding.encode(pd.DataFrame(rows))
    allowed = Rules.of(space).allow({name: X[:, j] for j, name in enumerate(encoding.names)})
    assert allowed.tolist() == [space.contains(row) for row in rows]


@given(tied_spaces() | spaces(), st.data())
def test_numbered_rows_are_judged_as_the_rows_they_stand_for(space: ConfigurationSpace, data: st.DataObject) -> None:
    """One-hot groups are one axis; a block of fixed axes and all rows of the others are judged at once."""
    axes = encoded_axes(space)
    n_fixed = data.draw(st.integers(0, len(axes)))
    blocks = [np.array([data.draw(st.integers(0, len(axis.rows) - 1)) for _ in range(3)]) for axis in axes[:n_fixed]]
    free = np.ix_(*(np.arange(len(axis.rows)) for axis in axes[n_fixed:]))
    mesh = [*(b.reshape([3, *[1] * len(free)]) for b in blocks), *(level[None] for level in free)]
    shape = np.broadcast_shapes((1,), *(level.shape for level in mesh))
    allowed = np.broadcast_to(allowed_levels(space, axes)(mesh), shape).ravel()
    places = [np.broadcast_to(level, shape).ravel() for level in mesh]
    for k in range(0, len(allowed), 7):
        picked = [axis.rows[place[k]] for axis, place in zip(space.axes, places, strict=True)]
        row = {
            name: value
            for axis, values in zip(axes, picked, strict=True)
            for name, value in zip(axis.names, values, strict=True)
        }
        assert allowed[k] == space.contains(row)


def test_options_that_no_constraint_reads_may_be_left_out_and_others_not() -> None:
    """The error names the option and the constraint that reads it."""
    options = tuple(BinaryOption(name=name) for name in "abc")
    space = ConfigurationSpace(options, (Exclusion(values=(("a", (1,)), ("b", (1,))), reason="both"),))
    assert valid_mask(space, {"a": [0, 1], "b": [1]}).tolist() == [[True], [False]]
    with pytest.raises(UnknownNameError, match=r"unknown column 'b'; .* never a=1 with b=1 .both. reads it"):
        valid_mask(space, {"a": [0, 1]})
    with pytest.raises(UnknownNameError, match="unknown option 'd'"):
        valid_mask(space, {"d": [0, 1]})


def test_levels_on_a_log_scale_are_computed_exactly() -> None:
    """512 is 512, and a value between two levels is itself to within rounding."""
    sizes = RealOption(name="mb", levels=tuple(0.3 * 3**k for k in range(9)), scale="log")
    for level in sizes.levels:
        space = ConfigurationSpace((sizes,), (Formula(holds=f"mb == {level!r}"),))
        assert valid_mask(space, {"mb": sizes.levels}).sum() == 1
    space = ConfigurationSpace((sizes,), (Formula(holds="mb < 5"),))
    assert valid_mask(space, {"mb": [4.999, 5.001]}).tolist() == [True, False]


def test_rules_can_be_asked_in_part() -> None:
    """Those within some options and those of any of them are different ones."""
    options = tuple(BinaryOption(name=name) for name in "abc")
    both = Exclusion(values=(("a", (1,)), ("b", (1,))), reason="both")
    rules = Rules.of(ConfigurationSpace(options, (both, Formula(holds="b or c"))))
    assert [len(rules.within(names).constraints) for names in ("a", "ab", "abc")] == [0, 1, 2]
    assert [len(part.constraints) for part in rules.of_each(["a", "b", "ac", ""])] == [1, 2, 2, 0]
