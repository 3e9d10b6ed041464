"""What was measured in each environment, as the figures of a pair need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.report.layout import spans_decades
from transferperf.report.levels import Levels, levels_of
from transferperf.rng import generator
from transferperf.similarity.contrasts import contrasts_of
from transferperf.similarity.influence import Effects, effects
from transferperf.similarity.known import Known, known
from transferperf.space import Encoding

MAX_VALUES = 300_000
"""Responses that a page can hold; of more, a random sample of the configurations is shown."""
MAX_INTERACTIONS = 6
MIN_CELL = 3
"""Rows with a pair of levels, of which fewer have no mean worth drawing."""
N_GRID = 64
Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Responses of all environments, and what options do to them.

    Parameters
    ----------
    levels
        Values of the options of the n configurations that are shown.
    n_measured
        How many configurations were measured in some environment; at least n.
    rows
        Configurations that are valid in each environment, ascending.
    responses
        Mean of each of these, in the metric's unit.
    effects
        What becomes of each environment's responses with each contrast.
    contrasts
        Names of what the effects are of.
    interactions
        Pairs of options whose means add up worst in each environment, worst first.
    """

    levels: tuple[Levels, ...]
    n_measured: int
    rows: tuple[np.ndarray, ...]
    responses: tuple[np.ndarray, ...]
    effects: tuple[Effects, ...]
    contrasts: tuple[str, ...]
    interactions: tuple[Pairs, ...]

    @property
    def is_log(self) -> bool:
        """Whether responses are drawn on a log scale."""
        return spans_decades(np.concatenate(self.responses))

    def common(self, source: int, target: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Configurations that are valid in both environments, and their responses there, shape (n,) each."""
        found, i, j = np.intersect1d(self.rows[source], self.rows[target], assume_unique=True, return_indices=True)
        return found, self.responses[source][i], self.responses[target][j]


def observe(table: MeasurementTable, metric: Metric) -> Observed:
    """Responses and effects in each environment of a table, in the order of its environments."""
    environments, encoding = known(table, metric), Encoding(table.space)
    ids, first = np.unique(np.concatenate([one.ids for one in environments]), return_index=True)
    X = np.concatenate([one.samples.X for one in environments])[first]
    shown = _shown(environments, len(ids))
    texts = {option.name: tuple(map(str, option.levels)) for option in encoding.options if not option.is_ordered}
    contrasts = contrasts_of(X, encoding.is_ordered, encoding.names, texts)
    levels = levels_of(encoding, X[shown])
    kept = [_kept(one, ids[shown]) for one in environments]
    turn = np.log if spans_decades(np.concatenate([y for _, y in kept])) else np.asarray
    codes = np.column_stack([level.codes for level in levels])
    counts = [len(level.names) for level in levels]
    return Observed(
        levels=levels,
        n_measured=len(ids),
        rows=tuple(rows for rows, _ in kept),
        responses=tuple(y for _, y in kept),
        effects=tuple(effects(one.samples.X, one.samples.y, contrasts) for one in environments),
        contrasts=tuple(contrast.name for contrast in contrasts),
        interactions=_all_interactions(codes, [(rows, turn(y)) for rows, y in kept], counts),
    )


def density(y: np.ndarray, *, is_log: bool) -> tuple[np.ndarray, np.ndarray]:
    """Values on an even grid, and how dense responses y (n,) are there, highest 1; shape (64,) each, or (0,).

    Silverman's rule gives the width, in logarithms where the scale is one; the tails are as long as three widths.
    """
    x = np.log(y) if is_log else np.asarray(y, dtype=float)
    spread = float(np.std(x)) if len(x) else 0.0
    if len(x) < 3 or spread <= 1e-12 * max(1.0, float(np.abs(x).max())):
        return np.empty(0), np.empty(0)
    between = float(np.subtract(*np.percentile(x, [75, 25]))) / 1.349
    width = 0.9 * min(spread, between or spread) * len(x) ** -0.2
    low, high = float(x.min()) - 3 * width, float(x.max()) + 3 * width
    fine = np.histogram(x, bins=16 * N_GRID, range=(low, high))[0].astype(float)
    smooth = gaussian_filter1d(fine, width / (high - low) * len(fine), mode="constant")
    centres = low + (np.arange(len(fine)) + 0.5) * (high - low) / len(fine)
    grid = np.linspace(low, high, N_GRID)
    heights = np.interp(grid, centres, smooth)
    return (np.exp(grid) if is_log else grid), heights / heights.max()


def cell_means(a: Levels, b: Levels, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Mean of y (n,) for each pair of levels among these rows of the configurations, NaN where there is none."""
    shape = len(a.names), len(b.names)
    cell = a.codes[rows] * shape[1] + b.codes[rows]
    n, total = (np.bincount(cell, weights=w, minlength=shape[0] * shape[1]) for w in (None, y))
    with np.errstate(invalid="ignore"):
        return (total / n).reshape(shape)


def _all_interactions(
    codes: np.ndarray, kept: Sequence[tuple[np.ndarray, np.ndarray]], counts: Sequence[int]
) -> tuple[Pairs, ...]:
    """Pairs of options that interact most in each environment; those with the same rows are computed together."""
    members: dict[bytes, list[int]] = {}
    for place, (rows, _) in enumerate(kept):
        members.setdefault(rows.tobytes(), []).append(place)
    found: dict[int, Pairs] = {}
    for places in members.values():
        Y = np.stack([kept[place][1] for place in places])
        found |= dict(zip(places, _interactions(codes[kept[places[0]][0]], Y, counts), strict=True))
    return tuple(found[place] for place in range(len(kept)))


def _interactions(codes: np.ndarray, Y: np.ndarray, counts: Sequence[int]) -> list[Pairs]:
    """Pairs of options whose levels were varied together and interact most in each response of Y (e, n).

    The sum of what each option does is taken away; of the rest, unweighted cell means give the mean square of a pair
    (Yates 1934), which is held against what they leave.
    """
    n_rows, starts = len(codes), np.cumsum([0, *counts])
    is_there = np.zeros((n_rows, starts[-1]))  # (n, levels of all options)
    is_there[np.arange(n_rows)[:, None], codes + starts[:-1]] = 1.0
    rest = Y - (is_there @ np.linalg.lstsq(is_there, Y.T, rcond=None)[0]).T
    n, squares = is_there.T @ is_there, np.maximum((rest**2).sum(axis=1), np.finfo(float).tiny)
    total = np.stack([is_there.T @ (is_there * row[:, None]) for row in rest])  # (e, levels, levels)
    ratios: dict[tuple[int, int], np.ndarray] = {}
    for i, j in combinations([k for k, count in enumerate(counts) if count > 1], 2):
        block = slice(starts[i], starts[i + 1]), slice(starts[j], starts[j + 1])
        size = n[block].size
        if n[block].min() >= MIN_CELL and n_rows > size:
            means = total[(slice(None), *block)] / n[block]
            means -= means.mean(axis=1, keepdims=True)
            means -= means.mean(axis=2, keepdims=True)
            own = (means**2).sum(axis=(1, 2)) / (1.0 / n[block]).mean()  # (e,)
            left = np.maximum(squares - own, np.finfo(float).tiny) / (n_rows - size)
            ratios[i, j] = own / ((counts[i] - 1) * (counts[j] - 1)) / left
    pairs = list(ratios)
    table = np.reshape([*ratios.values()], (len(pairs), len(Y)))
    return [_strongest(pairs, column) for column in table.T]


def _strongest(pairs: Sequence[tuple[int, int]], ratios: np.ndarray) -> Pairs:
    """Those of the pairs whose ratio (pairs,) is above 1, the largest first."""
    order = np.argsort(-ratios, kind="stable")[:MAX_INTERACTIONS]
    return tuple(pairs[k] for k in order if ratios[k] > 1)


def _shown(environments: Sequence[Known], n: int) -> np.ndarray:
    """Places of the configurations that are shown, ascending."""
    total = sum(len(one.ids) for one in environments)
    if total <= MAX_VALUES:
        return np.arange(n)
    size = max(4, int(n * MAX_VALUES / total))
    return np.sort(generator(0, "report").choice(n, size=size, replace=False))


def _kept(one: Known, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the shown configurations are valid in one environment, and their responses."""
    _, rows, places = np.intersect1d(shown, one.ids, assume_unique=True, return_indices=True)
    return rows, one.samples.y[places]
