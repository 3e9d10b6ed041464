"""What a measurement tells of the optimum: known limits of max-value entropy search."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from transferperf.rng import generator
from transferperf.search.information import information, smallest_costs

G = np.array([[-0.5, 0.5, 1.5, 3.0]])


@pytest.mark.parametrize("c", [0.2, 0.6, 0.9])
def test_information_is_the_entropy_that_is_lost(c: float) -> None:
    """Numerical integration of the density's entropy, given that the cost is above the minimum."""
    for g, came in zip(G[0], information(G, np.full(4, c))[0], strict=True):

        def minus_p_log_p(u: float, g: float = float(g)) -> float:
            log_p = stats.norm.logpdf(u) + special.log_ndtr((g + c * u) / np.sqrt(1 - c**2)) - special.log_ndtr(g)
            return float(-np.exp(log_p) * log_p)

        entropy = integrate.quad(minus_p_log_p, -12, 12)[0]
        assert came == pytest.approx(max(0.0, stats.norm.entropy() - entropy), rel=0.01, abs=1e-4)


def test_the_more_it_goes_with_the_cost_the_more_it_tells() -> None:
    """Nothing without correlation, most of the cost itself, and the sign does not matter."""
    steps = np.array([0.0, 0.3, 0.6, 0.9, 1.0])
    told = information(np.full((1, 5), 1.5), steps)[0]
    assert told[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(told) > 0).all()
    assert information(np.full((1, 5), 1.5), -steps)[0] == pytest.approx(told)


def test_the_cost_itself_tells_what_max_value_entropy_search_says() -> None:
    """It is g phi(g) / (2 Phi(g)) - log Phi(g) (Wang and Jegelka 2017, eq. 6)."""
    g = np.array([[0.5, 1.0, 2.0]])
    expected = 0.5 * g * stats.norm.pdf(g) / stats.norm.cdf(g) - stats.norm.logcdf(g)
    assert information(g, np.ones(3)) == pytest.approx(expected)


def test_the_smallest_of_independent_costs_has_the_quantiles_of_draws() -> None:
    """Ten thousand draws of eight costs, the best known one among them."""
    mean, std = np.linspace(0.0, 2.0, 8), np.linspace(1.0, 0.5, 8)
    draws = generator(0, "costs").normal(mean, std, size=(10000, 8)).min(axis=1)
    assert smallest_costs(mean, std, best=3.0, k=5) == pytest.approx(
        np.quantile(draws, np.arange(0.1, 1, 0.2)), abs=0.05
    )


def test_the_smallest_cost_is_no_larger_than_the_best() -> None:
    """What is known already is a bound."""
    assert (smallest_costs(np.zeros(3), np.ones(3), best=-2.0, k=9) <= -2.0).all()
