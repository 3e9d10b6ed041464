"""Acquisition functions against closed forms, quadrature and their own order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from transferperf.search import log_expected_improvement, lower_confidence_bound

Z = st.floats(-1e7, 30)


@pytest.mark.parametrize("z", [-6.0, -3.0, -1.0, -0.999, 0.0, 2.5])
def test_it_is_the_integral_of_the_improvement(z: float) -> None:
    """The logarithm of the mean of max(best - cost, 0), by quadrature."""
    mean, std, best = 2.0, 0.7, 2.0 + 0.7 * z
    gain, _ = integrate.quad(lambda c: (best - c) * stats.norm.pdf(c, mean, std), best - 12 * std, best, epsabs=0)
    assert float(log_expected_improvement(np.array(mean), np.array(std), best)) == pytest.approx(np.log(gain), rel=1e-7)


def test_a_certain_cost_improves_by_its_lead() -> None:
    """Without spread the gain is best - mean, and nothing where that is no lead."""
    found = log_expected_improvement(np.array([1.0, 3.0, 4.0]), np.zeros(3), best=3.0)
    assert found.tolist() == [np.log(2.0), -np.inf, -np.inf]


def test_the_far_tail_follows_its_series() -> None:
    """At z = -1e5 the value is -z^2 / 2 - log(z^2 sqrt(2 pi)): finite, where the plain formula gives log 0."""
    z = -1e5
    expected = -0.5 * z**2 - np.log(z**2 * np.sqrt(2 * np.pi))
    assert float(log_expected_improvement(np.array(-z), np.array(1.0), 0.0)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("seam", [-1.0, -1e3])
def test_the_pieces_meet(seam: float) -> None:
    """Both sides of a change of formula give one value; the slope there is about -z."""
    step = 1e-9 * abs(seam)
    low, high = log_expected_improvement(-np.array([seam - step, seam + step]), np.ones(2), 0.0)
    assert 0 <= high - low == pytest.approx(2 * step * max(-seam, 1.5), abs=2e-6)


@given(z=Z, step=st.floats(1e-6, 1.0), std=st.floats(1e-3, 1e3))
def test_a_smaller_cost_is_never_worth_less(z: float, step: float, std: float) -> None:
    """The value does not rise with the mean."""
    means = np.array([-z, -z + step]) * std
    better, worse = log_expected_improvement(means, np.full(2, std), 0.0)
    assert better >= worse


@given(mean=st.floats(0.0, 50.0), std=st.floats(1e-2, 10.0), factor=st.floats(1.01, 10.0))
def test_more_doubt_is_worth_more(mean: float, std: float, factor: float) -> None:
    """The value rises with the spread."""
    less, more = log_expected_improvement(np.full(2, mean), np.array([std, std * factor]), 0.0)
    assert more > less


@given(mean=st.floats(-5, 5), std=st.floats(0.0, 5), kappa=st.floats(0.0, 4))
def test_the_bound_is_a_quantile(mean: float, std: float, kappa: float) -> None:
    """The cost falls below mean - kappa std with the probability that a normal table says."""
    bound = float(lower_confidence_bound(np.array(mean), np.array(std), kappa))
    assert stats.norm.cdf(bound, mean, std) == pytest.approx(stats.norm.cdf(-kappa)) if std > 1e-6 else bound <= mean
