"""Divergences and distances of distributions, M2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from transferperf.similarity.distributions import (
    kernel_density,
    kl_common_grid,
    kl_divergence,
    kl_own_grid,
    kl_standardised,
    nice_edges,
    robust_bandwidth,
    wasserstein,
    wasserstein_standardised,
)

DIVERGENCES = [kl_own_grid, kl_common_grid, kl_standardised]


@given(p=st.lists(st.floats(0.01, 10), min_size=2, max_size=9), seed=st.integers(0, 1000))
def test_a_divergence_is_at_least_0_and_that_of_the_textbook(p: list[float], seed: int) -> None:
    """It equals scipy's relative entropy, is never negative, and 0 of a density from itself."""
    density = np.array(p)
    other = np.random.default_rng(seed).uniform(0.01, 5, size=len(density))
    assert kl_divergence(density, other) == pytest.approx(stats.entropy(density, other), abs=1e-12)
    assert kl_divergence(density, density) == 0.0


@pytest.mark.parametrize("measure", DIVERGENCES)
def test_equal_samples_do_not_diverge(measure: object) -> None:
    """Every form of M2 is 0 where source and target have the same values."""
    assert callable(measure)
    y = np.random.default_rng(0).lognormal(size=50)
    assert measure(y, y.copy()) == pytest.approx(0.0, abs=1e-9)


def test_two_normal_distributions_diverge_as_their_formula_says() -> None:
    """Of large normal samples one deviation apart the divergence on one grid is about 1/2 (Kullback)."""
    draws = np.random.default_rng(1)
    s, t = draws.normal(size=4000), 1 + draws.normal(size=4000)
    assert kl_common_grid(s, t) == pytest.approx(0.5, abs=0.1)


@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 50), shift=st.floats(-100, 100))
def test_a_linear_shift_changes_only_the_divergence_on_one_grid(seed: int, scale: float, shift: float) -> None:
    """Shapes do not diverge after a rising line; and what is published hardly does, for it stretches each range."""
    y = np.random.default_rng(seed).lognormal(sigma=0.5, size=40)
    assert kl_standardised(y, scale * y + shift) == pytest.approx(0.0, abs=1e-6)
    assert wasserstein_standardised(y, scale * y + shift) == pytest.approx(0.0, abs=1e-6)
    assert kl_own_grid(y, scale * y + shift) < 0.2


def test_samples_that_do_not_overlap_diverge_by_all_that_epsilon_allows() -> None:
    """On one grid far samples have about log(1/eps) = 36, whatever their unit; on own grids they may seem alike."""
    y = np.random.default_rng(2).normal(size=60)
    far = kl_common_grid(y, y + 1e4)
    assert 28 < far < 37
    assert kl_common_grid(1e-3 * y, 1e-3 * (y + 1e4)) == pytest.approx(far)
    assert kl_own_grid(y, y + 1e4) < 0.2


def test_a_density_is_that_of_scipy() -> None:
    """Kernels of the same bandwidth give scipy's density, and it integrates to 1."""
    y = np.random.default_rng(3).normal(size=30)
    points = np.linspace(-6, 6, 400)
    scipys = stats.gaussian_kde(y, bw_method=robust_bandwidth(y) / y.std(ddof=1))(points)
    np.testing.assert_allclose(kernel_density(y, points), scipys, rtol=1e-9, atol=1e-300)
    assert kernel_density(y, points).sum() * (points[1] - points[0]) == pytest.approx(1.0, abs=1e-3)


def test_as_published_a_kernel_ends_but_for_the_next_value_above() -> None:
    """Far below all values the density is that of the first one alone; far above them there is none."""
    y = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    width = robust_bandwidth(y)
    below, above = kernel_density(y, np.array([-6 * width, 0.4 + 6 * width]), as_published=True)
    assert below == pytest.approx(np.exp(-18) / (5 * width * np.sqrt(2 * np.pi)))
    assert above == 0.0


@given(y=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20).filter(lambda y: np.ptp(y) > 1e-3))
def test_edges_hold_all_values_in_equal_bins(y: list[float]) -> None:
    """The first edge is at or below the least value, the last at or above the largest; bins are equal."""
    edges = nice_edges(np.array(y))
    assert len(edges) == 1001
    assert edges[0] <= min(y)
    assert edges[-1] >= max(y)
    np.testing.assert_allclose(np.diff(edges), edges[1] - edges[0], rtol=1e-2, atol=1e-9)


def test_a_bandwidth_outlives_values_that_are_mostly_equal() -> None:
    """Where over half of the values are equal, the range stands for the deviation."""
    assert robust_bandwidth(np.array([1.0, 1.0, 1.0, 2.0])) == pytest.approx((4 / 12) ** 0.2)
    assert robust_bandwidth(np.ones(4)) == 0.0


@pytest.mark.parametrize("measure", [*DIVERGENCES, wasserstein_standardised])
def test_a_constant_has_no_shape(measure: object) -> None:
    """A response that does not vary gives NaN, without a warning."""
    assert callable(measure)
    assert np.isnan(measure(np.full(5, 0.1), np.arange(5.0)))
    assert np.isnan(measure(np.arange(5.0), np.full(5, 0.1)))


@given(seed=st.integers(0, 1000), shift=st.floats(-50, 50))
def test_moving_a_distribution_costs_how_far_it_is_moved(seed: int, shift: float) -> None:
    """Wasserstein's distance of shifted values is the shift, either way."""
    y = np.random.default_rng(seed).normal(size=15)
    assert wasserstein(y, y + shift) == pytest.approx(abs(shift), abs=1e-9)
    assert wasserstein(y + shift, y) == pytest.approx(abs(shift), abs=1e-9)
