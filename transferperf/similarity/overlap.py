"""Are the best and worst configurations the same: M4, M5 of Jamshidi et al. (ASE 2017, H1.4); copying the best.

The paper takes the 10th percentile; the code of the study takes 20 % for SPEAR and 10 % for the others, and where
values are tied at the border it takes those that stand first in the file. `shared_share` gives the value expected over
all orders of tied rows, which no order of rows can change.
"""

import numpy as np
from scipy import stats


def membership(y: np.ndarray, share: float) -> np.ndarray:
    """How much each row belongs to the given share of rows with the smallest y (n,), shape (n,).

    Rows that are tied at the border share the places that are left; the sum is `share * n`, rounded, at least 1.

    Examples
    --------
    >>> membership(np.array([1.0, 2.0, 2.0, 3.0]), 0.5)
    array([1. , 0.5, 0.5, 0. ])
    """
    size = max(1, round(share * len(y)))
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    before = np.concatenate([[0.0], np.cumsum(counts)[:-1]])
    return np.clip((size - before) / counts, 0.0, 1.0)[place]


def shared_share(s: np.ndarray, t: np.ndarray, share: float) -> float:
    """Which part of the smallest values of the target are the smallest of the source, too: M4 with ties shared out.

    By chance it is `share`: ties of source and target are broken apart from each other. With `-s` and `-t` it is about
    the largest values, M5. `s` and `t` have shape (n,).
    """
    in_target = membership(t, share)
    return float(membership(s, share) @ in_target / in_target.sum())


def shared_share_published(s: np.ndarray, t: np.ndarray, share: float) -> tuple[float, float]:
    """M4 and M5 as published: of tied rows those count that stand first, or last, in their order."""
    k = max(1, round(share * len(s)))
    a, b = (np.argsort(y, kind="stable") for y in (s, t))
    return len(np.intersect1d(a[:k], b[:k])) / k, len(np.intersect1d(a[-k:], b[-k:])) / k


def regret_of_copying(s: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """What the source's best row costs in the target; smaller values are better, tied rows of the source are averaged.

    Returns
    -------
    regret
        `regret`: excess over the target's best, as a share of its size; NaN where that is 0. `regret_of_range`: as a
        share of the way from the target's best to its worst. `regret_rank`: share of the target's rows that are better.

    Examples
    --------
    >>> regret_of_copying(np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 10.0]))["regret_of_range"]
    0.25
    """
    copied = s == s.min()
    value, best, worst = float(t[copied].mean()), float(t.min()), float(t.max())
    ranks = (stats.rankdata(t, method="min") - 1) / max(1, len(t) - 1)
    return {
        "regret": (value - best) / abs(best) if best != 0 else float("nan"),
        "regret_of_range": (value - best) / (worst - best) if worst > best else float("nan"),
        "regret_rank": float(ranks[copied].mean()),
    }
