"""What to measure first of a pool of which nothing is known: what teaches most about all of it.

A model of a few random configurations is wrong where they do not differ, and does not know it: it then asks for the
neighbours of the best of them, and what it learns there hides its errors elsewhere.

Symbols: X (n, d) encoded candidates, C (m, m) prior covariance of those that are looked at.
"""

from collections.abc import Sequence

import numpy as np
import torch

from transferperf.kernels import OptionKernel
from transferperf.rng import generator
from transferperf.study.belief import FIRST_ROWS
from transferperf.study.state import State

OPENING_ROWS = 10
"""Configurations of a pool that are measured before a model is asked where no other environment is known."""

OPENING_SHARE = 1 / 3
"""The most that they may take of a budget."""

LOOKED_AT = 512
"""Random candidates that are looked at: they stand for the pool, and the opening is chosen from them."""

CONSTANT, NOISE = 1.0, 0.05
"""Prior variances of the mean and of the noise, in units of the standardised metric."""


def is_opening(state: State, *, has_pool: bool) -> bool:
    """Whether the target is measured too little for a model of its own to be asked."""
    n_known, n_measured = len(state.samples), len(state.outcomes.y)
    if n_known < FIRST_ROWS or not has_pool or len(state.leading_sources):
        return n_known < FIRST_ROWS
    return n_measured < min(OPENING_ROWS, OPENING_SHARE * state.budget.n_measurements)


def teaching_order(X: np.ndarray, known: np.ndarray, n_levels: Sequence[int], seed: int) -> np.ndarray:
    """Places of all candidates X (n, d): those first that teach most about the others, the rest at random; (n,).

    Each is the one that, by the prior of a Gaussian process, takes most variance from all that are looked at, given
    the `known` (m, d) and those before it (active learning after Cohn 1996).

    Parameters
    ----------
    n_levels
        For each option, how many levels it has where they are exchangeable, 0 where it is ordered; shape (d,).
    """
    order = generator(seed, "candidates").permutation(len(X))
    if not len(X):
        return order
    n_seen = min(LOOKED_AT, len(X))
    x = torch.as_tensor(np.concatenate([X[order[:n_seen]], known]))
    with torch.no_grad():
        C = OptionKernel(n_levels).covariance(x, x).numpy() + CONSTANT
    for place in range(n_seen, len(x)):
        C = _given(C, place)
    chosen: list[int] = []
    for _ in range(min(OPENING_ROWS, n_seen)):
        taken_away = (C[:n_seen, :n_seen] ** 2).sum(0) / (C.diagonal()[:n_seen] + NOISE)
        taken_away[chosen] = -np.inf
        chosen.append(int(taken_away.argmax()))
        C = _given(C, chosen[-1])
    return np.concatenate([order[chosen], np.delete(order, chosen)])


def _given(C: np.ndarray, place: int) -> np.ndarray:
    """Covariance C (m, m) once the configuration at a place was measured."""
    after: np.ndarray = C - np.outer(C[place], C[place]) / (C[place, place] + NOISE)
    return after
