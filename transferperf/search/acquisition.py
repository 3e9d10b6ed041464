"""Acquisition functions: how much a measurement of each configuration promises.

All of them are functions of arrays and speak of a cost: smaller is better.
Symbols: mean, std (n,) of the believed cost, best the smallest cost so far, z = (best - mean) / std.
"""

import numpy as np
from scipy import special

LEAST = 1e-2
"""Share of the deviation that measurements have left which always stays."""

FAR = -1e3
"""z below which the tail of h is its series: the closed form would lose its digits to cancellation."""


def log_expected_improvement(mean: np.ndarray, std: np.ndarray, best: float | np.ndarray) -> np.ndarray:
    """Logarithm of E[max(best - cost, 0)] for a normal cost, shape (n,); -inf where nothing can be gained.

    EI = std h(z) with h(z) = phi(z) + z Phi(z); its logarithm keeps its slope however far `mean` lies above `best`
    (Ament et al. 2023, "Unexpected improvements to expected improvement", eq. 9 and 14).

    Parameters
    ----------
    mean, std
        Mean and standard deviation of the cost, shape (n,); where std is 0 the gain is certain.
    best
        Smallest cost so far.

    Examples
    --------
    >>> np.exp(log_expected_improvement(np.array([1.0, 0.0]), np.array([0.0, 1.0]), best=3.0)).round(4)
    array([2.    , 3.0004])
    """
    mean, std = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(std, dtype=float))
    with np.errstate(divide="ignore"):
        certain = np.log(np.maximum(best - mean, 0.0))
        spread = np.where(std > 0, std, 1.0)
        return np.where(std > 0, np.log(spread) + _log_h((best - mean) / spread), certain)


def unlearned(std: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The deviation (n,) that a measurement may still take away.

    Where experts disagree about what was measured, they go on to do so next to it: the least variance of the `known`
    configurations, by their deviations (m,), is not to be learned anywhere.

    Examples
    --------
    >>> unlearned(np.array([5.0, 4.0, 3.0]), known=np.array([3.0, 4.0])).round(2)
    array([4.  , 2.65, 0.03])
    """
    left = known.min() if len(known) else 0.0
    return np.sqrt(np.maximum(std**2 - left**2, (LEAST * left) ** 2))


def log_expected_knowledge(gap: np.ndarray, std: np.ndarray, noise: float) -> np.ndarray:
    """Logarithm of what measuring a known configuration once more is expected to better the choice by, shape (n,).

    Its believed mean moves by std^2 / sqrt(std^2 + noise^2), and it is worth knowing where that changes which one is
    best (Frazier et al. 2009, "knowledge gradient", eq. 14, without correlations).

    Parameters
    ----------
    gap
        How far its mean is from the best of the others, on either side, shape (n,).
    std
        Standard deviation of its believed cost, shape (n,).
    noise
        Standard deviation of one measurement.

    Examples
    --------
    >>> np.exp(log_expected_knowledge(np.array([0.0, 0.0]), np.array([1.0, 0.0]), noise=0.0)).round(4)
    array([0.3989, 0.    ])
    """
    return log_expected_improvement(np.abs(gap), learned(std, noise), 0.0)


def learned(std: np.ndarray, noise: float) -> np.ndarray:
    """Standard deviation of what the mean of a cost will be believed to be after one noisy measurement, shape (n,)."""
    return np.asarray(std, dtype=float) ** 2 / np.maximum(np.hypot(std, noise), 1e-300)


def log_probability_below(mean: np.ndarray, std: np.ndarray, most: float) -> np.ndarray:
    """Logarithm of P(value <= most) for a normal value, shape (n,); 0 or -inf where std is 0.

    Examples
    --------
    >>> log_probability_below(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, 0.0]), most=1.5).round(4)
    array([-0.0691,  0.    ,    -inf])
    """
    mean, std = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(std, dtype=float))
    certain = np.where(mean <= most, 0.0, -np.inf)
    return np.where(std > 0, special.log_ndtr((most - mean) / np.where(std > 0, std, 1.0)), certain)


def lower_confidence_bound(mean: np.ndarray, std: np.ndarray, kappa: float) -> np.ndarray:
    """The cost that a configuration may have at its best, mean - kappa std: the smaller, the more promising; (n,)."""
    return mean - kappa * std


def _log_h(z: np.ndarray) -> np.ndarray:
    """Logarithm of h(z) = phi(z) + z Phi(z), shape kept."""
    near, middle = np.maximum(z, -1.0), np.clip(z, FAR, -1.0)
    log_phi = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    h = np.exp(-0.5 * near**2) / np.sqrt(2 * np.pi) + near * special.ndtr(near)
    # z Phi(z) / phi(z) = -|z| sqrt(pi / 2) erfcx(|z| / sqrt 2)
    middle_ratio = 1 + middle * np.sqrt(np.pi / 2) * special.erfcx(-middle / np.sqrt(2))
    far = np.minimum(z, FAR)
    far_ratio = np.log1p(-3 / far**2) - 2 * np.log(-far)  # 1 / z^2 - 3 / z^4 + ...
    tail = log_phi + np.where(z < FAR, far_ratio, np.log(middle_ratio))
    return np.where(z > -1, np.log(h), tail)
