"""What a study of several metrics answers: the configurations of which none is believed to beat another in all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.data.table import Samples
from transferperf.metric import Metric
from transferperf.models import Prediction
from transferperf.search import Grid, is_among
from transferperf.search.hypervolume import is_undominated
from transferperf.study.answer import meets
from transferperf.study.outlook import Beliefs, cost
from transferperf.study.state import FIRST_ROWS

TIE = 0.25
"""Difference that is none, in standard deviations of what is believed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Front:
    """The measured configurations that are believed to be the best in some way, those best in the first metric first.

    Parameters
    ----------
    metrics
        What is to be improved, k metrics.
    configurations
        One row for each, option columns in the space's order, shape (n, d).
    mean, low, high
        What the mean of many repeats would be, and the interval that holds it with probability 0.9: one column for each
        metric, in its unit, shape (n, k). The ends are NaN while too little is measured for a model: then the mean is
        the measured one.
    beaten
        The means of what else was measured: others beat it in all metrics, or it fails a condition; shape (m, k).
    default
        Metric -> mean of the default, as it is believed; empty without a model.
    """

    metrics: tuple[Metric, ...]
    configurations: pd.DataFrame
    mean: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    beaten: pd.DataFrame
    default: Mapping[str, float]

    def __len__(self) -> int:
        return len(self.configurations)

    @property
    def n_measured(self) -> int:
        """Distinct configurations that were measured in the target."""
        return len(self) + len(self.beaten)

    @property
    def frame(self) -> pd.DataFrame:
        """One table of all: options, then mean, `_low` and `_high` of each metric."""
        sides = {"": self.mean, "_low": self.low, "_high": self.high}
        told = {f"{m.name}{side}": values[m.name] for m in self.metrics for side, values in sides.items()}
        return self.configurations.assign(**told)


def choose_front(beliefs: Beliefs) -> Front:
    """The measured configurations that met all conditions, and that none of the others is believed to beat.

    Raises
    ------
    NotEnoughDataError
        Where nothing was measured, or nothing that meets the conditions.
    """
    state, outlook = beliefs.state, beliefs.now()
    metrics = (state.metric, *beliefs.goal.others)
    samples = _common([beliefs.state_of(metric.name).samples for metric in metrics])
    X = samples[0].X
    kept = meets(beliefs.goal, state, outlook, X)
    is_believed = len(X) >= FIRST_ROWS and bool(outlook.objectives)
    believed = [predictor.predict(X) for predictor in outlook.objectives] if is_believed else []
    U = np.stack([*map(_in_steps, believed)] or [each.y * m.sign for each, m in zip(samples, metrics, strict=True)], 1)
    best = kept[is_undominated(U[kept])]
    best = best[np.lexsort(U[best].T[::-1])]
    names = [metric.name for metric in metrics]
    mean = pd.DataFrame(dict(zip(names, [b.mean for b in believed] or [each.y for each in samples], strict=True)))
    ends = [b.response_interval() for b in believed] or [(np.full(len(X), np.nan),) * 2 for _ in names]
    low, high = (pd.DataFrame(dict(zip(names, side, strict=True))) for side in zip(*ends, strict=True))
    x = Grid.of(state.table.space).default[None]
    return Front(
        metrics=metrics,
        configurations=pd.DataFrame([state.spelled(x) for x in X[best]]),
        mean=mean.iloc[best].reset_index(drop=True),
        low=low.iloc[best].reset_index(drop=True),
        high=high.iloc[best].reset_index(drop=True),
        beaten=mean.drop(index=best).reset_index(drop=True),
        default={p.metric.name: float(p.predict(x).mean[0]) for p in outlook.objectives if is_believed},
    )


def _in_steps(belief: Prediction) -> np.ndarray:
    """Latent costs in whole steps of TIE, so that nothing is on a front by a hair that nobody measured; shape (n,)."""
    step = TIE * float(np.median(belief.latent_std))
    return np.round(cost(belief) / step) if step else cost(belief)


def _common(samples: list[Samples]) -> list[Samples]:
    """Samples of several metrics, of the configurations that all of them have, in the same order."""
    for other in samples[1:]:
        samples = [each.select(is_among(each.X, other.X)) for each in samples]
    return [each.select(is_among(each.X, samples[0].X)) for each in samples]
