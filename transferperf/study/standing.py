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
from transferperf.study.outlook import LIKELY, Outlook, cost
from transferperf.study.repeat import Again, Noise, choose_again, log_gain_of_new
from transferperf.study.state import State
from transferperf.study.untried import AHEAD, UntriedPairs


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
        Further configurations near which better ones may lie: none, shape (0, d).
    untried
        Pairs of values of which one is to be tried now.
    """

    belief: Prediction
    is_likely: np.ndarray
    guessed: np.ndarray
    noise: Noise
    near: np.ndarray
    untried: UntriedPairs | None = None

    @classmethod
    def of(cls, state: State, outlook: Outlook, known: np.ndarray, n_ran: int) -> "Standing":
        """The standing of known configurations (n, d), of which the first `n_ran` have run: they are valid."""
        belief, likely = outlook.main.predict(known), is_likely(outlook, known, n_ran)
        return cls(
            belief=belief,
            is_likely=likely,
            guessed=outlook.main.lead(known)[1],
            noise=Noise.of(outlook.main, state.samples, belief),
            near=known[:0],
            untried=UntriedPairs.due(state, known),
        )

    @property
    def best(self) -> float:
        """Latent cost of the best that is likely an answer; of the worst of all, where none is."""
        costs = cost(self.belief)
        return float(costs[self.is_likely].min() if self.is_likely.any() else costs.max())

    def promise(self, outlook: Outlook) -> Guided:
        """Log expected improvement on the latent scale, and log probability of being an answer, with a guide to it."""
        predictor, is_bound, best = outlook.main, outlook.is_bound, self.best
        sign = predictor.metric.sign

        def score(X: np.ndarray) -> np.ndarray:
            belief = predictor.predict(X)
            gain = log_expected_improvement(cost(belief), unlearned(belief.latent_std, self.belief.latent_std), best)
            return gain + outlook.log_probability(X) if is_bound else gain

        def guide(X: np.ndarray) -> np.ndarray:
            mean, std = predictor.lead(X)
            gain = log_expected_improvement(sign * mean, unlearned(std, self.guessed), best)
            return gain + outlook.guess(X) if is_bound else gain

        promise = Guided(score, guide)
        return self.untried.ahead(promise) if self.untried else promise

    def again(self, n_runs: np.ndarray) -> Again | None:
        """The one that is worth measuring again; each ran so often, 0 where it may not be: shape (n,)."""
        kept = np.flatnonzero(self.is_likely)
        again = choose_again(cost(self.belief)[kept], self.belief.latent_std[kept], n_runs[kept], self.noise)
        return again and replace(again, row=int(kept[again.row]))

    def log_gain_of(self, outlook: Outlook, x: np.ndarray) -> float:
        """Logarithm of what a measurement of a new configuration (1, d) is worth; none is worth nothing."""
        if not len(x):
            return -math.inf
        if self.untried and self.untried.has(x)[0]:
            return math.inf
        return log_gain_of_new(outlook.main.predict(x), self.best, self.noise) + float(outlook.log_probability(x)[0])

    def pick_again(self, configuration: dict[str, Value], again: Again) -> Pick:
        """A measured configuration, to measure it again."""
        now, then = self._ends(again.log_gain)
        reason = f"a repeat is wanted: the best one leads with probability {again.lead:.2g} only"
        return Pick(configuration, reason, abs(then - now), _share(now, then))

    def pick(self, outlook: Outlook, configuration: dict[str, Value], log_gain: float, x: np.ndarray) -> Pick:
        """A new configuration with the expected improvement in words, by the metric's own scale."""
        metric, log_p = self.belief.metric, outlook.log_probability(x)[0] if outlook.is_bound else 0.0
        chance = f"with probability {math.exp(log_p):.2g}"
        if not self.is_likely.any():
            return Pick(configuration, f"the first that is an answer, {chance}")
        is_first = log_gain > AHEAD / 2
        now, then = self._ends(log_gain - AHEAD * is_first)
        share = _share(now, then)
        better = f"{100 * share:.2g} %" if now else f"{abs(then - now):.2g}"
        reason = f"expected improvement {better} over {metric.name} {now:.4g} {metric.unit}".strip()
        reason += ", two values together for the first time" if is_first else ""
        reason += f", an answer {chance}" if log_p < LIKELY else ""
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
