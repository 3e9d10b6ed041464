"""Do the values of two environments move together: M1 of Jamshidi et al. (ASE 2017), the Pearson correlation.

`a` sources, `b` targets, `n` configurations, `s` resamples.
"""

import numpy as np

CONSTANT = 1e-12
"""A standard deviation below this part of the largest value is rounding."""


def pearson(S: np.ndarray, T: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Pearson correlation of every source with every target, once for each resample.

    Parameters
    ----------
    S, T
        Responses of the sources and of the targets, shape (a, n) and (b, n), or (s, a, n) and (s, b, n).
    counts
        How often each configuration stands in each resample, shape (s, n); ones for the sample itself.

    Returns
    -------
    r
        Shape (s, a, b); NaN where a response does not vary.

    Examples
    --------
    >>> seconds = np.array([[1.0, 2.0, 4.0]])
    >>> pearson(seconds, -3 * seconds, np.ones((1, 3))).round(6)
    array([[[-1.]]])
    """
    weights = counts[:, None, :] / counts.sum(axis=1)[:, None, None]
    S, T = _standardise(S, weights), _standardise(T, weights)
    return np.clip((S * weights) @ T.transpose(0, 2, 1), -1.0, 1.0)  # (s, a, b)


def _standardise(Y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Responses with weighted mean 0 and variance 1, NaN where they do not vary, shape (s, e, n)."""
    centred = Y - (Y * weights).sum(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2 * weights).sum(axis=-1, keepdims=True))
    varies = deviation > CONSTANT * np.abs(Y).max(axis=-1, keepdims=True)
    return centred / np.where(varies, deviation, np.nan)


def standard_rows(Y: np.ndarray) -> np.ndarray:
    """Rows of Y (..., n) with mean 0 and deviation 1, 0 where they do not vary."""
    centred = Y - Y.mean(axis=-1, keepdims=True)
    deviation = centred.std(axis=-1, keepdims=True)
    varies = deviation > CONSTANT * np.abs(Y).max(axis=-1, keepdims=True)
    return np.where(varies, centred / np.where(varies, deviation, 1.0), 0.0)


def varies(y: np.ndarray) -> bool:
    """Whether values y (n,) are not all equal, up to rounding."""
    return bool(len(y) > 1 and np.std(y) > CONSTANT * np.abs(y).max())
