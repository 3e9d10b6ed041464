"""Tables of measurements: immutable rows of options, environment, metrics and status."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from transferperf.data.measurement import Measurement, Status
from transferperf.data.samples import Outcomes, Samples
from transferperf.data.weighted_sum import sum_of, weighted_sum
from transferperf.errors import DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import ConfigurationSpace, Encoding, Environment
from transferperf.space.encoding import encode_value
from transferperf.space.environment import factor_text

__all__ = [
    "OWN",
    "RESERVED",
    "MeasurementTable",
    "Outcomes",
    "Samples",
    "is_ok",
    "measurement_rows",
    "merge_metrics",
    "values_of",
]

RESERVED = ("status", "reason", "cost_s", "repeat", "timestamp")
"""Columns that are neither option nor environment nor metric."""

OWN = "own"
"""Value of a factor that was made to tell a target's rows from those of its sources."""


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
        """The metric of that name, or that a weighted sum of metrics is; UnknownNameError lists those that are there.

        Raises
        ------
        DataError
            Where a weighted sum makes no sense.
        """
        name = name.name if isinstance(name, Metric) else Metric.parse(name).name
        for metric in self.metrics:
            if metric.name == name:
                return metric
        summed = weighted_sum(name, self.metrics)
        if summed is not None:
            return summed
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
        y, is_capped = self._values(metric, rows := self.frame[self._is_in(environment)])
        is_known = ~np.isnan(y)
        X = Encoding(self.space).encode(rows.loc[is_known, list(self.space.names)])
        return Outcomes(X, y[is_known], is_capped[is_known]).samples()

    def outcomes(self, metric: str | Metric, environment: Environment) -> Outcomes:
        """What came of each row of one environment, those included that have no value."""
        rows = self.frame[self._is_in(environment)]
        return Outcomes(Encoding(self.space).encode(rows), *self._values(metric, rows))

    def _values(self, metric: str | Metric, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Value of each row, NaN where it has none, and whether it is capped; each (n,)."""
        metric = self.metric(metric)
        y = values_of(metric, rows)
        return _judged(metric, y, is_ok(rows), _has_status(rows, Status.TIMEOUT))

    def outcomes_of(self, measurement: Measurement, metric: str | Metric) -> Outcomes:
        """What came of one measurement, as if its rows were in the table."""
        metric, encoding = self.metric(metric), Encoding(self.space)
        y = np.array(measurement.values(metric.name) or (np.nan,), dtype=float)
        x = [encode_value(option, measurement.configuration[option.name]) for option in encoding.options]
        judged = _judged(metric, y, *(np.array(measurement.status is s) for s in (Status.OK, Status.TIMEOUT)))
        return Outcomes(encoding.settle(np.tile(x, (len(y), 1))), *judged)

    def validity(self, environment: Environment) -> Samples:
        """Share of each configuration's rows in one environment that ran: ok or timeout, not invalid or failed."""
        rows = self.frame[self._is_in(environment)]
        y = (is_ok(rows) | _has_status(rows, Status.TIMEOUT)).astype(float)
        X = Encoding(self.space).encode(rows[list(self.space.names)])
        return Outcomes(X, y, np.zeros(len(y), dtype=bool)).samples()


def values_of(metric: Metric, rows: pd.DataFrame) -> np.ndarray:
    """Value of each row, NaN where it has none, shape (n,)."""
    if metric.name in rows:
        return rows[metric.name].to_numpy(dtype=float)
    summed = sum_of(metric.name, rows)
    return np.full(len(rows), np.nan) if summed is None else summed


def _judged(
    metric: Metric, y: np.ndarray, is_good: np.ndarray, is_timeout: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values y (n,) of rows that ended well or at a timeout, NaN for others, and whether they are capped; each (n,)."""
    is_stopped = is_timeout & metric.lower_is_better
    is_capped = is_stopped | (y >= (np.inf if metric.cap is None else metric.cap))
    return np.where(is_good | is_stopped, y, np.nan), is_capped


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


def merge_metrics(declared: Sequence[Metric | str]) -> tuple[Metric, ...]:
    """Declarations as metrics; DataError where one name is declared twice."""
    metrics = tuple(Metric.parse(declaration) for declaration in declared)
    names = [metric.name for metric in metrics]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"metric {', '.join(twice)} is declared twice; declare each once")
    return metrics
