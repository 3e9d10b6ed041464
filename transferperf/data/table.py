"""Tables of measurements: immutable rows of options, environment, metrics and status."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np
import pandas as pd

from transferperf.data.measurement import Measurement, Status
from transferperf.errors import DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import ConfigurationSpace, Encoding, Environment
from transferperf.space.environment import factor_text

RESERVED = ("status", "reason", "cost_s", "repeat", "timestamp")
"""Columns that are neither option nor environment nor metric."""

OWN = "own"
"""Value of a factor that was made to tell a target's rows from those of its sources."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What was measured of one metric in one environment: one row for each distinct configuration.

    Rows stand in the order of their encoded configurations, so that no result depends on the order of a file's rows.

    Parameters
    ----------
    X
        Encoded configurations, shape (n, d).
    y
        Mean over the repeats, in the metric's unit, shape (n,).
    n_repeats
        How many repeats each mean is of, shape (n,).
    variance
        Unbiased variance of the repeats, in the metric's unit squared, NaN where there is one; shape (n,).
    is_capped
        Whether a timeout stopped one of the repeats, so that the true value is larger than y; shape (n,).
    """

    X: np.ndarray
    y: np.ndarray
    n_repeats: np.ndarray
    variance: np.ndarray = field(default_factory=lambda: np.empty(0))
    is_capped: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))

    def __post_init__(self) -> None:
        if not len(self.variance):
            object.__setattr__(self, "variance", np.full(len(self.y), np.nan))
        if not len(self.is_capped):
            object.__setattr__(self, "is_capped", np.zeros(len(self.y), dtype=bool))

    def __len__(self) -> int:
        return len(self.y)

    def select(self, rows: np.ndarray | slice) -> Self:
        """The samples in some rows, given by index, mask or slice."""
        chosen = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        return replace(self, **chosen)


@dataclass(frozen=True, slots=True)
class MeasurementTable:
    """Measurements of one system in any number of environments.

    Parameters
    ----------
    frame
        One row for each repeat; columns as in a measurement file. It is not copied: do not change it.
    space
        The options, and how they may be combined.
    factors
        Names of the environment columns.
    metrics
        The measured quantities.
    notes
        What was inferred or looked strange, one sentence each, for the user to read.
    """

    frame: pd.DataFrame
    space: ConfigurationSpace
    factors: tuple[str, ...]
    metrics: tuple[Metric, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def metric(self, name: str | Metric) -> Metric:
        """The metric of that name; UnknownNameError lists those that are there."""
        name = name.name if isinstance(name, Metric) else Metric.parse(name).name
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise UnknownNameError("metric", name, (metric.name for metric in self.metrics))

    @property
    def environments(self) -> tuple[Environment, ...]:
        """All environments that have a row, sorted."""
        if not self.factors:
            return (Environment(),)
        distinct = self.frame[list(self.factors)].drop_duplicates()
        return tuple(
            sorted(
                {Environment.of(dict(zip(self.factors, row, strict=True))) for row in distinct.itertuples(index=False)}
            )
        )

    def target(self, wanted: Mapping[str, object]) -> Environment:
        """The environment that `wanted` names, whether or not it was measured.

        A factor with a single value in this table may be left out, and one that was made to tell sources apart.

        Raises
        ------
        UnknownNameError
            Where a factor is missing or is no factor of this table.
        """
        values = {name: factor_text(value) for name, value in wanted.items()}
        for name in values:
            if name not in self.factors:
                raise UnknownNameError("environment factor", name, self.factors)
        for name in self.factors:
            known = sorted({environment.as_mapping()[name] for environment in self.environments})
            if name not in values and OWN in known:
                values[name] = OWN
            if name not in values and len(known) != 1:
                remedy = "Add it as FACTOR=VALUE to the target."
                raise DataError(f"the target does not say which {name}; the table has {', '.join(known)}. {remedy}")
            if name not in values:  # an empty table knows no value
                values[name] = known[0]
        return Environment.of({name: values[name] for name in self.factors})

    def select(self, environment: Environment) -> Self:
        """The rows of one environment."""
        return replace(self, frame=self.frame[self._is_in(environment)])

    def _is_in(self, environment: Environment) -> np.ndarray:
        chosen = np.ones(len(self.frame), dtype=bool)
        for name, value in environment.factors:
            codes, uniques = pd.factorize(self.frame[name])
            chosen &= np.isin(codes, [k for k, level in enumerate(uniques) if factor_text(level) == value])
        return chosen  # (n,)

    def concatenate(self, measurements: Iterable[Measurement]) -> Self:
        """A table with further measurements, one row for each repeat."""
        rows = [row for measurement in measurements for row in measurement_rows(measurement)]
        if not rows:
            return self
        new = pd.DataFrame(rows)
        if not len(self):  # columns without rows have no types to keep
            return replace(self, frame=new.reindex(columns=[*dict.fromkeys([*self.frame, *new])]))
        return replace(self, frame=pd.concat([self.frame, new], ignore_index=True))

    def configurations(self) -> pd.DataFrame:
        """The option columns of all rows, shape (n, d)."""
        return self.frame[list(self.space.names)]

    def cap(self, metric: str | Metric) -> float | None:
        """Value from which on a timeout stopped what was measured, in the metric's unit; None where there is none.

        It is the metric's own cap, or else the largest value of the rows that timed out.
        """
        metric = self.metric(metric)
        if metric.cap is not None:
            return metric.cap if np.isfinite(metric.cap) else None
        if metric.name not in self.frame or not metric.lower_is_better:
            return None
        stopped = self.frame[metric.name].to_numpy(dtype=float)[_has_status(self.frame, Status.TIMEOUT)]
        stopped = stopped[~np.isnan(stopped)]
        return float(stopped.max()) if len(stopped) else None

    def samples(self, metric: str | Metric, environment: Environment) -> Samples:
        """Mean of each configuration that was measured in one environment; rows without a value are left out.

        A timeout counts as a capped sample where it has a value, and where less is better.
        """
        metric = self.metric(metric)
        rows = self.frame[self._is_in(environment)]
        y = rows[metric.name].to_numpy(dtype=float) if metric.name in rows else np.full(len(rows), np.nan)
        is_stopped = _has_status(rows, Status.TIMEOUT) & metric.lower_is_better
        is_known = (is_ok(rows) | is_stopped) & ~np.isnan(y)
        is_capped = is_stopped | (y >= (np.inf if metric.cap is None else metric.cap))
        X = Encoding(self.space).encode(rows.loc[is_known, list(self.space.names)])
        return _aggregate(X, y[is_known], is_capped[is_known])

    def validity(self, environment: Environment) -> Samples:
        """Share of each configuration's rows in one environment that ran: ok or timeout, not invalid or failed."""
        rows = self.frame[self._is_in(environment)]
        y = (is_ok(rows) | _has_status(rows, Status.TIMEOUT)).astype(float)
        X = Encoding(self.space).encode(rows[list(self.space.names)])
        return _aggregate(X, y, np.zeros(len(y), dtype=bool))


def is_ok(frame: pd.DataFrame) -> np.ndarray:
    """Whether each row is a measurement that succeeded, shape (n,)."""
    return _has_status(frame, Status.OK)


def _has_status(frame: pd.DataFrame, status: Status) -> np.ndarray:
    """Whether each row ended so, shape (n,); where nothing is said it is ok."""
    if "status" not in frame:
        return np.full(len(frame), status is Status.OK)
    return frame["status"].fillna(Status.OK).eq(status).to_numpy()


def measurement_rows(measurement: Measurement) -> list[dict[str, object]]:
    """The rows of a measurement file that one measurement fills: one for each repeat, one where it has none."""
    fixed: dict[str, object] = {**measurement.configuration, **measurement.environment.as_mapping()}
    fixed |= {"status": str(measurement.status), "reason": measurement.reason}
    n = max(1, measurement.n_repeats)
    return [
        {**fixed, **{name: values[i] for name, values in measurement.repeats.items() if values}}
        | {"repeat": i, "cost_s": round(measurement.cost_s / n, 6)}
        for i in range(n)
    ]


def _aggregate(X: np.ndarray, y: np.ndarray, is_capped: np.ndarray) -> Samples:
    """One row for each distinct row of X (n, d), with mean and variance of its y (n,), and whether any is capped."""
    if not len(y):
        return Samples(X, y, np.empty(0, dtype=int))
    ranks = _row_ranks(X)
    order = np.lexsort((y, ranks))
    y = y[order]
    first = np.flatnonzero(np.diff(ranks[order], prepend=-1))
    n_repeats = np.diff(np.r_[first, len(y)])
    mean = np.add.reduceat(y, first) / n_repeats
    squares = np.add.reduceat((y - np.repeat(mean, n_repeats)) ** 2, first)
    variance = np.full(len(mean), np.nan)
    np.divide(squares, n_repeats - 1, out=variance, where=n_repeats > 1)
    return Samples(X[order[first]], mean, n_repeats, variance, np.logical_or.reduceat(is_capped[order], first))


def _row_ranks(X: np.ndarray) -> np.ndarray:
    """Whole numbers that compare as the rows of X (n, d) do from their first column on, shape (n,)."""
    ranks, n_ranks = np.zeros(len(X), dtype=np.int64), 1
    for column in X.T:
        codes, levels = pd.factorize(column, sort=True)
        if n_ranks * len(levels) >= 2**62:
            ranks, known = pd.factorize(ranks, sort=True)
            n_ranks = len(known)
        ranks, n_ranks = ranks * len(levels) + codes, n_ranks * len(levels)
    return ranks


def merge_metrics(declared: Sequence[Metric | str]) -> tuple[Metric, ...]:
    """Declarations as metrics; DataError where one name is declared twice."""
    metrics = tuple(Metric.parse(declaration) for declaration in declared)
    names = [metric.name for metric in metrics]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"metric {', '.join(twice)} is declared twice; declare each once")
    return metrics
