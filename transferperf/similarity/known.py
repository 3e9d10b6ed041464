"""What is known of each environment, and of what two of them have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from transferperf.data.table import MeasurementTable, Samples
from transferperf.metric import Metric
from transferperf.similarity.measured import are_valid, measured, numbered, two_or_more


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One environment.

    Parameters
    ----------
    name
        Of the environment.
    ids
        A number for each valid configuration, ascending, shape (n,).
    samples
        What was measured of them.
    tried
        Numbers of all configurations that were tried, ascending, shape (m,).
    X_tried
        The same, encoded, shape (m, d).
    is_invalid
        Which of them failed or were stopped by a timeout, shape (m,).
    """

    name: str
    ids: np.ndarray
    samples: Samples
    tried: np.ndarray
    X_tried: np.ndarray
    is_invalid: np.ndarray


def known(table: MeasurementTable, metric: Metric) -> list[Known]:
    """Each environment of a table; NotEnoughDataError where there is one.

    A configuration is invalid where most of its rows failed, a timeout stopped it, or it took for ever; one that ran
    but has no value of this metric was not tried.
    """
    environments = two_or_more(table)
    found_there = [measured(table, metric, environment) for environment in environments]
    ran = [table.validity(environment) for environment in environments]
    ids = numbered([samples.X for samples in (*found_there, *ran)])
    found = []
    for k, environment in enumerate(environments):
        samples, its, rows = found_there[k], ids[k], ids[len(environments) + k]
        is_good = are_valid(samples)
        good_ids, stopped = its[is_good], its[samples.is_capped]
        is_invalid = (ran[k].y < 0.5) & ~np.isin(rows, good_ids) | np.isin(rows, stopped)
        is_tried = is_invalid | np.isin(rows, good_ids)
        order, others = np.argsort(good_ids), np.argsort(rows[is_tried])
        found.append(
            Known(
                name=str(environment),
                ids=good_ids[order],
                samples=samples.select(is_good).select(order),
                tried=rows[is_tried][others],
                X_tried=ran[k].X[is_tried][others],
                is_invalid=is_invalid[is_tried][others],
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What two environments have in common.

    Parameters
    ----------
    source, target
        What was measured of the n configurations that are valid in both, in the same order.
    X_tried
        Configurations that were tried in both, shape (m, d).
    is_invalid
        Which of them are invalid in the source and in the target, shape (2, m).
    n_known
        How many configurations the source knows, those that the target does not have among them.
    """

    source: Samples
    target: Samples
    X_tried: np.ndarray
    is_invalid: np.ndarray
    n_known: int = 0

    @classmethod
    def of(cls, source: Known, target: Known) -> Self:
        """What two environments have in common."""
        i, j = _places(source.ids, target.ids)
        k, m = _places(source.tried, target.tried)
        return cls(
            source=source.samples.select(i),
            target=target.samples.select(j),
            X_tried=source.X_tried[k],
            is_invalid=np.stack([source.is_invalid[k], target.is_invalid[m]]),
            n_known=len(source.ids),
        )

    @property
    def responses(self) -> tuple[np.ndarray, np.ndarray]:
        """Means in the source and in the target, shape (n,) each."""
        return self.source.y, self.target.y


def _places(a: Sequence[int] | np.ndarray, b: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the numbers of both stand in each."""
    _, i, j = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    return i, j
