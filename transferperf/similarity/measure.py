"""All measures of all pairs of environments of a table, on the configurations that are valid in both."""

from collections.abc import Collection, Iterable, Sequence
from itertools import permutations

import numpy as np
from joblib import Parallel, delayed

from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.similarity.catalogue import NAMES, PARTS
from transferperf.similarity.known import Common, Known, known
from transferperf.similarity.option_parts import OF_PROFILES
from transferperf.similarity.pair import PairSimilarity
from transferperf.similarity.parts import SIMPLE, Found
from transferperf.similarity.profile import OF_OPTIONS, Asked, Profile, profile
from transferperf.similarity.resampling import Estimate
from transferperf.similarity.values import varies
from transferperf.similarity.verdict import MIN_COMMON
from transferperf.space import Encoding

Names = tuple[str, str]


def measure_pairs(
    table: MeasurementTable,
    metric: str | Metric,
    *,
    pairs: Collection[Names] | None = None,
    parts: Collection[str] = PARTS,
    seed: int = 0,
    n_resamples: int = 200,
    n_jobs: int = 1,
) -> tuple[PairSimilarity, ...]:
    """Every measure of the catalogue, for ordered pairs of environments.

    Parameters
    ----------
    table
        Measurements; repeats are averaged, and what failed, reached a timeout or is not finite is invalid.
    metric
        What is compared.
    pairs
        Names of source and target; all ordered pairs where it is None.
    parts
        Parts of the catalogue to compute.
    seed, n_resamples
        Of the bootstrap over common configurations, which also few of them allow.
    n_jobs
        Processes, through joblib: -1 is all processors, and inside `joblib.parallel_config` another backend.

    Raises
    ------
    NotEnoughDataError
        Where the table has one environment only.
    UnknownNameError
        Where a metric, a part or an environment is not known.
    DataError
        Where a pair is one environment twice.
    """
    metric, environments = table.metric(metric), known(table, table.metric(metric))
    for part in parts:
        if part not in PARTS:
            raise UnknownNameError("part", part, PARTS)
    chosen = _chosen(environments, pairs)
    encoding = Encoding(table.space)
    asked = Asked(
        options=encoding.names,
        is_ordered=encoding.is_ordered,
        lower_is_better=metric.lower_is_better,
        levels={o.name: tuple(map(str, o.levels)) for o in encoding.options if not o.is_ordered},
        parts=frozenset(parts),
        seed=seed,
        n_resamples=n_resamples,
    )
    profiles = _profiles(chosen, asked, n_jobs)
    jobs = (delayed(_measured)(a, b, asked, profiles.get(_key(a, b)), profiles.get(_key(b, a))) for a, b in chosen)
    return tuple(Parallel(n_jobs=n_jobs)(jobs))


def compare_pair(
    common: Common, asked: Asked, *, names: Names, profiles: tuple[Profile, Profile] | None = None
) -> PairSimilarity:
    """All measures that are asked for of one pair.

    Parameters
    ----------
    common
        What the two have in common.
    asked
        What is to be computed.
    names
        Of source and target.
    profiles
        What options do in each; computed where they are not given.
    """
    s, t = common.responses
    why = _why_not(s, t)
    is_enough = len(s) >= MIN_COMMON
    if is_enough and profiles is None and OF_OPTIONS & set(asked.parts):
        profiles = (profile(common.source.X, s, asked), profile(common.source.X, t, asked))
    measures: dict[str, Estimate] = {}
    changes = []
    for part in (part for part in PARTS if part in asked.parts):
        found = Found({})
        if part in OF_PROFILES and profiles is not None:
            found = OF_PROFILES[part](common, *profiles, asked)
        elif part == "validity" or (part in SIMPLE and is_enough):
            found = SIMPLE[part](common, asked)
        reason = (None if part == "validity" else why) or WHY_NOT.get(part, WHY_NOT[""])
        measures |= {name: _explained(found.measures.get(name), reason) for name in NAMES[part]}
        changes.append(found)
    return PairSimilarity(
        source=names[0],
        target=names[1],
        n_common=len(s),
        n_tried=common.is_invalid.shape[1],
        measures=measures,
        options=tuple(change for found in changes for change in found.options),
        interactions=tuple(change for found in changes for change in found.interactions),
    )


WHY_NOT = {
    "": "too few values that differ",
    "shift": "a line needs values that differ, and logarithms values above 0",
    "overlap": "the target's best is 0, or nothing varies",
    "influence": "no option has an effect that can be told",
    "importance": "too few options vary, or too few rows",
    "interaction": "fewer than three interactions, or more terms than rows",
    "validity": "all or nothing that was tried in both is invalid",
    "noise": "no configuration was repeated",
}
"""Part -> why one of its measures has no answer, where the responses themselves are no reason."""


def _explained(found: Estimate | None, reason: str) -> Estimate:
    if found is None:
        return Estimate(float("nan"), reason=reason)
    return Estimate(found.value, found.low, found.high, reason) if np.isnan(found.value) else found


def _why_not(s: np.ndarray, t: np.ndarray) -> str | None:
    """Why two environments with responses s and t (n,) cannot be compared."""
    if len(s) < MIN_COMMON:
        return f"too few in common: {len(s)}, at least {MIN_COMMON} are needed"
    constant = [name for name, y in (("source", s), ("target", t)) if not varies(y)]
    return f"nothing varies in the {' and the '.join(constant)}" if constant else None


def _chosen(environments: Sequence[Known], pairs: Collection[Names] | None) -> list[tuple[Known, Known]]:
    if pairs is None:
        return list(permutations(environments, 2))
    by_name = {environment.name: environment for environment in environments}
    for name in (name for pair in pairs for name in pair):
        if name not in by_name:
            raise UnknownNameError("environment", name, by_name)
    for source, target in pairs:
        if source == target:
            raise DataError(f"a pair has '{source}' twice; expected two environments. Name another source.")
    return [(by_name[source], by_name[target]) for source, target in pairs]


def _profiles(chosen: Iterable[tuple[Known, Known]], asked: Asked, n_jobs: int) -> dict[tuple[str, bytes], Profile]:
    """A profile for each environment and each set of configurations that some pair has in common."""
    if not OF_OPTIONS & set(asked.parts):
        return {}
    wanted: dict[tuple[str, bytes], tuple[Known, np.ndarray]] = {}
    for a, b in chosen:
        ids = np.intersect1d(a.ids, b.ids, assume_unique=True)
        if len(ids) >= MIN_COMMON:
            wanted |= {(one.name, ids.tobytes()): (one, ids) for one in (a, b)}
    jobs = (delayed(_profiled)(one, ids, asked) for one, ids in wanted.values())
    return dict(zip(wanted, Parallel(n_jobs=n_jobs)(jobs), strict=True))


def _key(one: Known, other: Known) -> tuple[str, bytes]:
    return one.name, np.intersect1d(one.ids, other.ids, assume_unique=True).tobytes()


def _profiled(one: Known, ids: np.ndarray, asked: Asked) -> Profile:
    rows = np.searchsorted(one.ids, ids)
    return profile(one.samples.X[rows], one.samples.y[rows], asked)


def _measured(
    source: Known, target: Known, asked: Asked, of_source: Profile | None, of_target: Profile | None
) -> PairSimilarity:
    profiles = (of_source, of_target) if of_source is not None and of_target is not None else None
    return compare_pair(Common.of(source, target), asked, names=(source.name, target.name), profiles=profiles)
