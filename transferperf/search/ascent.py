"""A few good configurations of a space, quickly: where a sweep looks first.

Symbols: c configurations, R levels of all options together, n rows of the form, d options.
"""

from itertools import pairwise

import numpy as np

from transferperf import rng
from transferperf.models.product_form import LEAST_VARIANCE, ProductForm
from transferperf.search.bound import Goal
from transferperf.search.plane import Allowed, neighbours

N_DRAWN, N_TRIED = 512, 8192
"""Configurations that are drawn, and how often it is tried where not all are allowed."""

N_CLIMBS = 8
"""Configurations that are climbed from."""


def climb(form: ProductForm, goal: Goal, allowed: Allowed | None) -> np.ndarray:
    """Places of levels of allowed configurations that no neighbour beats, shape (<= N_CLIMBS, d).

    The starts are what comes nearest to rows, and what is drawn, always the same.
    """
    levels = _starts(form, allowed)
    values = _values(form, goal, form.products(levels), _may(levels, allowed))
    chosen = np.argsort(-values, kind="stable")[:N_CLIMBS]
    levels, values = levels[chosen], values[chosen]
    moving = np.arange(len(levels))
    while len(moving):
        there = neighbours(levels[moving], form.n_levels)  # (c, R, d)
        G, may = _products(form, levels[moving]), _may(there.reshape(-1, levels.shape[1]), allowed)
        gains = _values(form, goal, G.reshape(-1, G.shape[-1]), may).reshape(there.shape[:2])
        best = gains.argmax(axis=1)
        better = gains[np.arange(len(moving)), best] > values[moving]
        there, gains, best, moving = there[better], gains[better], best[better], moving[better]
        levels[moving], values[moving] = (x[np.arange(len(moving)), best] for x in (there, gains))
    return np.unique(levels[values > -np.inf], axis=0)


def _starts(form: ProductForm, allowed: Allowed | None) -> np.ndarray:
    """Configurations near to rows, and up to N_DRAWN that are drawn and may be the answer, shape (m, d)."""
    near = [table.argmax(axis=0)[value] for table, value in zip(form.likeness, form.values.T, strict=True)]
    n = N_DRAWN if allowed is None else N_TRIED
    drawn = (rng.generator(0, "ascent").random((n, len(form.n_levels))) * form.n_levels).astype(np.intp)
    drawn = drawn[np.broadcast_to(_may(drawn, allowed), n)][:N_DRAWN]
    return np.unique(np.concatenate([drawn, np.column_stack(near)]), axis=0)


def _products(form: ProductForm, levels: np.ndarray) -> np.ndarray:
    """The form's products at all neighbours of configurations (c, d): shape (c, R, n)."""
    tables = [table[:, value] for table, value in zip(form.likeness, form.values.T, strict=True)]  # (L_o, n) each
    here = np.stack([table[level] for table, level in zip(tables, levels.T, strict=True)])  # (d, c, n)
    before, after = np.ones((len(here) + 1, *here.shape[1:])), np.ones((len(here) + 1, *here.shape[1:]))
    for o in range(len(here)):
        before[o + 1], after[-o - 2] = before[o] * here[o], after[-o - 1] * here[-o - 1]
    G = np.empty((len(levels), sum(form.n_levels), len(form.values)))
    for o, (start, stop) in enumerate(pairwise(np.cumsum([0, *form.n_levels]))):
        G[:, start:stop] = (before[o] * after[o + 1])[:, None] * tables[o]
    return G


def _may(levels: np.ndarray, allowed: Allowed | None) -> np.ndarray | bool:
    """Whether each configuration (m, d) may be the answer, shape (m,)."""
    return True if allowed is None else allowed(tuple(levels.T))


def _values(form: ProductForm, goal: Goal, G: np.ndarray, may: np.ndarray | bool) -> np.ndarray:
    """Scores of configurations by their products (m, n), -inf where they may not be the answer: shape (m,)."""
    variance = np.full(len(G), form.variance_constant)
    if goal.reads_std:
        variance -= G @ form.cross_weights + (G @ form.pair_weights * G).sum(axis=1)
    std = np.sqrt(np.maximum(variance, LEAST_VARIANCE))
    return np.where(may, goal.score(form.mean_constant + G @ form.mean_weights, std), -np.inf)
