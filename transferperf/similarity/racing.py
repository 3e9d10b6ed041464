"""The bellwether: one source for all environments, found by racing (BEETLE: Krishna et al., TSE 2021).

A source is as good as the configuration that a tree of its rows names best is elsewhere. All sources start with a few
measurements and get more in every generation; those that fall behind are dropped, so that most of what is measured is
measured of the good ones. The numbers of the published program depend on its data; here they are arguments.

`e` environments, `n` configurations.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from transferperf.rng import integer_seed

FREE = 3
"""Generations in which none is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What a race came to.

    Parameters
    ----------
    winner
        Place of the bellwether.
    errors
        Mean error of each source in the last generation that it took part in, in per cent of the other environments'
        ranges, shape (e,).
    n_measured
        Measurements that were made of each environment, shape (e,).
    """

    winner: int
    errors: np.ndarray
    n_measured: np.ndarray


def race(
    X: np.ndarray, Y: np.ndarray, draws: np.random.Generator, *, n_step: int, n_most: int, n_lives: int = 3
) -> Race:
    """The environment whose best configurations are best elsewhere.

    Parameters
    ----------
    X
        Configurations that were measured in all environments, encoded, shape (n, d).
    Y
        Responses, less is better, shape (e, n).
    draws
        Of the rows that are measured, and of the trees.
    n_step, n_most
        Rows that each source in the race gets in each generation, and at most.
    n_lives
        Generations without a drop after which it ends.

    Examples
    --------
    >>> X = np.arange(16.0)[:, None]
    >>> Y = np.vstack([X[:, 0], X[:, 0], -X[:, 0]])
    >>> race(X, Y, np.random.default_rng(0), n_step=4, n_most=16).winner in (0, 1)
    True
    """
    orders = np.argsort(draws.random(Y.shape), axis=1)
    alive, lives, errors = np.arange(len(Y)), n_lives, np.full(len(Y), np.nan)
    n_measured = np.zeros(len(Y), dtype=int)
    generation = 0
    while True:
        generation += 1
        n_measured[alive] = min(n_step * generation, n_most, Y.shape[1])
        rows = [order[:k] for order, k in zip(orders, n_measured, strict=True)]
        elsewhere = np.array([_errors_elsewhere(X, Y, rows, int(k), draws) for k in alive])  # (alive, e - 1)
        errors[alive] = elsewhere.mean(axis=1)
        if generation > FREE:
            limit = np.median(elsewhere) + elsewhere.mean(axis=1).std()
            is_behind = np.median(elsewhere, axis=1) > limit
            lives -= not is_behind.any()
            alive = alive[~is_behind]
        if len(alive) == 1 or not lives or n_measured[alive].max() >= min(n_most, Y.shape[1]):
            return Race(winner=int(alive[errors[alive].argmin()]), errors=errors, n_measured=n_measured)


def _errors_elsewhere(
    X: np.ndarray, Y: np.ndarray, rows: list[np.ndarray], source: int, draws: np.random.Generator
) -> np.ndarray:
    """How far the configuration that a source's tree names is from the best of each other one's rows, in per cent."""
    own = rows[source]
    tree = DecisionTreeRegressor(random_state=integer_seed(draws)).fit(X[own], Y[source, own])
    predicted = tree.predict(X)  # (n,)
    found = []
    for other in (k for k in range(len(Y)) if k != source):
        y = Y[other, rows[other]]
        picked = y[predicted[rows[other]].argmin()]
        found.append(100 * (picked - y.min()) / max(float(np.ptp(y)), np.finfo(float).tiny))
    return np.array(found)
