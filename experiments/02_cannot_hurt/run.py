"""Random pairs of a source and a target: how often transfer hurts, and how much it helps."""

import sys
from argparse import Namespace
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from pairs import LEAST_TEST_ROWS, Pair, draw_pairs

from bench.baselines import Split, fit_baseline, forest_log
from bench.data import at_rows, cap, only_in, read
from bench.ours import always_transfer, fit_ours, forecast, timed
from bench.report import ALL, ALONE, ALWAYS, ALWAYS_ALL, FOREST, OURS
from bench.rows import Ledger, Wanted
from bench.running import carry_out, parse
from bench.scores import SCORES, TIMES, Forecast, scored
from transferperf import MeasurementTable, Metric, models, rng
from transferperf.data import Samples
from transferperf.space import Encoding

FOLDER = Path(__file__).resolve().parent
SIZES = (12, 30, 50)
MOST_TEST_ROWS = 2000
MOST_SOURCES = 20
MODELS = (OURS, ALONE, ALWAYS, FOREST)
ALL_MODELS = (ALL, ALWAYS_ALL)
"""With all other environments as sources: for the first third of the pairs."""
KEY = ("system", "pair", "n", "model")


class Task(NamedTuple):
    """All fits of some pairs of one system."""

    data: Path
    system: str
    pairs: tuple[Pair, ...]
    n_all: int
    sizes: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.system}, {len(self.pairs)} pairs"


@dataclass(frozen=True)
class Case:
    """One pair, with its rows in a random order: training rows first."""

    pair: Pair
    table: MeasurementTable
    metric: Metric
    known: dict[tuple[str, int], tuple[models.TransferPredictor, list[float]]] = field(default_factory=dict)

    @classmethod
    def of(cls, pair: Pair, table: MeasurementTable, metric: Metric) -> "Case":
        """The case of a pair, with its environments as the table spells them."""
        source, target = (table.target(where.as_mapping()) for where in (pair.source, pair.target))
        return cls(pair._replace(source=source, target=target), table, metric)

    @cached_property
    def groups(self) -> list[np.ndarray]:
        """Labels of the target's rows, one array for each distinct configuration, in random order."""
        frame = self.table.select(self.pair.target).frame
        frame = frame[frame[self.metric.name].notna()]
        X = Encoding(self.table.space).encode(frame[list(self.table.space.names)])
        _, group = np.unique(X, axis=0, return_inverse=True)
        rows = pd.Series(frame.index).groupby(group.ravel()).agg(np.array).tolist()
        return [rows[k] for k in rng.generator(0, "rows", self.pair.number).permutation(len(rows))]

    def training(self, n: int) -> MeasurementTable:
        """The first n configurations of the target."""
        return at_rows(self.table, pd.Index(np.concatenate(self.groups[:n])))

    def test(self, n: int) -> Samples:
        """The others, at most MOST_TEST_ROWS."""
        rest = at_rows(self.table, pd.Index(np.concatenate(self.groups[n : n + MOST_TEST_ROWS])))
        return rest.samples(self.metric, self.pair.target)

    def sources(self, model: str) -> MeasurementTable:
        """The rows of the pair's source, or of all other environments, at most MOST_SOURCES of them."""
        if model in MODELS:
            return only_in(self.table, [self.pair.source])
        others = [where for where in self.table.environments if where != self.pair.target]
        order = rng.generator(0, "sources", self.pair.number).permutation(len(others))
        return only_in(self.table, [others[k] for k in np.sort(order[:MOST_SOURCES])])

    @cached_property
    def from_one(self) -> tuple[models.Background, float]:
        """What the pair's source says, and the seconds that its model took."""
        return self._background(OURS)

    @cached_property
    def from_all(self) -> tuple[models.Background, float]:
        """What all other environments say, and the seconds that their models took."""
        return self._background(ALL)

    def _background(self, model: str) -> tuple[models.Background, float]:
        fit = partial(models.fit_background, self.sources(model), metric=self.metric, target=self.pair.target)
        return timed(fit)

    def predictor(self, model: str, n: int) -> tuple[models.TransferPredictor, list[float]]:
        """One of our models fitted to n configurations, and seconds for the sources and the target."""
        background = None if model == ALONE else self.from_one if model in MODELS else self.from_all
        target, seed = self.pair.target, self.pair.number
        return fit_ours(self.training(n), background, metric=self.metric, target=target, seed=seed)

    def fit(self, model: str, n: int) -> tuple[Forecast, list[float]] | None:
        """What a model says of the test rows, and its seconds; None where there is nothing to transfer."""
        if model == FOREST:
            return self._forest(n)
        gated = {ALWAYS: OURS, ALWAYS_ALL: ALL}.get(model, model)
        if (gated, n) not in self.known:
            self.known[gated, n] = self.predictor(gated, n)
        predictor, seconds = self.known[gated, n]
        chosen = predictor if gated == model else always_transfer(predictor)
        if chosen is None:
            return None
        made, predict_s = timed(partial(forecast, chosen, self.test(n).X))
        return made, [*seconds, predict_s]

    def _forest(self, n: int) -> tuple[Forecast, list[float]]:
        """The forest, which gives every configuration the training rows' share of timeouts."""
        known, test = self.training(n).samples(self.metric, self.pair.target), self.test(n)
        empty = np.empty((0, 0))
        split = Split(X=known.X, y=known.y, S=empty, X_test=test.X, y_test=test.y, S_test=empty)
        share = float(np.mean(known.y >= cap(self.table, self.metric)))
        made, seconds = fit_baseline(forest_log, split, self.pair.number)
        return replace(made, p_timeout=np.full(len(test), share)), seconds


def fit_task(task: Task, ledger: Ledger) -> int:
    """Make the wanted fits of some pairs."""
    wanted, n_fits = Wanted.of(ledger), 0
    for pair in task.pairs:
        case = Case.of(pair, *read(task.data, task.system))
        names = (*MODELS, *(ALL_MODELS if pair.number < task.n_all else ()))
        for n in task.sizes:
            key = {"system": task.system, "pair": pair.number, "n": n}
            for name in wanted.models(names, **key):
                made = case.fit(name, n) if len(case.groups) >= n + LEAST_TEST_ROWS else None
                if made is None:
                    continue
                names_it = {**key, "model": name, "source": str(pair.source), "target": str(pair.target)}
                ledger.append(scored(names_it, case.test(n).y, made, cap=cap(case.table, case.metric)))
                n_fits += 1
    return n_fits


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """The pairs by system, those with many rows first, so that no process is left alone at the end."""
    data, count = options.data, options.runs
    if not (data / "index.json").is_file():
        print(f"the public measurements are not in {data}: nothing to do")
        return []
    pairs = [pair for pair in draw_pairs(data, count, least_rows=min(SIZES)) if ledger.wants(system=pair.system)]
    systems = sorted({pair.system for pair in pairs}, key=lambda name: -(data / f"{name}.csv.gz").stat().st_size)
    sizes = SIZES[:1] if options.smoke else SIZES
    n_all = -(-count // 3)
    by_system = {name: tuple(pair for pair in pairs if pair.system == name) for name in systems}
    return [Task(data, name, several, n_all, sizes) for name, several in by_system.items()]


def main() -> None:
    """Make the fits that are missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=300, runs_are="pairs of a source and a target")
    columns = ("source", "target", *SCORES, *TIMES)
    carry_out(options, key=KEY, scores=columns, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()
