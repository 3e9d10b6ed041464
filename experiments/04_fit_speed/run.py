"""How long fits take and how that grows, beside scikit-learn and botorch, and with a million source rows."""

import os
import statistics
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
import torch
from large import MODELS, OURS, SGPR, measure
from peers import EVALUATIONS, MANY, SKLEARN, Fitted, Problem, available
from threadpoolctl import threadpool_limits

from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse

FOLDER = Path(__file__).resolve().parent
SIZES, OPTIONS = (50, 100, 200, 500, 1000, 2000), (10, 25, 58)
SOURCES = (1000, 10_000, 100_000, 1_000_000)
MOST_ROWS = {SKLEARN: 1000, SGPR: 100_000}
"""Beyond, their matrices do not fit: n x n x d in scikit-learn, several of n x 500 in SGPR."""
TWO_THREADS = " (two threads)"
TWO_THREADS_AT = 200
"""Rows at which the others' fits are also made with two threads, in the first run; their evaluations from there on."""
KEY = ("part", "n", "d", "run", "model")
SCORES = ("likelihood", "test_error", "seconds", "cpu_s", "memory_mb", "data_mb", "load", "trace")
EVALUATION_S = 0.5
"""How long each library's evaluations are repeated."""


class Task(NamedTuple):
    """All fits of one size."""

    part: str
    n: int
    d: int
    runs: range

    def __str__(self) -> str:
        return f"{self.part}, n = {self.n}, d = {self.d}"


def in_turn(names: tuple[str, ...], run: int) -> tuple[str, ...]:
    """Another one begins in each run: what the machine does otherwise falls on all alike."""
    k = run % len(names)
    return names[k:] + names[:k]


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted fits of one size."""
    wanted, n_fits = Wanted.of(ledger), 0
    measures = {"evaluation": evaluation, "fit": whole_fit, "large": large}
    for run in task.runs:
        key = {"part": task.part, "n": task.n, "d": task.d, "run": run}
        for name in wanted.models(in_turn(models(task, run), run), **key):
            ledger.append({**key, "model": name, "load": os.getloadavg()[0], **measures[task.part](task, run, name)})
            n_fits += 1
    return n_fits


def models(task: Task, run: int) -> tuple[str, ...]:
    """What is measured at one size."""
    if task.part == "large":
        names = tuple(MODELS)
    else:
        names = tuple(EVALUATIONS if task.part == "evaluation" else available())
        if run == 0 and (task.n == TWO_THREADS_AT or (task.n > TWO_THREADS_AT and task.part == "evaluation")):
            names += tuple(name + TWO_THREADS for name in names if name not in (OURS, MANY))
    return tuple(name for name in names if task.n <= MOST_ROWS.get(name.removesuffix(TWO_THREADS), task.n))


def threads(name: str) -> int:
    """How many threads a library may use."""
    return 2 if name.endswith(TWO_THREADS) else 1


def evaluation(task: Task, run: int, name: str) -> dict[str, object]:
    """Median seconds of one likelihood with its gradient."""
    problem = Problem.invented(task.n, task.d, run)
    with threadpool_limits(threads(name)):
        torch.set_num_threads(threads(name))
        evaluate = EVALUATIONS[name.removesuffix(TWO_THREADS)](problem)
        likelihood = evaluate()
        walls: list[float] = []
        processors: list[float] = []
        started = time.perf_counter()
        while time.perf_counter() - started < EVALUATION_S or len(walls) < 3:
            wall, processor = time.perf_counter(), time.process_time()
            evaluate()
            walls.append(time.perf_counter() - wall)
            processors.append(time.process_time() - processor)
    return {
        "likelihood": likelihood,
        "seconds": statistics.median(walls),
        "cpu_s": statistics.median(processors),
    }


def whole_fit(task: Task, run: int, name: str) -> dict[str, object]:
    """Seconds of a fit, its likelihood and its error at other configurations; for ours also what was reached when."""
    fit = available()[name.removesuffix(TWO_THREADS)]
    problem = Problem.invented(task.n, task.d, run)
    with threadpool_limits(threads(name)):
        torch.set_num_threads(threads(name))
        fit(Problem.invented(20, 3, 0))  # what is done once in a process is no part of a fit
        wall, processor = time.perf_counter(), time.process_time()
        fitted = fit(problem)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if fitted is None:
        return {"seconds": wall, "cpu_s": processor}
    error = fitted.predict(problem.X_test) - problem.z_test
    return {
        "likelihood": problem.likelihood(fitted.values),
        "test_error": float(np.sqrt(np.mean(error**2)) / problem.z_test.std()),
        "seconds": wall,
        "cpu_s": processor,
        "trace": trace(problem, fitted),
    }


def trace(problem: Problem, fitted: Fitted) -> str:
    """Each gain in likelihood as `seconds:processor seconds:likelihood`, with spaces between."""
    best, gains = -np.inf, []
    for wall, processor, values in fitted.trace:
        likelihood = problem.likelihood(values)
        if likelihood > best:
            best = likelihood
            gains.append(f"{wall:.5g}:{processor:.5g}:{likelihood:.3f}")
    return " ".join(gains)


def large(task: Task, run: int, name: str) -> dict[str, float]:
    """Seconds, memory and error of one model with a large source, in a process of its own."""
    return measure(name, task.n, run)


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """All sizes, the quick ones first."""
    runs, is_short = options.runs, options.smoke
    sizes, n_options, sources = ((12, 20), (3,), (300,)) if is_short else (SIZES, OPTIONS, SOURCES)
    small = [
        Task(part, n, d, range(1 if is_short else runs))
        for n in sizes
        for d in n_options
        for part in ("evaluation", "fit")
    ]
    many = [Task("large", n, findings.N_OPTIONS, range(1 if is_short else min(runs, 3))) for n in sources]
    return [task for task in (*small, *many) if ledger.wants(part=task.part, n=task.n, d=task.d)]


def main() -> None:
    """Make the fits that are missing, one at a time, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=5, runs_are="repetitions with other rows")
    options.jobs = 1  # fits side by side would take time from each other
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
