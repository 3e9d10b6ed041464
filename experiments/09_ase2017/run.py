"""The 18 measures of the ASE 2017 study beside those that were published, and from twenty rows."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from changes import FILES, common, few, invent, published, read

from bench.data import has
from bench.rows import Ledger
from bench.running import carry_out, parse
from transferperf import rng
from transferperf.similarity import PARTS, compare_pair
from transferperf.similarity.profile import Asked

FOLDER = Path(__file__).resolve().parent
KEY = ("system", "pair", "n", "run", "measure")
SCORES = ("value", "low", "high")
ALL_ROWS, FEW_ROWS = 0, 20
N_RESAMPLES = 200
PARTS_OF_FEW = tuple(part for part in PARTS if part != "divergence")
"""Twenty rows say nothing of densities on grids of a thousand bins."""


class Task(NamedTuple):
    """One change of environment, from all its rows or from a few."""

    data: Path
    system: str
    pair: str
    n: int
    run: int
    n_resamples: int

    def __str__(self) -> str:
        return f"{self.system} {self.pair}, {f'{self.n} rows, run {self.run}' if self.n else 'all rows'}"


def fit_task(task: Task, ledger: Ledger) -> int:
    """Compute all measures of one change, unless that is done."""
    key = {"system": task.system, "pair": task.pair, "n": task.n, "run": task.run}
    if (*map(str, key.values()), "pearson") in ledger.done():
        return 0
    table = published().set_index(["system", "pair"])
    source, target = table.loc[(task.system, task.pair), ["source", "target"]]
    rows = common(task.data, task.system, source, target)
    if task.n:
        rows = few(rows, task.n, rng.generator(task.run, "rows", task.system, task.pair))
    options, X, _ = read(task.data, task.system)
    asked = Asked(
        options=options,
        is_ordered=np.ones(X.shape[1], dtype=bool),
        parts=PARTS_OF_FEW if task.n else PARTS,
        n_resamples=task.n_resamples,
        seed=task.run,
    )
    found = compare_pair(rows, asked, names=(source, target))
    for name, estimate in found.measures.items():
        ledger.append({**key, "measure": name, "value": estimate.value, "low": estimate.low, "high": estimate.high})
    return len(found.measures)


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """All changes whose data are there, from all rows and then from few."""
    if options.smoke:
        invent(options.data)
    there = {system for system, (name, _, _) in FILES.items() if has(options.data, name)}
    table = published()
    table = table[table["system"].isin(there)]
    if options.smoke:
        table = table.groupby("system").head(1)
    n_resamples = 20 if options.smoke else N_RESAMPLES
    cases = [(ALL_ROWS, 0), *((FEW_ROWS, run) for run in range(options.runs))]
    return [
        Task(options.data, system, pair, n, run, n_resamples)
        for n, run in cases
        for system, pair in table[["system", "pair"]].itertuples(index=False)
        if ledger.wants(system=system, pair=pair, n=n, run=run)
    ]


def main() -> None:
    """Compute what is missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=5, runs_are="draws of few rows")
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
