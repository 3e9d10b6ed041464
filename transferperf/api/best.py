"""The best configurations under a fitted model: of the measured ones, or of the whole space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transferperf.data.table import MeasurementTable
from transferperf.errors import SpaceError, UnknownNameError
from transferperf.models import Feasibility, Prediction, TransferPredictor
from transferperf.models.conservative import LEVEL, guaranteed, pessimistic_cost
from transferperf.models.tabled import prepare
from transferperf.search import Conditions, Found, Grid, Guided, Pool, Score, best_of_space, prove
from transferperf.search.where import BOUNDING, Where
from transferperf.space import Encoding

LEAST_P_VALID = 0.5
"""Probability of being valid below which a configuration is not called one of the best."""

SURELY_VALID, NEARLY = 0.9, 0.95
"""The same where nothing can be measured any more; or this share of the largest probability of a measured one."""


class BestConfigurations(pd.DataFrame):
    """The best configurations, best first: one column for each option, then mean, low and high in the metric's unit.

    Those that are chosen offline have one more, `guaranteed`: what the mean of many repeats keeps with probability 0.9.

    Attributes
    ----------
    exact
        Whether no configuration that was allowed has a better mean, or guaranteed value, under the model.
    how
        How they were found, in words.
    """

    _metadata = ["exact", "how"]  # noqa: RUF012  # pandas wants a list of that name
    exact: bool
    how: str

    @property
    def _constructor(self) -> type["BestConfigurations"]:
        return BestConfigurations


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is chosen from, and by whom.

    Parameters
    ----------
    predictor
        Whose mean decides.
    feasibility
        P(valid); None where everything is.
    predictor_of
        The predictor of another metric.
    pessimism
        Standard deviations by which each configuration is taken for worse than it is believed to be; None where the
        mean decides.
    """

    table: MeasurementTable
    predictor: TransferPredictor
    feasibility: Feasibility | None
    predictor_of: Callable[[str], TransferPredictor]
    seed: int
    pessimism: float | None = None

    def best(self, k: int, where: Sequence[Where], *, observed_only: bool) -> BestConfigurations:
        """The k best that meet all conditions."""
        measured = self.table.configurations().drop_duplicates(ignore_index=True)
        conditions = self._conditions(self._settled(where, observed_only=observed_only), measured)
        if observed_only:
            score = self._score(self.predictor)
            found = Pool.of(self.table.space, measured).best(score, k, allowed=conditions.allowed)
        else:
            found = self._best_of_space(k, measured, conditions)
        prediction = self.predictor.predict(self._encode(found.configurations))
        low, high = prediction.response_interval()
        best = BestConfigurations(found.configurations.assign(mean=prediction.mean, low=low, high=high))
        best.exact, best.how = found.is_exact, found.how
        if self.pessimism is not None:
            best["guaranteed"] = guaranteed(prediction, self.pessimism)
            best.how += f", by what is guaranteed with {100 * LEVEL:g} %"
        if self.feasibility is not None:
            best.how += ", without those that are likely invalid"
        return best

    def _settled(self, where: Sequence[Where], *, observed_only: bool) -> list[Where]:
        """The conditions, and what moves bound by the best value that those before it allow."""
        names = self.table.space.names
        settled = [each for each in where if not each.is_moving or each.name in names]
        for each in where:
            if each.is_moving and each.name not in names:
                other = replace(self, predictor=self._predictor_of(each.name))
                found = other.best(1, settled, observed_only=observed_only)
                metric, belief = other.predictor.metric, other.predictor.predict(self._encode(found))
                best = self._believed(each.near(0.0, metric), belief)[0]
                settled.append(each.near(float(best), metric))
        return settled

    def _best_of_space(self, k: int, measured: pd.DataFrame, conditions: Conditions) -> Found:
        """The k best of the whole space, proven where that can be."""
        space = self.table.space
        quick = prepare(self.predictor, Grid.of(space).codes)
        score, allowed = self._score(quick), conditions.allowed
        starts = Pool.of(space, measured).best(score, 8).configurations
        if self.pessimism is not None:  # proofs speak of means
            return best_of_space(score, space, k, starts=starts, seed=self.seed, allowed=allowed)
        try:
            found = best_of_space(score, space, k, starts=starts, seed=self.seed, allowed=allowed)
        except SpaceError:  # a climb found nothing that meets the conditions: bounds may
            proven = prove(None, self.predictor, score, space, conditions, k=k) if conditions.bounds else None
            if proven is None:
                raise
            return proven
        return found if found.is_exact else prove(found, self.predictor, score, space, conditions, k=k) or found

    def _score(self, predictor: TransferPredictor) -> Score:
        """What makes a configuration the best."""
        kappa = self.pessimism
        return _believed_best(predictor) if kappa is None else lambda X: -pessimistic_cost(predictor.predict(X), kappa)

    def _encode(self, configurations: pd.DataFrame) -> np.ndarray:
        return Encoding(self.table.space).encode(configurations)

    def _conditions(self, where: Sequence[Where], measured: pd.DataFrame) -> Conditions:
        """What an answer has to satisfy: it meets all conditions, and may be valid."""
        names, valid = self.table.space.names, self.feasibility
        on_options = [(c.name, c.holds) for c in where if c.name in names]
        on_metrics = [(c, self._predictor_of(c.name)) for c in where if c.name not in names]
        if not where and valid is None:
            return Conditions()
        least, share = (LEAST_P_VALID, 1 - 1e-9) if self.pessimism is None else (SURELY_VALID, NEARLY)
        likely = min(least, share * valid.predict(self._encode(measured)).max()) if valid else 0.0

        def allowed(configurations: pd.DataFrame) -> np.ndarray:
            X = self._encode(configurations)
            met = [holds(configurations[name]) for name, holds in on_options]
            met += [c.holds(pd.Series(self._believed(c, other.predict(X)))) for c, other in on_metrics]
            if valid is not None:
                met.append(valid.predict(X) >= likely)
            return np.logical_and.reduce(met)

        bounds = [bound for c, other in on_metrics if (bound := c.bound(other))]
        return Conditions(options=on_options, bounds=bounds, allowed=allowed)

    def _believed(self, condition: Where, other: Prediction) -> np.ndarray:
        """What another metric is held to be, shape (n,): its median, or the value that it keeps with LEVEL."""
        side = BOUNDING.get(condition.comparison, 0.0)
        return other.median if self.pessimism is None else other.quantile(0.5 + side * (LEVEL - 0.5))

    def _predictor_of(self, name: str) -> TransferPredictor:
        """The predictor of one of the table's metrics, in the same target."""
        if name == self.predictor.metric.name:
            return self.predictor
        metrics = [metric.name for metric in self.table.metrics]
        if name not in metrics:
            raise UnknownNameError("option or metric in a condition", name, [*self.table.space.names, *metrics])
        return self.predictor_of(name)


def _believed_best(predictor: TransferPredictor) -> Guided:
    """Minus the believed cost, guided by that of the expert that is believed most."""
    sign = predictor.metric.sign
    return Guided(lambda X: -sign * predictor.predict(X).latent_mean, lambda X: -sign * predictor.lead(X)[0])
