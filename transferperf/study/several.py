"""What to measure next where several metrics are to be improved: what adds most to their front.

Costs are latent: of each metric on the scale on which it is modelled, where beliefs are normal and the spread of what
was measured is about 1, so that no metric counts more than another by its unit.
Symbols: X (n, d) encoded configurations, U (m, k) believed costs of k metrics.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.models import TransferPredictor
from transferperf.search import Grid, Guided, Score
from transferperf.search.acquisition import unlearned
from transferperf.search.hypervolume import (
    hypervolume,
    is_undominated,
    log_expected_hypervolume,
    open_boxes,
    reference_point,
)
from transferperf.space import Value
from transferperf.study.outlook import LIKELY, Outlook, cost
from transferperf.study.scope import Scope
from transferperf.study.standing import Pick, Picks, is_likely


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The front as it stands, and what it leaves open.

    Parameters
    ----------
    near
        What is on the front, encoded, shape (n, d).
    boxes
        What the front does not beat, below the reference, as `open_boxes` gives it.
    volume
        What it beats there; 0 while nothing is likely an answer.
    """

    near: np.ndarray
    boxes: tuple[np.ndarray, np.ndarray]
    volume: float

    @classmethod
    def of(cls, outlook: Outlook, known: np.ndarray, n_ran: int) -> "Outline":
        """That of known configurations (n, d), of which the first `n_ran` have run."""
        U = _costs(outlook.objectives, known)
        likely = is_likely(outlook, known, n_ran)
        reference = reference_point(U[likely]) if likely.any() else U.max(axis=0)
        front = np.flatnonzero(likely)[is_undominated(U[likely])]
        return cls(near=known[front], boxes=open_boxes(U[front], reference), volume=hypervolume(U[front], reference))

    def promise(self, outlook: Outlook, known: np.ndarray) -> Score:
        """Log expected improvement of the hypervolume, and log probability of being an answer, with a guide to it.

        `known` (m, d) was measured, or is pending.
        """
        predictors, is_bound = outlook.objectives, outlook.is_bound
        settled = [predictor.predict(known).latent_std for predictor in predictors]
        guessed = [predictor.lead(known)[1] for predictor in predictors]

        def score(X: np.ndarray) -> np.ndarray:
            beliefs = [predictor.predict(X) for predictor in predictors]
            stds = [unlearned(b.latent_std, left) for b, left in zip(beliefs, settled, strict=True)]
            mean, std = np.stack([*map(cost, beliefs)], axis=1), np.stack(stds, axis=1)
            gain = log_expected_hypervolume(mean, std, self.boxes)
            return gain + outlook.log_probability(X) if is_bound else gain

        def guide(X: np.ndarray) -> np.ndarray:
            means, stds = zip(*(predictor.lead(X) for predictor in predictors), strict=True)
            stds = tuple(map(unlearned, stds, guessed))
            signs = [predictor.metric.sign for predictor in predictors]
            gain = log_expected_hypervolume(np.stack(means, axis=1) * signs, np.stack(stds, axis=1), self.boxes)
            return gain + outlook.guess(X) if is_bound else gain

        return Guided(score, guide)

    def pick(self, outlook: Outlook, configuration: dict[str, Value], log_gain: float, x: np.ndarray) -> Pick:
        """A new configuration, with what it is expected to add in words."""
        log_p = outlook.log_probability(x)[0] if outlook.is_bound else 0.0
        chance = f"with probability {math.exp(log_p):.2g}"
        if not self.volume:
            return Pick(configuration, f"the first that is an answer, {chance}")
        share = math.exp(log_gain) / self.volume
        reason = f"expected to add {100 * share:.2g} % to what the front beats"
        return Pick(configuration, reason + (f", an answer {chance}" if log_p < LIKELY else ""), share=share)


def additions(scope: Scope, outlook: Outlook) -> Picks:
    """What adds most to the front, one after the other, each believed to come out as predicted."""
    state, grid = scope.state, Grid.of(scope.space)
    pending, taken = state.encode(state.pending), state.taken()
    n_ran = len(state.samples)
    known = np.concatenate([state.samples.X, pending])
    outlook = outlook.believe(pending)
    while True:
        quick = outlook if scope.candidates is not None else outlook.prepared(grid.codes)
        outline = Outline.of(quick, known, n_ran)
        found = scope.next(outline.promise(quick, known), taken, near=outline.near)
        if found is None:  # nothing valid is left
            return
        x = grid.encode(pd.DataFrame([found[0]]))
        yield outline.pick(quick, *found, x)
        known, taken = np.concatenate([known, x]), np.concatenate([taken, x])
        outlook = outlook.believe(x)


def _costs(predictors: Sequence[TransferPredictor], X: np.ndarray) -> np.ndarray:
    """Believed latent costs at X (n, d), shape (n, k)."""
    return np.stack([cost(predictor.predict(X)) for predictor in predictors], axis=1)
