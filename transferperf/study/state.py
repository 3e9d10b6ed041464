"""Where a study stands: what is known, what is being measured, and what may still be measured."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable, Samples
from transferperf.metric import Metric
from transferperf.search import Grid, distinct
from transferperf.space import Configuration, Environment, Value
from transferperf.study.budget import Budget

Row = tuple[Value, ...]
"""The values of one canonical configuration, in the space's order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """History of a study, and its budget.

    Parameters
    ----------
    table
        All measurements, of the sources and of the target, those that were told included.
    metric
        What is to be improved.
    target
        Where.
    budget
        What may be measured in the target from the start of the study; the rows that the table had do not count.
    pending
        Configurations that were asked for and not yet told.
    answered
        Configurations that were told, as they were asked for.
    spent_s
        Seconds that the told measurements took.
    """

    table: MeasurementTable
    metric: Metric
    target: Environment
    budget: Budget
    pending: tuple[Row, ...] = ()
    answered: tuple[Row, ...] = ()
    spent_s: float = 0.0

    @property
    def samples(self) -> Samples:
        """What was measured of the metric in the target."""
        return self.table.samples(self.metric, self.target)

    @property
    def sources(self) -> MeasurementTable:
        """The rows of all other environments."""
        others = [where for where in self.table.environments if where != self.target]
        frames = [self.table.select(where).frame for where in others]
        return replace(self.table, frame=pd.concat(frames) if frames else self.table.frame[:0])

    def since(self, earlier: "State") -> Samples:
        """What was measured of the metric in the target after an earlier state of the same study."""
        frame = self.table.frame.iloc[len(earlier.table) :]
        return replace(self.table, frame=frame).samples(self.metric, self.target)

    @property
    def n_told(self) -> int:
        """How many configurations were told; repeats do not count."""
        return len(self.answered)

    @property
    def left(self) -> float:
        """Measurements or seconds that the budget has left; a pending configuration counts as one measurement."""
        return self.budget.left(len(self.answered) + len(self.pending), self.spent_s)

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be asked for."""
        return self.left <= 0

    @property
    def spent(self) -> str:
        """What the budget went into, in words."""
        return f"{self.n_told} configurations told in {self.spent_s:.3g} s, {len(self.pending)} pending"

    def row(self, configuration: Configuration) -> Row:
        """The canonical values of a configuration."""
        return tuple(self.table.space.canonical(configuration).values())

    def frame(self, rows: tuple[Row, ...]) -> pd.DataFrame:
        """Rows as configurations, shape (n, d)."""
        return pd.DataFrame(rows, columns=list(self.table.space.names))

    def taken(self) -> np.ndarray:
        """Encoded configurations that need no further suggestion: measured, failed, or pending; shape (n, d)."""
        grid = Grid.of(self.table.space)
        known = self.table.select(self.target).configurations()
        X = np.concatenate([grid.encode(known), grid.encode(self.frame(self.answered + self.pending))])
        return X[np.sort(distinct(X)[0])]

    def asked(self, rows: tuple[Row, ...]) -> "State":
        """The state after these configurations were asked for."""
        return replace(self, pending=self.pending + rows)

    def told(self, asked: Configuration, measurement: Measurement) -> "State":
        """The state after a measurement came, which may be of another configuration than the one asked for."""
        row, cost_s = self.row(asked), measurement.cost_s
        here = measurement.environment == self.target
        return replace(
            self,
            table=self.table.concatenate([measurement]),
            pending=tuple(other for other in self.pending if not here or other != row),
            answered=self.answered if not here or row in self.answered else (*self.answered, row),
            spent_s=self.spent_s + (cost_s if cost_s == cost_s else 0.0),  # noqa: PLR0124 (NaN: nobody knows)
        )
