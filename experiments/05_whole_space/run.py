"""How long it takes to find the best of a whole space, proven, how that grows, and whether it is the best."""

import importlib
import importlib.util
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
from checks import climbed, looked_at
from fitted import best_of_fitted, best_of_kernel
from limits import MOST, SOME
from others import OTHERS, matrix_products, predictions
from verdicts import CLIMBING, DEFAULT, DEFAULT_KERNEL, DEFAULT_SOURCES, FLOOR, LOOKING, MEAN_FLOOR
from worlds import EI, LCB, MEANS, SMOOTH, measure, shape

from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse

FOLDER = Path(__file__).resolve().parent
KEY = ("part", "space", "n", "noise", "run", "model")
TIMES = ("seconds", "cpu_s", "memory_mb", "median_s", "most_s", "anew_s", "repeated")
SAID = ("tiles", "visited", "left", "compared", "fell_back", "exact", "same", "difference", "how", "experts")
SCORES = (*TIMES, *SAID, "load")
BIG, MIXED, LARGER, NOISE = "2^25", "2^6 4^3 16^3", "2^6 4^3 16^2 45", 1e-2
CERTIFIED = tuple(f"{space}{how}" for space in ("2^16", "2^18", "2^6 4^3 16") for how in ("", SMOOTH))
FEW = 2**22
"""Configurations from which a measurement has a process of its own."""
KERNEL = tuple(f"{DEFAULT_KERNEL}, {goal}" for goal in (LCB, EI))
"""Searches under a process with the default kernel."""


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
    if np.prod(shape(task.space), dtype=float) < FEW:
        return one(task, run, name)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(one, task, run, name).result()


def one(task: Task, run: int, name: str) -> dict[str, object]:
    """One measurement."""
    goal, _, how = name.partition(", ")
    if name in (FLOOR, MEAN_FLOOR):
        size = int(np.prod(shape(task.space)))
        return matrix_products(size, task.n, is_mean=name == MEAN_FLOOR)
    if name in OTHERS:
        return predictions(name, task.space, task.n, task.noise, run)
    if name in (DEFAULT, DEFAULT_SOURCES):
        return best_of_fitted(len(shape(task.space)), task.n, 2 if name == DEFAULT_SOURCES else 0, run)
    if goal == DEFAULT_KERNEL:
        return best_of_kernel(task.space, task.n, task.noise, run, how)
    if task.part == "asking":
        return importlib.import_module("tuners").ask_and_tell(name, task.n, run)
    work = {LOOKING: looked_at, CLIMBING: climbed}.get(how, measure)
    return work(task.space, task.n, task.noise, run, goal)


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """All measurements that are asked for."""
    rows, runs = ((14,), range(1)) if options.smoke else ((50, 200, 1000), range(options.runs))
    made = _short() if options.smoke else [*_speed(runs), *_growth(), *_checks()]
    made += [Task("asking", MIXED, n, NOISE, runs, _tuners()[:: 2 if options.smoke else 1]) for n in rows]
    return [task for task in made if ledger.wants(part=task.part, space=task.space, n=task.n, noise=task.noise)]


def _tuners() -> tuple[str, ...]:
    """Our tuner and Optuna's sampler, where that is installed."""
    if importlib.util.find_spec("optuna"):
        return tuple(importlib.import_module("tuners").TUNERS)
    print("optuna is not installed (pip install optuna): asking and telling is not timed")
    return ()


def _speed(runs: range) -> list[Task]:
    compared = (FLOOR, MEAN_FLOOR, *OTHERS)
    return [
        *(Task("best", BIG, n, NOISE, runs, (LCB, EI, MEANS, *compared)) for n in (100, 200, 500)),
        *(
            Task("limits", space, n, NOISE, runs, (LCB, EI))
            for n in (100, 200)
            for space in (BIG, f"{BIG}, {SOME}", f"{BIG}, {MOST}")
        ),
        *(Task("environments", _of(BIG, e), 200, NOISE, runs, (LCB, EI)) for e in (1, 2, 5, 10)),
        *(Task("fitted", BIG, n, NOISE, runs, (DEFAULT, DEFAULT_SOURCES, *KERNEL)) for n in (100, 200)),
        *(Task("noise", BIG, 500, noise, range(1), (LCB, EI)) for noise in (1e-4, 1e-6)),
    ]


def _of(space: str, e: int) -> str:
    return space if e == 1 else f"{space}, {e} environments"


def _growth() -> list[Task]:
    sizes = ("2^10", "2^15", "2^20", "2^22", "2^25", "2^28", "2^30")
    spaces = [(BIG, n) for n in (50, 100, 200, 500, 1000, 2000)] + [(size, 100) for size in sizes if size != BIG]
    spaces += [(MIXED, n) for n in (50, 100, 200, 500, 1000, 2000)] + [(LARGER, n) for n in (100, 200)]
    return [Task("growth", space, n, NOISE, range(1), (LCB,)) for space, n in spaces]


def _checks() -> list[Task]:
    looking, climbing = ([f"{goal}, {how}" for goal in (LCB, EI)] for how in (LOOKING, CLIMBING))
    return [
        *(
            Task("certificates", space, n, noise, range(2), tuple(looking))
            for space in CERTIFIED
            for n in (30, 100, 200)
            for noise in (1e-2, 1e-4, 1e-6)
        ),
        *(
            Task("climbing", space, 100, NOISE, range(k), (LCB, EI, *climbing))
            for space, k in (("2^20", 24), (BIG, 4), (MIXED, 24))
        ),
        *(Task("everything", space, 100, NOISE, range(1), tuple(looking)) for space in ("2^10", "2^20")),
        Task("everything", BIG, 100, NOISE, range(1), tuple(looking[:1])),
    ]


def _short() -> list[Task]:
    """The same with tiny spaces."""
    once, compared = range(1), (FLOOR, MEAN_FLOOR, *OTHERS)
    looking, climbing = (f"{LCB}, {LOOKING}", f"{EI}, {LOOKING}"), (f"{LCB}, {CLIMBING}", f"{EI}, {CLIMBING}")
    return [
        Task("best", "2^12", 20, NOISE, once, (LCB, EI, MEANS, *compared)),
        *(Task("limits", space, 20, NOISE, once, (LCB,)) for space in ("2^18", f"2^18, {SOME}", f"2^21, {MOST}")),
        *(Task("environments", _of("2^10", e), 12, NOISE, once, (LCB,)) for e in (1, 3)),
        Task("fitted", "2^8", 12, NOISE, once, (DEFAULT, *KERNEL)),
        Task("noise", "2^12", 20, 1e-6, once, (LCB, EI)),
        *(Task("growth", space, 10, NOISE, once, (LCB,)) for space in ("2^8", "2^9", "2^6 4^3 16")),
        Task("growth", "2^9", 20, NOISE, once, (LCB,)),
        *(Task("certificates", f"2^10{how}", 10, 1e-6, once, looking) for how in ("", SMOOTH)),
        Task("climbing", "2^16", 10, NOISE, once, (LCB, EI, *climbing)),
        Task("everything", "2^12", 10, NOISE, once, looking[:1]),
    ]


def main() -> None:
    """Make the measurements that are missing, one at a time, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=3, runs_are="repetitions with other rows")
    options.jobs = 1  # measurements side by side would take time from each other
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
