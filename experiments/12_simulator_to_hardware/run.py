"""A simulator and a few runs on the machine, beside runs on the machine alone: error and regret by what they cost."""

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from cases import TARGETS, Case

from bench.ours import forecast, timed
from bench.report import ALONE
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse
from bench.scores import SCORES, TIMES, scored

FOLDER = Path(__file__).resolve().parent
SIZES, MOST = (0, 3, 5, 8, 12, 20, 30, 45, 65), 45
"""Configurations that are measured on the machine; and the most of them beside a simulator."""
SHORT = (0, 5)
KEY = ("system", "n", "run", "model")


class Task(NamedTuple):
    """All fits of one target."""

    system: str
    runs: int
    sizes: tuple[int, ...]

    def __str__(self) -> str:
        return self.system


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted fits of one target."""
    wanted, case, n_fits = Wanted.of(ledger), Case(TARGETS[task.system]), 0
    X, y = case.samples.X, case.samples.y
    for run in range(task.runs):
        order = case.order(run)
        for n in task.sizes:
            key = {"system": task.system, "n": n, "run": run}
            simulators = tuple(case.target.simulators) if n <= MOST else ()
            for name in wanted.models((*([ALONE] if n else []), *simulators), **key):
                predictor, seconds = case.fit(name, np.sort(order[:n]), run)
                test = np.sort(order[n:])
                made, predict_s = timed(partial(forecast, predictor, X[test]))
                chosen = int(np.argmin(predictor.predict(X).median))
                row = scored({**key, "model": name}, y[test], (made, [*seconds, predict_s]), cap=np.inf)
                ledger.append({**row, "regret": float(y[chosen] / y.min() - 1)})
                n_fits += 1
    return n_fits


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """One for each target whose measurements are there."""
    found, sizes = [], SHORT if options.smoke else SIZES
    for system, target in list(TARGETS.items())[: 1 if options.smoke else None]:
        if not target.path.is_file():
            print(f"{target.path} is not there: {system} is skipped")
        elif ledger.wants(system=system):
            found.append(Task(system, options.runs, sizes))
    return found


def main() -> None:
    """Make the fits that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=20, runs_are="repetitions with other configurations measured")
    carry_out(options, key=KEY, scores=(*SCORES, *TIMES, "regret"), tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
