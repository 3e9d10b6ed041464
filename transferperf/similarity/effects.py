"""Which options matter, in many environments at once: their main effects, and whether these are those of another.

`e` environments, `n` configurations, `c` contrasts of options, `s` resamples.
"""

import numpy as np
from scipy import stats

from transferperf.similarity.resampling import percentiles
from transferperf.similarity.values import pearson, standard_rows

SIGNIFICANT = 0.05
"""An effect counts where it is unlikely by chance at this level, corrected for the number of contrasts."""
MIN_CONTRASTS = 3
"""Of fewer it cannot be said whether the same ones matter."""


def effect_sizes(Z: np.ndarray, Y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Size of each main effect that can be told from noise, in the response's deviations, else 0.

    Ridge regression with a penalty of c: all options together may explain as much as noise does, so that it also
    answers where there are more contrasts than rows.

    Parameters
    ----------
    Z
        Contrasts, shape (n, c).
    Y
        Responses, shape (e, n).
    counts
        How often each configuration stands in each resample, shape (s, n).

    Returns
    -------
    sizes
        Shape (s, e, c).
    """
    n, c = Z.shape
    Z, Y = standard_rows(Z.T).T, standard_rows(Y)
    moments = counts @ np.hstack([Z, Y.T, Y.T**2])  # (s, c + 2e)
    z, y, yy = np.split(moments / n, [c, c + len(Y)], axis=1)
    weighted = (counts[:, :, None] * Z).transpose(0, 2, 1)  # (s, c, n)
    G = weighted @ Z - n * z[:, :, None] * z[:, None]  # (s, c, c)
    zy = weighted @ Y.T - n * z[:, :, None] * y[:, None]  # (s, c, e)
    left = n * (yy - y**2)  # (s, e)
    A = np.linalg.inv(G + c * np.eye(c))
    B = A @ zy  # (s, c, e)
    residual = left - 2 * (B * zy).sum(axis=1) + (B * (G @ B)).sum(axis=1)
    free = np.maximum(n - 1 - np.trace(A @ G, axis1=1, axis2=2), 1.0)[:, None]  # (s, 1)
    spread = np.einsum("sij,sji->si", A @ G, A)[:, :, None] * (np.maximum(residual, 0.0) / free)[:, None]
    limit = stats.t.ppf(1 - SIGNIFICANT / (2 * c), free)[:, :, None]
    is_told = np.abs(B) > limit * np.sqrt(np.maximum(spread, 1e-18))
    return np.where(is_told, np.abs(B), 0.0).transpose(0, 2, 1)


def options_agreement(sizes_s: np.ndarray, sizes_t: np.ndarray) -> np.ndarray:
    """Correlation of the sizes of effects of each source with each target, with its 95 % percentile interval.

    Parameters
    ----------
    sizes_s, sizes_t
        From `effect_sizes`, shape (s, a, c) and (s, b, c); the first is that of the sample itself.

    Returns
    -------
    agreement
        Shape (3, a, b): 0 where no effect can be told from noise, NaN where there are too few contrasts.
    """
    shape = (len(sizes_s), sizes_s.shape[1], sizes_t.shape[1])
    if sizes_s.shape[2] < MIN_CONTRASTS:
        return np.full((3, *shape[1:]), np.nan)
    r = np.nan_to_num(pearson(sizes_s, sizes_t, np.ones((shape[0], sizes_s.shape[2]))))
    low, high = percentiles(r)
    return np.stack([r[0], np.minimum(low, r[0]), np.maximum(high, r[0])])
