"""Random pairs of a source and a target, over all systems that were measured in several environments."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from bench.data import index
from transferperf import rng
from transferperf.space import Environment

LEAST_TEST_ROWS = 10
SAME = ("jamshidi-ase17/x264-with-invalid",)
"""Files whose measurements are those of another file."""


class Pair(NamedTuple):
    """A source and a target environment of one system."""

    number: int
    system: str
    source: Environment
    target: Environment


def draw_pairs(data: Path, count: int, *, least_rows: int, seed: int = 0) -> list[Pair]:
    """Different pairs, systems in turn; the first ones stay the same when more are drawn.

    A target has at least `least_rows` rows besides LEAST_TEST_ROWS; a system whose pairs are used up is passed over.
    """
    known = {name: _environments(data, name) for name in sorted(index(data)) if name not in SAME}
    open_pairs = {}
    for name, rows in known.items():
        targets = [where for where, n in rows.items() if n >= least_rows + LEAST_TEST_ROWS]
        pairs = [(source, target) for target in targets for source in rows if source != target]
        if pairs:
            order = rng.generator(seed, "pairs", name).permutation(len(pairs))
            open_pairs[name] = [pairs[k] for k in order]
    systems = [str(name) for name in rng.generator(seed, "systems").permutation(list(open_pairs))]
    in_turn = [(k, name, pair) for name in systems for k, pair in enumerate(open_pairs[name])]
    in_turn.sort(key=lambda item: item[0])
    return [Pair(number, name, *pair) for number, (_, name, pair) in enumerate(in_turn[:count])]


def _environments(data: Path, name: str) -> dict[Environment, int]:
    """Every environment of a file with its number of rows; nothing where the file is missing or has only one."""
    factors, path = index(data)[name]["environment_columns"], data / f"{name}.csv.gz"
    if not factors or not path.is_file():
        return {}
    frame = pd.read_csv(path, usecols=factors, dtype=str, keep_default_na=False)
    counts = Counter(frame[sorted(factors)].itertuples(index=False, name=None))
    rows = {Environment.of(dict(zip(sorted(factors), values, strict=True))): n for values, n in counts.items()}
    return {where: rows[where] for where in sorted(rows)} if len(rows) > 1 else {}
