"""All pairs of environments of a table: correlations, options, invalid regions, saved measurements and a verdict.

A pair is compared on the configurations that were measured in both. Where there are too few, a model of the source
says what it would have been at the target's configurations.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from transferperf import rng
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.similarity.contrasts import contrasts_of, design
from transferperf.similarity.correlations import MEASURES, correlations
from transferperf.similarity.effects import effect_sizes, options_agreement
from transferperf.similarity.foresight import Foresight
from transferperf.similarity.groups import Block, Gathered, gather
from transferperf.similarity.known import known
from transferperf.similarity.regions import region_agreement
from transferperf.similarity.verdict import MIN_COMMON, NO_ANSWER, Verdict, verdicts

ENDS = ("", "_low", "_high")
"""Endings of the columns of a measure: the estimate and its interval."""
ALIKE = (*MEASURES, "options")
"""Measures that are the same from source to target and back."""
NAMES = (*ALIKE, "invalid", "saved", "error")
"""Measures that come with an interval."""
MOST_ROWS, N_EFFECTS = 1000, 100
"""Rows that effects of options are estimated from, and how often these are drawn again."""
BY_MODEL = " (the source predicted by a model: too few in common)"
Statistics = Mapping[str, np.ndarray]


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
        How many resamples the 95 % intervals of correlations come from.

    Returns
    -------
    pairs
        Columns source, target and n_common; matched, "measured" or "model"; kind and verdict, see
        `transferperf.similarity.verdict`; n_rows, the target rows that `saved` and `error` are for;
        is_bound, whether more may be saved, since nobody looked further; and, each also with
        the ends _low and _high, pearson, spearman, options, invalid, saved and error. `options` is the correlation of
        the sizes of main effects, `invalid` the overlap of invalid configurations above chance, `saved` how many
        target measurements the source saves, `error` the mean error of prediction with the source as a share (0.06
        is 6 %). NaN where there is no answer.

    Raises
    ------
    NotEnoughDataError
        Where the table has one environment only.
    """
    gathered = gather(table, metric)
    return compare(table, gathered, Foresight.of(gathered, seed), n_resamples=n_resamples)


def compare(
    table: MeasurementTable, gathered: Gathered, foresight: Foresight, *, n_resamples: int = 200
) -> pd.DataFrame:
    """The same of what was gathered."""
    e, seed = len(gathered.environments), foresight.seed
    n_common, n_compared, n_rows, is_model, is_bound = (np.zeros((e, e), dtype=int) for _ in range(5))
    found = {name: np.full((len(ENDS), e, e), np.nan) for name in NAMES}
    for block, is_reverse in _blocks(gathered, seed):
        places = block.pairs
        n_common[places] = n_compared[places] = block.n_common
        if len(block) < MIN_COMMON or np.isnan(block.S).all():
            continue
        has_values = ~np.isnan(block.S).any(axis=1)[:, None]
        is_model[places] = block.is_model & has_values
        n_compared[places] = np.where(has_values, len(block), block.n_common)
        if is_reverse:
            alike = {name: found[name].transpose(0, 2, 1)[:, *places] for name in ALIKE}
        else:
            alike = _alike(block, gathered.is_ordered, seed, n_resamples)
        for name, values in alike.items():
            found[name][:, *places] = values
        seen = foresight.look(block)
        found["saved"][:, *places], found["error"][:, *places] = seen.saved, seen.error
        n_rows[places], is_bound[places] = seen.n_rows, seen.is_bound
    if not gathered.is_whole:
        everything = known(table, gathered.metric)
        found["invalid"] = region_agreement([one.tried for one in everything], [one.is_invalid for one in everything])
    counts = {"n_common": n_common, "n_compared": n_compared, "n_rows": n_rows}
    counts |= {"is_model": is_model, "is_bound": is_bound}
    return _frame(gathered.names, counts, found)


def _blocks(gathered: Gathered, seed: int) -> Iterator[tuple[Block, bool]]:
    """All blocks, and whether each is one that was there before, with source and target exchanged."""
    for g, source in enumerate(gathered.groups):
        for h, target in enumerate(gathered.groups):
            block = Block.between(source, target, seed)
            yield block, g > h and not block.is_model


def _alike(block: Block, is_ordered: np.ndarray, seed: int, n_resamples: int) -> dict[str, np.ndarray]:
    """Measures that do not ask what is source and what is target, shape (3, a, b) each."""
    values = (*correlations(block.S, block.T, seed, n_resamples), options_evidence(block, is_ordered, seed))
    return dict(zip(ALIKE, values, strict=True))


def options_evidence(block: Block, is_ordered: np.ndarray, seed: int) -> np.ndarray:
    """Whether the same options matter in sources and targets of a block, shape (3, a, b)."""
    draws = rng.generator(seed, "options", len(block))
    rows = rng.some(draws, len(block), MOST_ROWS)
    X, S, T = block.X[rows], block.S[:, rows], block.T[:, rows]
    Z = contrasts_on(X, is_ordered)
    if not Z.shape[1]:
        return np.full((3, len(S), len(T)), np.nan)
    n = len(rows)
    counts = np.vstack([np.ones((1, n)), draws.multinomial(n, np.full(n, 1 / n), size=N_EFFECTS)])
    sizes_s = effect_sizes(Z, np.nan_to_num(S), counts)
    sizes_t = sizes_s if block.source is block.target else effect_sizes(Z, T, counts)
    return options_agreement(sizes_s, sizes_t)


def contrasts_on(X: np.ndarray, is_ordered: np.ndarray) -> np.ndarray:
    """Contrasts of the options of configurations X (n, d) as columns, shape (n, c)."""
    return design(X, contrasts_of(X, is_ordered, [str(j) for j in range(X.shape[1])]))


def _frame(names: Sequence[str], counts: Statistics, found: Statistics) -> pd.DataFrame:
    """Matrices over pairs as one row for each ordered pair of different environments."""
    i, j = np.nonzero(~np.eye(len(names), dtype=bool))
    is_model = counts["is_model"][i, j] > 0
    evidence = {name: found[name][:, i, j] for name in NAMES}
    said = verdicts(counts["n_compared"][i, j], evidence)
    columns: dict[str, object] = {
        "source": np.array(names, dtype=object)[i],
        "target": np.array(names, dtype=object)[j],
        "n_common": counts["n_common"][i, j],
    }
    for name in NAMES:
        columns |= {name + end: evidence[name][k] for k, end in enumerate(ENDS)}
    columns |= {
        "n_rows": counts["n_rows"][i, j],
        "is_bound": counts["is_bound"][i, j] > 0,
        "matched": np.where(is_model, "model", "measured"),
        "kind": [one.kind for one in said],
        "verdict": [_words(one, by_model=bool(model)) for one, model in zip(said, is_model, strict=True)],
    }
    return pd.DataFrame(columns)


def _words(said: Verdict, *, by_model: bool) -> str:
    return said.words + BY_MODEL if by_model and said.kind != NO_ANSWER else said.words
