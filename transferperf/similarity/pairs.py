"""All pairs of environments of a table, compared on the configurations that were measured in both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.data.table import MeasurementTable, Samples
from transferperf.errors import NotEnoughDataError
from transferperf.metric import Metric
from transferperf.similarity.correlations import MEASURES, correlations
from transferperf.similarity.verdict import MIN_COMMON, verdict
from transferperf.space import Environment

ENDS = ("", "_low", "_high")
"""Endings of the columns of a measure: the estimate and its interval."""


def compare_environments(
    table: MeasurementTable, metric: str | Metric, *, seed: int = 0, n_resamples: int = 200
) -> pd.DataFrame:
    """Similarity of every ordered pair of environments.

    Parameters
    ----------
    table
        Measurements; failed ones are left out, repeats are averaged.
    metric
        What is compared.
    seed
        Of the bootstrap.
    n_resamples
        How many resamples the 95 % percentile intervals come from.

    Returns
    -------
    pairs
        Columns source, target, n_common, pearson, pearson_low, pearson_high, spearman, spearman_low, spearman_high
        and verdict; NaN where a pair has too little in common, and the verdict says why.

    Raises
    ------
    NotEnoughDataError
        Where the table has one environment only.
    """
    environments = two_or_more(table)
    groups = _groups([valid(measured(table, metric, environment)) for environment in environments])
    n_common = np.zeros((len(environments), len(environments)), dtype=int)
    statistics = np.full((len(MEASURES), len(ENDS), *n_common.shape), np.nan)
    for g, source in enumerate(groups):
        for target in groups[g:]:
            S, T = _common(source, target)
            for rows, columns in ((source.members, target.members), (target.members, source.members)):
                n_common[np.ix_(rows, columns)] = S.shape[1]
            if S.shape[1] >= MIN_COMMON:
                block = correlations(S, T, seed, n_resamples)  # (measures, ends, a, b)
                statistics[..., target.members[:, None], source.members] = block.transpose(0, 1, 3, 2)
                statistics[..., source.members[:, None], target.members] = block
    return _frame([str(environment) for environment in environments], n_common, statistics)


def two_or_more(table: MeasurementTable) -> tuple[Environment, ...]:
    """The environments of a table; NotEnoughDataError where there is one."""
    environments = table.environments
    if len(environments) < 2:
        factors = ", ".join(table.factors) or "none"
        raise NotEnoughDataError(
            f"the table has one environment (factors: {factors}); similarity needs two or more. Add measurements."
        )
    return environments


def measured(table: MeasurementTable, metric: str | Metric, environment: Environment) -> Samples:
    """What was measured in one environment; values may be infinite."""
    with np.errstate(invalid="ignore"):  # the variance of infinite repeats
        return table.samples(metric, environment)


def valid(samples: Samples) -> Samples:
    """Samples that are measurements."""
    return samples.select(are_valid(samples))


def are_valid(samples: Samples) -> np.ndarray:
    """Which of n samples are measurements: a timeout's cap and what is not finite are none; shape (n,)."""
    return ~samples.is_capped & np.isfinite(samples.y)


def best_sources(pairs: pd.DataFrame) -> pd.DataFrame:
    """The most similar source of each target: the one whose Spearman interval keeps farthest from 0.

    Pairs without an answer are left out, and so is a target that has no other.
    """
    answered = pairs[pairs["spearman"].notna()]
    low, high = answered["spearman_low"], answered["spearman_high"]
    distance = np.maximum(np.maximum(low, -high), 0.0)
    order = pd.DataFrame({"distance": distance, "estimate": answered["spearman"].abs()}).sort_values(
        ["distance", "estimate"], ascending=False, kind="stable"
    )
    return answered.loc[order.index].drop_duplicates("target").sort_values("target", ignore_index=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Environments that were measured on the same configurations.

    Parameters
    ----------
    members
        Places of the environments in the table's order, shape (e,).
    ids
        Numbers of their configurations, sorted, shape (n,).
    Y
        Responses, shape (e, n).
    """

    members: np.ndarray
    ids: np.ndarray
    Y: np.ndarray


def _groups(samples: Sequence[Samples]) -> list[_Group]:
    """Environments gathered by the set of their configurations."""
    codes = numbered([sample.X for sample in samples])
    found: dict[bytes, list[tuple[int, np.ndarray, np.ndarray]]] = {}
    for place, (sample, ids) in enumerate(zip(samples, codes, strict=True)):
        order = np.argsort(ids)
        found.setdefault(ids[order].tobytes(), []).append((place, ids[order], sample.y[order]))
    return [
        _Group(
            members=np.array([place for place, _, _ in group]),
            ids=group[0][1],
            Y=np.stack([y for _, _, y in group]),
        )
        for group in found.values()
    ]


def numbered(parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A number for each encoded configuration of parts (n, d), equal where configurations are; 0.0 and -0.0 are one."""
    X = np.ascontiguousarray(np.concatenate(parts), dtype=float) + 0.0
    codes, _ = pd.factorize(np.array([row.tobytes() for row in X], dtype=object))
    return np.split(codes, np.cumsum([len(part) for part in parts])[:-1])


def _common(source: _Group, target: _Group) -> tuple[np.ndarray, np.ndarray]:
    """Responses on the configurations of both, shape (a, n) and (b, n)."""
    if source is target:
        return source.Y, source.Y
    _, i, j = np.intersect1d(source.ids, target.ids, assume_unique=True, return_indices=True)
    return source.Y[:, i], target.Y[:, j]


def _frame(names: Sequence[str], n_common: np.ndarray, statistics: np.ndarray) -> pd.DataFrame:
    """Matrices over pairs as one row for each ordered pair of different environments."""
    i, j = np.nonzero(~np.eye(len(names), dtype=bool))
    columns: dict[str, object] = {
        "source": np.array(names, dtype=object)[i],
        "target": np.array(names, dtype=object)[j],
    }
    columns["n_common"] = n_common[i, j]
    for m, measure in enumerate(MEASURES):
        columns |= {measure + end: statistics[m, k, i, j] for k, end in enumerate(ENDS)}
    pairs = pd.DataFrame(columns)
    words = [
        [verdict(*row) for row in zip(pairs["n_common"], pairs[f"pearson{e}"], pairs[f"spearman{e}"], strict=True)]
        for e in ENDS
    ]
    return pairs.assign(
        verdict=[at if at == low == high else f"{at} (uncertain)" for at, low, high in zip(*words, strict=True)]
    )
