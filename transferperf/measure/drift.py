"""Whether a machine changed while it was measured: the same configuration, measured again and again (an A/A test)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.space import Environment

BEYOND_CHANCE = 0.01
"""Probability of the differences between controls, were there no drift, under which there is one."""

EXACT = 1e-18
"""Sum of squared logarithms up to which values are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a metric of the control changed in an environment.

    Parameters
    ----------
    rows, levels
        Where each control stands among the environment's rows, and the logarithm of its mean; shapes (c,).
    noise
        Standard deviation of the logarithm within a control.
    chance
        Probability of such differences were there no drift (F test on logarithms); NaN where nothing was repeated.
    """

    environment: Environment
    metric: Metric
    rows: np.ndarray
    levels: np.ndarray
    noise: float
    chance: float

    @property
    def spread(self) -> float:
        """How far the largest control is above the smallest, as a share of that."""
        return math.expm1(float(np.ptp(self.levels)))

    @property
    def is_certain(self) -> bool:
        """Whether the controls differ by more than chance."""
        return self.chance < BEYOND_CHANCE

    def factors(self, n: int) -> np.ndarray:
        """How much larger a value is at each of `n` rows than at the median control; shape (n,)."""
        at = np.interp(np.arange(n), self.rows, self.levels)
        return np.exp(at - np.median(self.levels))


def drifts(table: MeasurementTable) -> Iterator[Drift]:
    """The drift of each positive metric in each environment whose default was measured at two times or more.

    Rows count in their order. Rows of the default that follow one another are one control.
    """
    default = table.space.canonical(table.space.default)
    for environment in table.environments:
        frame = table.select(environment).frame
        is_control = np.logical_and.reduce([frame[name].to_numpy() == value for name, value in default.items()])
        for metric in table.metrics:
            values = frame[metric.name].to_numpy(dtype=float)
            rows = np.flatnonzero(is_control & np.isfinite(values))
            if len(rows) < 2 or not (values[rows] > 0).all():
                continue
            blocks = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
            if len(blocks) > 1:
                yield _drift(environment, metric, [np.log(values[block]) for block in blocks], blocks)


def without_drift(table: MeasurementTable) -> MeasurementTable:
    """The measurements with every certain drift of a metric taken out: divided by how far the control was off then."""
    numbered = replace(table, frame=table.frame.reset_index(drop=True))
    frame = numbered.frame.copy()
    for drift in drifts(numbered):
        if drift.is_certain:
            rows = numbered.select(drift.environment).frame.index
            frame[drift.metric.name] = frame[drift.metric.name].astype(float)
            frame.loc[rows, drift.metric.name] /= drift.factors(len(rows))
    return replace(table, frame=frame)


def _drift(environment: Environment, metric: Metric, runs: list[np.ndarray], places: list[np.ndarray]) -> Drift:
    spare = sum(map(len, runs)) - len(runs)
    within = sum(float(((run - run.mean()) ** 2).sum()) for run in runs)
    between = sum(len(run) * (run.mean() - np.concatenate(runs).mean()) ** 2 for run in runs)
    if spare == 0:
        chance = math.nan
    elif within < EXACT:
        chance = float(between < EXACT)
    else:
        chance = float(stats.f.sf(between / (len(runs) - 1) / (within / spare), len(runs) - 1, spare))
    return Drift(
        environment=environment,
        metric=metric,
        rows=np.array([place.mean() for place in places]),
        levels=np.array([run.mean() for run in runs]),
        noise=math.sqrt(within / spare) if spare else math.nan,
        chance=chance,
    )
