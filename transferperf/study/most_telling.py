"""Which measurements of sources tell most of the target's optimum for their price, by a pool of what is promising.

Symbols: m configurations of the pool, s sources, X (m, d) encoded; costs are latent, and smaller is better.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from transferperf.search import Grid, Guided, Score, is_among
from transferperf.search.information import information, smallest_costs
from transferperf.study.ahead import Prices, Step
from transferperf.study.link import Link, View, links
from transferperf.study.outlook import Outlook, cost
from transferperf.study.scope import Scope

N_POOL = 96
"""Promising configurations that are looked at, by what is believed of the target, and by each source."""

N_MINIMA = 5
"""Values that the target's smallest cost may have."""

KAPPA = 2.0
"""Standard deviations below its mean at which a configuration is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Board:
    """What is known of the pool, and what a measurement there would tell.

    Parameters
    ----------
    mean, variance
        Of the target's cost, shape (m,).
    minima
        What its smallest value may be, shape (k,).
    views
        Of the s sources.
    is_open
        What may be measured in each, shape (s, m).
    prices
        Of one measurement in each, shape (s,).
    """

    mean: np.ndarray
    variance: np.ndarray
    minima: np.ndarray
    views: tuple[View, ...]
    is_open: np.ndarray
    prices: np.ndarray

    @classmethod
    def of(cls, scope: Scope, outlook: Outlook, X: np.ndarray, views: tuple[View, ...], prices: Prices) -> "_Board":
        """At each configuration, what is believed is the surest of the predictor and the views."""
        state, predictor = scope.state, outlook.main
        belief = predictor.predict(X)
        mean, variance = cost(belief), belief.latent_std**2
        for view in views:
            surer = view.shared + view.link.own < variance
            mean = np.where(surer, predictor.metric.sign * view.mean, mean)
            variance = np.where(surer, view.shared + view.link.own, variance)
        known = cost(predictor.predict(state.samples.X)) if len(state.samples) else mean
        where = [view.link.environment for view in views]
        return cls(
            mean=mean,
            variance=variance,
            minima=smallest_costs(mean, np.sqrt(variance), float(known.min()), N_MINIMA),
            views=views,
            is_open=np.array([~is_among(X, state.taken_in(place)) for place in where]),
            prices=np.array([prices.of[place] for place in where]),
        )

    def best(self, budget: float) -> tuple[int, int] | None:
        """The source and the place in the pool that tell most for their price; None where the target does."""
        g = (self.mean - self.minima[:, None]) / np.sqrt(self.variance)
        here = float(information(g, np.ones(len(self.mean))).mean(axis=0).max())
        there = np.stack([information(g, view.correlation(self.variance)).mean(axis=0) for view in self.views])
        is_paid = self.is_open & (self.prices <= budget)[:, None]
        worth = np.where(is_paid, there / np.maximum(self.prices, 1e-12)[:, None], 0.0)
        source, place = np.unravel_index(int(worth.argmax()), worth.shape)
        return (int(source), int(place)) if worth[source, place] > here else None

    def measured(self, source: int, place: int) -> "_Board":
        """The board after a measurement in a source: variances shrink, means stay."""
        view = self.views[source]
        after = view.measured(place)
        is_open = self.is_open.copy()
        is_open[source, place] = False
        return replace(
            self,
            variance=np.maximum(self.variance - (view.shared - after.shared), 1e-9 + after.shared),
            views=(*self.views[:source], after, *self.views[source + 1 :]),
            is_open=is_open,
        )


def most_telling(scope: Scope, outlook: Outlook, prices: Prices, most: int) -> list[Step]:
    """At most so many measurements of sources, each of which tells more for its price than any one of the target."""
    samples = scope.state.samples
    if outlook.predictor is None:
        return []
    found = links(outlook.main, tuple(prices.of), samples.X, samples.y)
    budget = prices.allowed(found, len(samples))
    X = _promising(scope, outlook, found) if any(budget >= prices.of[link.environment] for link in found) else samples.X
    views = tuple(view for link in found if (view := View.of(link, X)) is not None)
    if not (len(X) and views and budget > 0):
        return []
    board, grid = _Board.of(scope, outlook, X, views, prices), Grid.of(scope.space)
    chosen: list[Step] = []
    while len(chosen) < most:
        best = board.best(budget)
        if best is None:
            break
        source, place = best
        chosen.append((views[source].link.environment, grid.configuration(X[place])))
        board, budget = board.measured(source, place), budget - board.prices[source]
    return chosen


def _promising(scope: Scope, outlook: Outlook, found: Sequence[Link]) -> np.ndarray:
    """Configurations that may be the best, by what is believed of the target, and by each source: shape (m, d)."""
    grid = Grid.of(scope.space)
    quick = outlook if scope.pool is not None else outlook.prepared(grid.codes)
    sign = outlook.main.metric.sign

    def low(X: np.ndarray) -> np.ndarray:
        belief = quick.main.predict(X)
        return KAPPA * belief.latent_std - cost(belief)

    def guide(X: np.ndarray) -> np.ndarray:
        mean, std = quick.main.lead(X)
        return KAPPA * std - sign * mean

    scores: list[Score] = [Guided(low, guide)]
    scores += [_by_source(link, sign) for link in found]
    parts = [grid.encode(scope.best(score, N_POOL).configurations) for score in scores]
    return np.unique(np.concatenate(parts), axis=0)


def _by_source(link: Link, sign: float) -> Score:
    """How low the target's cost may be by a line through a source."""

    def low(X: np.ndarray) -> np.ndarray:
        mean, variance = link.model.predict(torch.as_tensor(X))
        return KAPPA * abs(link.slope) * variance.sqrt().numpy() - sign * link.slope * mean.numpy()

    return Guided(low, low)
