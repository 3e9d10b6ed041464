"""Claims about distributions as options."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from transferperf.integrations.optuna_space import SearchSpace, option, spell, unspell


@st.composite
def ranges(draw: st.DrawFn) -> BaseDistribution:
    """Distributions of numbers, with and without step and log."""
    low, width = draw(st.integers(1, 1000)), draw(st.integers(1, 100_000))
    kind, is_log = draw(st.sampled_from((IntDistribution, FloatDistribution))), draw(st.booleans())
    if is_log:
        return kind(low, low + width, log=True)
    step = draw(st.integers(1, width))
    return kind(low, low + step * (width // step), step=step)


def is_legal(distribution: Any, value: float) -> bool:
    """Whether Optuna would accept a value."""
    return distribution._contains(distribution.to_internal_repr(value))


@given(ranges(), st.floats(0, 1))
def test_levels_are_legal_values(distribution: Any, share: float) -> None:
    """Every level, those near a good value included, is a value that the distribution has, and both ends are levels."""
    near = unspell(distribution, option("x", distribution).levels[int(share)])
    for found in (option("x", distribution), option("x", distribution, near)):
        assert all(is_legal(distribution, unspell(distribution, level)) for level in found.levels)
        assert found.levels[0] == distribution.low
        assert found.levels[-1] == distribution.high


@pytest.mark.parametrize("distribution", [FloatDistribution(0.0, 1.0), FloatDistribution(1e-6, 1.0, log=True)])
def test_levels_lie_closer_near_a_good_value(distribution: FloatDistribution) -> None:
    """Next to a value there are levels at a small part of the distance between the others."""
    near = option("x", distribution).levels[10]
    coarse, fine = (np.array(option("x", distribution, at).levels, dtype=float) for at in (None, near))
    gaps = [np.diff(levels)[np.flatnonzero(levels == near)[0]] for levels in (coarse, fine)]
    assert gaps[1] < gaps[0] / 30
    assert set(coarse) <= set(fine)


def test_choices_are_known_by_what_they_are() -> None:
    """None, True and 1 are three choices, whose text in a file means the same."""
    choices = CategoricalDistribution((None, True, 1, "1e-3"))
    assert [spell(choices, value) for value in choices.choices] == [0, 1, 2, 3]
    assert [spell(choices, text) for text in ("None", "True", "1", "1e-3", "no")] == [0, 1, 2, 3, None]
    assert spell(CategoricalDistribution((False, True)), 1) == 1


def test_what_is_not_searched_has_no_configuration() -> None:
    """A missing parameter, a value out of range, and a fraction of a whole number are none."""
    searched = SearchSpace({"n": IntDistribution(1, 9), "x": FloatDistribution(0.0, 1.0)})
    assert searched.spell({"n": 3, "x": 0.5}) == {"x_n": 3, "x_x": 0.5}
    for params in ({"n": 3}, {"n": 10, "x": 0.5}, {"n": 2.5, "x": 0.5}, {"n": "many", "x": 0.5}):
        assert searched.spell(params) is None
