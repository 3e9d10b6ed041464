"""A form laid out in tiles, and the threads that stream through them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeAlias

import numpy as np

from transferperf.models.product_form import ProductForm
from transferperf.search.bound import Lines
from transferperf.search.butterfly import Program, Work
from transferperf.search.products import Layout, Mesh, pair_sum, single_sum
from transferperf.search.program import compile_sum, narrow, workspace
from transferperf.search.screen import Question, scan

Allowed: TypeAlias = Callable[[Mesh], np.ndarray]
"""Whether each configuration of a mesh may be the answer, broadcastable to its shape."""

CHUNK = 256
"""Tiles for which `Allowed` is asked at a time."""

NOTHING, NO_LINES = np.empty((0, 4, 0)), Lines(np.zeros(1), np.ones(1), 0.0)


class Tiles:
    """A form laid out for the compiled kernels, and the threads that walk through its tiles."""

    def __init__(self, form: ProductForm, n_threads: int) -> None:
        pairs = pair_sum(form)
        self.form, self.n_threads, self.layout = form, n_threads, Layout.of(pairs, itemsize=4)
        singles = (single_sum(form, form.mean_weights), single_sum(form, form.cross_weights))
        self.double = tuple(compile_sum(s, self.layout) for s in (*singles, pairs))
        self.radices = np.array(self.layout.radices, dtype=np.intp)

    @cached_property
    def single(self) -> tuple[Program, ...]:
        """The sums in float32."""
        return tuple(narrow(program) for program in self.double)

    @cached_property
    def works(self) -> tuple[Work, ...]:
        """Room for one thread that computes in float64."""
        return tuple(map(workspace, self.double))

    def lowest(self, lines: Lines, allowed: Allowed | None, dtype: type[np.floating]) -> np.ndarray:
        """A lower bound of mean - max_j (a_j + b_j std) in each tile, shape (n_tiles,)."""
        programs, lowest = self.single if dtype is np.float32 else self.double, np.empty(self.layout.n_tiles)

        def screen(start: int) -> None:
            tiles = np.arange(start, min(start + chunk, len(lowest)))
            question = self._question(lines, dtype, self._penalty(start, len(tiles), allowed), len(tiles))
            works, part = tuple(map(workspace, programs)), lowest[start : start + chunk]
            scan(programs, works, question, self.radices, tiles, part, NOTHING)

        chunk = CHUNK if allowed else max(1, -(-len(lowest) // (8 * self.n_threads)))
        with ThreadPoolExecutor(self.n_threads) as pool:
            list(pool.map(screen, range(0, len(lowest), chunk)))
        return lowest

    def moments(self, tiles: np.ndarray) -> np.ndarray:
        """Means, variances and the radii of both of all cells of tiles (t,), in float64: shape (t, 4, size)."""
        out = np.empty((len(tiles), 4, self.layout.size))
        question = self._question(NO_LINES, np.float64, np.zeros((1, self.layout.size)), len(tiles))
        scan(self.double, self.works, question, self.radices, tiles, np.empty(len(tiles)), out)
        return out

    def may(self, tile: int, allowed: Allowed | None) -> np.ndarray:
        """Whether each cell of a tile may be the answer, shape (1, size)."""
        return np.isfinite(self._penalty(tile, 1, allowed))

    def _penalty(self, start: int, n_tiles: int, allowed: Allowed | None) -> np.ndarray:
        """Zero for cells of tiles that may be the answer, infinite for others: (n_tiles, size), or (1, size)."""
        may = self.layout.is_cell[None]
        if allowed is not None:
            mesh = self.layout.mesh(np.arange(start, start + n_tiles))
            shape = np.broadcast_shapes(*(level.shape for level in mesh))
            may = may & np.broadcast_to(allowed(mesh), shape).reshape(n_tiles, -1)
        return np.where(may, 0.0, np.inf)

    def _question(self, lines: Lines, dtype: type[np.floating], penalty: np.ndarray, n_tiles: int) -> Question:
        """What is looked for in so many tiles, as the compiled kernels want it."""
        is_open = np.isfinite(penalty).any(axis=1)
        slopes = lines.slopes if lines.slopes.any() else np.empty(0)
        most = np.abs(lines.intercepts).max() + lines.slopes.max() * np.sqrt(self.form.prior_variance)
        return Question(
            intercepts=lines.intercepts.astype(dtype),
            slopes=slopes.astype(dtype),
            penalty=penalty.astype(dtype),
            is_open=np.broadcast_to(is_open, n_tiles).copy(),
            mean=np.array([self.form.mean_constant], dtype=dtype),
            variance=np.array([self.form.variance_constant], dtype=dtype),
            slack=np.array([8 * np.finfo(dtype).eps, most], dtype=dtype),
        )
