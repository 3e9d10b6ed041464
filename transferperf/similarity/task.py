"""What two environments share once noise is taken away: the correlation of two tasks that a Gaussian process learns.

The model is that of Bonilla et al. (NeurIPS 2007, equation 1) for two tasks on the same configurations. The kernel's
eigenvectors turn it into independent pairs of numbers, so that its likelihood is a sum over rows. Kernel, scale and
noise are those of each environment alone, then the correlation is that of largest likelihood; its interval holds all
whose logarithm is at most 1.92 less. Unlike M1 it is not lowered by noise, and ten rows will do.
"""

import numpy as np

from transferperf.similarity.distributions import standardised
from transferperf.similarity.learner import LENGTHS
from transferperf.similarity.values import varies

SHARES = np.linspace(0.02, 0.995, 40)
"""Shares of the variance that are no noise."""
CORRELATIONS = np.linspace(-0.995, 0.995, 399)
DROP = 1.92
"""Half of the 95 % quantile of chi squared with one degree of freedom."""
MOST_ROWS = 300


def task_correlation(s: np.ndarray, t: np.ndarray, D: np.ndarray) -> tuple[float, float, float]:
    """Correlation of what is no noise in s and t (n,), with its 95 % interval; NaN where one does not vary.

    `D` (n, n) are distances between the configurations, in mean distances.
    """
    if not (varies(s) and varies(t) and np.ptp(D) > 0):
        return (float("nan"),) * 3
    fits = [_alone(D / length, standardised(s), standardised(t)) for length in LENGTHS]
    _, rotated, kept, noise = max(fits, key=lambda fit: fit[0])
    u, v = rotated
    crossed = np.sqrt(kept[0] * kept[1])  # (n,)
    var_u, var_v = kept[0] + noise[0], kept[1] + noise[1]
    cov = CORRELATIONS[:, None] * crossed  # (correlations, n)
    det = var_u * var_v - cov**2
    likelihood = -0.5 * (np.log(det) + (var_v * u**2 - 2 * cov * u * v + var_u * v**2) / det).sum(axis=1)
    inside = CORRELATIONS[likelihood >= likelihood.max() - DROP]
    return float(CORRELATIONS[likelihood.argmax()]), float(inside.min()), float(inside.max())


def _alone(
    D: np.ndarray, s: np.ndarray, t: np.ndarray
) -> tuple[float, tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray], tuple[float, float]]:
    """Likelihood of a kernel, responses along its eigenvectors, and their variances with and without noise."""
    n = len(D)
    K = np.exp(-D)
    centring = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(centring @ K @ centring)
    values = np.maximum(values[1:], 0.0) * (n / max(np.trace(K), 1.0))  # the constant was taken out
    total, rotated, kept, noise = 0.0, [], [], []
    for y in (s, t):
        u = vectors[:, 1:].T @ y
        shape = SHARES[:, None] * values + 1 - SHARES[:, None]  # (shares, n - 1)
        scale = (u**2 / shape).mean(axis=1)
        likelihood = -0.5 * (np.log(shape).sum(axis=1) + (n - 1) * np.log(scale))
        k = int(likelihood.argmax())
        total += float(likelihood[k])
        rotated.append(u)
        kept.append(scale[k] * SHARES[k] * values)
        noise.append(float(scale[k] * (1 - SHARES[k])))
    return total, (rotated[0], rotated[1]), (kept[0], kept[1]), (noise[0], noise[1])
