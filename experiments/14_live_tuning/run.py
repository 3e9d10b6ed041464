"""Live: default, random search, Optuna's TPE and ours with sources, each answer measured again."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from places import PLACES, SHORT, Place
from tuners import TPE, AtRandom, Ours, Tunes

import transferperf as tp
from bench.report import OURS
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse
from transferperf.data.measurement import Measurement
from transferperf.errors import MeasurementError
from transferperf.measure import Runner, System
from transferperf.space import Configuration
from transferperf.study.compare import measure_in_turns

FOLDER = Path(__file__).resolve().parent
BUDGET, ROUNDS = 30, 20
SHORT_BUDGET, SHORT_ROUNDS, SHORT_SOURCES = 3, 3, 1
ONCE = Runner(min_repeats=1, max_repeats=1)
MODELS = (findings.DEFAULT, findings.RANDOM, findings.TPE, OURS)
KEY = ("system", "run", "model")
SCORES = ("where", "metric", "again", "changed", "costs", "cpu_s", "measuring_s")
Measures = Callable[[Configuration], Measurement]
T = TypeVar("T")


class Task(NamedTuple):
    """One run in one place: all tuners take turns, and so do their answers."""

    place: Place
    run: int
    budget: int = BUDGET
    rounds: int = ROUNDS
    n_sources: int | None = None
    repeats: Runner = Runner()

    def __str__(self) -> str:
        return f"{self.place.system}, run {self.run}"


class Timed:
    """A tuner, what it measured, and the seconds of the tuner and of its measurements."""

    def __init__(self, make: Callable[[], Tunes], metric: str) -> None:
        self.metric, self.cpu_s, self.measuring_s = metric, 0.0, 0.0
        self.costs: list[float] = []
        self.tuner = self._timed(make)

    def step(self, measure: Measures) -> None:
        """Ask, measure, tell."""
        asked = self._timed(self.tuner.ask)
        started = time.monotonic()
        measured = measure(asked)
        self.measuring_s += time.monotonic() - started
        self.costs.append(measured.mean(self.metric) if measured.n_repeats else float("nan"))
        self._timed(partial(self.tuner.tell, measured))

    def answer(self) -> Configuration:
        """What it would use."""
        return self._timed(self.tuner.answer)

    def row(self) -> dict[str, object]:
        """What the ledger keeps of it."""
        return {"costs": numbers(self.costs), "cpu_s": self.cpu_s, "measuring_s": self.measuring_s}

    def _timed(self, action: Callable[[], T]) -> T:
        started = time.process_time()
        result = action()
        self.cpu_s += time.process_time() - started
        return result


def entrants(task: Task, system: System) -> dict[str, Timed]:
    """All tuners by name."""
    space, metric = system.space, task.place.metric
    sources = task.place.sources(task.n_sources)
    target = task.place.target.as_mapping()
    makers: dict[str, Callable[[], Tunes]] = {
        findings.RANDOM: lambda: AtRandom(space, metric, task.budget, task.run),
        findings.TPE: lambda: TPE(space, metric, task.run),
        OURS: lambda: Ours(tp.Tuner(sources, metric=metric, target=target, budget=task.budget, seed=task.run)),
    }
    return {name: Timed(make, metric) for name, make in makers.items()}


def can_run(task: Task, system: System) -> bool:
    """Whether the system can be measured here; one line says why not."""
    try:
        system.prepare(task.place.target)
    except MeasurementError as problem:
        print(f"{task} is skipped: {problem}", flush=True)
        return False
    finally:
        system.cleanup()
    return True


def fit_task(task: Task, ledger: Ledger) -> int:
    """Tune in turns and measure the answers again in turns; all rows are written at the end."""
    key = {"system": task.place.system, "run": task.run}
    system, where, metric = task.place.load(), task.place.target, task.place.metric
    if not any(Wanted.of(ledger).models(MODELS, **key)) or not can_run(task, system):
        return 0
    runner = replace(task.repeats, metric=metric)
    measure, once = (
        partial(each.measure, system, environment=where) for each in (runner, replace(ONCE, metric=metric))
    )
    with runner.prepared(system, where):
        tuners = entrants(task, system)
        for k in range(task.budget):
            for name in sorted(tuners, reverse=k % 2 == 1):
                tuners[name].step(measure)
        answers = {findings.DEFAULT: system.space.default, **{name: each.answer() for name, each in tuners.items()}}
        again = measure_in_turns(once, list(answers.values()), task.rounds)
    for (name, answer), measured in zip(answers.items(), again, strict=True):
        values = [each.mean(metric) for each in measured]
        row = {**key, "model": name, "where": str(where), "metric": metric, "again": numbers(values)}
        row["changed"] = changed(system.space.default, answer)
        row |= tuners[name].row() if name in tuners else {}
        ledger.append(row)
    return len(answers)


def numbers(values: Sequence[float]) -> str:
    """Numbers in one cell."""
    return " ".join(f"{value:.6g}" for value in values)


def changed(default: Configuration, answer: Configuration) -> str:
    """The options that are not at their default."""
    return " ".join(f"{name}={value}" for name, value in answer.items() if value != default[name])


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """A first run of each system, then a second, and so on."""
    if options.smoke:
        return [Task(place, 0, SHORT_BUDGET, SHORT_ROUNDS, SHORT_SOURCES, ONCE) for place in SHORT.values()]
    places = [place for name, place in PLACES.items() if ledger.wants(system=name)]
    return [Task(place, run) for run in range(options.runs) for place in places if ledger.wants(run=run)]


def main() -> None:
    """Make the runs that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=3, runs_are="runs of each system, with other seeds")
    options.jobs = 1  # what is measured has to have the machine for itself
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
