"""Compiled sums of products over tiles of a space: what `products` has laid out is evaluated here.

Options are fixed one after the other. *Branching* options multiply every term by its factor; after the last of them the
terms are spread over rows of lanes, one for each way in which terms differ in what is left. *Merging* options then join
rows that differ in one option only; *whole* options, last, are not fixed: all their levels come out at once.
A tile is all that has the same branching and merging levels; tiles are numbered with the last of these varying fastest.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from transferperf.search.lanes import LANES, add_row, join_rows

COMPILED: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
"""Products and sums may be fused; nothing else is rearranged."""

BLOCK = 1024
"""Numbers that are added in any order before they meet the others in float64."""


class Program(NamedTuple):
    """A sum of products, laid out for `open_tile`; e terms, all places in numbers of a flat array.

    Attributes
    ----------
    weights
        Shape (e,).
    branch, branch_start
        Factors of all terms at each level of the branching options (r, e), and each option's first row (p,).
    roundings
        How many roundings a term passes through at most, shape (1,).
    radius
        How much of each term, as it is spread, rounding may change at most in any cell: shape (e,).
    row, lane_class, lanes
        Where each term goes (e,), and the place (e,) of its factors in `lanes`.
    merge
        For each merging option: its levels L, its classes C, the rows that come out, and the first place of its numbers
        in `factors`, in `inputs` and in the buffer of rows that it writes; shape (q, 6).
    inputs
        Places of the C rows that make each row that comes out, one option after the other.
    whole
        For each whole option its levels L, its classes C and the first place of its numbers in `factors`; (m, 3).
    factors
        Factors (L, C) of the merging and the whole options.
    n_rows
        Numbers in the rows that the terms are spread over, and in the table before the whole options; shape (2,).
    """

    weights: np.ndarray
    branch: np.ndarray
    branch_start: np.ndarray
    roundings: np.ndarray
    radius: np.ndarray
    row: np.ndarray
    lane_class: np.ndarray
    lanes: np.ndarray
    merge: np.ndarray
    inputs: np.ndarray
    whole: np.ndarray
    factors: np.ndarray
    n_rows: np.ndarray


class Work(NamedTuple):
    """What one thread writes to while it walks through tiles: terms (p + 1, e), rows, and three tables."""

    terms: np.ndarray
    rows: np.ndarray
    first: np.ndarray
    second: np.ndarray
    radius: np.ndarray


@njit(**COMPILED)
def open_tile(program: Any, work: Any, levels: Any, changed: int, size: int) -> Any:
    """Values of all `size` cells of a tile, of which the levels from the option `changed` on are new; a view."""
    n_branches = len(program.branch_start)
    if changed < max(n_branches, 1):
        terms = work.terms
        for o in range(changed, n_branches):
            factor = program.branch[program.branch_start[o] + levels[o]]
            _multiply(terms[o], factor, terms[o + 1])
        last = terms[n_branches]
        work.radius[0] = _weighed(last, program.radius)
        _spread(program, last, work.rows)
    start = np.intp(0)
    for q in range(len(program.merge)):
        L, _, n_out, _, _, to = program.merge[q]
        level, is_pair = levels[n_branches + q], L == 2
        if changed < max(n_branches + q, 1) or not is_pair:
            _merge(program, work.rows, q, level, start)
        start = to + (LANES * (n_out + 1) * level if is_pair else 0)
    return _unfold(program, work, start, size)


@njit(**COMPILED)
def _multiply(x: Any, factor: Any, out: Any) -> None:
    for i in range(len(out)):
        out[i] = x[i] * factor[i]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _weighed(x: Any, radius: Any) -> float:
    """Sum of |x| times radius."""
    total = 0.0
    for start in range(0, len(x), BLOCK):
        part = radius.dtype.type(0)
        for i in range(start, min(start + BLOCK, len(x))):
            part += abs(x[i]) * radius[i]
        total += part
    return total


@njit(**COMPILED)
def _spread(program: Any, x: Any, rows: Any) -> None:
    """Sum the terms x (e,) into rows, with each lane's factor."""
    _clear(rows, 0, program.n_rows[0])
    row, lane_class, lanes = program.row, program.lane_class, program.lanes
    for i in range(len(x)):
        add_row(rows, row[i], x[i], lanes, lane_class[i])


@njit(**COMPILED)
def _merge(program: Any, rows: Any, q: int, level: int, start: int) -> None:
    """Fix one merging option: rows that differ only in it become one; at both levels at once where it is binary."""
    L, C, n_out, f, at, to = program.merge[q]
    source, target = rows[start:], rows[to:]
    inputs, factors = program.inputs[at : at + C * n_out], program.factors[f : f + L * C]
    if L == 2 and C == 3:
        weights = (factors[0], factors[1], factors[2], factors[3], factors[4], factors[5])
        other = LANES * (n_out + 1)
        for i in range(n_out):
            places = (inputs[3 * i], inputs[3 * i + 1], inputs[3 * i + 2])
            join_rows(target, (LANES * i, other + LANES * i), source, places, weights)
        return
    for v in range(0 if L == 2 else level, 2 if L == 2 else level + 1):
        block = LANES * (n_out + 1) * (v if L == 2 else 0)
        _clear(target, block, block + LANES * n_out)
        for i in range(n_out):
            for c in range(C):
                add_row(target, block + LANES * i, factors[v * C + c], source, inputs[C * i + c])


@njit(**COMPILED)
def _clear(x: Any, start: int, stop: int) -> None:
    for i in range(start, stop):
        x[i] = 0


@njit(**COMPILED)
def _unfold(program: Any, work: Any, start: int, size: int) -> Any:
    """From classes to levels of the whole options, first to last: the tile's values."""
    source = work.rows[start : start + program.n_rows[1]]
    target, spare = work.first, work.second
    outer, width = np.intp(1), len(source)
    for o in range(len(program.whole)):
        L, C, f = program.whole[o]
        width //= C
        D = program.factors[f : f + L * C].reshape(L, C)
        if L == 2 and C == 3:
            _two_of_three(source, target, outer, width, D)
        elif L == 2 and C == 2:
            _two_of_two(source, target, outer, width, D)
        else:
            _levels_of_classes(source, target, outer, width, D)
        outer *= L
        source, target, spare = target, spare, target
    return source[:size]


@njit(**COMPILED)
def _two_of_three(T: Any, U: Any, outer: int, n: int, D: Any) -> None:
    """Pairs of rows at a binary option: both at the first level, different, both at the second."""
    a0, a1, a2, b0, b1, b2 = D[0, 0], D[0, 1], D[0, 2], D[1, 0], D[1, 1], D[1, 2]
    for o in range(outer):
        t0, t1, t2 = T[3 * o * n :][:n], T[(3 * o + 1) * n :][:n], T[(3 * o + 2) * n :][:n]
        u0, u1 = U[2 * o * n :][:n], U[(2 * o + 1) * n :][:n]
        for i in range(n):
            x, y, z = t0[i], t1[i], t2[i]
            u0[i] = a0 * x + a1 * y + a2 * z
            u1[i] = b0 * x + b1 * y + b2 * z


@njit(**COMPILED)
def _two_of_two(T: Any, U: Any, outer: int, n: int, D: Any) -> None:
    """Single rows at a binary option."""
    a0, a1, b0, b1 = D[0, 0], D[0, 1], D[1, 0], D[1, 1]
    for o in range(outer):
        t0, t1 = T[2 * o * n :][:n], T[(2 * o + 1) * n :][:n]
        u0, u1 = U[2 * o * n :][:n], U[(2 * o + 1) * n :][:n]
        for i in range(n):
            x, y = t0[i], t1[i]
            u0[i] = a0 * x + a1 * y
            u1[i] = b0 * x + b1 * y


@njit(**COMPILED)
def _levels_of_classes(T: Any, U: Any, outer: int, n: int, D: Any) -> None:
    """Any option: each level's sum over classes, in their order."""
    L, C = D.shape
    for o in range(outer):
        for v in range(L):
            u = U[(o * L + v) * n :][:n]
            for i in range(n):
                u[i] = 0
            for c in range(C):
                w, t = D[v, c], T[(o * C + c) * n :][:n]
                for i in range(n):
                    u[i] += w * t[i]
