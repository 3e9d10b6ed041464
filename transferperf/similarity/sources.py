"""The best source of each target: a single one, and the set that it grows into.

The single one is that of the least foretold error: BEETLE's race (`racing`) finds one source for all targets without a
row of theirs, but twenty rows of a target tell which of the sources is its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transferperf import rng
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.similarity import learner
from transferperf.similarity.compare import ENDS, compare
from transferperf.similarity.foresight import Foresight, relative_errors
from transferperf.similarity.groups import Block, Gathered, Group, gather
from transferperf.similarity.saving import FEW
from transferperf.similarity.source_set import source_set

ENOUGH = 1.1
"""Fewer rows are advised where the error is at most this many times that of `N_ROWS`."""
FEWER = (5, 10)
OF_PAIR = ["source", "kind", "verdict", "n_common", "matched", "n_rows", "is_bound"]
OF_PAIR += [name + end for name in ("saved", "error") for end in ENDS]


def compare_and_choose(
    table: MeasurementTable, metric: str | Metric, *, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Similarity of all pairs, as of `compare_environments`, and the best source of each target."""
    gathered = gather(table, metric)
    foresight = Foresight.of(gathered, seed)
    pairs = compare(table, gathered, foresight)
    return pairs, choose_sources(gathered, pairs, foresight)


def choose_sources(gathered: Gathered, pairs: pd.DataFrame, foresight: Foresight) -> pd.DataFrame:
    """The best source of each target.

    Returns
    -------
    sources
        A row for each environment as target: target; source, None where none is known to help; set, a tuple of it and
        those that help beside it, best first; set_error, the error with all of these; n_measured, the target's own
        valid configurations; n_advised, how many suffice for error_advised with its ends; regret, what copying the
        best common configuration of the source costs, as a share of the target's range; and of the pair kind, verdict,
        n_common, matched, n_rows, is_bound, saved and error with their ends.
    """
    home = {int(place): group for group in gathered.groups for place in group.members}
    names = gathered.names
    chosen = [_best(name, pairs) | {"n_measured": len(home[t])} for t, name in enumerate(names)]
    wanted = [(names.index(one["source"]), t) for t, one in enumerate(chosen) if one["source"] is not None]
    for block, some in _blocks(home, wanted, foresight.seed):
        for t, found in _details(block, some, gathered, foresight).items():
            chosen[t] |= found
    advised = ["error_advised" + end for end in ENDS]
    columns = ["target", *OF_PAIR, "n_measured", "set", "set_error", "regret", "n_advised", *advised]
    whole = {name: pd.Series([one.get(name) for one in chosen], dtype=object) for name in ("source", "set")}
    return pd.DataFrame(chosen, columns=columns).assign(**whole)


def _best(target: str, pairs: pd.DataFrame) -> dict[str, Any]:
    """The pair of least error of a target; without a source where none saves anything."""
    own = pairs[(pairs["target"] == target) & (pairs["saved"] > 0)]
    if not len(own):
        return {"target": target, "source": None}
    best = own.sort_values("error", kind="stable")[OF_PAIR].iloc[0]
    return {"target": target} | {str(name): value for name, value in best.items()}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Pairs of a block: places of source and target in the table, and in their groups."""

    source: int
    target: int
    a: int
    b: int


def _blocks(
    home: Mapping[int, Group], pairs: Iterable[tuple[int, int]], seed: int
) -> Iterable[tuple[Block, list[_Wanted]]]:
    """The blocks that pairs (source, target) stand in, and those pairs."""
    found: dict[tuple[int, int], list[_Wanted]] = {}
    for source, target in pairs:
        key = int(home[source].members[0]), int(home[target].members[0])
        a, b = (int(np.flatnonzero(home[k].members == k)[0]) for k in (source, target))
        found.setdefault(key, []).append(_Wanted(source, target, a, b))
    for (source, target), wanted in found.items():
        yield Block.between(home[source], home[target], seed), wanted


def _details(
    block: Block, wanted: list[_Wanted], gathered: Gathered, foresight: Foresight
) -> dict[int, dict[str, Any]]:
    """What is known of the best sources of some targets of a block."""
    rows = rng.some(rng.generator(foresight.seed, "set", len(block)), len(block), FEW)
    D = learner.scaled_distances(block.X[rows], gathered.is_ordered)
    sign = 1.0 if gathered.metric.lower_is_better else -1.0
    found: dict[int, dict[str, Any]] = {}
    for one in wanted:
        is_other = block.source.members != one.target
        others = np.flatnonzero(is_other & ~np.isnan(block.S).any(axis=1))
        first = int(np.flatnonzero(others == one.a)[0])
        places, errors = source_set(block.F[1][others][:, rows], block.W[one.b, rows], D, first)
        size = relative_errors(errors[:, None, None], block.T[[one.b]], rng.generator(foresight.seed, "set error"))
        t = sign * block.T[one.b]
        found[one.target] = {
            "set": tuple(gathered.names[block.source.members[others[k]]] for k in places),
            "set_error": float(size[0, 0, 0]),
            "regret": float((t[np.argmin(sign * block.S[one.a])] - t.min()) / np.ptp(t)),
        }
    for one, advice in zip(wanted, _advice(block, wanted, foresight), strict=True):
        found[one.target] |= advice
    return found


def _advice(block: Block, wanted: list[_Wanted], foresight: Foresight) -> list[dict[str, Any]]:
    """How many rows of the target suffice, and the error from these; nothing where too few are known to say so."""
    if not foresight.is_known(block):
        return [{} for _ in wanted]
    sources, targets = (np.unique([getattr(one, name) for one in wanted]) for name in "ab")
    full = foresight.look_size(block)
    sizes = [n for n in (*FEWER, full) if n <= full]
    errors = [
        relative_errors(
            foresight.errors_from(block, n, sources, targets).with_source,
            block.T[targets],
            rng.generator(foresight.seed, "advice", n),
        )
        for n in sizes
    ]
    found: list[dict[str, Any]] = []
    for one in wanted:
        a, b = int(np.searchsorted(sources, one.a)), int(np.searchsorted(targets, one.b))
        n, error = next(
            (n, error[:, a, b])
            for n, error in zip(sizes, errors, strict=True)
            if error[0, a, b] <= ENOUGH * errors[-1][0, a, b] or n == full
        )
        found.append({"n_advised": n} | {"error_advised" + end: float(e) for end, e in zip(ENDS, error, strict=True)})
    return found
