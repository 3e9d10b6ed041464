"""What each source, taken alone, tells of the target: why it was used, or not.

A source alone is a linear regression of the target's latent values on what the source says (Valov et al. 2017).

Symbols: n target rows, m sources, s (n, m) what the sources say, z (n,) the target's latent values.
"""

import numpy as np

LEAST_WEIGHT = 0.1
"""Weight of all experts that look at what the sources say, below which the sources count as ignored."""

LEAST_SHARE = 0.05
"""Share of all slopes below which a source that would hurt counts as ignored."""


def left_out_residuals(s: np.ndarray, z: np.ndarray) -> np.ndarray:
    """What the regression on each source, fitted to the other rows, is off at each row; shape (n, m).

    Examples
    --------
    >>> left_out_residuals(np.array([[1.0], [2.0], [4.0]]), np.array([3.0, 5.0, 9.0])).round(9).ravel().tolist()
    [0.0, 0.0, 0.0]
    """
    n = len(z)
    c, y = s - s.mean(0), z - z.mean()
    size = (c**2).sum(0)
    slope = np.where(size > 0, y @ c / np.where(size > 0, size, 1.0), 0.0)
    leverage = 1 / n + c**2 / np.where(size > 0, size, 1.0)  # (n, m)
    alone = y * n / (n - 1)  # without the row the source is constant: what is left is the mean
    is_alone = leverage > 1 - 1e-9
    return np.where(is_alone, alone[:, None], (y[:, None] - slope * c) / np.where(is_alone, 1.0, 1 - leverage))


def explained(residuals: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Share of the target's variance that each source explains at rows that are left out, 0 to 1; shape (m,)."""
    total = (((z - z.mean()) * len(z) / (len(z) - 1)) ** 2).sum()
    return np.clip(1 - (residuals**2).sum(0) / total, 0.0, 1.0) if total > 0 else np.zeros(residuals.shape[1])


def error_ratios(residuals: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """Mean absolute error of each source relative to that of no transfer, `alone` (n,) being what it is off: (m,).

    Above 1 the source, had it been believed, would have raised the error.
    """
    error = np.abs(alone).mean()
    return np.abs(residuals).mean(0) / error if error > 0 else np.full(residuals.shape[1], np.nan)


def ignored(ratios: np.ndarray, slopes: np.ndarray, transferred: float) -> np.ndarray:
    """Which sources had no say; shape (m,).

    Parameters
    ----------
    ratios
        Of `error_ratios`, shape (m,); NaN where not known.
    slopes
        How far the prediction follows each source, at least 0; shape (m,); all 0 where not known.
    transferred
        Weight of all experts that look at what the sources say.
    """
    if transferred < LEAST_WEIGHT:
        return np.ones(len(ratios), dtype=bool)
    return (slopes < LEAST_SHARE * slopes.sum()) & (ratios > 1)
