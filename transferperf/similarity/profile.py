"""What options do in one environment: computed once for each set of configurations, and compared for each pair."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from transferperf.rng import generator
from transferperf.similarity.catalogue import PARTS
from transferperf.similarity.contrasts import Contrast, contrasts_of, design
from transferperf.similarity.importance import held_out_importance, tree_importance
from transferperf.similarity.influence import Effects, effects, flip_effects
from transferperf.similarity.interactions import Model, candidates, columns, stepwise

COSTLY = 10
"""Measures that need a fit are resampled this many times less often than the others."""
OF_OPTIONS = frozenset({"influence", "importance", "interaction"})
"""Parts that need a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be computed of a pair.

    Parameters
    ----------
    options
        Names of the encoded options, shape (d,).
    is_ordered
        Whether each has an order, shape (d,).
    lower_is_better
        Which configurations are the best.
    levels
        Option without order -> text of its levels, in the order of their codes.
    parts
        Parts of the catalogue.
    seed, n_resamples
        Of the bootstrap; a tenth of the resamples where each needs a fit.
    """

    options: Sequence[str]
    is_ordered: np.ndarray
    lower_is_better: bool = True
    levels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parts: Collection[str] = PARTS
    seed: int = 0
    n_resamples: int = 200

    @property
    def n_fits(self) -> int:
        """Resamples of what needs a fit."""
        return self.n_resamples // COSTLY

    def contrasts(self, X: np.ndarray) -> tuple[Contrast, ...]:
        """What configurations X (n, d) can be compared as."""
        return contrasts_of(X, self.is_ordered, self.options, self.levels)

    def draws(self, part: str, n: int) -> np.random.Generator:
        """The stream of a part; a pair's draws depend on nothing but this and its n."""
        return generator(self.seed, "similarity", part, n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What options do in one environment; what was not asked for is None.

    Parameters
    ----------
    flips
        Effects by pairs of configurations that differ in one option, as published.
    effects
        Effects by flips where there are enough, else by slopes.
    tree, held_out
        Importances of the sample and of its resamples, shape (1 + resamples, c); of the tree also for options that
        never vary, which have none.
    published, corrected
        Stepwise models.
    """

    flips: Effects | None = None
    effects: Effects | None = None
    tree: np.ndarray | None = None
    held_out: np.ndarray | None = None
    published: Model | None = None
    corrected: Model | None = None


def profile(X: np.ndarray, y: np.ndarray, asked: Asked) -> Profile:
    """What options do, by configurations X (n, d) and responses y (n,)."""
    contrasts = asked.contrasts(X)
    Z = design(X, contrasts)
    flips = found = tree = held_out = published = corrected = None
    if "influence" in asked.parts:
        flips, found = flip_effects(X, y, contrasts), effects(X, y, contrasts)
    if "importance" in asked.parts:
        n_idle = X.shape[1] - len({contrast.column for contrast in contrasts})
        tree, held_out = _importances(Z, y, asked)
        tree = np.pad(tree, ((0, 0), (0, n_idle)))
    if "interaction" in asked.parts:
        terms = candidates(Z, contrasts, y)
        D = columns(Z, terms)
        published, corrected = stepwise(D, y, terms), stepwise(D, y, terms, corrected=True)
    return Profile(flips=flips, effects=found, tree=tree, held_out=held_out, published=published, corrected=corrected)


def _importances(Z: np.ndarray, y: np.ndarray, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Both importances of the sample and of each resample, shape (1 + resamples, c) each."""
    n = len(y)
    if not Z.shape[1]:
        return (np.full((1 + asked.n_fits, 0), np.nan),) * 2
    draws, stream = asked.draws("importance", n), asked.draws("trees", n)
    resamples = [np.arange(n), *(draws.integers(n, size=n) for _ in range(asked.n_fits))]
    tree = np.stack([tree_importance(Z[rows], y[rows]) for rows in resamples])
    held_out = np.stack([held_out_importance(Z, y, stream, rows=rows) for rows in resamples])
    return tree, held_out
