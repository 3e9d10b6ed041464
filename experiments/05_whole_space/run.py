"""How long it takes to find the best of a whole space, proven, and how that grows."""

import os
import sys
from argparse import Namespace
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
import numpy as np
from worlds import EI, LCB, MEANS, OTHERS, SPACES, everything, matrix_products, measure, predictions

from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse

FOLDER = Path(__file__).resolve().parent
KEY = ("part", "space", "n", "noise", "run", "model")
SCORES = ("seconds", "cpu_s", "memory_mb", "tiles", "visited", "fell_back", "exact", "same", "difference", "load")
BIG, MIXED, NOISE = "2^25", "2^6 4^3 16^3", 1e-2
EVERYTHING = "every configuration"
FEW = 2**13
"""Configurations from which a measurement has a process of its own."""


class Task(NamedTuple):
    """What is measured of one space and number of rows."""

    part: str
    space: str
    n: int
    noise: float
    runs: range
    models: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.part}, {self.space}, n = {self.n}, noise {self.noise:g}"


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted measurements of one task."""
    wanted, n_made = Wanted.of(ledger), 0
    for run in task.runs:
        key = {"part": task.part, "space": task.space, "n": task.n, "noise": task.noise, "run": run}
        for name in wanted.models(task.models, **key):
            load = os.getloadavg()[0]
            ledger.append({**key, "model": name, "load": load, **alone(task, run, name)})
            n_made += 1
    return n_made


def alone(task: Task, run: int, name: str) -> dict[str, object]:
    """One measurement, in a process of its own where the space is worth it."""
    if np.prod(SPACES[task.space], dtype=float) < FEW:
        return one(task, run, name)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(one, task, run, name).result()


def one(task: Task, run: int, name: str) -> dict[str, object]:
    """One measurement."""
    if name in (findings.FLOOR, findings.MEAN_FLOOR):
        size = int(np.prod(SPACES[task.space]))
        return matrix_products(size, task.n, is_mean=name == findings.MEAN_FLOOR)
    if name in OTHERS:
        return predictions(name, task.space, task.n, task.noise, run)
    if name == EVERYTHING:
        return everything(task.space, task.n, task.noise, run)
    return measure(task.space, task.n, task.noise, run, name)


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """All measurements, the quick ones first."""
    big, mixed = ("2^12", "2^8") if options.smoke else (BIG, MIXED)
    rows, growing = ((20,), (10,)) if options.smoke else ((100, 200, 500), (50, 100, 200, 500, 1000, 2000))
    sizes = ("2^9",) if options.smoke else ("2^10", "2^15", "2^20", "2^22", "2^25", "2^28")
    runs, once = range(1 if options.smoke else options.runs), range(1)
    compared = (findings.FLOOR, findings.MEAN_FLOOR, *OTHERS)
    made = [Task("best", big, n, NOISE, runs, (LCB, EI, MEANS, *compared)) for n in rows]
    made += [
        Task("noise", big, rows[-1], noise, once, (LCB, EI)) for noise in ((1e-6,) if options.smoke else (1e-4, 1e-6))
    ]
    made += [Task("growth", big, n, NOISE, once, (LCB,)) for n in growing]
    made += [Task("growth", space, growing[0], NOISE, once, (LCB,)) for space in sizes]
    made += [Task("growth", mixed, n, NOISE, once, (LCB,)) for n in growing[:4]]
    made += [
        Task("everything", looked, rows[0], NOISE, once, (EVERYTHING,)) for looked in (sizes[0], sizes[len(sizes) // 2])
    ]
    return [task for task in made if ledger.wants(part=task.part, space=task.space, n=task.n, noise=task.noise)]


def main() -> None:
    """Make the measurements that are missing, one at a time, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=3, runs_are="repetitions with other rows")
    options.jobs = 1  # measurements side by side would take time from each other
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
