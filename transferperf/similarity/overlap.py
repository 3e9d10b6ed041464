"""Are the best and worst configurations the same: M4, M5 of Jamshidi et al. (ASE 2017, H1.4); copying the best.

The paper takes the 10th percentile; the code of the study takes 20 % for SPEAR and 10 % for the others, and where
values are tied at the border it takes those that stand first in the file. `shared_share` gives the value expected over
all orders of tied rows, which no order of rows can change.

The best of few rows is not the best of all: where the source knows more configurations than were measured in both,
`unseen_regrets` says what copying the best of *them* may cost.
"""

import numpy as np
from scipy import stats

from transferperf.similarity.resampling import fisher


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
    """M4 and M5 as published: of tied rows those count that stand first, or last, in their order.

    There are as many as the share is rounded *down* to; of the worst one more is looked at than is divided by.
    """
    k = max(1, int(share * len(s)))
    a, b = (np.argsort(y, kind="stable") for y in (s, t))
    best, worst = len(np.intersect1d(a[:k], b[:k])), len(np.intersect1d(a[-k - 1 :], b[-k - 1 :]))
    return best / k, min(1.0, worst / k)


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


def unseen_regrets(
    s: np.ndarray, t: np.ndarray, n_known: int, n_draws: int, draws: np.random.Generator
) -> dict[str, np.ndarray]:
    """What copying the best of n_known configurations of the source may cost, judged by the n that were measured.

    Ranks of source and target are taken for those of two normal numbers; their correlation is drawn around that of the
    rows (from Spearman's: Pearson 1907), and the target's values are drawn again. Beyond its smallest and largest value
    they go on as a normal distribution, of logarithms where all are above 0, with the slope of their half.

    Parameters
    ----------
    s, t
        Responses of at least four rows, shape (n,); smaller values are better.
    n_known, n_draws
        How many configurations there are to choose from, and how often to draw.
    draws
        Of correlations and rows.

    Returns
    -------
    regrets
        As of `regret_of_copying`, shape (n_draws,) each.
    """
    n = len(s)
    z = fisher(2 * np.sin(np.pi / 6 * stats.spearmanr(s, t).statistic)) + draws.normal(size=n_draws) / np.sqrt(n - 3)
    rho, first = np.tanh(z), float(stats.norm.ppf(1 / (n_known + 1)))
    place = np.maximum(rho * first + np.sqrt(1 - rho**2) * draws.normal(size=n_draws), first)
    is_log = bool(t.min() > 0)
    y = np.sort(np.log(t) if is_log else t)
    rows = np.sort(draws.integers(n, size=(n_draws, n)), axis=1)
    at = np.column_stack([place, np.full(n_draws, first), np.full(n_draws, -first)])
    values = np.stack([_quantiles(y[row], q) for row, q in zip(rows, at, strict=True)])
    copied, best, worst = (np.exp(values) if is_log else values).T
    excess, size, reach = np.maximum(copied - best, 0.0), np.abs(best), worst - best
    return {
        "regret": np.where(size > 0, excess / np.where(size > 0, size, 1.0), np.nan),
        "regret_of_range": np.where(reach > 0, excess / np.where(reach > 0, reach, 1.0), np.nan),
        "regret_rank": np.clip(stats.norm.cdf(place) * (n_known + 1) / n_known - 1 / n_known, 0.0, 1.0),
    }


def _quantiles(y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Ascending values y (n,) at normal quantiles z (m,), beyond their ends along the line through either half."""
    q = stats.norm.ppf((np.arange(len(y)) + 0.5) / len(y))
    half = max(2, len(y) // 2)
    below, above = (_slope(q[part], y[part]) for part in (slice(None, half), slice(-half, None)))
    return np.interp(z, q, y) + below * np.minimum(z - q[0], 0.0) + above * np.maximum(z - q[-1], 0.0)


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    centred = x - x.mean()
    return float(centred @ y / (centred @ centred))
