"""Do two environments rank the configurations alike: M3 of Jamshidi et al. (ASE 2017), the Spearman correlation."""

import numpy as np

from transferperf.similarity.values import pearson


def spearman(S: np.ndarray, T: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Spearman correlation of every source with every target, once for each resample.

    Parameters
    ----------
    S, T
        Responses of the sources and of the targets, shape (a, n) and (b, n).
    counts
        How often each configuration stands in each resample, shape (s, n).

    Returns
    -------
    rho
        Shape (s, a, b); NaN where a response does not vary.

    Examples
    --------
    >>> seconds = np.array([[1.0, 2.0, 4.0]])
    >>> spearman(seconds, seconds**3, np.ones((1, 3))).round(6)
    array([[[1.]]])
    """
    R_s = midranks(S, counts)
    return pearson(R_s, R_s if T is S else midranks(T, counts), counts)  # (s, a, b)


def midranks(Y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Rank of each response in each resample, ties at their middle.

    Parameters
    ----------
    Y
        Responses, shape (e, n).
    counts
        How often each configuration stands in each resample, shape (s, n).

    Returns
    -------
    R
        Shape (s, e, n).

    Examples
    --------
    >>> midranks(np.array([[5.0, 7.0, 7.0]]), np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0]]))
    array([[[1. , 2.5, 2.5]],
    <BLANKLINE>
           [[1.5, 3. , 3. ]]])
    """
    R = np.empty((len(counts), *Y.shape))
    for e, y in enumerate(Y):
        order = np.argsort(y, kind="stable")
        is_last = np.append(np.diff(y[order]) != 0, True)
        up_to = np.cumsum(counts[:, order], axis=1)[:, is_last]  # (s, distinct values)
        below = np.pad(up_to, ((0, 0), (1, 0)))[:, :-1]
        tie = np.cumsum(is_last) - is_last
        R[:, e, order] = ((below + up_to + 1) / 2)[:, tie]
    return R
