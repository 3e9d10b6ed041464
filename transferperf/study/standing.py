"""How a study stands: which known configuration is believed to be the best, and what a measurement is worth."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from transferperf.models import Prediction
from transferperf.search import Guided, log_expected_improvement
from transferperf.search.acquisition import unlearned
from transferperf.space import Value
from transferperf.study.hedge import Hedge
from transferperf.study.outlook import LIKELY, Outlook, cost
from transferperf.study.repeat import Again, Noise, choose_again, log_gain_of_new
from transferperf.study.scope import Scope

AHEAD = 1e6
"""By how much what a hedge tries first is ahead of all others, as the logarithm of a gain."""


class Pick(NamedTuple):
    """A configuration, the reason for it, and the gain that is expected of it, NaN where nobody knows."""

    configuration: dict[str, Value]
    reason: str
    gain: float = math.nan
    share: float = math.nan


Picks = Iterator[Pick]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand among the configurations that are known.

    Parameters
    ----------
    belief, is_likely
        What is believed of them, and whether each is likely to be valid and to meet all conditions; shape (n,).
    guessed
        Deviations of the expert that is believed most, shape (n,).
    noise
        How far measurements scatter.
    near
        Further encoded configurations near which to look: those of the hedge, shape (m, d).
    hedge
        What is to be tried now, whatever is believed of it.
    """

    belief: Prediction
    is_likely: np.ndarray
    guessed: np.ndarray
    noise: Noise
    near: np.ndarray
    hedge: Hedge | None = None

    @classmethod
    def of(cls, scope: Scope, outlook: Outlook, known: np.ndarray, n_ran: int) -> "Standing":
        """The standing of known configurations (n, d), of which the first `n_ran` have run: they are valid."""
        belief = outlook.main.predict(known)
        now = cls(
            belief=belief,
            is_likely=is_likely(outlook, known, n_ran),
            guessed=outlook.main.lead(known)[1],
            noise=Noise.of(outlook.main, scope.state.samples, belief),
            near=known[:0],
        )
        hedge = Hedge.due(scope, outlook, known, now.best)
        return replace(now, near=hedge.drawn, hedge=hedge) if hedge else now

    @property
    def best(self) -> float:
        """Latent cost of the best that is likely an answer; of the worst of all, where none is."""
        costs = cost(self.belief)
        return float(costs[self.is_likely].min() if self.is_likely.any() else costs.max())

    def promise(self, outlook: Outlook) -> Guided:
        """Log expected improvement on the latent scale, and log probability of being an answer, with a guide to it."""
        predictor, best = outlook.main, self.best
        sign = predictor.metric.sign

        def score(X: np.ndarray) -> np.ndarray:
            belief = predictor.predict(X)
            gain = log_expected_improvement(cost(belief), unlearned(belief.latent_std, self.belief.latent_std), best)
            return led(gain, X, outlook.log_probability(X) if outlook.is_bound else np.zeros(len(X)))

        def guide(X: np.ndarray) -> np.ndarray:
            mean, std = predictor.lead(X)
            gain = log_expected_improvement(sign * mean, unlearned(std, self.guessed), best)
            return led(gain, X, outlook.guess(X) if outlook.is_bound else np.zeros(len(X)))

        def led(gain: np.ndarray, X: np.ndarray, log_p: np.ndarray) -> np.ndarray:
            return gain + log_p + (AHEAD * self.hedge.tries(X, log_p) if self.hedge else 0.0)

        return Guided(score, guide)

    def again(self, n_runs: np.ndarray) -> Again | None:
        """The one that is worth measuring again; each ran so often, 0 where it may not be: shape (n,)."""
        kept = np.flatnonzero(self.is_likely)
        again = choose_again(cost(self.belief)[kept], self.belief.latent_std[kept], n_runs[kept], self.noise)
        return again and replace(again, row=int(kept[again.row]))

    def log_gain_of(self, outlook: Outlook, x: np.ndarray) -> float:
        """Logarithm of what a measurement of a new configuration (1, d) is worth; none is worth nothing."""
        if not len(x):
            return -math.inf
        log_p = outlook.log_probability(x)
        if self.hedge and self.hedge.tries(x, log_p)[0]:
            return math.inf
        return log_gain_of_new(outlook.main.predict(x), self.best, self.noise) + float(log_p[0])

    def pick_again(self, configuration: dict[str, Value], again: Again) -> Pick:
        """A measured configuration, to measure it again."""
        now, then = self._ends(again.log_gain)
        reason = f"a repeat is wanted: the best one leads with probability {again.lead:.2g} only"
        return Pick(configuration, reason, abs(then - now), _share(now, then))

    def pick(self, outlook: Outlook, configuration: dict[str, Value], log_gain: float, x: np.ndarray) -> Pick:
        """A new configuration with the expected improvement in words, by the metric's own scale."""
        metric, log_p = self.belief.metric, outlook.log_probability(x)
        chance = f"with probability {math.exp(log_p[0]):.2g}"
        if not self.is_likely.any():
            return Pick(configuration, f"the first that is an answer, {chance}")
        hedge = self.hedge if self.hedge and self.hedge.tries(x, log_p)[0] else None
        now, then = self._ends(log_gain - AHEAD * bool(hedge))
        share = _share(now, then)
        better = f"{100 * share:.2g} %" if now else f"{abs(then - now):.2g}"
        reason = f"expected improvement {better} over {metric.name} {now:.4g} {metric.unit}".strip()
        reason += f", {hedge.reason}" if hedge else ""
        reason += f", an answer {chance}" if log_p[0] < LIKELY else ""
        return Pick(configuration, reason, abs(then - now), share)

    def _ends(self, log_gain: float) -> tuple[float, float]:
        """The best, and the best after a gain, in the metric's unit."""
        costs = np.array([self.best, self.best - np.exp(log_gain)])
        now, then = self.belief.warping.quantile(0.5, self.belief.metric.sign * costs, np.zeros(2))
        return float(now), float(then)


def is_likely(outlook: Outlook, known: np.ndarray, n_ran: int) -> np.ndarray:
    """Whether each of known (n, d), of which the first `n_ran` have run, is likely valid and meets all conditions."""
    if not outlook.is_bound:
        return np.ones(len(known), dtype=bool)
    ran, new = np.split(known, [n_ran])
    return np.append(outlook.has_met(ran), outlook.log_probability(new) >= LIKELY)


def _share(now: float, then: float) -> float:
    return abs(then - now) / abs(now) if now else math.nan
