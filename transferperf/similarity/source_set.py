"""Several sources for one target: greedy forward, as long as rows that were left out are told better.

`a` sources, `n` configurations.
"""

from collections.abc import Iterator

import numpy as np
from scipy import stats

from transferperf.similarity import learner

MOST = 5
"""Sources of a set."""
LEVEL = 0.05
"""A further source must be better at this level, corrected for the number that it is chosen from."""


def source_set(S: np.ndarray, t: np.ndarray, D: np.ndarray, first: int) -> tuple[list[int], np.ndarray]:
    """The set that a first source grows into, and the error of each row of the target, left out.

    The mean of the target's model is a line of all sources of the set. The next one is that of the largest restricted
    likelihood; it stays where the errors of the rows become smaller (paired t test, one-sided).

    Parameters
    ----------
    S
        Sources on their working scale, shape (a, n).
    t
        The target on its own, shape (n,).
    D
        Distances between the configurations, in mean distances, shape (n, n).
    first
        Place of the source that the set begins with.
    """
    H = np.ones((len(t), 1))
    chosen, errors = [first], _best_with(H, S[[first]], t, D)[1]
    while len(chosen) < min(MOST, len(S), len(t) - 3):
        H = np.column_stack([np.ones(len(t)), S[chosen].T])
        rest = np.setdiff1d(np.arange(len(S)), chosen)
        place, better = _best_with(H, S[rest], t, D)
        if place is None or not _is_less(better, errors, LEVEL / len(rest)):
            break
        chosen, errors = [*chosen, int(rest[place])], better
    return chosen, errors


def _best_with(H: np.ndarray, S: np.ndarray, t: np.ndarray, D: np.ndarray) -> tuple[int | None, np.ndarray]:
    """The source of largest likelihood beside the terms H (n, q), None where all are flat; errors with it, (n,)."""
    best, place, errors = -np.inf, None, np.abs(t - t.mean())
    for setting in _told(H, D):
        lines = learner.lines(setting, S, t[None])
        k = int(lines.likelihood[:, 0].argmax())
        if lines.likelihood[k, 0] > best:
            best, place = float(lines.likelihood[k, 0]), k
            errors = np.abs(learner.left_out_on_source(setting, S[[k]], t[None], lines.slope[k])[0])
    return place, errors


def _told(H: np.ndarray, D: np.ndarray) -> Iterator[learner.Setting]:
    """Settings of the grid; none where the terms cannot be told from one another."""
    if np.linalg.matrix_rank(H) == H.shape[1]:
        yield from learner.settings(D, H)


def _is_less(errors: np.ndarray, others: np.ndarray, level: float) -> bool:
    gain = others - errors
    return bool(gain.std() > 0 and stats.ttest_1samp(gain, 0.0, alternative="greater").pvalue < level)
