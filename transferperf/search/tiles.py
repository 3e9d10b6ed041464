"""A form laid out in tiles, and the threads that stream through them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np

from transferperf import rng
from transferperf.models.product_form import ProductForm
from transferperf.search.bound import Lines
from transferperf.search.butterfly import Program, Work
from transferperf.search.plane import Allowed
from transferperf.search.products import Layout, pair_sum, single_sum
from transferperf.search.program import compile_sum, narrow, workspace
from transferperf.search.screen import Question, scan

TOGETHER, ASKED = 1 << 18, 1 << 21
"""Cells of which moments are held, and for which `Allowed` is asked, at a time."""

SMALL = 32
"""Bytes that a number counts where tiles hold means alone: small tiles are as quick, and fewer numbers are left."""

PARTS = 8
"""Parts of all tiles for each thread."""

N_DRAWN, N_TURNED = 8192, 256
"""Configurations that are drawn to learn what `Allowed` reads, and those of which each option is turned."""

NOTHING, NO_LINES = np.empty((0, 4, 0)), Lines(np.zeros(1), np.ones(1), 0.0)


class Tiles:
    """A form laid out for the compiled kernels, and the threads that walk through its tiles.

    Parameters
    ----------
    allowed
        Which configurations may be the answer. Options that decide it are fixed before others, so that tiles without an
        answer need no more than their mask.
    is_mean
        Whether nothing but means is wanted: then pairs of rows are not laid out, and no variance is computed.
    """

    def __init__(
        self, form: ProductForm, n_threads: int, allowed: Allowed | None = None, *, is_mean: bool = False
    ) -> None:
        mean = single_sum(form, form.mean_weights)
        sums = [mean] if is_mean else [mean, single_sum(form, form.cross_weights), pair_sum(form)]
        self.form, self.n_threads, self.allowed, self.is_mean = form, n_threads, allowed, is_mean
        first = None if allowed is None else influence(form.n_levels, allowed)
        self.layout = Layout.of(sums[-1], itemsize=SMALL if is_mean else 4, first=first)
        programs = [compile_sum(s, self.layout) for s in sums]
        self.double = (programs[0], programs[-1] if is_mean else programs[1], programs[-1])
        self.radices = np.array(self.layout.radices, dtype=np.intp)

    @cached_property
    def single(self) -> tuple[Program, ...]:
        """The sums in float32."""
        return tuple(narrow(program) for program in self.double)

    @cached_property
    def works(self) -> tuple[Work, ...]:
        """Room for one thread that computes in float64."""
        return self.room(np.float64)

    def room(self, dtype: type[np.floating]) -> tuple[Work, ...]:
        """Room for one more thread."""
        return tuple(map(workspace, self.single if dtype is np.float32 else self.double))

    def each(self, work: Callable[[int, int], object]) -> None:
        """Have all threads call work(start, stop) with parts of all tiles."""
        edges = np.unique(np.linspace(0, self.layout.n_tiles, PARTS * self.n_threads + 1).astype(int))
        with ThreadPoolExecutor(self.n_threads) as pool:
            list(pool.map(work, edges[:-1], edges[1:]))

    def few(self, start: int, stop: int, n_cells: int = TOGETHER) -> list[np.ndarray]:
        """Tiles from start to stop, as many at a time as have so many cells."""
        width = max(1, n_cells // self.layout.size)
        return [np.arange(first, min(first + width, stop)) for first in range(start, stop, width)]

    def lowest(self, lines: Lines, dtype: type[np.floating]) -> np.ndarray:
        """A lower bound of mean - max_j (a_j + b_j std) in each tile, shape (n_tiles,)."""
        programs, lowest = self.single if dtype is np.float32 else self.double, np.empty(self.layout.n_tiles)

        def screen(start: int, stop: int) -> None:
            works = self.room(dtype)
            for tiles in self.few(start, stop, ASKED) if self.allowed else [np.arange(start, stop)]:
                question = self._question(lines, dtype, self.may(tiles), len(tiles))
                scan(programs, works, question, self.radices, tiles, lowest[tiles[0] : tiles[-1] + 1], NOTHING)

        self.each(screen)
        return lowest

    def moments(self, tiles: np.ndarray, works: tuple[Work, ...] | None = None) -> np.ndarray:
        """Means, variances and the radii of both of all cells of tiles (t,), in float64: shape (t, 4, size)."""
        out = np.empty((len(tiles), 4, self.layout.size))
        question = self._question(NO_LINES, np.float64, np.ones((1, self.layout.size), dtype=bool), len(tiles))
        scan(self.double, works or self.works, question, self.radices, tiles, np.empty(len(tiles)), out)
        return out

    def may(self, tiles: np.ndarray) -> np.ndarray:
        """Whether each cell of tiles (t,) may be the answer, shape (t, size), or (1, size) where all are alike."""
        may = self.layout.is_cell[None]
        if self.allowed is None:
            return may
        mesh = self.layout.mesh(tiles)
        shape = np.broadcast_shapes(*(level.shape for level in mesh))
        return may & np.broadcast_to(self.allowed(mesh), shape).reshape(len(tiles), self.layout.size)

    def _question(self, lines: Lines, dtype: type[np.floating], may: np.ndarray, n_tiles: int) -> Question:
        """What is looked for in so many tiles, as the compiled kernels want it: no line, one or four."""
        most = np.abs(lines.intercepts).max() + lines.slopes.max() * np.sqrt(self.form.prior_variance)
        n_lines = 0 if self.is_mean or not lines.slopes.any() else 1 if len(lines.slopes) == 1 else 4
        return Question(
            intercepts=np.resize(lines.intercepts, n_lines).astype(dtype),
            slopes=np.resize(lines.slopes, n_lines).astype(dtype),
            may=may,
            is_open=np.broadcast_to(may.any(axis=1), n_tiles).copy(),
            mean=np.array([self.form.mean_constant], dtype=dtype),
            variance=np.array([self.form.variance_constant], dtype=dtype),
            slack=np.array([8 * np.finfo(dtype).eps, most], dtype=dtype),
        )


def influence(n_levels: tuple[int, ...], allowed: Allowed) -> np.ndarray:
    """Of some allowed configurations the share that is no longer allowed with another level of each option, (d,)."""
    stream = rng.generator(0, "influence")
    drawn = (stream.random((N_DRAWN, len(n_levels))) * n_levels).astype(np.intp)
    kept = drawn[np.broadcast_to(allowed(tuple(drawn.T)), N_DRAWN)][:N_TURNED]
    turned = np.repeat(kept[None], len(n_levels), axis=0)  # (d, m, d)
    for o, n in enumerate(n_levels):
        turned[o, :, o] = (kept[:, o] + 1 + (stream.random(len(kept)) * (n - 1)).astype(np.intp)) % n
    may = np.broadcast_to(allowed(tuple(turned.reshape(-1, len(n_levels)).T)), turned.shape[0] * len(kept))
    return (~may.reshape(len(n_levels), -1)).mean(axis=1) if len(kept) else np.zeros(len(n_levels))
