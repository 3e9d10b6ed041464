"""Which options matter: total effects of a predictor, whatever its form."""

from collections.abc import Callable

import numpy as np


def total_effects(
    response: Callable[[np.ndarray], np.ndarray], X: np.ndarray, stream: np.random.Generator
) -> np.ndarray:
    """Share of the response's variance that each option takes part in (Jansen's estimator, Saltelli et al. 2010).

    Parameters
    ----------
    response
        Encoded configurations (n, d) -> values (n,).
    X
        Independent configurations, shape (n, d).

    Returns
    -------
    shares
        Shape (d,); their sum exceeds 1 where options interact, and is 0 where nothing varies.
    """
    n, d = X.shape
    y = response(X)
    swapped = np.repeat(X[None], d, axis=0)  # (d, n, d)
    for j in range(d):
        swapped[j, :, j] = X[stream.permutation(n), j]
    changed = response(swapped.reshape(d * n, d)).reshape(d, n)
    variance = y.var()
    return ((changed - y) ** 2).mean(axis=1) / (2 * variance) if variance > 0 else np.zeros(d)  # (d,)
