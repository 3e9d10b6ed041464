"""How much a measurement tells of the optimum: max-value entropy search, of the target itself or of a source.

All of it speaks of a cost: smaller is better. Symbols: mean, std (n,) of the believed cost, minima (k,) values that the
smallest cost of all may have, g = (mean - minimum) / std (k, n), correlation (n,) of what is measured with the cost.
"""

import numpy as np
from scipy import special

N_NODES = 32
"""Nodes of the Gauss-Hermite rule."""

MOST_CORRELATED = 0.99
"""Correlation up to which the rule is exact enough; beyond it, a value is taken for the cost itself."""

N_SMALLEST = 512
"""Values at which the distribution of the smallest cost is looked at."""


def smallest_costs(mean: np.ndarray, std: np.ndarray, best: float, k: int) -> np.ndarray:
    """Quantiles of the smallest of n costs, which are taken to be independent, and of `best`; shape (k,).

    P(smallest > y) is the product of all P(cost > y) (Wang and Jegelka 2017, "Max-value entropy search", sec. 3.1).

    Examples
    --------
    >>> smallest_costs(np.zeros(1), np.ones(1), best=9.0, k=3).round(1)
    array([-1.,  0.,  1.])
    """
    y = np.linspace(float((mean - 8 * std).min()), best, N_SMALLEST)
    log_none = special.log_ndtr((mean - y[:, None]) / std).sum(axis=1)
    return np.interp((np.arange(k) + 0.5) / k, -np.expm1(log_none), y)


def information(g: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Nats that a value correlated with the cost tells of the smallest cost, shape (k, n); 0 where it tells nothing.

    Given that the cost is above the minimum, u, the standardised value, has density phi(u) w(u) with
    w(u) = Phi((g + c u) / sqrt(1 - c^2)) / Phi(g), and so much less entropy than before (Takeno et al. 2020,
    "Multi-fidelity Bayesian optimization with max-value entropy search", sec. 3.2).

    Parameters
    ----------
    g
        By how many standard deviations the mean cost is above the minimum, shape (k, n).
    correlation
        Of the value with the cost, of either sign, shape (n,); 1 for the cost itself.

    Examples
    --------
    >>> information(np.array([[1.0, 1.0, 1.0]]), np.array([0.0, 0.5, 1.0])).round(3)
    array([[0.   , 0.049, 0.317]])
    """
    u, weights = np.polynomial.hermite_e.hermegauss(N_NODES)
    c = np.minimum(np.abs(correlation), MOST_CORRELATED)
    log_w = special.log_ndtr((g[..., None] + c[:, None] * u) / np.sqrt(1 - c**2)[:, None])
    log_w -= special.log_ndtr(g)[..., None]
    divergence = (np.exp(log_w) * log_w) @ (weights / weights.sum())  # of the density from phi
    hazard = np.exp(-0.5 * g**2 - 0.5 * np.log(2 * np.pi) - special.log_ndtr(g))
    told = np.maximum(divergence + 0.5 * c**2 * g * hazard, 0.0)  # E[u^2] = 1 - c^2 g hazard
    return np.where(c < MOST_CORRELATED, told, 0.5 * g * hazard - special.log_ndtr(g))
