"""Every configuration of a product space under a Gaussian process with a product kernel: the best, and the proof.

A space of millions is streamed in tiles that fit the processor's cache; nothing of its size is held. All tiles are
screened in float32 for the least score that they may hold, with what rounding can have hidden taken off. Those that may
hold an answer are computed again in float64, and what is left within float64's own radius is compared by
`ProductForm.moments`, one configuration at a time. Where the screen leaves too many, it is repeated in float64.

*Exact* means: no configuration has a better score than the answer, as real numbers of the form's float64 weights;
scores that these radii cannot tell apart are compared as `moments` rounds them, and equal ones stand in the
lexicographic order of their levels.
"""

from dataclasses import dataclass

import numpy as np

from transferperf.errors import SpaceError
from transferperf.models.product_form import LEAST_VARIANCE, ProductForm
from transferperf.search.answer import best_rows
from transferperf.search.ascent import climb
from transferperf.search.bound import Goal, Lines
from transferperf.search.plane import Allowed
from transferperf.search.processors import n_processors
from transferperf.search.tiles import Tiles

VISIT, MOST_AT_A_TIME = 8, 256
"""Tiles that are computed again at a time, at first and when many are left."""

MOST_VISITED = 0.3
"""Share of tiles that may be computed again; beyond, the screen is repeated in float64."""

SHARP = 1e-12
"""More than a score loses in its own computation, in units of one more than its size."""

MOST_ALIKE = 100_000
"""Configurations that radii cannot tell apart, up to which they are compared one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """How an answer came to be known as the best.

    Parameters
    ----------
    n_tiles, n_visited
        Tiles of the space, and those computed again in float64.
    n_left
        Tiles that were left by the screen in float32, beside those where the search had started; 0 where it was enough.
    n_compared
        Configurations compared one by one.
    fell_back
        Whether the screen was repeated in float64, because too many tiles were left by the one in float32.
    """

    n_tiles: int
    n_visited: int
    n_left: int
    n_compared: int
    fell_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """The k best configurations of a space, best first.

    Parameters
    ----------
    levels
        Places of their levels, shape (k, d).
    values
        Their scores, shape (k,).
    is_exact
        Whether it is proven that nothing better exists.
    """

    levels: np.ndarray
    values: np.ndarray
    is_exact: bool
    certificate: Certificate


def sweep(
    form: ProductForm, goal: Goal, *, k: int = 1, allowed: Allowed | None = None, n_threads: int | None = None
) -> Swept:
    """The k best configurations of a whole space.

    Parameters
    ----------
    form
        What is believed of every configuration.
    goal
        What is to be best.
    allowed
        Which configurations may be the answer.
    n_threads
        How many processors to use; all that there are by default.

    Raises
    ------
    SpaceError
        Where no configuration is allowed.
    """
    return _Sweep(Tiles(form, n_threads or n_processors(), allowed, is_mean=not goal.reads_std), goal, k).run()


class _Sweep:
    """One search: the question, and what may still be the answer."""

    def __init__(self, space: Tiles, goal: Goal, k: int) -> None:
        self.space, self.goal, self.k = space, goal, k
        self.worst = -np.inf  # what an answer scores at least
        self.levels, self.bounds = np.empty((0, len(space.layout.n_levels)), dtype=np.intp), np.empty((2, 0))
        self.is_visited = np.zeros(space.layout.n_tiles, dtype=bool)

    def run(self) -> Swept:
        """Screen all tiles, visit those that may hold an answer, and compare what is left."""
        self._visit(self.space.layout.tiles(climb(self.space.form, self.goal, self.space.allowed)))
        lines, lowest = self._screen(np.float32)
        if np.isneginf(self.worst):  # no start was allowed: any answer will do to ask for a better one
            self._visit_until(self._alive(lines, lowest))
            lines, lowest = self._screen(np.float32)
        left = self._alive(lines, lowest)
        self._visit(left[:VISIT])
        fell_back = len(self._alive(lines, lowest)) > max(MOST_VISITED * len(lowest), 8 * VISIT)
        if fell_back:
            lines, lowest = self._screen(np.float64)
        width = VISIT
        while len(alive := self._alive(lines, lowest)):
            self._visit(np.sort(alive[:width]))  # neighbours have much in common
            width = min(2 * width, MOST_AT_A_TIME)
        return self._compare(n_left=len(left), fell_back=fell_back)

    def _screen(self, dtype: type[np.floating]) -> tuple[Lines, np.ndarray]:
        lines = self.goal.lines(self.worst, float(np.sqrt(self.space.form.prior_variance)))
        return lines, self.space.lowest(lines, dtype)

    def _alive(self, lines: Lines, lowest: np.ndarray) -> np.ndarray:
        """Tiles that may hold an answer and were not visited, the most promising first."""
        now = self.goal.lines(self.worst, float(np.sqrt(self.space.form.prior_variance)))
        is_same = np.array_equal(now.intercepts, lines.intercepts) and np.array_equal(now.slopes, lines.slopes)
        threshold = now.threshold if is_same else lines.threshold
        alive = np.flatnonzero((lowest <= threshold) & (lowest < np.inf) & ~self.is_visited)
        return alive[np.argsort(lowest[alive], kind="stable")]

    def _visit_until(self, tiles: np.ndarray) -> None:
        """Visit tiles until k configurations are known."""
        for start in range(0, len(tiles), VISIT):
            if np.isneginf(self.worst):
                self._visit(tiles[start : start + VISIT])

    def _visit(self, tiles: np.ndarray) -> None:
        """Keep what may be among the k best of tiles (t,), and raise what an answer scores at least."""
        if not len(tiles):
            return
        self.is_visited[tiles] = True
        mean, variance, off_mean, off_variance = self.space.moments(tiles).swapaxes(0, 1)
        high = self._score(mean - off_mean, variance + off_variance)
        high += SHARP * (1 + np.abs(high))
        tile, cell = np.nonzero(self.space.may(tiles) & (high >= self.worst))
        low = self._score((mean + off_mean)[tile, cell], (variance - off_variance)[tile, cell])
        low -= SHARP * (1 + np.abs(low))
        self.levels = np.concatenate([self.levels, self.space.layout.levels(tiles[tile], cell)])
        self.bounds = np.concatenate([self.bounds, np.stack([low, high[tile, cell]])], axis=1)
        if self.bounds.shape[1] >= self.k:
            self.worst = max(self.worst, float(np.partition(self.bounds[0], -self.k)[-self.k]))
        kept = self.bounds[1] >= self.worst
        self.levels, self.bounds = self.levels[kept], self.bounds[:, kept]

    def _score(self, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        return self.goal.score(mean, np.sqrt(np.maximum(variance, LEAST_VARIANCE)))

    def _compare(self, *, n_left: int, fell_back: bool) -> Swept:
        """The best of what is left."""
        if not len(self.levels):
            raise SpaceError(f"no configuration of {self.space.layout.n_levels} levels is allowed; loosen a constraint")
        order = np.lexsort(self.levels.T[::-1])[:MOST_ALIKE]
        levels = self.levels[order]
        mean, variance = self.space.form.moments(levels)
        values = self._score(mean, variance)
        best = best_rows(levels, values, self.k)
        certificate = Certificate(
            n_tiles=len(self.is_visited),
            n_visited=int(self.is_visited.sum()),
            n_left=n_left,
            n_compared=len(levels),
            fell_back=fell_back,
        )
        is_exact = len(self.levels) <= MOST_ALIKE
        return Swept(levels=levels[best], values=values[best], is_exact=is_exact, certificate=certificate)
