"""Where a study stands: what is known, what is being measured, and what may still be measured."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable, Outcomes, Samples, values_of
from transferperf.metric import Metric
from transferperf.search import Grid, distinct
from transferperf.space import Configuration, Encoding, Environment, Value
from transferperf.space.encoding import encode_value
from transferperf.study.budget import Budget
from transferperf.study.elsewhere import Asked, Elsewhere

N_LEADING = 16
"""Configurations with the best values, of the target and of all sources, near which better ones may lie."""

FIRST_ROWS = 3
"""Configurations that are measured in the target before it has a model of its own."""

OPENING_ROWS, OPENING_SHARE = 8, 0.25
"""Configurations of the target, or share of a budget's measurements if that is less, that are measured before its model
is asked where no source tells which options matter: fewer may all have one value of the one that does."""

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
        What may be measured from the start of the study; the rows that the table had do not count.
    pending
        Configurations that were asked for and not yet told.
    answered
        Configurations that were told, as they were asked for; one that was asked for again stands there again.
    spent_s
        Seconds that the told measurements took.
    paid
        What they cost in the money of the budget, where it is of money.
    elsewhere
        What was asked for in other environments, which counts in the budget, and what measurements took where.
    """

    table: MeasurementTable
    metric: Metric
    target: Environment
    budget: Budget
    pending: tuple[Row, ...] = ()
    answered: tuple[Row, ...] = ()
    spent_s: float = 0.0
    paid: float = 0.0
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What came of each measurement in the target, in their order."""
        return self.table.outcomes(self.metric, self.target)

    @cached_property
    def samples(self) -> Samples:
        """What was measured of the metric in the target."""
        return self.outcomes.samples()

    @property
    def has_repeats(self) -> bool:
        """Whether any configuration was measured more than once in the target."""
        return bool((self.samples.n_repeats > 1).any())

    @property
    def is_opening(self) -> bool:
        """Whether too little is measured in the target for its own model to lead."""
        wanted = min(OPENING_ROWS, max(FIRST_ROWS, self.budget.n_measurements * OPENING_SHARE))
        return len(self.samples) < (FIRST_ROWS if len(self.leading_sources) else wanted)

    @property
    def is_blind(self) -> bool:
        """Whether neither the target nor a source has said anything that a model could lead by."""
        return self.is_opening and not len(self.leading_sources)

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
        cost = pd.Series(self.metric.sign * values_of(self.metric, sources.frame), index=sources.frame.index)
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
        """How many suggestions were told; repeats that nobody asked for do not count."""
        return len(self.answered)

    @property
    def left(self) -> float:
        """Measurements, seconds or money that the budget has left; a pending configuration counts as a measurement."""
        return self.budget.left(len(self.answered) + len(self.pending) + len(self.elsewhere), self._spent)

    @property
    def n_left(self) -> float:
        """How many more may be asked for: what is pending is taken to cost as much as what was told did on average."""
        if math.isfinite(self.budget.n_measurements) or not self.left:
            return self.left
        left, each = self.left - self._wanted_elsewhere, self._each
        if self.budget.is_fixed(self.target):  # then nothing is overspent
            return max(0.0, math.floor(left / each + 1e-9) - len(self.pending)) if each else math.inf
        return max(0.0, math.ceil(left / each) - len(self.pending)) if each else math.inf

    @property
    def left_for_more(self) -> float:
        """Measurements, seconds or money that are left when what is pending has come."""
        if math.isfinite(self.budget.n_measurements):
            return self.left
        return self.left - self._wanted_elsewhere - len(self.pending) * self._each

    @property
    def _each(self) -> float:
        """What one measurement of the target took on average."""
        if not self.n_told and self.budget.is_fixed(self.target):
            return self.rate(self.target)
        others = {where for where, _ in self.elsewhere.bills} - {self.target}
        return (self._spent - self.elsewhere.spent(others)) / max(1, self.n_told)

    @property
    def _wanted_elsewhere(self) -> float:
        rates = [self.rate(where) for where, _ in self.elsewhere.pending]
        return sum((rate for rate in rates if not math.isnan(rate)), 0.0)

    def rate(self, environment: Environment) -> float:
        """What one measurement is expected to take from the budget there; NaN where nobody knows."""
        told = self.elsewhere.rate(environment)
        is_counted = math.isfinite(self.budget.n_measurements)
        if told is None or is_counted:
            return self.budget.expected(environment, self.table.select(environment).frame)
        return told

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be asked for."""
        return self.n_left <= 0

    @property
    def spent(self) -> str:
        """What the budget went into, in words."""
        paid = f" for {self.paid:.3g} {self.budget.unit}" if self.budget.is_money else ""
        return f"{self.n_told} configurations told in {self.spent_s:.3g} s{paid}, {len(self.pending)} pending"

    @property
    def _spent(self) -> float:
        return self.paid if self.budget.is_money else self.spent_s

    def row(self, configuration: Configuration) -> Row:
        """The canonical values of a configuration."""
        return tuple(self.table.space.canonical(configuration).values())

    def spelled(self, x: np.ndarray) -> dict[str, Value]:
        """A configuration that was measured in the target and is encoded as x (d,), as it was told."""
        space = self.table.space
        rows = self.table.select(self.target).configurations()
        place = int((Encoding(space).encode(rows) == x).all(axis=1).argmax())
        return space.parse(dict(zip(space.names, rows.iloc[place], strict=True)))

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

    def taken_in(self, environment: Environment) -> np.ndarray:
        """Encoded configurations that were measured, failed, or are pending in another environment; shape (n, d)."""
        there = self._grid.encode(self.table.select(environment).configurations())
        steps = (*self.elsewhere.pending, *self.elsewhere.answered)
        X = np.concatenate([there, self.encode(tuple(row for where, row in steps if where == environment))])
        return X[np.sort(distinct(X)[0])]

    def of(self, metric: Metric) -> "State":
        """The state of the same study as to another metric."""
        return replace(self, metric=metric)

    def asked(self, rows: tuple[Row, ...], elsewhere: tuple[Asked, ...] = ()) -> "State":
        """The state after these configurations were asked for, in the target and elsewhere."""
        wanted = np.concatenate([self._wanted, self.encode(rows)])
        after = replace(self, pending=self.pending + rows, elsewhere=self.elsewhere.asked(elsewhere))
        return _known(after, **self._of_table, _wanted=wanted)

    def suggested(self, steps: Iterable[tuple[Environment, Configuration]]) -> "State":
        """The state after measurements of the target or of other environments were asked for."""
        rows = [(where, self.row(configuration)) for where, configuration in steps]
        here = tuple(row for where, row in rows if where == self.target)
        return self.asked(here, tuple(step for step in rows if step[0] != self.target))

    def told(self, asked: Configuration, measurement: Measurement) -> "State":
        """The state after a measurement came, which may be of another configuration than the one asked for."""
        row, cost_s = self.row(asked), measurement.cost_s
        here = measurement.environment == self.target
        cost = self.budget.cost(measurement)
        taken = 1.0 if math.isfinite(self.budget.n_measurements) else cost
        counts = here and (row in self.pending or row not in self.answered)
        after = replace(
            self,
            table=self.table.concatenate([measurement]),
            pending=tuple(other for other in self.pending if not here or other != row),
            answered=(*self.answered, row) if counts else self.answered,
            spent_s=self.spent_s + (0.0 if math.isnan(cost_s) else cost_s),
            paid=self.paid + cost * self.budget.is_money,
            elsewhere=self.elsewhere.told((measurement.environment, row), taken),
        )
        if not here:
            return _known(after, outcomes=self.outcomes, _wanted=self._wanted)
        came = self.outcomes.join(self.table.outcomes_of(measurement, self.metric))
        wanted = np.concatenate([self._wanted, self.encode((row,))]) if counts else self._wanted
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
