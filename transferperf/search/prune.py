"""The best of a whole space under any Gaussian process over options, by bounds of its variance.

A kernel that is no product, as the default one with effects of one and two options, has a variance that cannot be swept
as `tensor` does. But the data take away at least what a few directions of them do:

    variance(x) = k(x, x) - k(x)' K^-1 k(x) <= k(x, x) - sum_r (q_r' k(x))^2 / lambda_r

with the largest eigenvalues lambda_r of K and their vectors q_r, and each q_r' k(x) is a sum like the mean is. What a
goal does not exclude with this bound is asked. Where there is an accelerator (CUDA), everything is asked on it instead.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from transferperf import rng
from transferperf.errors import SpaceError
from transferperf.models.mean_form import Block, encoded, mean_form
from transferperf.models.posterior import MEAN_VARIANCE, Posterior
from transferperf.models.tabled import tabled
from transferperf.search.answer import best_rows
from transferperf.search.bound import SLACK, Goal, Lines
from transferperf.search.device import OnDevice
from transferperf.search.panel import TOLERANCE
from transferperf.search.plane import Allowed, Plane, neighbours
from transferperf.search.processors import gather, n_processors
from transferperf.search.table import Table

N_DIRECTIONS = 6
"""Directions of the data that bound the variance."""

N_DRAWN, N_CLIMBS = 2048, 8
"""Configurations that are drawn, and those of them that are climbed from."""

MOST_LEFT, BATCH = 1 << 19, 1 << 13
"""Configurations that may be left, beyond which they are not asked, and those that are asked at a time."""


class Pruned(NamedTuple):
    """The k best configurations of a space, best first.

    Attributes
    ----------
    places
        Rows of their axes, shape (k, a).
    values
        Their scores, shape (k,).
    is_exact
        Whether no other has a better score, as the process predicts it.
    n_left
        How many the bounds did not exclude.
    """

    places: np.ndarray
    values: np.ndarray
    is_exact: bool
    n_left: int


def prune(
    process: Posterior,
    blocks: Sequence[Block],
    goal: Goal,
    *,
    k: int = 1,
    allowed: Allowed | None = None,
    n_threads: int | None = None,
) -> Pruned:
    """The k best of all combinations of the rows of axes.

    Parameters
    ----------
    process
        Over encoded options, its kernel an `OptionKernel`.
    goal
        What is to be best.
    allowed
        Which combinations may be the answer.
    n_threads
        How many processors to use; all that there are by default.

    Raises
    ------
    SpaceError
        Where a climb finds nothing that is allowed.
    """
    ask = _Asked(process, blocks, goal)
    places, values = _climb(ask, allowed, k)
    lines = goal.lines(float(values[-1]), float(np.sqrt(ask.prior)))
    if torch.cuda.is_available():
        left = OnDevice(process, blocks, "cuda").left(lines, MOST_LEFT)
    else:
        left = _Bounds(process, blocks, ask.prior, allowed).left(lines, n_threads or n_processors())
    if left is None:
        return Pruned(places, values, is_exact=False, n_left=MOST_LEFT)
    every = np.unique(np.concatenate([places, left if allowed is None else left[allowed(tuple(left.T))]]), axis=0)
    scores = np.concatenate([ask(part) for part in np.array_split(every, -(-len(every) // BATCH))])
    best = best_rows(every, scores, k)
    return Pruned(every[best], scores[best], is_exact=True, n_left=len(left))


class _Asked:
    """The score of configurations given by the places of their axes' rows (c, a): shape (c,)."""

    def __init__(self, process: Posterior, blocks: Sequence[Block], goal: Goal) -> None:
        codes = [np.unique(rows[:, j]) for _, (rows, j) in sorted(_columns(blocks).items())]
        self.blocks, self.goal, self.process = blocks, goal, tabled(process, codes)
        self.prior = float(process.kernel.variance(process.rows.X[:1])[0].detach()) + MEAN_VARIANCE

    def __call__(self, places: np.ndarray) -> np.ndarray:
        mean, variance = self.process.predict(torch.as_tensor(encoded(self.blocks, places)))
        return self.goal.score(mean.numpy(), np.sqrt(variance.numpy()))


def _columns(blocks: Sequence[Block]) -> dict[int, tuple[np.ndarray, int]]:
    """For each encoded column the rows of its axis, and which of their columns it is."""
    return {int(column): (rows, j) for columns, rows in blocks for j, column in enumerate(columns)}


def _climb(ask: _Asked, allowed: Allowed | None, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k best of what was drawn, of its best ones' neighbours, of these one's neighbours, and so on."""
    n_rows = tuple(len(rows) for _, rows in ask.blocks)
    there = rng.generator(0, "prune").integers(n_rows, size=(N_DRAWN, len(n_rows)))
    known = np.empty((0, len(n_rows)), dtype=np.intp)
    while True:
        there = np.unique(np.concatenate([known, there]), axis=0)
        there = there if allowed is None else there[np.broadcast_to(allowed(tuple(there.T)), len(there))]
        values = ask(there)
        best = best_rows(there, values, max(k, N_CLIMBS))
        if not len(best):
            raise SpaceError(f"none of {N_DRAWN} configurations is allowed; loosen a constraint")
        if np.array_equal(there[best], known):
            return known[:k], values[best[:k]]
        known = there[best]
        there = neighbours(known, n_rows).reshape(-1, len(n_rows))


class _Bounds:
    """Mean and directions of a process, laid out."""

    def __init__(self, process: Posterior, blocks: Sequence[Block], prior: float, allowed: Allowed | None) -> None:
        self.prior, self.allowed = prior, allowed
        K = process.L @ process.L.mT
        values, vectors = torch.linalg.eigh(K)
        weights = [process.alpha, *(vectors[:, -N_DIRECTIONS:] / values[-N_DIRECTIONS:].sqrt()).mT.flip(0)]
        forms = [mean_form(process.kernel, process.rows.X, w, blocks) for w in weights]
        self.plane = Plane.of(forms, forms[0].n_rows)
        self.mean, *self.directions = [Table(form, self.plane, TOLERANCE) for form in forms]

    def left(self, lines: Lines, n_threads: int) -> np.ndarray | None:
        """What lines do not exclude, (c, a); None where that is more than MOST_LEFT."""
        return gather(partial(self._block, lines=lines), self.plane.size(self.plane.head), MOST_LEFT, n_threads)

    def _block(self, head: int, lines: Lines) -> np.ndarray:
        """What is left of one block."""
        kept, low = np.arange(self.plane.size(self.plane.body)), self.mean.values(head)
        low -= self.mean.radius
        is_left = np.ones(low.shape, dtype=bool)
        variance = np.full(low.shape, self.prior, dtype=low.dtype)
        for table in self.directions:
            size = np.abs(table.values(head, kept))
            size -= table.radius
            variance -= np.square(np.maximum(size, 0, out=size), out=size)
            is_left = _may(low, variance, lines)
            some = is_left.any(axis=0)
            if not some.all():
                kept, low, variance, is_left = kept[some], low[:, some], variance[:, some], is_left[:, some]
            if not len(kept):
                break
        if self.allowed is not None:
            is_left &= self.allowed(self.plane.mesh(head))[:, kept]
        column, body = np.nonzero(is_left)
        return self.plane.at(np.full(len(body), head), kept[body], column)


def _may(low: np.ndarray, variance: np.ndarray, lines: Lines) -> np.ndarray:
    """Whether a bound of the mean and one of the variance leave a score that lines do not exclude, shape kept."""
    std = np.sqrt(np.maximum(variance, 0)) * (1 + SLACK)
    most = lines.intercepts[0] + lines.slopes[0] * std
    for a, b in zip(lines.intercepts[1:], lines.slopes[1:], strict=True):
        np.maximum(most, a + b * std, out=most)
    return low - most <= lines.threshold + SLACK * (1 + abs(lines.threshold))
