"""Do two environments spread values alike: M2 of Jamshidi et al. (ASE 2017, H1.2), and Wasserstein's distance.

The paper defines M2 as the Kullback-Leibler divergence of the two densities. The code of the study evaluates each
density on a grid of its *own* range, so that its M2 compares shapes after each range was stretched to the other's: it
knows neither location nor scale. `kl_own_grid` is that number, `kl_common_grid` what the paper says, and
`kl_standardised` compares shapes by mean and deviation, so that a single outlier does not set the scale.
"""

import numpy as np
from scipy import stats

from transferperf.similarity.values import varies

N_BINS = 1000
"""Bins of the study's grids."""
EPSILON = float(np.finfo(float).eps)
"""What is added to the target's density, so that no logarithm is infinite."""
CUTOFF = 4.0
"""Bandwidths from which on Matlab takes a normal kernel for 0."""
CELLS = 2_000_000
"""Numbers held at once."""


def robust_bandwidth(y: np.ndarray) -> float:
    """Bandwidth of a normal kernel for values y (n,), that of Matlab's `fitdist`: Silverman's, of the median deviation.

    Where over half of the values are equal the range stands for the deviation; 0 where all are.
    """
    deviation = float(np.median(np.abs(y - np.median(y)))) / float(stats.norm.ppf(0.75))
    return (deviation or float(np.ptp(y))) * (4 / (3 * len(y))) ** 0.2


def kernel_density(y: np.ndarray, points: np.ndarray, *, as_published: bool = False) -> np.ndarray:
    """Density of values y (n,) at points (m,): normal kernels of robust bandwidth.

    As published, a kernel ends after four bandwidths, but the first value above that is still counted, as in Matlab.
    """
    bandwidth = robust_bandwidth(y)
    values, counts = np.unique(y, return_counts=True)
    first, beyond = np.zeros(len(points), dtype=int), np.full(len(points), len(values))
    if as_published:
        first = np.searchsorted(values, points - CUTOFF * bandwidth)
        beyond = np.searchsorted(values, points + CUTOFF * bandwidth)
    density = np.zeros(len(points))
    step = max(1, CELLS // len(points))
    for start in range(0, len(values), step):
        k = np.arange(start, min(start + step, len(values)))
        kernels = _kernel(points[:, None] - values[k], bandwidth)  # (m, step)
        is_near = (first[:, None] <= k) & (k < beyond[:, None])
        density += (kernels * is_near) @ counts[k]
    has_next = beyond < len(values)
    density[has_next] += _kernel(points[has_next] - values[beyond[has_next]], bandwidth)
    return density / (len(y) * bandwidth * np.sqrt(2 * np.pi))


def _kernel(distance: np.ndarray, bandwidth: float) -> np.ndarray:
    return np.exp(-0.5 * (distance / bandwidth) ** 2)


def nice_edges(y: np.ndarray, n_bins: int = N_BINS) -> np.ndarray:
    """Edges of equal bins that hold values y (n,), at round places, as Matlab's `discretize` chooses them.

    Examples
    --------
    >>> nice_edges(np.array([0.13, 0.98]), 4)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    low, high = float(y.min()), float(y.max())
    raw = (high - low) / n_bins
    power = 10.0 ** np.floor(np.log10(raw))
    round_width = power * np.floor(raw / power)
    left = min(round_width * np.floor(low / round_width), low)
    least, most = (high - left) / n_bins, (high - left) / (n_bins - 1)
    digit = 10.0 ** np.floor(np.log10(most - least))
    edges = left + digit * np.ceil(least / digit) * np.arange(n_bins + 1)
    edges[-1] = max(edges[-1], high)
    return edges


def kl_divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Kullback-Leibler divergence of densities p from q (m,) at the same places, in nats; at least 0, q is above 0.

    Examples
    --------
    >>> round(kl_divergence(np.array([1.0, 1.0]), np.array([3.0, 1.0])), 3)
    0.144
    """
    p, q = p / p.sum(), q / q.sum()
    is_some = p > 0
    return max(0.0, float(np.sum(p[is_some] * np.log(p[is_some] / q[is_some]))))


def kl_own_grid(s: np.ndarray, t: np.ndarray) -> float:
    """M2 as published: each density on the grid of its own range. NaN where a response does not vary.

    Paper: section IV, H1.2. Code: `fitdist(., 'Kernel')` at the 1000-bin edges of `discretize`, `eps` added to the
    target's density before it is normalised. `s` (n,) and `t` (m,) are values in the source and the target.
    """
    if not (varies(s) and varies(t)):
        return float("nan")
    p, q = (kernel_density(y, nice_edges(y), as_published=True) for y in (s, t))
    return kl_divergence(p, q + EPSILON)


def kl_common_grid(s: np.ndarray, t: np.ndarray) -> float:
    """M2 as the paper defines it: both densities on one grid that holds all values. NaN where one does not vary.

    Epsilon is added to probabilities, so that no unit changes the number; 36 then says that nothing overlaps.
    """
    if not (varies(s) and varies(t)):
        return float("nan")
    grid = np.linspace(min(s.min(), t.min()), max(s.max(), t.max()), N_BINS + 1)
    p, q = kernel_density(s, grid), kernel_density(t, grid)
    return kl_divergence(p, q / q.sum() + EPSILON) if p.sum() > 0 and q.sum() > 0 else float("nan")


def kl_standardised(s: np.ndarray, t: np.ndarray) -> float:
    """Divergence of the shapes: on a common grid, after each was brought to mean 0 and deviation 1."""
    return kl_common_grid(standardised(s), standardised(t))


def wasserstein(s: np.ndarray, t: np.ndarray) -> float:
    """How far values have to be moved on average to turn one distribution into the other, in the metric's unit."""
    return float(stats.wasserstein_distance(s, t))


def wasserstein_standardised(s: np.ndarray, t: np.ndarray) -> float:
    """The same after each was brought to mean 0 and deviation 1: 0 where a rising line links the distributions."""
    if not (varies(s) and varies(t)):
        return float("nan")
    return float(stats.wasserstein_distance(standardised(s), standardised(t)))


def standardised(y: np.ndarray) -> np.ndarray:
    """Values y (n,) at mean 0 and deviation 1; unchanged where they do not vary."""
    return (y - y.mean()) / y.std() if varies(y) else y
