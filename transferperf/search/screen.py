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
    penalty
        Zero for each cell that may be the answer, infinite for others: a row for all tiles, or for each, (r, size).
    is_open
        Whether each tile holds such a cell, shape (t,).
    mean, variance
        Constants that the sums are added to and taken from, shapes (1,).
    slack
        What numbers are rounded by, relatively, and the largest that a line may become, shape (2,).
    """

    intercepts: np.ndarray
    slopes: np.ndarray
    penalty: np.ndarray
    is_open: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    slack: np.ndarray


@njit(**COMPILED)
def scan(programs: Any, works: Any, question: Any, radices: Any, tiles: Any, lowest: Any, moments: Any) -> None:
    """Write to `lowest` (t,) a lower bound of all scores in each of `tiles` (t,), infinite where no cell may be one.

    Where `moments` (t, 4, size) is not empty, means, variances and the radii of both are written there instead.
    `programs` are the sums for the mean, the cross term and the pairs.
    """
    size, u = question.penalty.shape[1], question.slack[0]
    values = np.empty((3, size), question.penalty.dtype)
    n_sums = 1 if len(question.slopes) == 0 else 3
    levels, radius = np.full(len(radices) + 1, -1, np.intp), np.empty(3)
    for t in range(len(tiles)):
        if not question.is_open[t]:
            lowest[t] = np.inf
            continue
        changed = _turn(levels, radices, tiles[t])
        for i in range(n_sums):
            cells = open_tile(programs[i], works[i], levels, changed, size)
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
    """Move to a tile, and tell the first option whose level is new."""
    changed = len(radices)  # -1 is no level: at first all are new
    for o in range(len(radices) - 1, -1, -1):
        level = tile % radices[o]
        if level != levels[o]:
            levels[o], changed = level, o
        tile //= radices[o]
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
    penalty, u, most = question.penalty[t % len(question.penalty)], question.slack[0], question.slack[1]
    if len(question.slopes):
        _stds(question.variance, values, values.dtype.type(off_variance), values[1])
        score = _least(question, penalty, values[0], values[1], values[2])
    else:
        score = _least_mean(question, penalty, values[0])
    if not (off_mean < HUGE and off_variance < HUGE):
        return -np.inf
    return score - off_mean * (1 + u) - u * (abs(score) + abs(question.mean[0]) + most) - TINY


@njit(**COMPILED)
def _stds(variance: Any, values: Any, radius: Any, out: Any) -> None:
    """The largest standard deviation that each cell can have."""
    cross, pair = values[1], values[2]
    least, constant = out.dtype.type(LEAST_VARIANCE), variance[0]
    for i in range(len(out)):
        v = constant - (cross[i] + pair[i]) + radius
        out[i] = np.sqrt(max(least, v))


REDUCING = {**COMPILED, "fastmath": {"contract", "reassoc", "nnan", "nsz"}}
"""A least number may be looked for in any order; a tile in which sums overflow is not looked at."""


@njit(**REDUCING)
def _least(question: Any, penalty: Any, mean: Any, std: Any, line: Any) -> float:
    """Least score of a tile."""
    a, b, constant = question.intercepts[0], question.slopes[0], question.mean[0]
    for i in range(len(line)):
        line[i] = a + b * std[i]
    for j in range(1, len(question.slopes)):
        a, b = question.intercepts[j], question.slopes[j]
        for i in range(len(line)):
            line[i] = max(line[i], a + b * std[i])
    least = penalty[0] + HUGE
    for i in range(len(line)):
        least = min(least, constant + mean[i] - line[i] + penalty[i])
    return least


@njit(**REDUCING)
def _least_mean(question: Any, penalty: Any, mean: Any) -> float:
    """Least mean of a tile."""
    constant = question.mean[0]
    least = penalty[0] + HUGE
    for i in range(len(penalty)):
        least = min(least, constant + mean[i] + penalty[i])
    return least
