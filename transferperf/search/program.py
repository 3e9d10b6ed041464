"""From a sum of products to the arrays that the compiled kernels of `butterfly` walk through.

Rounding. A term passes through k roundings, relative, each at most u: of its weight and factors, of every product, and
of every addition to the sum that it is part of, whichever order these have. Factors are not negative, so that what is
computed differs from the sum by at most gamma_k = k u / (1 - k u) times the sum of the terms' sizes (Higham 2002,
Lemma 3.1 and eq. 3.7). Fusing a product with a sum only leaves roundings out. `Program.radius` holds, for each term,
gamma_k times the largest product of the factors that are still to come.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import NamedTuple

import numpy as np

from transferperf.search.butterfly import Program, Work
from transferperf.search.lanes import LANES
from transferperf.search.products import Layout, SumOfProducts

ROW_BLOCK = 256
"""Rows that terms are spread over at a time, so that they stay in the processor's first cache."""

BRANCH_NS, SPREAD_NS, MERGE_NS, CLASS_NS = 0.2, 2.0, 0.8, 2.0
"""What a term costs at a branching option and when it is spread, a row merged of three classes for two levels, and of
other options each class."""

LINE_BYTES = 64
"""What a processor fetches at once."""

MOST_CODES = 1 << 24
"""Ways in which terms may differ in what is left, up to which they are counted."""

EXTRA_ROUNDINGS = 4
"""Additions of sums to each other and to constants, after all."""

LOOSE, SLACK = 1e-3, 1.01
"""Relative error of a term from which its sum is not trusted at all; below it, how far sizes are taken too small."""


def compile_sum(sums: SumOfProducts, layout: Layout) -> Program:
    """Lay a sum out, in float64."""
    codes = _Codes(sums, layout)
    n_merged = codes.cheapest()
    row = codes.stages[n_merged].place[codes.stages[n_merged].code]
    order = _spread_order(row)
    sums, row = (
        SumOfProducts(weights=sums.weights[order], classes=sums.classes.T[:, order].T, factors=sums.factors),
        row[order],
    )
    branches, tail = _split(layout, n_merged)
    lane_class, lane_table = _lanes(sums, layout)
    merge, inputs = codes.merges(n_merged)
    starts = np.cumsum([0, *(sums.factors[o].size for o in tail)])
    whole = [(*sums.factors[o].shape, k) for o, k in zip(tail, starts[:-1], strict=True)][n_merged:]
    spread, table = codes.stages[n_merged].n_rows, codes.stages[0].n_rows
    roundings = _roundings(sums, layout, row, n_merged)
    return Program(
        weights=sums.weights,
        branch=_stacked([sums.factors[o][:, sums.classes[:, o]] for o in branches], len(row)),
        branch_start=np.cumsum([0, *(layout.n_levels[o] for o in branches)], dtype=np.intp)[:-1],
        roundings=np.array([roundings.max(initial=0)]),
        radius=_gamma(roundings, np.float64) * _largest(sums, layout, n_merged),
        row=(row * LANES).astype(np.int32),
        lane_class=(lane_class * LANES).astype(np.int32),
        lanes=lane_table.ravel(),
        merge=np.array(merge, dtype=np.intp).reshape(-1, 7),
        inputs=(inputs * LANES).astype(np.int32),
        whole=np.array(whole, dtype=np.intp).reshape(-1, 3),
        factors=_flat(sums.factors[o] for o in tail),
        n_rows=np.array([spread, table], dtype=np.intp) * LANES,
    )


def narrow(program: Program) -> Program:
    """The same in float32, with the radius that this takes."""
    wider = float(np.finfo(np.float32).eps / np.finfo(np.float64).eps)
    is_loose = np.isinf(_gamma(program.roundings, np.float32)).any()
    single = {name: getattr(program, name).astype(np.float32) for name in ("weights", "branch", "lanes", "factors")}
    radius = np.full(len(program.radius), np.inf) if is_loose else SLACK * wider * program.radius
    return program._replace(**single, radius=radius.astype(np.float32))


def workspace(program: Program) -> Work:
    """Room for one thread to walk through a program's tiles."""
    dtype, widths = program.weights.dtype, [int(program.n_rows[1])]
    for L, C, _ in program.whole:
        widths.append(widths[-1] // int(C) * int(L))
    last = int(program.merge[-1, -1]) if len(program.merge) else 0
    rows = max(last + 4 * (int(program.n_rows[1]) + LANES), int(program.n_rows[0]))
    terms = np.empty((len(program.branch_start) + 1, len(program.weights)), dtype)
    terms[0] = program.weights
    table = max(widths)
    levels = np.full(len(program.branch_start) + int(program.merge[:, 0].sum()) + 1, -1)
    first, second = _aligned(table, dtype), _aligned(table, dtype)
    return Work(terms, _aligned(rows, dtype), first, second, np.zeros(1), levels)


def _aligned(n: int, dtype: np.dtype) -> np.ndarray:
    """Zeros (n,) that start where the processor fetches from: no row of lanes stands in two of its lines."""
    room = np.zeros(n * dtype.itemsize + LINE_BYTES, np.uint8)
    return room[-room.ctypes.data % LINE_BYTES :][: n * dtype.itemsize].view(dtype)


class _Stage(NamedTuple):
    """Terms by what is left when so many merging options are: their codes (e,), and the rows that these have.

    `place` (codes,) is the row of each code, `occupied` (rows,) the code of each row. A code that no term has stands on
    the row behind the last one, which is zero.
    """

    code: np.ndarray
    place: np.ndarray
    occupied: np.ndarray

    @property
    def n_rows(self) -> int:
        """Rows that its terms fall on."""
        return len(self.occupied)


@dataclass(slots=True)
class _Codes:
    """How a sum's terms fall together when 0, 1, ... of the last outer options are merging ones."""

    sums: SumOfProducts
    layout: Layout
    stages: list[_Stage]

    def __init__(self, sums: SumOfProducts, layout: Layout) -> None:
        self.sums, self.layout = sums, layout
        code, n_codes = np.zeros(len(sums.weights), dtype=np.intp), 1
        for o in reversed(layout.whole):
            code += sums.classes[:, o] * n_codes
            n_codes *= sums.factors[o].shape[1]
        every = np.arange(n_codes)
        self.stages = [_Stage(code, every, every)]
        for o in reversed(layout.outer):
            if n_codes * sums.factors[o].shape[1] > MOST_CODES or self.stages[-1].n_rows > 0.9 * len(code):
                break
            code = code + sums.classes[:, o] * n_codes
            n_codes *= sums.factors[o].shape[1]
            is_there = np.zeros(n_codes, dtype=bool)
            is_there[code] = True
            occupied = np.flatnonzero(is_there)
            place = np.full(n_codes, len(occupied))
            place[occupied] = np.arange(len(occupied))
            self.stages.append(_Stage(code, place, occupied))

    def cheapest(self) -> int:
        """How many options to merge at the least cost."""
        costs, merging, n_tiles = [], 0.0, self.layout.n_tiles
        for k, stage in enumerate(self.stages):
            costs.append(merging + n_tiles * len(stage.code) * (2 * BRANCH_NS + SPREAD_NS))
            if k < len(self.stages) - 1:
                o = self.layout.outer[-1 - k]
                L, C = self.sums.factors[o].shape
                merging += n_tiles * stage.n_rows * (MERGE_NS if (L, C) == (2, 3) else CLASS_NS * C)
                n_tiles //= self.layout.n_levels[o]
        return int(np.argmin(costs))

    def merges(self, n_merged: int) -> tuple[list[tuple[int, ...]], np.ndarray]:
        """`Program.merge`, and `Program.inputs` in rows."""
        merge: list[tuple[int, ...]] = []
        inputs: list[np.ndarray] = []
        factor, k = 0, n_merged
        to = (self.stages[n_merged].n_rows + 1) * LANES
        while k:
            n_options = 2 if k % 2 == 0 and self._is_joint(k) else 1
            table = self.sums.factors[self.layout.outer[-k]]
            before, after = self.stages[k], self.stages[k - n_options]
            L, C = table.shape
            merge.append((n_options, L, C, after.n_rows, factor, sum(places.size for places in inputs), to))
            inputs.append(before.place.reshape(C**n_options, -1)[:, after.occupied].T.ravel())
            factor += n_options * table.size
            to += (after.n_rows + 1) * LANES * (2**n_options if L == 2 else 1)  # all levels of binary options
            k -= n_options
        return merge, _flat(inputs)

    def _is_joint(self, k: int) -> bool:
        """Whether two options, the k-th last and the next, are merged at once."""
        first, second = (self.sums.factors[self.layout.outer[-j]].shape for j in (k, k - 1))
        return first == second and first in {(2, 2), (2, 3)}


def _split(layout: Layout, n_merged: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The branching options, and those that follow: merging and whole."""
    n_branches = len(layout.outer) - n_merged
    return layout.outer[:n_branches], (*layout.outer[n_branches:], *layout.whole)


def _spread_order(row: np.ndarray) -> np.ndarray:
    """Terms by blocks of rows; within one, first a term of each row, then another of each: no sum waits for itself."""
    by_row = np.argsort(row, kind="stable")
    first = np.searchsorted(row[by_row], row[by_row])
    rank = np.empty(len(row), dtype=np.intp)
    rank[by_row] = np.arange(len(row)) - first
    return np.argsort((row // ROW_BLOCK * (len(row) + 1) + rank) * ROW_BLOCK + row % ROW_BLOCK)


def _lanes(sums: SumOfProducts, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Joint class of each term in the options of the lanes (e,), and its factor in each lane, zero where none is."""
    joint, table = np.zeros(len(sums.weights), dtype=np.intp), np.ones((1, 1))
    for o in layout.lanes:
        joint = joint * sums.factors[o].shape[1] + sums.classes[:, o]
        table = np.kron(table, sums.factors[o].T)  # (classes, lanes)
    return joint, np.pad(table, ((0, 0), (0, LANES - table.shape[1])))


def _roundings(sums: SumOfProducts, layout: Layout, row: np.ndarray, n_merged: int) -> np.ndarray:
    """How many roundings each term passes through at most, shape (e,)."""
    branches, tail = _split(layout, n_merged)
    chain = np.bincount(row)[row]  # additions to the row that it is spread over
    k = 3 + EXTRA_ROUNDINGS + 2 * len(branches) + 2 * len(layout.lanes) + len(layout.n_levels)
    return chain + k + sum(sums.factors[o].shape[1] + 1 for o in tail)


def _largest(sums: SumOfProducts, layout: Layout, n_merged: int) -> np.ndarray:
    """Largest product of the factors that each term meets after it is spread, or while it is; shape (e,)."""
    _, tail = _split(layout, n_merged)
    largest = (sums.factors[o].max(axis=0)[sums.classes[:, o]] for o in (*tail, *layout.lanes))
    return reduce(mul, largest, np.ones(len(sums.weights)))


def _gamma(k: np.ndarray, dtype: type[np.floating]) -> np.ndarray:
    """Relative error of what passed through k roundings, and a little more; infinite where it may be large."""
    ku = k * float(np.finfo(dtype).eps) / 2
    return np.where(ku < LOOSE, SLACK * ku, np.inf)


def _stacked(parts: list[np.ndarray], width: int) -> np.ndarray:
    return np.concatenate([np.empty((0, width)), *parts])


def _flat(parts: Iterable[np.ndarray]) -> np.ndarray:
    arrays = [part.ravel() for part in parts]
    return np.concatenate(arrays) if arrays else np.empty(0)
