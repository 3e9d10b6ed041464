"""What is known before the target is measured: it is fitted once, however often the target's model is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.data.table import MeasurementTable, Samples
from transferperf.errors import UnknownNameError
from transferperf.metric import Metric
from transferperf.models.columns import Columns
from transferperf.models.gate import UNTRIED
from transferperf.models.rehearsal import rehearse
from transferperf.models.scale import choose_warping, score_warpings
from transferperf.models.source import Sources, fit_sources
from transferperf.models.warping import Warping, legal_kinds
from transferperf.space import Descriptors, Environment, describe

LEAST_SOURCE_ROWS = 5
"""Distinct configurations below which an environment is no source."""

LEAST_DESCRIBED = 3
"""Sources below which descriptors cannot tell how environments differ."""

N_SCORED = 2
"""Sources, the largest ones, that tell which warping suits."""

SOURCES_ONLY = ("sources-only", "descriptors")
"""Modes that do not look at the target's rows."""

TRANSFER_MODES = (
    "auto",
    "none",
    "option-relevance",
    "source-informed",
    "linear-shift",
    "multi-task",
    *SOURCES_ONLY,
)
"""What `transfer=` may be: the gate decides, or one kind of expert is named.

"multi-task" has to be named: in trials the source-informed experts, which the gate asks, were never worse, and it takes
a second or two.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What is known before the target is measured.

    Parameters
    ----------
    columns
        What kernels need to know of the options.
    sources
        Models of the sources; none where there are no sources, or transfer is not wanted.
    prior_log_odds
        Belief that transfer pays between environments of this system, before any evidence from the target.
    pooled
        Warping that standardises all source values together; None without sources.
    cap
        Value at which a timeout stops a measurement, in the metric's unit; None where none does.
    described
        What describes the sources, which set the scale, and the target.
    """

    columns: Columns
    sources: Sources
    pooled: Warping | None
    cap: float | None
    prior_log_odds: float = UNTRIED
    described: Descriptors | None = None

    @property
    def is_described(self) -> bool:
        """Whether descriptors can tell how a target differs from the sources: numbers that differ between these."""
        if self.described is None or len(self.sources) < LEAST_DESCRIBED:
            return False
        known = np.stack([self.described.of(model.environment) for model in self.sources.models])  # (m, k)
        return bool((np.ptp(known, axis=0)[np.array(self.described.n_levels, dtype=int) == 0] > 0).any())


def fit_background(
    table: MeasurementTable,
    *,
    metric: Metric,
    target: Environment,
    transfer: str = "auto",
    seed: int = 0,
    descriptors: pd.DataFrame | None = None,
) -> Background:
    """Choose the sources' warping and fit all sources: every environment but the target that has enough rows.

    Parameters
    ----------
    descriptors
        What describes environments, beside their own factors: see `transferperf.space.describe`.
    """
    if transfer not in TRANSFER_MODES:
        raise UnknownNameError("transfer mode", transfer, TRANSFER_MODES)
    columns, samples = Columns.of(table.space), {}
    if transfer != "none":
        known = {where: table.samples(metric, where) for where in table.environments if where != target}
        samples = {where: known[where] for where in known if len(known[where]) >= LEAST_SOURCE_ROWS}
    described = describe(list(samples), [target], frame=descriptors)
    scores = tuple(score_warpings(columns, s, seed=seed) for s in _largest(samples))
    values, cap = np.concatenate([np.empty(0), *(s.y for s in samples.values())]), table.cap(metric)
    kind = choose_warping(scores, legal_kinds(values, has_cap=cap is not None))
    log_odds, sources = rehearse(columns, fit_sources(columns, samples, kind, seed=seed), seed=seed)
    return Background(
        columns=columns,
        sources=sources,
        prior_log_odds=log_odds,
        pooled=Warping.standardising(kind, values) if len(values) else None,
        cap=cap,
        described=described,
    )


def _largest(samples: Mapping[Environment, Samples]) -> list[Samples]:
    order = sorted(samples, key=lambda where: (-len(samples[where]), where))
    return [samples[where] for where in order[:N_SCORED]]
