"""Fit the simulator's costs to a few real runs: `python calibrate.py RUNS.csv.gz` writes calibrated.toml beside it.

Each cost is multiplied by a factor that all share and by one of its step (emitting, splitting, JSON ...). They are the
most probable ones where their logarithms are normal around 0 before any run is seen, and what the simulator misses has
long tails.
"""

import runpy
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import least_squares

from transferperf.data import read_csv

FOLDER = Path(__file__).parent
METRICS = ("latency_ms", "throughput", "cpu_us")
ERROR, COMMON, OWN = 0.2, 2.0, 0.7
"""Standard deviations of logarithms: of what the simulator misses, of the shared factor, and of each step's own."""
STEP, MOST_STEPS = 0.2, 5
"""Difference of a logarithm that shows a slope despite what chance does in the simulator; and steps of the fit."""
N_CORES, SEED = 2, 0

Costs = Mapping[str, float]


class Run(NamedTuple):
    """A configuration, the sentences it ran on, and mean logarithms of what was measured, shape (3,)."""

    sentences: list[str]
    configuration: dict[str, Any]
    logs: np.ndarray


def read_runs(path: Path) -> list[Run]:
    """The configurations of a measurement file, those of all workloads."""
    table, runs = read_csv(path), []
    names = list(table.space.names)
    for environment in table.environments:
        kind, _, skew = environment.as_mapping()["workload"].partition("-")
        with tempfile.NamedTemporaryFile() as file:
            runpy.run_path(str(FOLDER / "sentences.py"))["main"](kind, skew, file.name)
            sentences = Path(file.name).read_text(encoding="ascii").splitlines()
        for values, rows in table.select(environment).frame.groupby(names):
            logs = np.log(rows[list(METRICS)].to_numpy()).mean(axis=0)
            runs.append(Run(sentences, dict(zip(names, values, strict=True)), logs))
    return runs


def simulator() -> Callable[[Run, Costs], np.ndarray]:
    """What tells the logarithms (3,) that the simulator gives for a run, by its costs."""
    simulation = runpy.run_path(str(FOLDER / "simulator.py"))["Simulation"]

    def simulate(run: Run, costs: Costs) -> np.ndarray:
        values = simulation(run.sentences, run.configuration, costs, N_CORES, SEED).run()["values"]
        return np.log([values[name] for name in METRICS])

    return simulate


def step_of(cost: str) -> str:
    """The step that a cost is of: a format, whether written or read, is one.

    Examples
    --------
    >>> step_of("split_word"), step_of("decode_json_text")
    ('split', 'json')
    """
    first, *rest = cost.split("_")
    return rest[0] if first in {"encode", "decode"} else first


def fit(runs: list[Run], costs: Costs, simulate: Callable[[Run, Costs], np.ndarray]) -> dict[str, float]:
    """The costs that explain the runs best; `jitter`, which is none, stays as it is."""
    steps = list(dict.fromkeys(step_of(name) for name in costs if name != "jitter"))

    def changed(x: np.ndarray) -> dict[str, float]:
        factors = {"jitter": 1.0, **dict(zip(steps, np.exp(x[0] + x[1:]), strict=True))}
        return {name: float(cost * factors[step_of(name)]) for name, cost in costs.items()}

    def residuals(x: np.ndarray) -> np.ndarray:
        now = changed(x)
        missed = np.concatenate([simulate(run, now) - run.logs for run in runs])
        return np.concatenate([missed / ERROR, x[:1] / COMMON, x[1:] / OWN])

    def slopes(x: np.ndarray) -> np.ndarray:
        here = residuals(x)
        return np.stack([(residuals(x + step) - here) / STEP for step in STEP * np.eye(len(x))], axis=1)

    found = least_squares(residuals, np.zeros(len(steps) + 1), slopes, loss="soft_l1", max_nfev=MOST_STEPS)
    return changed(found.x)


def errors(runs: list[Run], costs: Costs, simulate: Callable[[Run, Costs], np.ndarray]) -> str:
    """Median factor by which each metric is missed, in words."""
    missed = np.abs([simulate(run, costs) - run.logs for run in runs])  # (n, 3)
    factors = np.exp(np.median(missed, axis=0))
    return ", ".join(f"{name} by a factor of {factor:.2f}" for name, factor in zip(METRICS, factors, strict=True))


def main(path: Path) -> None:
    """Fit, say how well, and write calibrated.toml."""
    costs = tomllib.loads((FOLDER / "system.toml").read_text(encoding="utf-8"))["simulator"]
    runs, simulate = read_runs(path), simulator()
    fitted = {name: float(f"{cost:.3g}") for name, cost in fit(runs, costs, simulate).items()}
    print(f"before: {errors(runs, costs, simulate)}\nafter: {errors(runs, fitted, simulate)}")  # noqa: T201
    head = f"# Made by calibrate.py from {len(runs)} configurations in {path.name}; microseconds, as in system.toml.\n"
    lines = [f"{name} = {cost}\n" for name, cost in fitted.items()]
    (FOLDER / "calibrated.toml").write_text(head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
