"""All that a report of similarity shows, whoever computed it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.metric import Metric
from transferperf.report.labels import short_labels
from transferperf.report.layout import cluster_order
from transferperf.report.observed import Observed
from transferperf.similarity.verdict import KINDS
from transferperf.space import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A number of every pair that has a heat map.

    Parameters
    ----------
    column
        Of the table of pairs.
    title
        Its name for readers.
    words
        What it means, in a sentence.
    scale
        "correlation" from -1 to 1, "amount" from 0 on, or "class", one of `KINDS`.
    """

    column: str
    title: str
    words: str
    scale: str


SHOWN = (
    Shown(
        column="kind",
        title="What carries over",
        words="The most that the target can take from the source.",
        scale="class",
    ),
    Shown(
        column="saved",
        title="Measurements saved",
        words="Measurements in the target that the source should save.",
        scale="amount",
    ),
    Shown(
        column="spearman",
        title="Spearman (M3)",
        words="Same ranking of configurations? Above 0.9 it carries over.",
        scale="correlation",
    ),
    Shown(
        column="pearson",
        title="Pearson (M1)",
        words="Linear shift of values? Above 0.9 it carries over.",
        scale="correlation",
    ),
)

DOTS = {
    "spearman": ("Spearman (M3), median", (0.0, 1.0)),
    "pearson": ("Pearson (M1), median", (0.0, 1.0)),
    "regret": ("Regret of copying the best, median", (0.0,)),
}
"""Columns of `severity` that are drawn: their names for readers, and what their axes reach at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found about the environments of a table.

    Parameters
    ----------
    metric
        What was compared.
    environments
        In the order of `observed`.
    pairs
        From `compare_environments`: a row for each ordered pair; columns `kind`, `saved`, `saved_low` and `saved_high`
        are shown where they are there.
    sources
        The best source of each target, None where there is none, and what it is good for: as from
        `transferperf.similarity.sources.choose_sources`.
    observed
        Responses and effects; without them there are no figures of a pair.
    severity
        How much each change hurts: columns change, n_pairs, and medians with `_low` and `_high`, as in `DOTS`.
    places
        A map: columns environment, x, y.
    """

    metric: Metric
    environments: tuple[Environment, ...]
    pairs: pd.DataFrame
    sources: pd.DataFrame
    observed: Observed | None = None
    severity: pd.DataFrame | None = None
    places: pd.DataFrame | None = None

    @property
    def names(self) -> list[str]:
        """Text of each environment, as in `pairs`."""
        return [str(environment) for environment in self.environments]

    @property
    def labels(self) -> Mapping[str, str]:
        """Text of each environment -> its short name."""
        return short_labels(self.environments)

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors of environments."""
        return tuple(dict.fromkeys(name for environment in self.environments for name, _ in environment.factors))

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What has a heat map here."""
        return tuple(shown for shown in SHOWN if shown.column in self.pairs)

    @property
    def dots(self) -> tuple[str, ...]:
        """Columns of `severity` that are drawn."""
        if self.severity is None or not len(self.severity):
            return ()
        return tuple(name for name in DOTS if name in self.severity and self.severity[name].notna().any())

    def matrix(self, column: str) -> np.ndarray:
        """A column of `pairs` by source and target, NaN where there is none, shape (e, e)."""
        e, (i, j) = len(self.environments), self.places_of_pairs()
        found = np.full((e, e), np.nan)
        found[i, j] = self.codes() if column == "kind" else self.pairs[column].to_numpy(dtype=float)
        return found

    def codes(self) -> np.ndarray:
        """Place of each pair's kind in `KINDS`, NaN where it is none of them, shape (pairs,)."""
        return self.pairs["kind"].map({kind: float(k) for k, kind in enumerate(KINDS)}).to_numpy(dtype=float)

    def places_of_pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of source and target of each pair, shape (pairs,) each."""
        place = {name: k for k, name in enumerate(self.names)}
        ends = (self.pairs[end].map(place).to_numpy(dtype=int) for end in ("source", "target"))
        return next(ends), next(ends)

    def order(self) -> np.ndarray:
        """Order in which similar environments are neighbours, shape (e,)."""
        values = self.matrix("spearman")
        np.fill_diagonal(values, 1.0)
        return cluster_order(values)

    def best(self) -> pd.DataFrame:
        """The rows of `sources` of targets that have one."""
        return self.sources[self.sources["source"].notna()]

    def alone(self) -> list[str]:
        """Short names of the targets that no source is known to help."""
        with_source = set(self.best()["target"])
        return [label for name, label in self.labels.items() if name not in with_source]
