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
        For each merging option, or two binary ones: how many they are, levels L, classes C, the rows that come out, and
        the first place of its numbers in `factors`, in `inputs` and in the buffer of rows that it writes; shape (q, 7).
    inputs
        Places of the C rows (of two options C^2) that make each row that comes out, one option after the other.
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
    """What one thread writes to while it walks through tiles: terms (p + 1, e), rows, two tables, a radius.

    `levels` are those of the tile that it was left at, -1 before the first.
    """

    terms: np.ndarray
    rows: np.ndarray
    first: np.ndarray
    second: np.ndarray
    radius: np.ndarray
    levels: np.ndarray


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
    start, o = np.intp(0), n_branches
    for q in range(len(program.merge)):
        n_options, L, _, n_out, _, _, to = program.merge[q]
        is_binary = L == 2
        if changed < max(o + (0 if is_binary else 1), 1):
            _merge(program, work.rows, q, levels[o], start)
        start = to
        if is_binary:  # all levels of its options were written
            number = levels[o] if n_options == 1 else 2 * levels[o] + levels[o + 1]
            start += LANES * (n_out + 1) * number
        o += n_options
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
    """Fix merging options: rows that differ only in them become one; at all levels at once where they are binary."""
    n_options, L, C, n_out, f, at, to = program.merge[q]
    source, target, w = rows[start:], rows[to:], program.factors[f : f + n_options * L * C]
    inputs, step = program.inputs[at : at + C**n_options * n_out], LANES * (n_out + 1)
    if n_options == 2 and C == 3:
        both = (w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11])
        for i in range(n_out):
            k, p = 9 * i, inputs
            nine = (p[k], p[k + 1], p[k + 2], p[k + 3], p[k + 4], p[k + 5], p[k + 6], p[k + 7], p[k + 8])
            join_rows(target, LANES * i, step, source, nine, both)
    elif n_options == 2:
        both_of_two = (w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])
        for i in range(n_out):
            k, p = 4 * i, inputs
            join_rows(target, LANES * i, step, source, (p[k], p[k + 1], p[k + 2], p[k + 3]), both_of_two)
    elif L == 2 and C == 3:
        six = (w[0], w[1], w[2], w[3], w[4], w[5])
        for i in range(n_out):
            three = (inputs[3 * i], inputs[3 * i + 1], inputs[3 * i + 2])
            join_rows(target, LANES * i, step, source, three, six)
    else:
        _merge_any(target, source, inputs, w.reshape(L, C), level)


@njit(**COMPILED)
def _merge_any(target: Any, source: Any, inputs: Any, D: Any, level: int) -> None:
    """Fix an option of any number of levels and classes."""
    L, C = D.shape
    n_out = len(inputs) // C
    for v in range(0 if L == 2 else level, 2 if L == 2 else level + 1):
        block = LANES * (n_out + 1) * (v if L == 2 else 0)
        _clear(target, block, block + LANES * n_out)
        for i in range(n_out):
            for c in range(C):
                add_row(target, block + LANES * i, D[v, c], source, inputs[C * i + c])


@njit(**COMPILED)
def _clear(x: Any, start: int, stop: int) -> None:
    for i in range(start, stop):
        x[i] = 0


@njit(**COMPILED)
def _unfold(program: Any, work: Any, start: int, size: int) -> Any:
    """From classes to levels of the whole options, first to last: the tile's values."""
    source = work.rows[start : start + program.n_rows[1]]
    target, spare = work.first, work.second
    outer, width, o = np.intp(1), len(source), 0
    while o < len(program.whole):
        L, C, f = program.whole[o]
        n_options = 1
        if o + 1 < len(program.whole) and L == 2 and 1 < C < 4 and program.whole[o + 1, 0] == 2:
            n_options = 2 if program.whole[o + 1, 1] == C else 1
        width //= C**n_options
        w = program.factors[f : f + n_options * L * C]
        if L == 2 and C == 3:
            _levels_of_three(source, target, outer, width, w)
        elif L == 2 and C == 2:
            _levels_of_two(source, target, outer, width, w)
        else:
            _levels_of_classes(source, target, outer, width, w.reshape(L, C))
        outer, o = outer * L**n_options, o + n_options
        source, target, spare = target, spare, target
    return source[:size]


@njit(**COMPILED)
def _levels_of_three(T: Any, U: Any, outer: int, n: int, w: Any) -> None:
    """Pairs of rows at one or two binary options: both at the first level, different, both at the second."""
    if len(w) == 6:
        six = (w[0], w[1], w[2], w[3], w[4], w[5])
        for o in range(outer):
            for i in range(0, n, LANES):
                t = 3 * o * n + i
                join_rows(U, 2 * o * n + i, n, T, (t, t + n, t + 2 * n), six)
        return
    both = (w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11])
    for o in range(outer):
        for i in range(0, n, LANES):
            t = 9 * o * n + i
            nine = (t, t + n, t + 2 * n, t + 3 * n, t + 4 * n, t + 5 * n, t + 6 * n, t + 7 * n, t + 8 * n)
            join_rows(U, 4 * o * n + i, n, T, nine, both)


@njit(**COMPILED)
def _levels_of_two(T: Any, U: Any, outer: int, n: int, w: Any) -> None:
    """Single rows at one or two binary options."""
    if len(w) == 4:
        four = (w[0], w[1], w[2], w[3])
        for o in range(outer):
            for i in range(0, n, LANES):
                t = 2 * o * n + i
                join_rows(U, t, n, T, (t, t + n), four)
        return
    both = (w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])
    for o in range(outer):
        for i in range(0, n, LANES):
            t = 4 * o * n + i
            join_rows(U, t, n, T, (t, t + n, t + 2 * n, t + 3 * n), both)


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
