"""Tuning a target with sources: ours beside random search, copies, a forest, and the tuners that are used for it."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from cases import MODES, Case, Target, draw_targets
from optunas import gp, tpe, tpe_injected
from outside import PEERS, Outside, installed
from simple import Ours, at_random, by_forest, copied
from talk import Proposes

from bench.data import read
from bench.report import ALONE, OURS
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse

FOLDER = Path(__file__).resolve().parent
BUDGET, SHORT_BUDGET = 30, 5
N_SLOW = 7
"""Targets for the slow peers: 21 tasks."""
ANY = "any"
"""The mode of what knows no source: one run stands for all three."""
MAKE: dict[str, Callable[[Case, str, int], Proposes]] = {
    OURS: Ours,
    ALONE: Ours,
    "random": lambda case, mode, budget: at_random(case.problem(mode), budget),
    "copy the source": lambda case, mode, budget: copied(case.problem(mode), budget),
    "forest on source": lambda case, mode, budget: by_forest(case.problem(mode), budget),
    "Optuna TPE": lambda case, mode, _: tpe(case.problem(mode)),
    "Optuna TPE with source": lambda case, mode, _: tpe_injected(case.problem(mode)),
    "Optuna GP": lambda case, mode, _: gp(case.problem(mode)),
}
SOURCELESS = (ALONE, "random", "Optuna TPE", "Optuna GP", "SMAC3")
KEY = ("system", "target", "mode", "model")
SCORES = ("where", "sources", "similarity", "candidates", "optimum", "median", "worst", "costs", "cpu_s")


class Task(NamedTuple):
    """All runs on one target."""

    data: Path
    target: Target
    budget: int
    models: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.target.system}, {self.target.where}"


def tuned(case: Case, mode: str, model: str, budget: int) -> tuple[list[float], float]:
    """Costs of what a tuner measured, in order, and its processor seconds: sources, asking and telling."""
    started, costs = time.process_time(), []
    tuner = Outside(model, case.problem(mode)) if model in PEERS else MAKE[model](case, mode, budget)
    try:
        for _ in range(budget):
            candidate = tuner.ask()
            costs.append(float(case.target.y[candidate]))
            if len(costs) < budget:
                tuner.tell(candidate, costs[-1])
    finally:
        if isinstance(tuner, Outside):
            tuner.close()
    return costs, tuner.cpu_s if isinstance(tuner, Outside) else time.process_time() - started


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted runs on one target; a peer that fails is named, and its run is missing."""
    wanted, n_runs, case = Wanted.of(ledger), 0, None
    for mode in (ANY, *MODES):
        names = tuple(name for name in task.models if (name in SOURCELESS) == (mode == ANY))
        key = {"system": task.target.system, "target": task.target.number, "mode": mode}
        for name in wanted.models(names, **key):
            case = case or Case(task.target, *read(task.data, task.target.system))
            if not case.is_tunable:
                return n_runs
            sources, y = case.sources(mode), case.target.y
            try:
                costs, cpu_s = tuned(case, mode, name, task.budget)
            except RuntimeError as problem:
                print(f"{task}, {mode}, {name}: {problem}", flush=True)
                continue
            about = {"where": str(case.where), "sources": " | ".join(map(str, sources)), "candidates": len(y)}
            about |= {"similarity": max((each.similarity for each in sources), default=float("nan"))}
            about |= {name: f"{v:.10g}" for name, v in zip(SCORES[4:7], (y.min(), np.median(y), y.max()), strict=True)}
            ledger.append(
                {**key, "model": name, **about, "costs": " ".join(f"{c:.10g}" for c in costs), "cpu_s": cpu_s}
            )
            n_runs += 1
    return n_runs


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """One for each target; the slow peers for the first N_SLOW of them."""
    if not (options.data / "index.json").is_file():
        print(f"the public measurements are not in {options.data}: nothing to do")
        return []
    budget = SHORT_BUDGET if options.smoke else BUDGET
    slow = () if options.smoke else installed()
    targets = [t for t in draw_targets(options.data, options.runs) if ledger.wants(system=t.system, target=t.number)]
    targets, quick = targets[: 1 if options.smoke else None], tuple(MAKE)
    return [Task(options.data, t, budget, (*quick, *(slow if t.number < N_SLOW else ()))) for t in targets]


def main() -> None:
    """Make the runs that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=40, runs_are="targets, each in three modes")
    kept = FOLDER / "slow_peers.csv"
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write, kept=kept)


if __name__ == "__main__":
    main()
