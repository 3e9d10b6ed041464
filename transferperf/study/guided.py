"""First samples of a target, guided by what its sources say of options (L2S: Jamshidi et al., FSE 2018).

Where sources are fully measured and the target is not, configurations come first that switch on the options and
interactions that matter in the sources: all at once, each term alone, and then pairs of terms.
Symbols: n configurations, d encoded options, x (d,) one of them.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.errors import NotEnoughDataError
from transferperf.metric import Metric
from transferperf.rng import generator
from transferperf.search import Grid, is_among
from transferperf.similarity.contrasts import Contrast, contrasts_of
from transferperf.similarity.contrasts import design as as_columns
from transferperf.similarity.interactions import candidates, columns, stepwise
from transferperf.space import Encoding

EPSILON = 0.1
"""Share of configurations that explore: those farthest from all before."""

MOST_ROWS = 4096
"""Rows of all sources that effects are estimated from."""

Switches = dict[int, float]
"""Encoded option -> the value to which it is switched."""


def guided_design(
    sources: MeasurementTable, n: int | None = None, *, metric: str | Metric, seed: int = 0
) -> pd.DataFrame:
    """Configurations to measure first in a target whose sources are known, the most telling ones first.

    A term is an option, or a pair, of a stepwise linear model of all sources; each option is switched from its default,
    one with an order to the end that is farther. First come all options that have an influence at once, then each term
    alone, then unions of two, those of the largest effect first; one in ten, by chance, is the one of random
    configurations that differs most from all before, and random ones follow when the list ends.

    Parameters
    ----------
    sources
        Measurements of other environments.
    n
        How many configurations; where left out, 50 or as many as there are.

    Returns
    -------
    configurations
        Shape (n, d), distinct and valid, options in the space's order.

    Raises
    ------
    NotEnoughDataError
        Where nothing was measured in the sources, or the space has fewer configurations.
    """
    grid, stream = Grid.of(sources.space), generator(seed, "guided")
    pool = grid.encode(design(sources.space, n, "random", seed))
    listed = _switched(grid, terms_by_effect(sources, sources.metric(metric), seed))
    chosen = np.empty((0, pool.shape[1]))
    n = len(pool)
    while len(chosen) < n:
        pool = pool[~is_among(pool, chosen)]
        explores = stream.random() < EPSILON
        x = None if explores else next((x for x in listed if not is_among(x[None], chosen)[0]), None)
        if x is None:
            apart = (pool[:, None] != chosen).sum(axis=2).min(axis=1, initial=pool.shape[1])
            x = pool[int(apart.argmax()) if explores else 0]
        chosen = np.concatenate([chosen, x[None]])
    return grid.decode(chosen)


def terms_by_effect(sources: MeasurementTable, metric: Metric, seed: int) -> list[Switches]:
    """The options and interactions with an influence in the sources, those with the largest one first.

    Levels of significance are divided by the number of candidates. Values of each source are in its own deviations.
    """
    samples = [sources.samples(metric, where) for where in sources.environments]
    known = [each for each in samples if len(each) > 1 and np.ptp(each.y) > 0]
    if not known:
        raise NotEnoughDataError(f"no source has two different values of {metric.name}; give measurements of one")
    X = np.concatenate([each.X for each in known])
    y = np.concatenate([(each.y - each.y.mean()) / each.y.std() for each in known])
    rows = generator(seed, "guided", "rows").permutation(len(y))[:MOST_ROWS]
    X, y = X[rows], y[rows]
    encoding, grid = Encoding(sources.space), Grid.of(sources.space)
    contrasts = contrasts_of(X, encoding.is_ordered, encoding.names)
    Z = as_columns(X, contrasts)
    terms = candidates(Z, contrasts, y)
    model = stepwise(columns(Z, terms), y, terms, corrected=True)
    effects = np.abs(model.coefficients) * columns(Z, model.terms).std(axis=0)
    order = np.argsort(-effects, kind="stable")
    return [dict(_switch(contrasts[j], grid) for j in model.terms[k]) for k in order]


def _switch(contrast: Contrast, grid: Grid) -> tuple[int, float]:
    """The option of a contrast, and the value to which it is switched from its default."""
    j, codes = contrast.column, grid.codes[contrast.column]
    if contrast.level is not None and contrast.level != grid.default[j]:
        return j, contrast.level
    return j, float(codes[np.abs(codes - grid.default[j]).argmax()])


def _switched(grid: Grid, terms: list[Switches]) -> Iterator[np.ndarray]:
    """The valid configurations in which all terms, one term or two are switched, shape (d,) each."""
    every = {j: value for term in reversed(terms) for j, value in term.items()}
    pairs = sorted(itertools.combinations(range(len(terms)), 2), key=sum)
    for switches in [every, *terms, *({**terms[b], **terms[a]} for a, b in pairs)]:
        x = grid.canonical(_with(grid, switches)[None])
        if switches and grid.is_valid(x)[0]:
            yield x[0]


def _with(grid: Grid, switches: Switches) -> np.ndarray:
    """The default with options switched, and of options that go together the others as near to it as may be."""
    x = grid.default.copy()
    for place, rows in grid.blocks:
        wanted = {k: switches[j] for k, j in enumerate(place.tolist()) if j in switches}
        fits = np.sum([rows[:, k] == value for k, value in wanted.items()], axis=0) if wanted else np.zeros(len(rows))
        if wanted:
            same = (rows == grid.default[place]).sum(axis=1)
            x[place] = rows[np.lexsort((-same, -fits))[0]]
    return x
