"""What a study answers: the configuration that is believed to be the best, with what that rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from transferperf.errors import NotEnoughDataError
from transferperf.models import TransferPredictor
from transferperf.search import Grid
from transferperf.space import Value
from transferperf.study.goal import Goal
from transferperf.study.outlook import Beliefs, Outlook, cost
from transferperf.study.state import FIRST_ROWS, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The measured configuration that is believed to be the best; not the one with the luckiest run.

    Parameters
    ----------
    configuration
        Option -> value.
    mean, low, high
        What the mean of many repeats would be, and the interval that holds it with probability 0.9, in the metric's
        unit. The ends are NaN while too little is measured for a model: then the mean is the measured one.
    probability_better_than_default
        By what is believed of both; NaN without a model.
    n_measured
        Distinct configurations that were measured in the target.
    probability_meets
        That it meets all conditions on metrics, by what is believed; 1 where there is none.
    """

    configuration: Mapping[str, Value]
    mean: float
    low: float
    high: float
    probability_better_than_default: float
    n_measured: int
    probability_meets: float = 1.0


def choose_best(beliefs: Beliefs) -> Best:
    """The measured configuration that met all conditions, may be believed to, and is best.

    Raises
    ------
    NotEnoughDataError
        Where nothing was measured, or nothing that meets the conditions.
    """
    state, outlook = beliefs.state, beliefs.now()
    samples = state.samples
    kept = meets(beliefs.goal, state, outlook, samples.X)
    predictor = outlook.predictor
    if predictor is None or len(samples) < FIRST_ROWS:
        at = int(kept[(state.metric.sign * samples.y[kept]).argmin()])
        told = (float(samples.y[at]), *[float("nan")] * 3)
    else:
        at = int(kept[cost(predictor.predict(samples.X[kept])).argmin()])
        told = _told_of(predictor, samples.X[at], Grid.of(state.table.space).default)
    mean, low, high, probability = told
    return Best(
        configuration=state.spelled(samples.X[at]),
        mean=mean,
        low=low,
        high=high,
        probability_better_than_default=probability,
        n_measured=len(samples),
        probability_meets=float(np.exp(outlook.log_met(samples.X[[at]])[0])),
    )


def meets(goal: Goal, state: State, outlook: Outlook, X: np.ndarray) -> np.ndarray:
    """Places in X (m, d), which was measured, of what met the goal, and is not believed to do otherwise: shape (n,).

    Raises
    ------
    NotEnoughDataError
        Where there is none.
    """
    if not len(X):
        raise NotEnoughDataError(f"nothing was measured in target {state.target or 'environment'}; tell a measurement")
    met = goal.allows(X) & outlook.has_met(X)
    if not met.any():
        raise NotEnoughDataError(
            f"none of {len(X)} measured configurations is known to meet {goal}; measure more, or relax it"
        )
    return np.flatnonzero(met)


def _told_of(predictor: TransferPredictor, x: np.ndarray, default: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, ends of the interval, and probability of being better than the default, of one encoded row x (d,)."""
    belief = predictor.predict(np.stack([x, default]))
    low, high = belief.response_interval()
    lead = float(np.diff(cost(belief))[0])
    probability = 0.0 if (x == default).all() else stats.norm.cdf(lead / np.hypot(*belief.latent_std))
    return float(belief.mean[0]), float(low[0]), float(high[0]), float(probability)
