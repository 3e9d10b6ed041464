"""One environment: ours beside the median errors that were published with DaL."""

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings

from bench.baselines import Split, fit_baseline, forest_log, forest_raw
from bench.data import at_rows, cap, has, read
from bench.ours import forecast, timed
from bench.report import FOREST, FOREST_RAW, OURS
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse
from bench.scores import SCORES, TIMES, Forecast, scored
from transferperf import MeasurementTable, Metric, models, rng
from transferperf.space import Encoding, Environment

FOLDER = Path(__file__).resolve().parent
SYSTEMS = {
    "Apache": ("single-environment/deepperf-Apache", (9, 18, 27, 36, 45)),
    "BDB-C": ("single-environment/deepperf-BDBC", (18, 36, 54, 72, 90)),
    "BDB-J": ("single-environment/deepperf-BDBJ", (26, 52, 78, 104, 130)),
    "x264": ("single-environment/deepperf-x264", (16, 32, 48, 64, 80)),
    "VP8": ("single-environment/dal-VP8", (121, 273, 356, 467, 830)),
    "HIPAcc": ("single-environment/deepperf-hipacc", (261, 528, 736, 1281, 2631)),
}
"""Published name -> file, and the published sizes of the training sets."""
BASELINES = {FOREST_RAW: forest_raw, FOREST: forest_log}
KEY = ("system", "n", "run", "model")


class Task(NamedTuple):
    """Some runs of one cell."""

    data: Path
    system: str
    n: int
    runs: range

    def __str__(self) -> str:
        return f"{self.system} n = {self.n}, runs {self.runs.start} to {self.runs.stop - 1}"


def split(table: MeasurementTable, metric: Metric, n: int, run: int) -> tuple[MeasurementTable, Split]:
    """N random rows to learn from, all others to test; rows with a zero are dropped."""
    kept = table.frame[table.frame[metric.name] != 0]
    order = rng.generator(run, "rows", n).permutation(len(kept))
    X, y = Encoding(table.space).encode(kept), kept[metric.name].to_numpy(dtype=float)
    train, test, none = order[:n], order[n:], np.empty((0, 0))
    arrays = Split(X=X[train], y=y[train], S=none, X_test=X[test], y_test=y[test], S_test=none)
    return at_rows(table, pd.Index(kept.index[train])), arrays


def fit(
    training: MeasurementTable, metric: Metric, arrays: Split, model: str, run: int
) -> tuple[Forecast, list[float]]:
    """What a model says of the test rows, and its seconds."""
    if model in BASELINES:
        return fit_baseline(BASELINES[model], arrays, run)
    predictor, fit_s = timed(partial(models.fit, training, metric=metric, target=Environment(), seed=run))
    made, predict_s = timed(partial(forecast, predictor, arrays.X_test))
    return made, [0.0, fit_s, predict_s]


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted fits of some runs of one cell."""
    wanted, n_fits = Wanted.of(ledger), 0
    table, metric = read(task.data, SYSTEMS[task.system][0])
    for run in task.runs:
        key = {"system": task.system, "n": task.n, "run": run}
        for name in wanted.models((OURS, *BASELINES), **key):
            training, arrays = split(table, metric, task.n, run)
            made = fit(training, metric, arrays, name, run)
            ledger.append(scored({**key, "model": name}, arrays.y_test, made, cap=cap(table, metric)))
            n_fits += 1
    return n_fits


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """A few runs of every cell of the systems that are there, the quick ones first."""
    there = {system: sizes for system, (name, sizes) in SYSTEMS.items() if has(options.data, name)}
    cells = [(n, system) for system, sizes in there.items() for n in (sizes[:1] if options.smoke else sizes)]
    return [
        Task(options.data, system, n, range(start, min(start + 5, options.runs)))
        for n, system in sorted(cells, key=lambda cell: cell[0])
        for start in range(0, options.runs, 5)
        if ledger.wants(system=system, n=n)
    ]


def main() -> None:
    """Make the fits that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=30)
    carry_out(options, key=KEY, scores=(*SCORES, *TIMES), tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
