"""Which change hurts: how much of an environment each kind of change keeps, over all pairs of a table.

Pairs share environments, so that pairs are not drawn again but environments (Snijders and Borgatti 1999): a pair
counts as often as the product of its ends. Jamshidi et al. (ASE 2017) call a change severe where only the invalid
region carries over, and order changes by hand before measuring; here the order comes from the measurements.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.rng import generator
from transferperf.similarity.resampling import percentiles
from transferperf.space import Environment

MEASURES = (
    "spearman",
    "pearson",
    "best_10",
    "regret",
    "options",
    "effect_correlation",
    "interaction_correlation",
    "invalid",
    "invalid_common",
)
"""What is summarised, as far as the pairs have it; changes are sorted by the first."""
MIN_ENVIRONMENTS = 4
"""Fewer environments than this cannot be drawn again."""


def change_of(source: Environment, target: Environment) -> str:
    """Factors in which two environments differ, joined by +; "" where there is none.

    Examples
    --------
    >>> one = Environment.of({"hardware": "a", "workload": "x", "version": 1})
    >>> change_of(one, Environment.of({"hardware": "b", "workload": "x", "version": 2}))
    'hardware+version'
    """
    before, after = source.as_mapping(), target.as_mapping()
    return "+".join(name for name in {**before, **after} if before.get(name) != after.get(name))


def severity(
    pairs: pd.DataFrame,
    environments: Iterable[Environment],
    *,
    measures: Sequence[str] | None = None,
    seed: int = 0,
    n_resamples: int = 500,
) -> pd.DataFrame:
    """Each kind of change with what it keeps, the most severe first.

    Parameters
    ----------
    pairs
        Columns source and target, names of environments, and measures; as from `compare_environments`, or rows of
        `PairSimilarity`.
    environments
        Those that the names are of.
    measures
        Columns to summarise; those of `MEASURES` that there are where it is None. Changes are sorted by the first.
    seed, n_resamples
        Of the bootstrap over environments.

    Returns
    -------
    changes
        Columns change, n_pairs, n_environments, for each measure its median over pairs with the 95 % interval under
        `_low` and `_high`, NaN where fewer than four environments take part; and p_value: that pairs of this change
        have the same median of the first measure as all others, by the same resamples, corrected for the number of
        changes (Benjamini and Hochberg 1995).

    Raises
    ------
    NotEnoughDataError
        Where there is no pair with an answer.
    UnknownNameError
        Where pairs name an environment that is not there, or lack a measure.
    """
    known = {str(environment): environment for environment in environments}
    names = _measures(pairs, measures)
    ends = _ends(pairs, known)
    kinds = np.array([change_of(*map(known.__getitem__, pair)) for pair in _names(pairs)], dtype=object)
    weights = _weights(ends, len(known), seed, n_resamples)
    rows = []
    for kind in dict.fromkeys(kinds):
        mine = kinds == kind
        row: dict[str, object] = {"change": kind, "n_pairs": int(mine.sum())}
        row["n_environments"] = len(np.unique(ends[:, mine]))
        for name in names:
            y = pairs[name].to_numpy(dtype=float)
            row |= dict(
                zip(
                    (name, f"{name}_low", f"{name}_high"),
                    _summary(y[mine], ends[:, mine], weights[:, mine]),
                    strict=True,
                )
            )
        first = pairs[names[0]].to_numpy(dtype=float)
        row["p_value"] = _p_value(first, mine, weights)
        rows.append(row)
    found = pd.DataFrame(rows).sort_values(names[0], ignore_index=True)
    return found.assign(p_value=_corrected(found["p_value"].to_numpy()))


def odd_levels(
    pairs: pd.DataFrame,
    environments: Iterable[Environment],
    *,
    measure: str = MEASURES[0],
    seed: int = 0,
    n_resamples: int = 500,
) -> pd.DataFrame:
    """Levels of factors that are unlike the others: of pairs that differ in one factor only.

    Arguments, errors and resamples are those of `severity`.

    Returns
    -------
    levels
        Columns factor, level, n_pairs, the measure's median over pairs with this level at one end, `others` over pairs
        without it, and p_value that both are the same, corrected for the number of levels; the oddest first. A factor
        with fewer than three levels has none.
    """
    known = {str(environment): environment for environment in environments}
    (name,) = _measures(pairs, [measure])
    ends = _ends(pairs, known)
    weights = _weights(ends, len(known), seed, n_resamples)
    y = pairs[name].to_numpy(dtype=float)
    sides = [tuple(map(known.__getitem__, pair)) for pair in _names(pairs)]
    kinds = np.array([change_of(*pair) for pair in sides], dtype=object)
    rows: list[dict[str, object]] = []
    for factor in dict.fromkeys(kind for kind in kinds if kind and "+" not in kind):
        mine = (kinds == factor) & np.isfinite(y)
        levels = np.array([[side.as_mapping().get(factor, "") for side in pair] for pair in sides], dtype=object)
        present = sorted(set(levels[mine].ravel()))
        for level in present if len(present) > 2 else ():
            has = (levels == level).any(axis=1)[mine]
            one = np.ones((1, int(mine.sum())))
            with_it, without = (_medians(y[mine][part], one[:, part])[0] for part in (has, ~has))
            rows.append(
                {
                    "factor": factor,
                    "level": level,
                    "n_pairs": int(has.sum()),
                    name: with_it,
                    "others": without,
                    "p_value": _p_value(y[mine], has, weights[:, mine]),
                }
            )
    found = pd.DataFrame(rows, columns=["factor", "level", "n_pairs", name, "others", "p_value"])
    found = found.assign(p_value=_corrected(found["p_value"].to_numpy(dtype=float)))
    order = (found[name] - found["others"]).sort_values(kind="stable").index
    return found.loc[order].reset_index(drop=True)


def _measures(pairs: pd.DataFrame, measures: Sequence[str] | None) -> list[str]:
    names = [name for name in MEASURES if name in pairs] if measures is None else list(measures)
    for name in names:
        if name not in pairs:
            raise UnknownNameError("measure", name, tuple(map(str, pairs.columns)))
    if not names or not len(pairs) or not pairs[names].notna().any(axis=None):
        raise NotEnoughDataError(
            f"none of {len(pairs)} pairs has a similarity; expected one or more. Add measurements."
        )
    return names


def _names(pairs: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(pairs["source"].astype(str), pairs["target"].astype(str), strict=True))


def _ends(pairs: pd.DataFrame, known: dict[str, Environment]) -> np.ndarray:
    """Places of source and target of each pair, shape (2, pairs)."""
    places = {name: k for k, name in enumerate(known)}
    for name in (name for pair in _names(pairs) for name in pair):
        if name not in places:
            raise UnknownNameError("environment", name, tuple(places))
    return np.array([[places[name] for name in pair] for pair in _names(pairs)], dtype=int).reshape(-1, 2).T


def _weights(ends: np.ndarray, e: int, seed: int, n_resamples: int) -> np.ndarray:
    """How often each pair counts in each resample of e environments, shape (resamples, pairs)."""
    counts = generator(seed, "severity").multinomial(e, [1 / e] * e, size=n_resamples)
    return (counts[:, ends[0]] * counts[:, ends[1]]).astype(float)


def _summary(y: np.ndarray, ends: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Median of y (pairs,) with the ends of its interval."""
    is_known = np.isfinite(y)
    value = float(np.median(y[is_known])) if is_known.any() else float("nan")
    if len(np.unique(ends[:, is_known])) < MIN_ENVIRONMENTS:
        return value, float("nan"), float("nan")
    low, high = map(float, percentiles(_medians(y[is_known], weights[:, is_known])))
    return value, min(low, value), max(high, value)


def _medians(y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Median of y (pairs,) in each resample of weights (s, pairs), shape (s,); NaN where nothing was drawn."""
    if not len(y):
        return np.full(len(weights), np.nan)
    order = np.argsort(y, kind="stable")
    up_to = np.cumsum(weights[:, order], axis=1)
    half = up_to[:, -1:] / 2
    lower, upper = (y[order][np.minimum(f(up_to, half).sum(axis=1), len(y) - 1)] for f in (np.less, np.less_equal))
    return np.where(half[:, 0] > 0, (lower + upper) / 2, np.nan)


def _p_value(y: np.ndarray, mine: np.ndarray, weights: np.ndarray) -> float:
    """p-value that pairs that are mine have the median of the others, two-sided; NaN where nobody can say."""
    is_known = np.isfinite(y)
    a, b = is_known & mine, is_known & ~mine
    apart = _medians(y[a], weights[:, a]) - _medians(y[b], weights[:, b])
    apart = apart[np.isfinite(apart)]
    if not len(apart):
        return float("nan")
    tail = min(np.sum(apart <= 0), np.sum(apart >= 0)) + 1
    return float(min(1.0, 2 * tail / (len(apart) + 1)))


def _corrected(p: np.ndarray) -> np.ndarray:
    """p-values (m,) after Benjamini and Hochberg; NaN stay."""
    found, is_known = np.full(len(p), np.nan), np.isfinite(p)
    if is_known.any():
        found[is_known] = stats.false_discovery_control(p[is_known])
    return found
