"""Targets drawn over all systems, and what is a near, and an unrelated, source of each."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from talk import Problem, Rows

from bench.data import index
from transferperf import MeasurementTable, Metric, rng
from transferperf.space import Encoding, Environment

NEAR, ALL, UNRELATED = "near", "all", "unrelated"
MODES = (NEAR, ALL, UNRELATED)
LEAST_CANDIDATES, MOST_CANDIDATES = 60, 2000
MOST_ROWS, MOST_SOURCES, MOST_LOOKED_AT = 200, 10, 40
"""Rows of a source; sources of a target; environments that are looked at as sources."""
LEAST_SHARED = 30
"""Configurations that a source has in common with its target."""
UNLIKE = 0.3
"""A source whose rank correlation is above this is made unrelated: its values are shuffled."""
SAME = ("jamshidi-ase17/x264-with-invalid",)
"""Files whose measurements are those of another file."""


class Target(NamedTuple):
    """An environment to tune in."""

    number: int
    system: str
    where: Environment


def draw_targets(data: Path, count: int, *, seed: int = 0) -> list[Target]:
    """Different targets, systems in turn; the first ones stay the same when more are drawn."""
    known = {name: found for name in sorted(index(data)) if name not in SAME and (found := _environments(data, name))}
    names = [str(name) for name in rng.generator(seed, "systems").permutation(sorted(known))]
    orders = {name: rng.generator(seed, "targets", name).permutation(len(known[name])) for name in names}
    turns = sorted((k, i, name) for i, name in enumerate(names) for k in range(len(orders[name])))
    return [Target(n, name, known[name][orders[name][k]]) for n, (k, _, name) in enumerate(turns[:count])]


def _environments(data: Path, name: str) -> list[Environment]:
    """The environments with enough rows; none where the file is missing or has only one."""
    factors, path = sorted(index(data)[name]["environment_columns"]), data / f"{name}.csv.gz"
    if not factors or not path.is_file():
        return []
    frame = pd.read_csv(path, usecols=factors, dtype=str, keep_default_na=False)
    counts = Counter(frame[factors].itertuples(index=False, name=None))
    enough = [values for values, n in counts.items() if n >= LEAST_CANDIDATES]
    return sorted(Environment.of(dict(zip(factors, values, strict=True))) for values in enough) * (len(counts) > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One environment: a row of a frame for each configuration, encoded X (n, d), and costs y (n,), least is best."""

    where: Environment
    frame: pd.DataFrame
    X: np.ndarray
    y: np.ndarray
    similarity: float = 1.0
    """Rank correlation with the target."""

    def __str__(self) -> str:
        return f"{self.where} {self.similarity:.2f}"

    def first(self, order: dict[bytes, int], most: int) -> "Measured":
        """Those rows that come first in an order of all configurations."""
        kept = np.argsort([order[x.tobytes()] for x in self.X])[:most]
        return replace(self, frame=self.frame.iloc[kept], X=self.X[kept], y=self.y[kept])


class Case:
    """A target with its candidates, and its sources in each mode."""

    def __init__(self, target: Target, table: MeasurementTable, metric: Metric) -> None:
        self.table, self.metric, self.number = table, metric, target.number
        self.where = table.target(target.where.as_mapping())
        self.encoding = Encoding(table.space)
        everywhere = np.unique(self.encoding.encode(table.frame), axis=0)
        shuffled = rng.generator(0, "rows", target.system).permutation(len(everywhere))
        self.order = {everywhere[k].tobytes(): place for place, k in enumerate(shuffled)}
        self.target = self._measured(self.where).first(self.order, MOST_CANDIDATES)

    def _measured(self, where: Environment) -> Measured:
        """Means over repeats of all that was measured there."""
        name = self.metric.name
        frame = self.table.select(where).frame
        frame = frame[frame[name].notna()].reset_index(drop=True)
        X, first, group = np.unique(self.encoding.encode(frame), axis=0, return_index=True, return_inverse=True)
        y = frame[name].groupby(group.ravel()).mean().to_numpy()
        frame = frame.iloc[first].assign(**{name: y})
        return Measured(where=where, frame=frame, X=X, y=self.metric.sign * y)

    @property
    def is_tunable(self) -> bool:
        """Whether there are enough candidates of different cost, and a source that shares some of them."""
        y = self.target.y
        return len(y) >= LEAST_CANDIDATES and float(np.median(y)) > y.min() and len(self.others) > 0

    @cached_property
    def others(self) -> list[Measured]:
        """Environments that share configurations with the target, each with its rank correlation."""
        places = {x.tobytes(): k for k, x in enumerate(self.target.X)}
        others = [where for where in self.table.environments if where != self.where]
        chosen = rng.generator(0, "sources", self.number).permutation(len(others))[:MOST_LOOKED_AT]
        found = []
        for where in (others[k] for k in np.sort(chosen)):
            rows = self._measured(where)
            pairs = [(places[x.tobytes()], k) for k, x in enumerate(rows.X) if x.tobytes() in places]
            if len(pairs) >= LEAST_SHARED:
                here, there = np.array(pairs).T
                a, b = self.target.y[here], rows.y[there]
                alike = spearmanr(a, b).statistic if np.ptp(a) > 0 and np.ptp(b) > 0 else 0.0
                found.append(replace(rows.first(self.order, MOST_ROWS), similarity=float(alike)))
        return found

    def sources(self, mode: str) -> list[Measured]:
        """The sources of a mode; none where it is none of MODES."""
        if mode == NEAR:
            return [max(self.others, key=lambda each: each.similarity)]
        if mode == ALL:
            chosen = rng.generator(0, "all", self.number).permutation(len(self.others))[:MOST_SOURCES]
            return [self.others[k] for k in np.sort(chosen)]
        return [self._unlike()] if mode == UNRELATED else []

    def _unlike(self) -> Measured:
        """The least similar environment; its values shuffled over its configurations where it is similar still."""
        least = min(self.others, key=lambda each: abs(each.similarity))
        if abs(least.similarity) <= UNLIKE:
            return least
        y = rng.generator(0, "shuffled", self.number).permutation(least.y)
        return replace(least, y=y, frame=least.frame.assign(**{self.metric.name: self.metric.sign * y}), similarity=0.0)

    def known(self, mode: str) -> MeasurementTable:
        """The rows of the mode's sources as a table."""
        parts = [each.frame for each in self.sources(mode)]
        return replace(self.table, frame=pd.concat(parts, ignore_index=True) if parts else self.table.frame.iloc[:0])

    def problem(self, mode: str) -> Problem:
        """The same in numbers."""
        sources = tuple(Rows(X=each.X, y=each.y) for each in self.sources(mode))
        return Problem(X=self.target.X, is_ordered=self.encoding.is_ordered, sources=sources, seed=self.number)
