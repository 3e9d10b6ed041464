"""The proof that nothing in a whole space is better than what a climb has found, or else what is.

*Exact* means: no configuration of the space that is allowed has a smaller cost as `TransferPredictor.predict` computes
it, to six digits. What a source has measured is always asked, for there it says what it measured.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transferperf.models import TransferPredictor
from transferperf.models.mean_form import encoded
from transferperf.models.opinions import opinions
from transferperf.search.answer import Allowed, Found, Score, best_rows, distinct
from transferperf.search.grid import Grid
from transferperf.search.panel import Panel
from transferperf.search.processors import n_processors
from transferperf.search.sieve import Sieve
from transferperf.space import ConfigurationSpace, EncodedAxis, allowed_levels, canonical_axes

MOST_SIFTED = 1 << 26
"""Combinations of a space up to which all of them are sifted."""

MOST_LEFT = 1 << 17
"""Configurations that may be left; beyond, they are not asked."""

BATCH = 1 << 12
"""Configurations that are asked at a time."""

Holds = Callable[[pd.Series], np.ndarray]
"""Whether each value of an option (n,) is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A condition on a predictor's latent mean: sign times it is at most `most`."""

    predictor: TransferPredictor
    sign: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the answer has to satisfy beside the space's own constraints.

    Parameters
    ----------
    options
        Options and which of their values are allowed.
    bounds
        What other predictors have to say of it.
    allowed
        Everything, the above included.
    """

    options: Sequence[tuple[str, Holds]] = ()
    bounds: Sequence[Bound] = ()
    allowed: Allowed | None = None


def prove(
    found: Found | None,
    predictor: TransferPredictor,
    score: Score,
    space: ConfigurationSpace,
    conditions: Conditions,
    *,
    k: int = 1,
) -> Found | None:
    """The k best of a whole space by a predictor's latent mean, given what a climb has found of it, if anything.

    Parameters
    ----------
    score
        Minus the cost of encoded configurations X (n, d), as the predictor has it: shape (n,).

    Returns
    -------
    found
        The best, and whether that is proven; where it is not, what the climb found, and `how` says why.

    Raises
    ------
    SpaceError
        Where nothing is allowed.
    """
    whole = _Whole(space, conditions.options)
    if whole.size > MOST_SIFTED:
        return found
    asked = [Bound(predictor=predictor, sign=predictor.metric.sign, most=np.inf), *conditions.bounds]
    if found and len(found.values) >= k:
        asked[0] = replace(asked[0], most=-float(found.values[k - 1]))
    said = [opinions(bound.predictor, whole.blocks, bound.sign) for bound in asked]
    panels = [Panel(one, bound.most) for one, bound in zip(said, asked, strict=True) if np.isfinite(bound.most)]
    left = Sieve(panels, whole.n_rows, whole.tied, whole.allowed).left(MOST_LEFT, n_processors())
    if left is None:
        return found and replace(found, how=f"{found.how}, of which more than {MOST_LEFT} may be better{_why(panels)}")
    known = [whole.grid.encode(found.configurations)] if found else []
    X = np.concatenate([encoded(whole.blocks, left), *(encoded(whole.blocks, one.measured) for one in said), *known])
    X = X[np.sort(distinct(X)[0])]
    X = X[whole.is_own(X)]
    X, values = _best(X, score, whole.grid, k, conditions.allowed)
    how = f"all {whole.size} combinations, {len(left)} of them not excluded by bounds"
    return Found(configurations=whole.grid.decode(X), values=values, is_exact=True, how=how)


def _why(panels: Sequence[Panel]) -> str:
    """Why nothing is excluded, where nothing is."""
    names = [name for panel in panels if panel.is_blind for name in panel.blinding]
    return f", as nothing bounds {' and '.join(names)}" if names else ""


def _best(X: np.ndarray, score: Score, grid: Grid, k: int, allowed: Allowed | None) -> tuple[np.ndarray, np.ndarray]:
    """The k best of encoded configurations X (n, d) that are allowed, and their values."""
    values = np.concatenate([np.empty(0), *(score(part) for part in np.array_split(X, -(-len(X) // BATCH) or 1))])
    order = best_rows(X, values, len(X))
    kept: list[int] = []
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        may = np.ones(len(part), dtype=bool) if allowed is None else allowed(grid.decode(X[part]))
        kept += part[may].tolist()
        if len(kept) >= k:
            break
    return X[kept[:k]], values[kept[:k]]


class _Whole:
    """All configurations of a space, with some values of some options, as combinations of the rows of axes."""

    def __init__(self, space: ConfigurationSpace, options: Sequence[tuple[str, Holds]]) -> None:
        self.grid = Grid.of(space)
        self._column = {option.name: j for j, option in enumerate(self.grid.options)}
        self.axes = [self._held(axis, options) for axis in canonical_axes(space)]
        self.blocks = [(self._columns(axis), axis.rows) for axis in self.axes]
        read = {name for constraint in space.constraints for name in constraint.reads}
        self.tied = frozenset(a for a, axis in enumerate(self.axes) if read.intersection(axis.names))
        self.allowed = allowed_levels(space, self.axes, canonical=True) if self.tied else None

    @property
    def n_rows(self) -> tuple[int, ...]:
        """Rows of each axis."""
        return tuple(len(axis.rows) for axis in self.axes)

    @property
    def size(self) -> int:
        """Combinations of them."""
        return math.prod(self.n_rows)

    def is_own(self, X: np.ndarray) -> np.ndarray:
        """Whether rows X (c, d) are valid and canonical, and a default that is no level stands for what is idle."""
        raw = X.copy()
        for columns, rows in self.grid.blocks:
            if len(columns) == 1:
                is_level = np.isin(X[:, columns[0]], rows[:, 0])
                raw[~is_level, columns[0]] = rows[0, 0]
        return (self.grid.canonical(raw) == X).all(axis=1) & self.grid.is_valid(X)

    def _columns(self, axis: EncodedAxis) -> np.ndarray:
        return np.array([self._column[name] for name in axis.names])

    def _held(self, axis: EncodedAxis, options: Sequence[tuple[str, Holds]]) -> EncodedAxis:
        """An axis with those of its rows whose values are allowed."""
        X = np.tile(self.grid.default, (len(axis.rows), 1))
        X[:, self._columns(axis)] = axis.rows
        configurations, kept = self.grid.decode(X), np.ones(len(X), dtype=bool)
        for name, holds in options:
            if name in axis.names:
                kept &= holds(configurations[name])
        return EncodedAxis(axis.names, axis.rows[kept])
