"""M1 and M3 of many pairs at once, with bootstrap intervals over the configurations that they have in common."""

from collections.abc import Iterator

import numpy as np

from transferperf.rng import generator
from transferperf.similarity.ranks import spearman
from transferperf.similarity.resampling import correlation_ends
from transferperf.similarity.values import pearson

MEASURES = {"pearson": pearson, "spearman": spearman}
CHUNK = 1_000_000
"""Numbers held at once while resampling: few enough for the cache, enough to sort seldom."""


def correlations(S: np.ndarray, T: np.ndarray, seed: int, n_resamples: int) -> np.ndarray:
    """Each measure with its interval on Fisher's scale.

    Parameters
    ----------
    S, T
        Responses of the sources (a, n) and the targets (b, n).
    seed, n_resamples
        Of the bootstrap; the draws of a pair depend on nothing but these and its n.

    Returns
    -------
    correlations
        Shape (measures, 3, a, b): estimate, lower and upper end; NaN where a response does not vary.
    """
    n = S.shape[1]
    size = max(1, CHUNK // ((len(S) + len(T)) * n))
    drawn: list[list[np.ndarray]] = [[] for _ in MEASURES]
    for counts in _resamples(n, n_resamples, size, seed):
        for found, measure in zip(drawn, MEASURES.values(), strict=True):
            found.append(measure(S, T, counts))
    blocks = []
    for found, measure in zip(drawn, MEASURES.values(), strict=True):
        estimate = measure(S, T, np.ones((1, n)))[0]
        blocks.append(np.stack([estimate, *correlation_ends(estimate, np.concatenate(found), n)]))
    return np.stack(blocks)


def _resamples(n: int, n_resamples: int, size: int, seed: int) -> Iterator[np.ndarray]:
    """Bootstrap counts in portions, shape (at most size, n)."""
    draws = generator(seed, "similarity", n)
    for start in range(0, n_resamples, size):
        s = min(size, n_resamples - start)
        cells = draws.integers(n, size=(s, n)) + n * np.arange(s)[:, None]
        yield np.bincount(cells.ravel(), minlength=s * n).reshape(s, n).astype(float)
