"""What a study believes: of its metric, of the metrics that its conditions speak of, and of what is valid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transferperf.data.measurement import Measurement, Status
from transferperf.errors import NotEnoughDataError
from transferperf.models import Feasibility, Prediction, TransferPredictor, fit_feasibility
from transferperf.models.tabled import prepare
from transferperf.search import Where, is_among
from transferperf.study.belief import REFIT_SHARE, Belief
from transferperf.study.goal import Goal
from transferperf.study.state import State

LIKELY = float(np.log(0.5))
"""Log probability from which on something is believed."""

NOT_DENIED = float(np.log(0.25))
"""Log probability from which on what was measured to meet a condition is believed: it may do so by a hair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All that is believed of the target's configurations.

    Parameters
    ----------
    predictor
        Of the metric that is to be improved; None where nothing is known of it.
    conditions
        Conditions on metrics, and the predictor of each; those of which nothing is known are left out.
    feasibility
        P(valid); None where nothing was invalid or failed.
    broken
        Encoded configurations that were measured not to meet a condition, (m, d) for each.
    others
        Predictors of further metrics that are to be improved.
    """

    predictor: TransferPredictor | None
    conditions: tuple[tuple[Where, TransferPredictor], ...] = ()
    feasibility: Feasibility | None = None
    broken: tuple[np.ndarray, ...] = ()
    others: tuple[TransferPredictor | None, ...] = ()

    @property
    def objectives(self) -> tuple[TransferPredictor, ...]:
        """The predictors of all that is to be improved; none where one of them is not known."""
        every = (self.predictor, *self.others)
        known = tuple(predictor for predictor in every if predictor is not None)
        return known if len(known) == len(every) else ()

    @property
    def main(self) -> TransferPredictor:
        """The predictor; NotEnoughDataError where nothing is known."""
        if self.predictor is None:
            raise NotEnoughDataError("nothing was measured that a model could be fitted to; tell a measurement")
        return self.predictor

    @property
    def is_bound(self) -> bool:
        """Whether a configuration may be no answer, however good it is."""
        return bool(self.conditions) or self.feasibility is not None

    def log_probability(self, X: np.ndarray) -> np.ndarray:
        """Logarithm of the probability that encoded configurations X (n, d) are valid and meet all conditions: (n,)."""
        said = np.zeros(len(X)) if self.feasibility is None else np.log(self.feasibility.predict(X))
        return said + self.log_met(X)

    def log_met(self, X: np.ndarray) -> np.ndarray:
        """Logarithm of the probability that encoded configurations X (n, d) meet all conditions: (n,)."""
        said = np.zeros(len(X))
        for where, predictor in self.conditions:
            belief = predictor.predict(X)
            said += where.log_probability(belief.latent_mean, belief.latent_std, belief.warping)
        return said

    def has_met(self, X: np.ndarray) -> np.ndarray:
        """Whether measured configurations X (n, d) met all conditions, and are not believed to do otherwise: (n,)."""
        met = self.log_met(X) >= NOT_DENIED
        for broken in self.broken:
            met &= ~is_among(X, broken)
        return met

    def guess(self, X: np.ndarray) -> np.ndarray:
        """Much like `log_probability`, but quicker: only the leading expert on each condition is asked; shape (n,)."""
        said = np.zeros(len(X)) if self.feasibility is None else np.log(self.feasibility.predict(X))
        for where, predictor in self.conditions:
            said += where.log_probability(*predictor.lead(X), predictor.warping)
        return said

    def believe(self, X: np.ndarray) -> "Outlook":
        """The outlook after encoded configurations X (n, d) came out as predicted."""
        conditions = tuple((where, predictor.believe(X)) for where, predictor in self.conditions)
        others = tuple(predictor and predictor.believe(X) for predictor in self.others)
        predictor = self.predictor and self.predictor.believe(X)
        return replace(self, predictor=predictor, conditions=conditions, others=others)

    def prepared(self, codes: Sequence[np.ndarray]) -> "Outlook":
        """The outlook, made quick at configurations whose options have one of `codes`, ascending for each."""
        valid = self.feasibility
        return replace(
            self,
            predictor=self.predictor and prepare(self.predictor, codes),
            conditions=tuple((where, prepare(predictor, codes)) for where, predictor in self.conditions),
            feasibility=valid and replace(valid, predictor=prepare(valid.predictor, codes)),
            others=tuple(predictor and prepare(predictor, codes) for predictor in self.others),
        )


def cost(belief: Prediction) -> np.ndarray:
    """Believed latent cost, shape (n,): smaller is better."""
    return belief.metric.sign * belief.latent_mean


class Beliefs:
    """The models of one study, of all the metrics that matter to it.

    What was told decides alone when they are fitted, as for `Belief`.

    Parameters
    ----------
    state
        Where the study starts.
    goal
        What is asked of other metrics, or of the same.
    transfer, seed
        As for `transferperf.models.fit`.
    """

    def __init__(self, state: State, goal: Goal, *, transfer: str, seed: int) -> None:
        self.goal, self.transfer, self.seed = goal, transfer, seed
        metrics = {where.name: state.table.metric(where.name) for where in goal.on_metrics}
        metrics |= {metric.name: metric for metric in goal.others}
        first = state.metric.name
        self.state = state
        self._others = {name: state.of(metric) for name, metric in metrics.items() if name != first}
        starts = {first: state, **self._others}
        self._beliefs = {name: Belief(start, transfer=transfer, seed=seed) for name, start in starts.items()}
        self._valid: Feasibility | None = None
        self._is_due, self._n_rows = True, 0

    def tell(self, state: State, measured: Measurement) -> None:
        """Take in that a study has come to `state` by one more measurement."""
        self.state = state
        for name in self._others:
            self._others[name] = self._others[name].told(measured.configuration, measured)
        for name, belief in self._beliefs.items():
            belief.tell(self._others.get(name, state), measured)
        has_run = measured.status in (Status.OK, Status.TIMEOUT)
        grown = len(state.table) >= (1 + REFIT_SHARE) * self._n_rows
        self._is_due |= not has_run or measured.environment != state.target or (self._valid is not None and grown)

    def now(self) -> Outlook:
        """What is believed."""
        state, name = self.state, self.state.metric.name
        believed = {name: belief.now(self._others.get(name, state)) for name, belief in self._beliefs.items()}
        outlook = Outlook(
            predictor=believed[name],
            feasibility=self._feasibility(),
            others=tuple(believed[metric.name] for metric in self.goal.others),
        )
        for where in sorted(self.goal.on_metrics, key=lambda where: where.is_moving):
            bound = self._bound(where, outlook, believed[where.name]) if where.is_moving else where
            outlook = self._under(bound, outlook, believed[where.name]) if bound else outlook
        return outlook

    def _under(self, where: Where, outlook: Outlook, predictor: TransferPredictor | None) -> Outlook:
        """The outlook under one more condition, of which a predictor knows something, or nobody does."""
        samples = self.state_of(where.name).samples
        broken = samples.X[~where.holds(pd.Series(samples.y))]
        known = ((where, predictor),) if predictor else ()
        return replace(outlook, conditions=outlook.conditions + known, broken=(*outlook.broken, broken))

    def _bound(self, where: Where, outlook: Outlook, predictor: TransferPredictor | None) -> Where | None:
        """What a moving condition means now; None while nobody knows.

        The best value is the best that is believed of what was measured and may be the answer by the outlook; before
        the target was measured, of the best of the sources. That one meets the condition, whatever its runs gave.
        """
        state = self.state_of(where.name)
        samples, sign = state.samples, state.metric.sign
        X = samples.X if len(samples) else state.leading_sources
        may = self.goal.allows(X) & outlook.has_met(X)
        if not may.any() or not (predictor or len(samples)):
            return None
        costs = sign * (predictor.predict(X).median if predictor else samples.y)
        at = int(np.where(may, costs, np.inf).argmin())
        bound = where.near(sign * float(costs[at]), state.metric)
        if len(samples) and not bound.holds(pd.Series(samples.y[[at]]))[0]:
            return replace(bound, value=repr(float(samples.y[at])))
        return bound

    def state_of(self, metric: str) -> State:
        """The state as to one of the metrics."""
        return self._others.get(metric, self.state)

    def _feasibility(self) -> Feasibility | None:
        if self._is_due:
            state = self.state
            self._valid = fit_feasibility(state.table, target=state.target, transfer=self.transfer, seed=self.seed)
            self._is_due, self._n_rows = False, len(state.table)
        return self._valid
