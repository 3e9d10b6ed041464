"""Where a study stands: what is known, what is being measured, and what may still be measured."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable, Outcomes, Samples
from transferperf.metric import Metric
from transferperf.search import Grid, distinct
from transferperf.space import Configuration, Environment, Value
from transferperf.space.encoding import encode_value
from transferperf.study.budget import Budget

N_LEADING = 16
"""Configurations with the best values, of the target and of all sources, near which better ones may lie."""

OF_TABLE = ("outcomes", "samples", "leading_sources")
"""What a state keeps that depends on its table alone."""

Row = tuple[Value, ...]
"""The values of one canonical configuration, in the space's order."""


@dataclass(frozen=True, kw_only=True)
class State:
    """History of a study, and its budget; what it comes to as arrays is kept, and handed on to later states.

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

    @cached_property
    def outcomes(self) -> Outcomes:
        """What came of each measurement in the target, in their order."""
        return self.table.outcomes(self.metric, self.target)

    @cached_property
    def samples(self) -> Samples:
        """What was measured of the metric in the target."""
        return self.outcomes.samples()

    @property
    def sources(self) -> MeasurementTable:
        """The rows of all other environments."""
        others = [where for where in self.table.environments if where != self.target]
        frames = [self.table.select(where).frame for where in others]
        return replace(self.table, frame=pd.concat(frames) if frames else self.table.frame[:0])

    @cached_property
    def leading_sources(self) -> np.ndarray:
        """Encoded configurations of N_LEADING rows with the best values elsewhere, those of each in turn: (m, d)."""
        sources = self.sources
        if self.metric.name not in sources.frame:
            return self.encode(())
        cost = self.metric.sign * sources.frame[self.metric.name].astype(float)
        factors = [sources.frame[name] for name in sources.factors]
        rank = cost.groupby(factors).rank(method="first") if factors else cost.rank()
        return self._grid.encode(sources.configurations().loc[rank.nsmallest(N_LEADING).index])

    @property
    def leading(self) -> np.ndarray:
        """Encoded configurations of N_LEADING rows with the best values in the target, shape (m, d)."""
        cost = self.metric.sign * self.outcomes.y
        best = np.argsort(cost, kind="stable")[:N_LEADING]  # no value comes last
        return self.outcomes.X[best[~np.isnan(cost[best])]]

    def since(self, earlier: "State") -> Samples:
        """What was measured of the metric in the target after an earlier state of the same study."""
        return self.outcomes.after(len(earlier.outcomes.y)).samples()

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

    def encode(self, rows: tuple[Row, ...]) -> np.ndarray:
        """Canonical values as encoded rows, shape (n, d)."""
        options = self._grid.options
        places = [self.table.space.names.index(option.name) for option in options]
        codes = [[encode_value(option, row[k]) for option, k in zip(options, places, strict=True)] for row in rows]
        return np.array(codes, dtype=float).reshape(len(rows), len(options))

    def taken(self) -> np.ndarray:
        """Encoded configurations that need no further suggestion: measured, failed, or pending; shape (n, d)."""
        X = np.concatenate([self._grid.canonical(self.outcomes.X), self._wanted])
        return X[np.sort(distinct(X)[0])]

    def asked(self, rows: tuple[Row, ...]) -> "State":
        """The state after these configurations were asked for."""
        wanted = np.concatenate([self._wanted, self.encode(rows)])
        return _known(replace(self, pending=self.pending + rows), **self._of_table, _wanted=wanted)

    def told(self, asked: Configuration, measurement: Measurement) -> "State":
        """The state after a measurement came, which may be of another configuration than the one asked for."""
        row, cost_s = self.row(asked), measurement.cost_s
        here = measurement.environment == self.target
        is_new = here and row not in self.answered
        after = replace(
            self,
            table=self.table.concatenate([measurement]),
            pending=tuple(other for other in self.pending if not here or other != row),
            answered=(*self.answered, row) if is_new else self.answered,
            spent_s=self.spent_s + (cost_s if cost_s == cost_s else 0.0),  # noqa: PLR0124 (NaN: nobody knows)
        )
        if not here:
            return _known(after, outcomes=self.outcomes, _wanted=self._wanted)
        came = self.outcomes.join(self.table.outcomes_of(measurement, self.metric))
        wanted = np.concatenate([self._wanted, self.encode((row,))]) if is_new else self._wanted
        return _known(after, outcomes=came, leading_sources=self.leading_sources, _wanted=wanted)

    @property
    def _of_table(self) -> dict[str, Any]:
        """What was found out about the table, and holds while it is the same."""
        return {name: known for name, known in vars(self).items() if name in OF_TABLE}

    @property
    def _grid(self) -> Grid:
        return Grid.of(self.table.space)

    @cached_property
    def _wanted(self) -> np.ndarray:
        """Encoded configurations that were ever asked for, some of them twice; shape (n, d)."""
        return self.encode(self.answered + self.pending)


def _known(state: State, **kept: object) -> State:
    """A new state that need not find out what was known before."""
    vars(state).update(kept)
    return state
