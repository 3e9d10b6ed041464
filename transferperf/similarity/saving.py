"""How many target measurements a source saves: what it is, and what few rows foretell of it.

*Saved* are the measurements that the target alone would need, above the n_rows that were made, to predict as well as
with the source: with e(n) the mean error of the target's own model from n random rows, and e_s that of the model on
top of the source from n_rows,

    saved = max(0, e^-1(e_s) - n_rows).

Errors are absolute, of unseen rows, on the scale of `working_scale`; the models are those of `learner`. Beyond the
largest size of the learning curve nobody looked: there `saved` is a lower bound. What is foretold comes from the ratio
of both errors on the same rows, left out one by one, and from the shape of learning curves of environments that are
known well, since few rows show no curve of their own.

`f` forms of a source, `a` sources, `b` targets, `n` configurations, `u` units (rows or draws), `k` sizes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from transferperf.similarity import learner
from transferperf.similarity.resampling import percentiles
from transferperf.similarity.values import standard_rows

N_ROWS = 20
"""Target rows from which a source's help is judged, where as many are known."""
FEW = 3 * N_ROWS
"""With fewer common rows each is left out in turn; else rows are drawn again and again, and the others predicted."""
SIZES = (5, 7, 10, 14, 20, 28, 40, 57, 80, 113, 160, 226, 320)
"""Numbers of rows of a learning curve."""
MOST_TEST = 300
N_RESAMPLES = 200


class Errors(NamedTuple):
    """Absolute errors of predictions of unseen rows.

    Attributes
    ----------
    with_source
        Shape (u, a, b).
    alone
        Without a source, shape (u, b).
    """

    with_source: np.ndarray
    alone: np.ndarray


def working_scale(Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Responses Y (e, n) on the scale that they are learned on: logarithms of those above 0 everywhere.

    Returns
    -------
    W
        Shape (e, n).
    is_log
        Whether each is a logarithm, shape (e,).
    """
    is_log: np.ndarray = np.all(Y > 0, axis=1)
    return np.where(is_log[:, None], np.log(np.where(is_log[:, None], Y, 1.0)), Y), is_log


def forms(Y: np.ndarray) -> np.ndarray:
    """What a source may be read as: itself, its logarithms, its normal scores; standardised; (f, a, n) of Y (a, n)."""
    ranks = stats.rankdata(Y, axis=1)
    return standard_rows(np.stack([Y, working_scale(Y)[0], stats.norm.ppf((ranks - 0.5) / Y.shape[1])]))


def left_out_errors(F: np.ndarray, T: np.ndarray, D: np.ndarray) -> Errors:
    """Errors of each row predicted from all others, one unit for each row.

    Parameters
    ----------
    F
        Forms of the sources, shape (f, a, n).
    T
        Targets on their working scale, shape (b, n).
    D
        Distances between the configurations, in mean distances, shape (n, n).
    """
    a, (b, n) = F.shape[1], T.shape
    grid = list(learner.settings(D, np.ones((n, 1))))
    found, found_alone = np.zeros((a, b, n)), np.zeros((b, n))
    choice = np.argmax([learner.alone(setting, T) for setting in grid], axis=0)  # (b,)
    for k in np.unique(choice):
        found_alone[choice == k] = learner.left_out(grid[k], T[choice == k])
    tried = [(setting, S, learner.lines(setting, S, T)) for setting in grid for S in F]
    likelihood = np.stack([lines.likelihood for _, _, lines in tried])
    best = likelihood.argmax(axis=0)  # (a, b)
    for k in np.unique(best):
        (setting, S, lines), (i, j) = tried[k], np.nonzero(best == k)
        found[i, j] = learner.left_out_on_source(setting, S[i], T[j], lines.slope[i, j])
    is_flat = np.isneginf(likelihood.max(axis=0))
    found[is_flat] = np.broadcast_to(found_alone, found.shape)[is_flat]
    return Errors(np.abs(found).transpose(2, 0, 1), np.abs(found_alone).T)


def held_out_errors(F: np.ndarray, T: np.ndarray, D: np.ndarray, n_rows: int, orders: Sequence[np.ndarray]) -> Errors:
    """Mean errors of rows that are not among `n_rows` others, one unit for each order of the rows.

    Arguments as of `left_out_errors`; the last of each order (n,) are predicted from its first.
    """
    a, (b, n) = F.shape[1], T.shape
    result = Errors(np.zeros((len(orders), a, b)), np.zeros((len(orders), b)))
    for u, order in enumerate(orders):
        rows, test = order[:n_rows], order[n - n_test(n) :]
        near, H = D[np.ix_(rows, rows)], np.ones((n_rows, 1))
        best, best_alone = np.full((a, b), -np.inf), np.full(b, -np.inf)
        for setting in learner.settings(near, H):
            K = np.exp(-D[np.ix_(test, rows)] / setting.length)
            weights = learner.predictor(setting, K, H, np.ones((len(test), 1)))  # (m, n_rows)
            residual = T[:, test] - T[:, rows] @ weights.T  # (b, m)
            likelihood = learner.alone(setting, T[:, rows])
            is_better = likelihood > best_alone
            best_alone = np.where(is_better, likelihood, best_alone)
            result.alone[u, is_better] = np.abs(residual[is_better]).mean(axis=1)
            for S in F:
                lines = learner.lines(setting, S[:, rows], T[:, rows])
                i, j = np.nonzero(lines.likelihood > best)
                best[i, j] = lines.likelihood[i, j]
                carried = S[:, test] - S[:, rows] @ weights.T  # (a, m)
                result.with_source[u, i, j] = _mean_abs(residual, carried, lines.slope, i, j)
        is_flat = np.isneginf(best)
        result.with_source[u][is_flat] = np.broadcast_to(result.alone[u], (a, b))[is_flat]
    return result


def _mean_abs(residual: np.ndarray, carried: np.ndarray, slope: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Mean of |residual_j - slope_ij carried_i| over rows, for pairs i, j (p,); in portions that memory holds."""
    size = max(1, 2_000_000 // residual.shape[1])
    parts = [slice(k, k + size) for k in range(0, len(i), size)]
    means = [np.abs(residual[j[p]] - slope[i[p], j[p], None] * carried[i[p]]).mean(axis=1) for p in parts]
    return np.concatenate(means) if means else np.empty(0)


def learning_curve(T: np.ndarray, D: np.ndarray, orders: Sequence[np.ndarray]) -> np.ndarray:
    """Mean error of the targets T (b, n) alone from each of `sizes(n)` rows, shape (k, b); it never rises."""
    n = T.shape[1]
    curve = np.zeros((len(sizes(n)), len(T)))
    for order in orders:
        test = order[n - n_test(n) :]
        for k, size in enumerate(sizes(n)):
            curve[k] += _error_alone(T, D, order[:size], test) / len(orders)
    return np.minimum.accumulate(curve, axis=0)


def _error_alone(T: np.ndarray, D: np.ndarray, rows: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Mean error of test rows predicted from some rows, shape (b,)."""
    best, found = np.full(len(T), -np.inf), np.zeros(len(T))
    H = np.ones((len(rows), 1))
    for setting in learner.settings(D[np.ix_(rows, rows)], H):
        likelihood = learner.alone(setting, T[:, rows])
        is_better = likelihood > best
        best = np.where(is_better, likelihood, best)
        if is_better.any():
            K = np.exp(-D[np.ix_(test, rows)] / setting.length)
            weights = learner.predictor(setting, K, H, np.ones((len(test), 1)))
            found[is_better] = np.abs(T[is_better][:, test] - T[is_better][:, rows] @ weights.T).mean(axis=1)
    return found


def n_test(n: int) -> int:
    """How many of n rows are predicted."""
    return min(MOST_TEST, max(1, n // 3))


def sizes(n: int) -> tuple[int, ...]:
    """Sizes of a learning curve that leave rows to predict among n."""
    return tuple(size for size in SIZES if size <= n - n_test(n))


def rows_needed(ratio: np.ndarray, curve: np.ndarray, at: Sequence[int], n_rows: int) -> np.ndarray:
    """Rows from which the target alone has `ratio` times the error that it has from n_rows, of any shape.

    Parameters
    ----------
    ratio
        Errors in those without a source.
    curve
        Error of the target alone at some sizes, in any unit, shape (k,); it never rises.
    at
        Those sizes, shape (k,).
    n_rows
        Where the ratio was measured.

    Examples
    --------
    >>> float(rows_needed(np.array(0.5), np.array([4.0, 2.0, 1.0]), (10, 40, 160), 10))
    40.0
    """
    x, y = np.log(np.asarray(at, dtype=float)), np.log(np.maximum(curve, 1e-300))
    wanted = np.log(np.maximum(ratio, 1e-300)) + np.interp(np.log(n_rows), x, y)
    return np.exp(np.interp(-wanted, -y, x))


def saved_rows(
    errors: Errors, curves: np.ndarray, at: Sequence[int], n_rows: int, draws: np.random.Generator
) -> np.ndarray:
    """Target measurements that each source saves, with a 95 % interval, for one target.

    Parameters
    ----------
    errors
        Of the target with each source and without, shape (u, a) and (u,).
    curves
        Learning curves that may be the target's, in any unit, shape (c, k).
    at
        Their sizes, shape (k,).
    n_rows
        Rows that the errors are from.
    draws
        Of the bootstrap over units and curves.

    Returns
    -------
    saved
        Shape (3, a): estimate, from the geometric mean of the curves, and ends.
    """
    logs = np.log(np.maximum(curves, 1e-300))
    logs = logs - logs[:, :1]
    u, n_curves = len(errors.alone), len(curves)
    counts = draws.multinomial(u, np.full(u, 1 / u), size=N_RESAMPLES)
    ratios = _ratios(errors, counts)  # (s, a)
    which = draws.integers(n_curves, size=N_RESAMPLES)
    drawn = np.empty_like(ratios)
    for c in np.unique(which):
        drawn[which == c] = rows_needed(ratios[which == c], np.exp(logs[c]), at, n_rows)
    low, high = percentiles(np.maximum(drawn - n_rows, 0.0))
    estimate = rows_needed(_ratios(errors, np.ones((1, u)))[0], np.exp(logs.mean(axis=0)), at, n_rows)
    estimate = np.maximum(estimate - n_rows, 0.0)
    return np.stack([estimate, np.minimum(low, estimate), np.maximum(high, estimate)])


def _ratios(errors: Errors, counts: np.ndarray) -> np.ndarray:
    """Mean error with each source in that without, for counts (s, u) of the units; (s, a)."""
    tiny = np.finfo(float).tiny
    return (counts @ errors.with_source + tiny) / (counts @ errors.alone + tiny)[:, None]
