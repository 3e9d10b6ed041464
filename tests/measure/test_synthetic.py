"""Test functions have the minima of the literature, and surfaces correlate as asked."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import spearmanr

from transferperf.errors import MeasurementError
from transferperf.measure.synthetic import (
    FUNCTIONS,
    KnownFunction,
    ResponseSurface,
    Variant,
    branin,
    dixon_price,
    rosenbrock,
)

SEEDS = st.integers(0, 2**31 - 1)
each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


def configurations(d: int) -> np.ndarray:
    """All configurations (2^d, d)."""
    return np.array(list(itertools.product((0, 1), repeat=d)))


@each_function
def test_a_minimum_is_that_of_the_literature(function: KnownFunction) -> None:
    """The published minimisers, to the digits that are printed, have the published minimum."""
    assert function.formula(np.array(function.minimisers)) == pytest.approx(function.minimum, abs=1e-5)


@each_function
def test_nothing_between_the_bounds_is_below_the_minimum(function: KnownFunction) -> None:
    """Neither thousands of points nor descents from the best of them."""
    positions = np.random.default_rng(0).random((5000, len(function.bounds)))
    values = function.at(positions)
    assert values.min() >= function.minimum - 1e-5

    def value(position: np.ndarray) -> float:
        return float(function.at(position[None, :])[0])

    for start in positions[np.argsort(values)[:5]]:
        found = minimize(value, start, bounds=[(0, 1)] * len(start))
        assert found.fun >= function.minimum - 1e-5


def test_values_are_those_of_a_worked_example() -> None:
    """Each formula at a point where it can be counted by hand."""
    assert branin(np.zeros((1, 2))) == pytest.approx(36 + 10 * (1 - 1 / (8 * np.pi)) + 10)
    assert dixon_price(np.array([[3.0, 2.0]])) == pytest.approx(4 + 2 * 25)
    assert rosenbrock(np.array([[0.0, 1.0, 2.0]])) == pytest.approx(100 + 1 + 100)


@each_function
def test_positions_span_the_bounds_and_further_columns_have_no_effect(function: KnownFunction) -> None:
    """0 is the lowest value of each variable, 1 the highest."""
    ends = np.array([[0.0] * 6, [1.0] * 6])
    expected = function.formula(np.array(function.bounds, dtype=float).T)
    assert function.at(ends) == pytest.approx(expected)
    ends[:, len(function.bounds) :] = 0.5
    assert function.at(ends) == pytest.approx(expected)


@each_function
def test_an_environment_moves_mirrors_and_scales(function: KnownFunction) -> None:
    """What is at a place in one is where it was moved to in the other."""
    positions = np.random.default_rng(1).uniform(0.2, 0.8, (50, 5))
    plain = function.at(positions)
    assert Variant().at(function, positions) == pytest.approx(plain)
    assert Variant(factor=3.0).at(function, positions) == pytest.approx(3 * plain)
    assert Variant(shift=0.1).at(function, positions + 0.1) == pytest.approx(plain)
    assert Variant(mirrored=True).at(function, 1 - positions) == pytest.approx(plain)


def test_noise_is_as_large_as_asked_and_called_by_names() -> None:
    """The same names give the same noise, others another; without noise a value stays as it is."""
    noisy = Variant(noise=0.1)
    logs = np.log([noisy.measured(2.0, k) / 2.0 for k in range(2000)])
    assert logs.std() == pytest.approx(0.1, rel=0.1)
    assert abs(logs.mean()) < 0.01
    assert noisy.measured(2.0, 7) == noisy.measured(2.0, 7)
    assert Variant().measured(-3.5, 7) == -3.5


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, d=st.integers(2, 8), n=st.integers(0, 12), correlation=st.floats(-1, 1))
def test_logarithms_correlate_exactly_as_asked(seed: int, d: int, n: int, correlation: float) -> None:
    """Over all configurations, counted one by one; so do the closed forms of spread and correlation."""
    target = ResponseSurface.drawn(d, seed=seed, name="target", n_interactions=n)
    source = target.related(correlation, seed=seed, name="source")
    X = configurations(d)
    here, there = target.log(X), source.log(X)
    assert np.corrcoef(here, there)[0, 1] == pytest.approx(correlation, abs=1e-6)
    assert target.correlation(source) == pytest.approx(correlation, abs=1e-6)
    assert (here.std(), here.mean()) == pytest.approx((target.spread, 0), abs=1e-9)
    assert there.std() == pytest.approx(target.spread, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, d=st.integers(7, 9), correlation=st.floats(-1, 1))
def test_ranks_correlate_as_asked(seed: int, d: int, correlation: float) -> None:
    """To what the number of configurations allows, for ranks move in steps."""
    target = ResponseSurface.drawn(d, seed=seed, name="target")
    source = target.related(correlation, seed=seed, name="source", by="rank")
    X = configurations(d)
    assert spearmanr(target.log(X), source.log(X)).statistic == pytest.approx(correlation, abs=0.005)


def test_ranks_of_more_configurations_than_can_be_listed_correlate_as_asked() -> None:
    """Forty options: 4096 drawn configurations stand for all, and 4096 others agree."""
    target = ResponseSurface.drawn(40, seed=0, name="target")
    source = target.related(0.8, seed=0, name="source", by="rank")
    X = np.random.default_rng(0).integers(0, 2, (4096, 40))
    assert spearmanr(target.log(X), source.log(X)).statistic == pytest.approx(0.8, abs=0.03)


@given(seed=SEEDS, spread=st.floats(0.01, 10))
def test_a_surface_is_drawn_by_its_seed_and_name_and_scaled_as_asked(seed: int, spread: float) -> None:
    """The same twice; another name is another surface; scaling changes the spread alone."""
    one = ResponseSurface.drawn(6, seed=seed, name="one")
    assert one == ResponseSurface.drawn(6, seed=seed, name="one")
    assert one != ResponseSurface.drawn(6, seed=seed, name="two")
    assert one.scaled(spread).spread == pytest.approx(spread)
    assert one.correlation(one.scaled(spread)) == pytest.approx(1)


def test_a_surface_is_the_sum_of_its_effects_and_interactions() -> None:
    """Two options counted by hand; a pair that is there twice adds up."""
    surface = ResponseSurface(effects=(2.0, 1.0), interactions=((0, 1, 4.0), (1, 0, 2.0)))
    assert surface.log(configurations(2)) == pytest.approx([0.0, -2.0, -1.0, 3.0])
    assert surface.spread == pytest.approx(np.std([0.0, -2.0, -1.0, 3.0]))


def test_a_surface_that_cannot_be_is_refused() -> None:
    """One option, no effect at all, a correlation beyond 1, and a source drawn as its target was."""
    with pytest.raises(MeasurementError, match="1 options"):
        ResponseSurface(effects=(1.0,))
    with pytest.raises(MeasurementError, match="flat"):
        ResponseSurface(effects=(0.0, 0.0))
    surface = ResponseSurface(effects=(1.0, 2.0))
    with pytest.raises(MeasurementError, match=r"1\.5; expected a number from -1 to 1"):
        surface.related(1.5, seed=0, name="source")
    with pytest.raises(MeasurementError, match="this very surface"):
        ResponseSurface.drawn(6, seed=0, name="target").scaled(0.3).related(0.5, seed=0, name="target")
