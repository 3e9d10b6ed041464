"""Our tuner with its defaults on the pools that published tuners were judged on."""

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from pools import SYSTEMS, Pool, drawn_levels, read_pool

import transferperf as tp
from bench.report import OURS
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse

FOLDER = Path(__file__).resolve().parent
MOST_ASKED, ASKED_IN_SHORT = 150, 30
LEVELS = "random levels"
"""Random search as the published one draws: see `drawn_levels`."""
KEY = ("system", "model", "run", "n")


class Task(NamedTuple):
    """One run on one pool."""

    data: Path
    system: str
    run: int
    n: int

    def __str__(self) -> str:
        return f"{self.system}, run {self.run}, {self.n} measurements"


def tuned(pool: Pool, n: int, run: int) -> tuple[np.ndarray, float]:
    """Costs of n suggestions of our tuner, shape (n,), and the processor seconds of asking and telling."""
    options = {tuple(row): cost for *row, cost in pool.configurations.assign(cost=pool.cost).itertuples(index=False)}
    names = pool.table.space.names
    tuner = tp.Tuner(pool.table, metric=pool.metric, target={}, budget=n, seed=run, candidates=pool.configurations)
    costs, start = [], time.process_time()
    for _ in range(n):
        suggestion = tuner.ask()
        costs.append(float(options[tuple(suggestion[name] for name in names)]))
        tuner.tell(suggestion, pool.metric.sign * costs[-1])
    return np.array(costs), time.process_time() - start


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted runs, each with all costs in the order in which they were measured."""
    pool, n_runs = read_pool(task.data, task.system), 0
    key = {"system": task.system, "run": task.run, "n": task.n}
    for name in Wanted.of(ledger).models((OURS, LEVELS), **key):
        costs, cpu_s = tuned(pool, task.n, task.run) if name == OURS else (drawn_levels(pool, task.n, task.run), 0.0)
        ledger.append({**key, "model": name, "costs": " ".join(f"{cost:.10g}" for cost in costs), "cpu_s": cpu_s})
        n_runs += 1
    return n_runs


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """A first run on every pool that is there, then a second, and so on."""
    there = [name for name in SYSTEMS if (options.data / "tuning-pools" / f"{name}.csv.gz").is_file()]
    if len(there) < len(SYSTEMS):
        print(f"{', '.join(sorted({*SYSTEMS} - {*there}))}: not in {options.data / 'tuning-pools'}, skipped")
    n = ASKED_IN_SHORT if options.smoke else max(map(int, ledger.only.get("n", {str(MOST_ASKED)})))
    return [
        Task(options.data, name, run, n)
        for run in range(1 if options.smoke else options.runs)
        for name in there
        if ledger.wants(system=name, run=run)
    ]


def main() -> None:
    """Make the runs that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=30, runs_are="runs on each pool, with other seeds")
    carry_out(options, key=KEY, scores=("costs", "cpu_s"), tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
