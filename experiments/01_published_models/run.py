"""The published models' own comparison: four systems, every environment as target, five sizes."""

import sys
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings

from bench.baselines import Baseline, Split, available
from bench.data import at_rows, cap, has, read
from bench.ours import forecast, timed
from bench.report import ALONE, OURS
from bench.rows import Ledger, Wanted
from bench.running import parse, run_all, wishes, workplace
from bench.scores import SCORES, TIMES, Forecast, scores
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


def fit_ours(panel: Panel, split: Split, train: np.ndarray, run: int, *, transfer: str) -> tuple[Forecast, list[float]]:
    """The forecast of our model, and seconds for the sources, the target and the predictions."""
    training, target = panel.training(train), panel.environments[panel.target]
    with_seed = partial(partial, metric=panel.metric, target=target, transfer=transfer, seed=run)
    background_s = 0.0
    if transfer == "none":
        predictor, fit_s = timed(with_seed(models.fit, training))
    else:
        background, background_s = panel.background
        samples = training.samples(panel.metric, target)
        predictor, fit_s = timed(with_seed(models.fit_target, background, samples))
    made, predict_s = timed(partial(forecast, predictor, split.X_test))
    return made, [background_s, fit_s, predict_s]


def fit_baseline(model: Baseline, split: Split, run: int) -> tuple[Forecast, list[float]]:
    """The forecast of a baseline, and its seconds; predicting is part of its fit."""
    made, fit_s = timed(partial(model, split, run))
    return made, [0.0, fit_s, 0.0]


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
                    made, seconds = fit_baseline(baselines[name], split, run)
                else:
                    made, seconds = fit_ours(panel, split, train, run, transfer="none" if name == ALONE else "auto")
                row = {**key, "model": name, **scores(split.y_test, made, cap=limit)}
                ledger.append(row | dict(zip(TIMES, seconds, strict=True)))
                n_fits += 1
    return n_fits


def main() -> None:
    """Make the fits that are missing, or write the report."""
    with workplace(parse(__doc__ or "", FOLDER, runs=30)) as options:
        ledger = Ledger(path=options.rows, key=KEY, scores=(*SCORES, *TIMES), only=wishes(options.only))
        there = {system: v for system, v in SYSTEMS.items() if has(options.data, v[0])}
        ledger.open()
        if options.again and not options.report:
            ledger.forget()
        if not options.report:
            tasks = [
                Task(options.data, system, environment, sizes[:1] if options.smoke else sizes, options.runs)
                for system, (name, sizes) in there.items()
                for environment in range(len(read(options.data, name)[0].environments))
                if ledger.wants(system=system, environment=environment)
            ]
            run_all(fit_task, tasks, ledger, jobs=options.jobs)
        if options.report or options.smoke:
            findings.write(ledger.read(), options.data.parent / "published" / "sempl_mre.csv", options.into)


if __name__ == "__main__":
    main()
