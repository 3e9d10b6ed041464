"""What it costs to be within 1 % of the best: tuning that may measure a cheaper source, beside tuning without."""

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from problems import INVENTED, RELATED, SOURCE, TARGET, UNRELATED, Problem, invented, measured, systems

import transferperf as tp
from bench.report import ALONE
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse
from transferperf.space import Encoding
from transferperf.study.budget import Budget

FOLDER = Path(__file__).resolve().parent
PRICES = {"1 %": 0.01, "10 %": 0.1, "50 %": 0.5}
"""Of a measurement of the source, in measurements of the target."""
MOST, SHORT = 60, 3
"""Measurements of the target at which a run is given up."""
CLOSE = 0.01
N_PUBLIC = 3
"""Targets that are drawn of each public system."""
KEY = ("system", "run", "relation", "model")
SCORES = ("similarity", "candidates", "n_target", "n_source", "spent", "regrets", "cpu_s")


class Task(NamedTuple):
    """All runs with one target."""

    data: Path
    system: str
    run: int
    most: int

    def __str__(self) -> str:
        return f"{self.system}, {self.run}"

    def problem(self, relation: str) -> Problem | None:
        """The target with a source; None where it has none of that kind."""
        if self.system == INVENTED:
            return invented(self.run, relation)
        return measured(self.data, self.system, self.run, relation)


def tuned(problem: Problem, model: str, run: int, most: int) -> tuple[list[float], list[float], int]:
    """Cost up to each measurement of the target, in such measurements; its regret; and measurements of the source."""
    price = PRICES.get(model)
    tuner = tp.Tuner(
        problem.table,
        metric=problem.metric,
        target=problem.factors[TARGET],
        budget=Budget.parse("1000 units", price=[_price(problem, SOURCE, price or 1.0), "1 units"]),
        seed=run,
        candidates=None if problem.is_whole else problem.candidates,
        sample=[problem.factors[SOURCE]] if price else [],
    )
    encoding = Encoding(problem.table.space)
    places = {x.tobytes(): k for k, x in enumerate(encoding.encode(problem.candidates))}
    best, goal = problem.costs[TARGET].min(), CLOSE
    spent, regrets, n_source = [], [], 0
    while len(spent) < most and (not regrets or regrets[-1] > goal):
        suggestion = tuner.ask()
        where = TARGET if suggestion.environment == tuner.state.target else SOURCE
        cost = problem.costs[where][places[encoding.encode(pd.DataFrame([dict(suggestion)]))[0].tobytes()]]
        tuner.tell(suggestion, problem.metric.sign * float(cost))
        n_source += where == SOURCE
        if where == TARGET:
            spent.append(len(spent) + 1 + n_source * (price or 0.0))
            regrets.append(float((cost - best) / abs(best)))
    return spent, regrets, n_source


def _price(problem: Problem, where: str, amount: float) -> str:
    """A price that holds in one environment."""
    factors = ",".join(f"{name}={value}" for name, value in problem.factors[where].items())
    return f"{factors}: {amount:g} units"


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted runs with one target; without sources, one stands for both relations."""
    wanted, n_runs = Wanted.of(ledger), 0
    for relation in (RELATED, UNRELATED):
        names = (ALONE, *PRICES) if relation == RELATED or task.system != INVENTED else tuple(PRICES)
        key = {"system": task.system, "run": task.run, "relation": relation}
        models = list(wanted.models(names, **key))
        problem = task.problem(relation) if models else None
        if problem is None:
            continue
        for model in models:
            started = time.process_time()
            spent, regrets, n_source = tuned(problem, model, task.run, task.most)
            ledger.append(
                {
                    **key,
                    "model": model,
                    "similarity": problem.similarity,
                    "candidates": len(problem.candidates),
                    "n_target": len(spent),
                    "n_source": n_source,
                    "spent": " ".join(f"{s:.6g}" for s in spent),
                    "regrets": " ".join(f"{r:.4g}" for r in np.minimum.accumulate(regrets)),
                    "cpu_s": time.process_time() - started,
                }
            )
            n_runs += 1
    return n_runs


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """Invented systems first, then targets of the public ones in turn."""
    most, n_runs, n_public = (SHORT, 1, 1) if options.smoke else (MOST, options.runs, N_PUBLIC)
    names = systems(options.data)[: 1 if options.smoke else None]
    found = [Task(options.data, INVENTED, run, most) for run in range(n_runs)]
    found += [Task(options.data, name, run, most) for run in range(n_public) for name in names]
    return [task for task in found if ledger.wants(system=task.system, run=task.run)]


def main() -> None:
    """Make the runs that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=20, runs_are="invented systems, each with a source of either kind")
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
