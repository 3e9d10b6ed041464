"""Environments gathered by what was measured of them, so that pairs of many can be compared at once.

`e` environments, `n` configurations, `d` encoded options.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from transferperf import rng
from transferperf.data.table import MeasurementTable, Samples
from transferperf.metric import Metric
from transferperf.similarity.measured import are_valid, measured, numbered, two_or_more
from transferperf.similarity.saving import forms, working_scale
from transferperf.similarity.values import varies
from transferperf.similarity.verdict import MIN_COMMON
from transferperf.space import Encoding, Environment

MIN_MODEL = 10
"""Fewer rows of a source make no model of it."""
SKILL = 0.5
"""Share of a source's variance that its model must predict, unseen, to stand for it."""
MOST_ROWS, N_TREES = 1000, 50
"""Rows that a model of a source is made from, and trees of its forest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Environments that were measured on the same configurations.

    Parameters
    ----------
    members
        Places of the environments in the table's order, shape (e,).
    ids
        Numbers of their configurations, ascending, shape (n,).
    X
        The configurations, encoded, shape (n, d).
    Y
        Responses, shape (e, n).
    """

    members: np.ndarray
    ids: np.ndarray
    X: np.ndarray
    Y: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The environments of a table, as arrays.

    Parameters
    ----------
    metric
        What was measured.
    environments
        In the table's order.
    groups
        All of them, by their configurations.
    is_ordered
        Whether each encoded option has an order, shape (d,).
    is_whole
        Whether all measurements are valid, so that nothing can be said of what is not.
    """

    metric: Metric
    environments: tuple[Environment, ...]
    groups: tuple[Group, ...]
    is_ordered: np.ndarray
    is_whole: bool

    @property
    def names(self) -> list[str]:
        """What the environments are called in tables."""
        return [str(environment) for environment in self.environments]


def gather(table: MeasurementTable, metric: str | Metric) -> Gathered:
    """What was measured of one metric; NotEnoughDataError where the table has one environment only."""
    metric, environments = table.metric(metric), two_or_more(table)
    samples = [measured(table, metric, environment) for environment in environments]
    is_whole = all(are_valid(sample).all() for sample in samples) and "status" not in table.frame
    return Gathered(
        metric=metric,
        environments=environments,
        groups=tuple(_groups([sample.select(are_valid(sample)) for sample in samples])),
        is_ordered=Encoding(table.space).is_ordered,
        is_whole=is_whole,
    )


def _groups(samples: Sequence[Samples]) -> Iterator[Group]:
    """Environments gathered by the set of their configurations."""
    found: dict[bytes, list[tuple[int, np.ndarray, Samples]]] = {}
    for place, (sample, ids) in enumerate(zip(samples, numbered([sample.X for sample in samples]), strict=True)):
        order = np.argsort(ids)
        found.setdefault(ids[order].tobytes(), []).append((place, ids[order], sample.select(order)))
    for group in found.values():
        yield Group(
            members=np.array([place for place, _, _ in group]),
            ids=group[0][1],
            X=group[0][2].X,
            Y=np.stack([sample.y for _, _, sample in group]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """All pairs of a source of one group and a target of another, on the configurations that they share.

    Parameters
    ----------
    source, target
        The groups.
    X
        The configurations, shape (n, d).
    S, T
        Responses of sources and targets, shape (a, n) and (b, n).
    F
        What the sources may be read as, shape (f, a, n): see `saving.forms`.
    W
        Targets on their working scale, shape (b, n).
    n_common
        Configurations that were measured in both.
    is_model
        Whether the sources were not measured there, but predicted.
    """

    source: Group
    target: Group
    X: np.ndarray
    S: np.ndarray
    T: np.ndarray
    F: np.ndarray
    W: np.ndarray
    n_common: int
    is_model: bool = False

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of its pairs in a matrix (source, target)."""
        return self.source.members[:, None], self.target.members[None]

    def __len__(self) -> int:
        return len(self.X)

    @classmethod
    def between(cls, source: Group, target: Group, seed: int) -> "Block":
        """What was measured in both, or what a model says of the sources where that is too little."""
        measured_in_both = cls.of(source, target)
        return measured_in_both if len(measured_in_both) >= MIN_COMMON else cls.by_model(source, target, seed)

    @classmethod
    def of(cls, source: Group, target: Group) -> "Block":
        """What was measured in both."""
        _, i, j = np.intersect1d(source.ids, target.ids, assume_unique=True, return_indices=True)
        F = forms(source.Y)[:, :, i] if len(i) else np.empty((3, len(source.Y), 0))
        W = working_scale(target.Y)[0][:, j]
        S = source.Y[:, i]
        T = S if source is target else target.Y[:, j]
        return cls(source=source, target=target, X=target.X[j], S=S, T=T, F=F, W=W, n_common=len(j))

    @classmethod
    def by_model(cls, source: Group, target: Group, seed: int) -> "Block":
        """The sources predicted where the targets were measured; NaN where the sources' model tells nothing."""
        S = np.full((len(source.Y), len(target)), np.nan)
        if len(source) >= MIN_MODEL and len(target) >= MIN_COMMON:
            S = _predicted(source, target, seed)
        F = forms(np.where(np.isnan(S), 0.0, S)) if len(target) else np.empty((3, *S.shape))
        W = working_scale(target.Y)[0]
        n = len(np.intersect1d(source.ids, target.ids, assume_unique=True))
        return cls(source=source, target=target, X=target.X, S=S, T=target.Y, F=F, W=W, n_common=n, is_model=True)


def _predicted(source: Group, target: Group, seed: int) -> np.ndarray:
    """Sources at the targets' configurations by forests, shape (a, n); NaN where they cannot be told from options."""
    found = np.full((len(source.Y), len(target)), np.nan)
    draws = rng.generator(seed, "model", len(source))
    rows = rng.some(draws, len(source), MOST_ROWS)
    W, is_log = working_scale(source.Y[:, rows])
    for k, w in enumerate(W):
        forest = RandomForestRegressor(N_TREES, oob_score=True, random_state=rng.integer_seed(draws))
        if varies(w) and forest.fit(source.X[rows], w).oob_score_ > SKILL:
            found[k] = forest.predict(target.X)
    return np.where(is_log[:, None], np.exp(np.where(is_log[:, None], found, 0.0)), found)
