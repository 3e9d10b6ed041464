"""Whether the sweep's answer is the best of all, and how often climbing finds it."""

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from worlds import GOALS, allowed, certified, form_of, levels, shape, timed

from transferperf.models.product_form import ProductForm
from transferperf.search import best_of_space
from transferperf.search.answer import best_rows
from transferperf.search.bound import Goal
from transferperf.search.plane import Allowed
from transferperf.search.tensor import Swept, sweep
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, IntegerOption

AT_A_TIME = 2**13
"""Configurations that are held while all are looked at."""
NEAR = 1e-7
"""Scores that differ by less are computed again, one by one: a matrix product rounds as it likes."""


def looked_at(space: str, n: int, noise: float, seed: int, goal: str) -> dict[str, object]:
    """Look at every configuration in float64, and compare the best with the sweep's; seconds are those of looking."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    form, may = form_of(space, n, noise, seed), allowed(space)
    swept = sweep(form, GOALS[goal][0], allowed=may)
    near, times = timed(lambda: _near_best(form, GOALS[goal][0], may))
    mean, variance = form.moments(near)  # type: ignore[arg-type]
    values = GOALS[goal][0].score(mean, np.sqrt(variance))
    best = near[best_rows(near, values, 1)[0]]  # type: ignore[arg-type,index]
    is_same = tuple(best) == tuple(swept.levels[0])
    return times | certified(swept) | {"same": is_same, "difference": abs(values.max() - swept.values[0])}


def _near_best(form: ProductForm, goal: Goal, may: Allowed | None) -> np.ndarray:
    """Levels of all configurations that may be the answer, and whose scores are NEAR the best; (m, d)."""
    best, found = -np.inf, [(np.empty(0), np.empty((0, len(form.n_levels)), dtype=int))]
    cross, pairs, weights = map(torch.as_tensor, (form.cross_weights, form.pair_weights, form.mean_weights))
    for levels_, G in _products(form):
        explained = G @ cross + ((G @ pairs) * G).sum(1)
        std = np.sqrt(np.maximum(form.variance_constant - explained.numpy(), 1e-12))
        values = goal.score(form.mean_constant + (G @ weights).numpy(), std)
        values = values if may is None else np.where(may(tuple(levels_.T)), values, -np.inf)
        best = max(best, float(values.max()))
        near = values >= best - NEAR
        if near.any():
            found.append((values[near], levels_[near]))
    scores, places = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return places[scores >= best - NEAR]


def _products(form: ProductForm) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
    """All configurations, AT_A_TIME or fewer, with their products: levels (m, d) and G (m, n)."""
    d, n_tail = len(form.n_levels), 1
    while n_tail < d and np.prod(form.n_levels[d - n_tail - 1 :]) <= AT_A_TIME:
        n_tail += 1
    tail = np.indices(form.n_levels[d - n_tail :]).reshape(n_tail, -1).T
    G_tail = torch.as_tensor(_part(form, range(d - n_tail, d), tail))
    for head in np.ndindex(*form.n_levels[: d - n_tail]):
        G_head = torch.as_tensor(_part(form, range(d - n_tail), np.array([head], dtype=int)))
        yield np.hstack([np.tile(np.array(head, dtype=int), (len(tail), 1)), tail]), G_tail * G_head


def _part(form: ProductForm, options: range, places: np.ndarray) -> np.ndarray:
    """Products over some options at places (m, those) of their levels: shape (m, n)."""
    G = np.ones((len(places), len(form.values)))
    for o, place in zip(options, places.T, strict=True):
        G *= form.likeness[o][place][:, form.values[:, o]]
    return G


def climbed(space: str, n: int, noise: float, seed: int, goal: str) -> dict[str, object]:
    """The best that climbing finds, beside the sweep's answer; seconds are those of climbing, by one thread."""
    torch.set_num_threads(1)
    form, rule = form_of(space, n, noise, seed), GOALS[goal][0]
    described, encoded = _described(space), levels(space)
    swept: Swept = sweep(form, rule)

    def score(X: np.ndarray) -> np.ndarray:
        places = np.column_stack([np.abs(x[:, None] - e).argmin(1) for x, e in zip(X.T, encoded, strict=True)])
        G = form.products(places)
        explained = G @ form.cross_weights + ((G @ form.pair_weights) * G).sum(1)
        std = np.sqrt(np.maximum(form.variance_constant - explained, 1e-12))
        return rule.score(form.mean_constant + G @ form.mean_weights, std)

    near = [table.argmax(axis=0)[value] for table, value in zip(form.likeness, form.values.T, strict=True)]
    starts = pd.DataFrame({o.name: np.array(o.levels)[v] for o, v in zip(described.options, near, strict=True)})
    found, times = timed(lambda: best_of_space(score, described, 1, starts=starts, seed=seed))
    difference = float(swept.values[0] - found.values[0])  # type: ignore[attr-defined]
    return times | {"same": difference <= 1e-9 * (1 + abs(swept.values[0])), "difference": difference}


def _described(space: str) -> ConfigurationSpace:
    """The space with names: binary options, choices of up to four and whole numbers."""
    return ConfigurationSpace(
        tuple(
            BinaryOption(name=f"o{j:02}")
            if L == 2
            else ChoiceOption(name=f"o{j:02}", levels=tuple("wxyz"[:L]))
            if L <= 4
            else IntegerOption(name=f"o{j:02}", levels=tuple(range(1, L + 1)))
            for j, L in enumerate(shape(space))
        )
    )
