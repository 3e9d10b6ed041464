"""Compiled walks through tiles: the least score that each may hold, or the moments of all its cells.

A score is mean - max_j (a_j + b_j std) with b_j >= 0: the smaller, the more promising. What rounding may have hidden is
taken off it: where v is computed with an error of at most r, std is at most sqrt(v + r).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from transferperf.models.product_form import LEAST_VARIANCE
from transferperf.search.butterfly import COMPILED, open_tile

HUGE = 1e30
"""A radius from which sums may have overflowed: nothing is said of the tile."""

TINY = 1e-30
"""More than all products that are too small for a normal number of float32 add up to."""


class Question(NamedTuple):
    """What is looked for.

    Attributes
    ----------
    intercepts, slopes
        Lines a_j and b_j, shapes (j,); where there are none only means are computed.
    may
        Whether each cell may be the answer: a row for all tiles, or for each, (r, size).
    is_open
        Whether each tile holds such a cell, shape (t,).
    mean, variance
        Constants that the sums are added to and taken from, shapes (1,).
    slack
        What numbers are rounded by, relatively, and the largest that a line may become, shape (2,).
    """

    intercepts: np.ndarray
    slopes: np.ndarray
    may: np.ndarray
    is_open: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    slack: np.ndarray


@njit(**COMPILED)
def scan(programs: Any, works: Any, question: Any, radices: Any, tiles: Any, lowest: Any, moments: Any) -> None:
    """Write to `lowest` (t,) a lower bound of all scores in each of `tiles` (t,), infinite where no cell may be one.

    Where `moments` (t, 4, size) is not empty, means, variances and the radii of both are written there instead.
    `programs` are the sums for the mean, the cross term and the pairs; `works` remember the tile they were left at.
    """
    size, u = question.may.shape[1], question.slack[0]
    values = np.zeros((4, size), question.mean.dtype)
    n_sums, radius = 1 if len(question.slopes) == 0 else 3, np.zeros(3)
    for t in range(len(tiles)):
        if not question.is_open[t]:
            lowest[t] = np.inf
            continue
        for i in range(n_sums):
            changed = _turn(works[i].levels, radices, tiles[t])
            cells = open_tile(programs[i], works[i], works[i].levels, changed, size)
            for c in range(size):
                values[i, c] = cells[c]
            radius[i] = works[i].radius[0]
        off = radius[1] + radius[2] + u * (abs(question.variance[0]) + radius[1] + radius[2]) + TINY
        if len(moments):
            _write_moments(question, values, moments[t])
            moments[t, 2], moments[t, 3] = radius[0] * (1 + u) + u * abs(question.mean[0]) + TINY, off
        else:
            lowest[t] = _bound(question, t, values, radius[0], off if n_sums == 3 else 0.0)


@njit(**COMPILED)
def _turn(levels: Any, radices: Any, tile: int) -> int:
    """Move to a tile, and tell the first option whose level is new; behind the levels stands the tile before."""
    changed, before, levels[-1] = len(radices), levels[-1], tile  # -1 is no tile: at first all are new
    for o in range(len(radices) - 1, -1, -1):
        if tile == before:
            break
        level = tile % radices[o]
        if level != levels[o]:
            levels[o], changed = level, o
        tile, before = tile // radices[o], before // radices[o]
    return changed


@njit(**COMPILED)
def _write_moments(question: Any, values: Any, out: Any) -> None:
    """Means and variances of a tile's cells."""
    for i in range(values.shape[1]):
        out[0, i] = question.mean[0] + values[0, i]
        out[1, i] = question.variance[0] - (values[1, i] + values[2, i])


@njit(**COMPILED)
def _bound(question: Any, t: int, values: Any, off_mean: float, off_variance: float) -> float:
    """A lower bound of a tile's scores."""
    may, u, most = question.may[t % len(question.may)], question.slack[0], question.slack[1]
    scores = values[0]
    if len(question.slopes):
        scores = values[3]
        _score(question, values, off_variance)
    score = _least(scores, may) + (0 if len(question.slopes) else question.mean[0])
    if not (off_mean < HUGE and off_variance < HUGE):
        return -np.inf
    return score - off_mean * (1 + u) - u * (abs(score) + abs(question.mean[0]) + most) - TINY


@njit(**COMPILED)
def _score(question: Any, values: Any, off_variance: float) -> None:
    """Write the least score that each cell can have to a row of its own, the last of values: that is quicker."""
    a, b = question.intercepts, question.slopes
    radius, least = values.dtype.type(off_variance), values.dtype.type(LEAST_VARIANCE)
    numbers, out = (question.variance[0], radius, least, question.mean[0]), values[3]
    if len(b) == 1:
        _score_by_one(values[0], values[1], values[2], out, numbers, (a[0], b[0]))
    else:
        four = ((a[0], a[1], a[2], a[3]), (b[0], b[1], b[2], b[3]))
        _score_by_four(values[0], values[1], values[2], out, numbers, four)


@njit(**COMPILED)
def _score_by_one(mean: Any, cross: Any, pair: Any, out: Any, numbers: Any, line: Any) -> None:
    """Scores by one line."""
    (constant, radius, least, centre), (intercept, slope) = numbers, line
    for i in range(len(out)):
        v = constant - (cross[i] + pair[i]) + radius
        out[i] = centre + mean[i] - (intercept + slope * np.sqrt(max(least, v)))


@njit(**COMPILED)
def _score_by_four(mean: Any, cross: Any, pair: Any, out: Any, numbers: Any, lines: Any) -> None:
    """Scores by the largest of four lines."""
    (constant, radius, least, centre), (a, b) = numbers, lines
    for i in range(len(out)):
        v = constant - (cross[i] + pair[i]) + radius
        std = np.sqrt(max(least, v))
        low, high = max(a[0] + b[0] * std, a[1] + b[1] * std), max(a[2] + b[2] * std, a[3] + b[3] * std)
        out[i] = centre + mean[i] - max(low, high)


REDUCING = {**COMPILED, "fastmath": {"contract", "reassoc", "nnan", "nsz"}}
"""A least number may be looked for in any order; a tile in which sums overflow is not looked at."""


@njit(**REDUCING)
def _least(scores: Any, may: Any) -> float:
    """The least score of cells that may be the answer."""
    huge = scores.dtype.type(HUGE)
    least = huge
    for i in range(len(scores)):
        score = scores[i] if may[i] else huge
        least = min(least, score)
    return least
