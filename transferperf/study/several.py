"""What to measure next where several metrics are to be improved: what adds most to their front.

Costs are latent: of each metric on the scale on which it is modelled, where beliefs are normal and the spread of what
was measured is about 1, so that no metric counts more than another by its unit.
Symbols: X (n, d) encoded configurations, U (m, k) believed costs of k metrics.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from transferperf.data.samples import Samples
from transferperf.search import Guided, Score, learned
from transferperf.search.acquisition import unlearned
from transferperf.search.hypervolume import (
    hypervolume,
    is_undominated,
    log_expected_hypervolume,
    open_boxes,
    reference_point,
)
from transferperf.space import Value
from transferperf.study.course import in_turn
from transferperf.study.outlook import LIKELY, Outlook, cost
from transferperf.study.repeat import Again, Noise, choose_again_for_front
from transferperf.study.scope import Scope
from transferperf.study.standing import Pick, Picks, is_likely


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The front as it stands, and what it leaves open.

    Parameters
    ----------
    costs, stds
        What is believed of all that is known, and the deviations, shape (n, k).
    guessed
        Deviations of the experts that are believed most; (n,) for each metric.
    is_likely
        Whether each is likely an answer, shape (n,).
    noises
        How far measurements of each metric scatter.
    near
        What is on the front, encoded, shape (m, d).
    reference
        Costs beyond which nothing counts, shape (k,).
    boxes
        What the front does not beat, below the reference, as `open_boxes` gives it.
    """

    costs: np.ndarray
    stds: np.ndarray
    guessed: tuple[np.ndarray, ...]
    is_likely: np.ndarray
    noises: tuple[Noise, ...]
    near: np.ndarray
    reference: np.ndarray
    boxes: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, outlook: Outlook, known: np.ndarray, samples: Sequence[Samples]) -> "Outline":
        """That of known configurations (n, d): those of the first metric's samples have run."""
        beliefs = [predictor.predict(known) for predictor in outlook.objectives]
        U = np.stack([*map(cost, beliefs)], axis=1)
        likely = is_likely(outlook, known, len(samples[0]))
        reference = reference_point(U[likely]) if likely.any() else U.max(axis=0)
        front = np.flatnonzero(likely)[is_undominated(U[likely])]
        return cls(
            costs=U,
            stds=np.stack([belief.latent_std for belief in beliefs], axis=1),
            guessed=tuple(predictor.lead(known)[1] for predictor in outlook.objectives),
            is_likely=likely,
            noises=tuple(map(Noise.of, outlook.objectives, samples, beliefs)),
            near=known[front],
            reference=reference,
            boxes=open_boxes(U[front], reference),
        )

    @property
    def volume(self) -> float:
        """What the front beats below the reference; 0 while nothing is likely an answer."""
        return hypervolume(self.costs[self.is_likely], self.reference)

    def promise(self, outlook: Outlook) -> Score:
        """Log expected improvement of the hypervolume, and log probability of being an answer, with a guide to it."""
        predictors, is_bound = outlook.objectives, outlook.is_bound

        def score(X: np.ndarray) -> np.ndarray:
            beliefs = [predictor.predict(X) for predictor in predictors]
            stds = [unlearned(b.latent_std, left) for b, left in zip(beliefs, self.stds.T, strict=True)]
            mean, std = np.stack([*map(cost, beliefs)], axis=1), np.stack(stds, axis=1)
            gain = log_expected_hypervolume(mean, std, self.boxes)
            return gain + outlook.log_probability(X) if is_bound else gain

        def guide(X: np.ndarray) -> np.ndarray:
            means, stds = zip(*(predictor.lead(X) for predictor in predictors), strict=True)
            stds = tuple(map(unlearned, stds, self.guessed))
            signs = [predictor.metric.sign for predictor in predictors]
            gain = log_expected_hypervolume(np.stack(means, axis=1) * signs, np.stack(stds, axis=1), self.boxes)
            return gain + outlook.guess(X) if is_bound else gain

        return Guided(score, guide)

    def again(self, n_runs: np.ndarray) -> Again | None:
        """The one that is worth measuring again; each ran so often, 0 where it may not be: shape (n,)."""
        kept = np.flatnonzero(self.is_likely)
        again = choose_again_for_front(self.costs[kept], self.stds[kept], n_runs[kept], self.noises, self.reference)
        return again and replace(again, row=int(kept[again.row]))

    def log_gain_of(self, outlook: Outlook, x: np.ndarray) -> float:
        """Logarithm of what a measurement of a new configuration (1, d) is worth; none is worth nothing."""
        if not len(x):
            return -math.inf
        beliefs = [predictor.predict(x) for predictor in outlook.objectives]
        stds = [learned(b.latent_std, noise.of_measurement) for b, noise in zip(beliefs, self.noises, strict=True)]
        gain = log_expected_hypervolume(np.stack([*map(cost, beliefs)], 1), np.stack(stds, 1), self.boxes)
        return float(gain[0]) + float(outlook.log_probability(x)[0])

    def pick_again(self, configuration: dict[str, Value], again: Again) -> Pick:
        """A measured configuration, to measure it again."""
        reason = f"a repeat is wanted: whether it is on the front is known with probability {again.lead:.2g} only"
        return Pick(configuration, reason, share=math.exp(again.log_gain) / self.volume)

    def pick(self, outlook: Outlook, configuration: dict[str, Value], log_gain: float, x: np.ndarray) -> Pick:
        """A new configuration, with what it is expected to add in words."""
        log_p = outlook.log_probability(x)[0] if outlook.is_bound else 0.0
        chance = f"with probability {math.exp(log_p):.2g}"
        volume = self.volume
        if not volume:
            return Pick(configuration, f"the first that is an answer, {chance}")
        share = math.exp(log_gain) / volume
        reason = f"expected to add {100 * share:.2g} % to what the front beats"
        return Pick(configuration, reason + (f", an answer {chance}" if log_p < LIKELY else ""), share=share)


def additions(scope: Scope, outlook: Outlook) -> Picks:
    """What adds most to the front, one after the other, each believed to come out as predicted.

    Where measurements are noisy, one that may not be where it seems is measured again, if that adds more.
    """
    samples = [scope.state.of(predictor.metric).samples for predictor in outlook.objectives]
    return in_turn(scope, outlook, scope.state.samples, lambda quick, known: Outline.of(quick, known, samples))
