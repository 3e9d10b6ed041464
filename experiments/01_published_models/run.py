"""The published models' own comparison: four systems, every environment as target, five sizes."""

import sys
from argparse import Namespace
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings

from bench.baselines import Split, available, fit_baseline
from bench.data import at_rows, cap, has, read
from bench.ours import fit_ours, forecast, timed
from bench.report import ALONE, OURS
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse
from bench.scores import SCORES, TIMES, Forecast, scored
from transferperf import MeasurementTable, Metric, models
from transferperf.space import Encoding, Environment

FOLDER = Path(__file__).resolve().parent
SYSTEMS = {
    "imagemagick": ("sempl/imagemagick", (11, 24, 45, 66, 70)),
    "x264": ("sempl/x264-diff_input", (24, 53, 81, 122, 141)),
    "sac": ("sempl/sac_srad_others", (58, 116, 174, 232, 290)),
    "spear": ("sempl/spear-10286", (14, 28, 42, 56, 70)),
}
"""Published name -> file, and sizes of the training sets."""
KEY = ("system", "n", "environment", "run", "model")


class Task(NamedTuple):
    """All fits of one target environment, by its number in the published tables."""

    data: Path
    system: str
    environment: int
    sizes: tuple[int, ...]
    runs: int

    def __str__(self) -> str:
        return f"{self.system} environment {self.environment}"


@dataclass(frozen=True)
class Panel:
    """One system whose environments share their configurations; rows with a zero in any environment are dropped.

    Parameters
    ----------
    target
        The target's position among the file's environments.
    """

    table: MeasurementTable
    metric: Metric
    environments: tuple[Environment, ...]
    target: int

    @classmethod
    def of(cls, task: Task) -> "Panel":
        """The system of a task; the published code counts environments from the right."""
        table, metric = read(task.data, SYSTEMS[task.system][0])
        ordered = tuple(sorted(table.environments, key=_number))
        return cls(table, metric, ordered, len(ordered) - 1 - task.environment)

    @cached_property
    def labels(self) -> np.ndarray:
        """Labels of the table's rows, one column for each environment; shape (N, e)."""
        return np.stack([self.table.select(where).frame.index.to_numpy() for where in self.environments], axis=1)

    @cached_property
    def values(self) -> np.ndarray:
        """What was measured, shape (N, e)."""
        return self.table.frame[self.metric.name].to_numpy(dtype=float)[self.labels]

    @cached_property
    def encoded(self) -> np.ndarray:
        """Encoded configurations, shape (N, d)."""
        return Encoding(self.table.space).encode(self.table.configurations().loc[self.labels[:, self.target]])

    @cached_property
    def kept(self) -> list[int]:
        """Rows without a zero in any environment."""
        return [int(row) for row in np.flatnonzero((self.values != 0).all(axis=1))]

    @cached_property
    def background(self) -> tuple[models.Background, float]:
        """What is known of all other environments, and the seconds that it took; the same for every run."""
        rows = self.labels[self.kept]
        sources = at_rows(self.table, pd.Index(np.delete(rows, self.target, axis=1).ravel()))
        fit = partial(models.fit_background, sources, metric=self.metric, target=self.environments[self.target])
        return timed(fit)

    def training(self, rows: np.ndarray) -> MeasurementTable:
        """The target's training rows alone."""
        return at_rows(self.table, pd.Index(self.labels[rows, self.target]))

    def split(self, train: np.ndarray, test: np.ndarray) -> Split:
        """The arrays of a split, with what the sources measured of the same configurations."""
        y, S = self.values[:, self.target], np.log(np.delete(self.values[self.kept], self.target, axis=1))
        full = np.zeros((len(y), S.shape[1]))
        full[self.kept] = S
        X = self.encoded
        return Split(X=X[train], y=y[train], S=full[train], X_test=X[test], y_test=y[test], S_test=full[test])


def _number(environment: Environment) -> int:
    """The number in a name such as `env7_etime`."""
    name = environment.label.partition("_")[0]
    return int(name.removeprefix("env"))


def published_split(kept: list[int], n: int, run: int) -> tuple[np.ndarray, np.ndarray]:
    """Training rows (n,) and test rows, as the published code draws them."""
    chance = Random(2 * run)  # noqa: S311  # the published splits
    test = chance.sample(kept, len(kept) - n)
    rest = np.setdiff1d(kept, test)
    return np.array(chance.sample([int(row) for row in rest], n)), np.array(test)


def fit(panel: Panel, split: Split, train: np.ndarray, model: str, run: int) -> tuple[Forecast, list[float]]:
    """The forecast of one of our models, and its seconds."""
    background, target = None if model == ALONE else panel.background, panel.environments[panel.target]
    predictor, seconds = fit_ours(panel.training(train), background, metric=panel.metric, target=target, seed=run)
    made, predict_s = timed(partial(forecast, predictor, split.X_test))
    return made, [*seconds, predict_s]


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted fits of one target environment."""
    wanted, panel, baselines, n_fits = Wanted.of(ledger), Panel.of(task), available(), 0
    limit = cap(panel.table, panel.metric)
    for run in range(task.runs):
        for n in task.sizes:
            key = {"system": task.system, "n": n, "environment": task.environment, "run": run}
            for name in wanted.models((OURS, ALONE, *baselines), **key):
                train, test = published_split(panel.kept, n, run)
                split = panel.split(train, test)
                if name in baselines:
                    made = fit_baseline(baselines[name], split, run)
                else:
                    made = fit(panel, split, train, name, run)
                ledger.append(scored({**key, "model": name}, split.y_test, made, cap=limit))
                n_fits += 1
    return n_fits


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """Every target environment of the systems that are there."""
    there = {system: v for system, v in SYSTEMS.items() if has(options.data, v[0])}
    return [
        Task(options.data, system, environment, sizes[:1] if options.smoke else sizes, options.runs)
        for system, (name, sizes) in there.items()
        for environment in range(len(read(options.data, name)[0].environments))
        if ledger.wants(system=system, environment=environment)
    ]


def main() -> None:
    """Make the fits that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=30)
    carry_out(options, key=KEY, scores=(*SCORES, *TIMES), tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
