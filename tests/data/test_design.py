"""Designs: distinct valid configurations, evenly spread, the same for the same seed."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space.strategies import spaces
from transferperf.data.design import DESIGNS, design
from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Exclusion, IntegerOption

WIDE = ConfigurationSpace(
    (
        *(BinaryOption(name=f"b{k}") for k in range(10)),
        IntegerOption(name="ref", levels=tuple(range(16))),
        ChoiceOption(name="mode", levels=("a", "b", "c", "d")),
    )
)


@given(spaces(), st.sampled_from(["random", "latin", "sobol"]), st.integers(1, 12), st.integers(0, 99))
def test_a_design_holds_distinct_valid_canonical_configurations_or_says_how_many_there_are(
    space: ConfigurationSpace, kind: str, n: int, seed: int
) -> None:
    """In spaces of every kind, also where there are fewer than were asked for."""
    try:
        found = design(space, n, kind, seed)
    except NotEnoughDataError as error:
        n_valid = int(str(error).split("only ")[1].split(" ")[0])
        assert n_valid < n
        if n_valid:
            assert len(design(space, n_valid, kind, seed)) == n_valid
        return
    assert list(found.columns) == list(space.names)
    assert len(found.drop_duplicates()) == len(found) == n
    for values in found.itertuples(index=False):
        row = dict(zip(space.names, values, strict=True))
        assert space.canonical(row) == row
        assert space.contains(row)


@pytest.mark.parametrize("kind", DESIGNS)
def test_a_design_is_the_same_for_the_same_seed(kind: str) -> None:
    """And another for another one, where anything is left to chance."""
    first, again, other = design(WIDE, 15, kind, 3), design(WIDE, 15, kind, 3), design(WIDE, 15, kind, 4)
    pd.testing.assert_frame_equal(first, again)
    assert first.equals(other) == (kind == "one-option")


@pytest.mark.parametrize("kind", ["latin", "sobol"])
def test_a_spread_design_tries_every_level_equally_often(kind: str) -> None:
    """Sixteen points of a Latin hypercube or a Sobol sequence balance each option by itself."""
    found = design(WIDE, 16, kind, 0)
    assert sorted(found["ref"]) == list(range(16))
    assert found["mode"].value_counts().tolist() == [4, 4, 4, 4]
    assert all(found[f"b{k}"].sum() == 8 for k in range(10))


def test_one_option_at_a_time_starts_at_the_default_and_changes_one() -> None:
    """First one new value of each option, then a second one where there is one."""
    space = ConfigurationSpace((BinaryOption(name="a"), IntegerOption(name="b", levels=(1, 2, 3), default=2)))
    assert design(space, 4, "one-option").to_dict("list") == {"a": [0, 1, 0, 0], "b": [2, 2, 1, 3]}
    with pytest.raises(NotEnoughDataError, match="5 configurations were asked for; design 'one-option' finds only 4"):
        design(space, 5, "one-option")


@pytest.mark.parametrize("kind", DESIGNS)
def test_without_a_number_there_are_fifty_or_as_many_as_there_are(kind: str) -> None:
    """A space of six is no mistake; one where nothing is valid is."""
    small = ConfigurationSpace((BinaryOption(name="a"), IntegerOption(name="b", levels=(1, 2, 3))))
    assert len(design(small, kind=kind)) == (4 if kind == "one-option" else 6)
    assert len(design(WIDE, kind=kind)) == (29 if kind == "one-option" else 50)
    never = ConfigurationSpace(small.options, (Exclusion(values=(("a", (0, 1)),), reason="no"),))
    with pytest.raises(NotEnoughDataError, match="1 configurations were asked for"):
        design(never, kind=kind)


@pytest.mark.parametrize("kind", ["random", "latin", "sobol"])
def test_a_small_space_is_exhausted_to_the_last_configuration(kind: str) -> None:
    """The last of 95 valid ones is found, the 96th is not there."""
    options = (
        ChoiceOption(name="c", levels=tuple("abcde")),
        *(IntegerOption(name=n, levels=(1, 2, 3, 4, 5)) for n in "de"),
    )
    bad = (Exclusion(values=(("c", ("a", "b")), ("d", (1, 2, 3))), reason="no"),)
    space = ConfigurationSpace(options, bad)
    assert len(design(space, 95, kind)) == 95
    with pytest.raises(NotEnoughDataError, match="only 95 valid ones in this space"):
        design(space, 96, kind)


def test_an_unknown_design_is_an_error_that_lists_the_known() -> None:
    """One line with the names; no configuration at all is a legal wish."""
    with pytest.raises(UnknownNameError, match="unknown design 'sobel'; there are sobol"):
        design(WIDE, 3, "sobel")
    assert design(WIDE, 0).shape == (0, 12)
