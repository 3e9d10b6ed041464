"""A few good configurations of a space, quickly: where a sweep looks first."""

import numpy as np

from transferperf import rng
from transferperf.models.product_form import LEAST_VARIANCE, ProductForm
from transferperf.search.bound import Goal
from transferperf.search.tiles import Allowed

N_DRAWN = 512
"""Configurations that are drawn."""

N_CLIMBS = 8
"""Configurations that are climbed from."""


def climb(form: ProductForm, goal: Goal, allowed: Allowed | None) -> np.ndarray:
    """Places of levels of allowed configurations that no neighbour beats, shape (<= N_CLIMBS, d).

    The starts are what comes nearest to rows, and what is drawn, always the same.
    """
    drawn = rng.generator(0, "ascent").random((N_DRAWN, len(form.n_levels))) * form.n_levels
    near = [table.argmax(axis=0)[value] for table, value in zip(form.likeness, form.values.T, strict=True)]
    levels = np.unique(np.concatenate([drawn.astype(np.intp), np.column_stack(near)]), axis=0)
    values = _values(form, goal, levels, allowed)
    chosen = np.argsort(-values, kind="stable")[:N_CLIMBS]
    levels, values = levels[chosen], values[chosen]
    while True:
        there = _neighbours(levels, form.n_levels)  # (c, r, d)
        gains = _values(form, goal, there.reshape(-1, levels.shape[1]), allowed).reshape(there.shape[:2])
        best = gains.argmax(axis=1)
        better = gains[np.arange(len(levels)), best] > values
        if not better.any():
            return np.unique(levels[values > -np.inf], axis=0)
        levels[better], values[better] = there[better, best[better]], gains[better, best[better]]


def _neighbours(levels: np.ndarray, n_levels: tuple[int, ...]) -> np.ndarray:
    """Configurations with one option at any of its levels, for each of (c, d): shape (c, sum of levels, d)."""
    there = np.repeat(levels[:, None], sum(n_levels), axis=1)
    option = np.repeat(np.arange(len(n_levels)), n_levels)
    there[:, np.arange(len(option)), option] = np.concatenate([np.arange(n) for n in n_levels])
    return there


def _values(form: ProductForm, goal: Goal, levels: np.ndarray, allowed: Allowed | None) -> np.ndarray:
    """Scores of configurations (m, d), -inf where they are not allowed: shape (m,)."""
    G = form.products(levels)
    variance = form.variance_constant - G @ form.cross_weights - (G @ form.pair_weights * G).sum(axis=1)
    std = np.sqrt(np.maximum(variance, LEAST_VARIANCE))
    values = goal.score(form.mean_constant + G @ form.mean_weights, std)
    may = True if allowed is None else allowed(tuple(levels.T))
    return np.where(may, values, -np.inf)
