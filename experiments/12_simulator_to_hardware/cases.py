"""Targets on this machine, each with its simulators, from the measurements that are kept."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench.ours import timed
from bench.report import ALONE
from transferperf import MeasurementTable, models, read_csv, rng
from transferperf.space import Environment

MEASUREMENTS = Path(__file__).resolve().parents[2] / "measurements"
SIMULATOR, CALIBRATED = "with the simulator", "with the calibrated simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where something is to be predicted, and the hardware that simulates it.

    Parameters
    ----------
    system, metric
        Whose measurements, and what of them.
    factors
        The target environment.
    simulators
        Model -> the value of `hardware` that is its source.
    """

    system: str
    metric: str
    factors: dict[str, str]
    simulators: dict[str, str]

    @property
    def path(self) -> Path:
        """The file of measurements."""
        return MEASUREMENTS / self.system / "2026-11-options.csv.gz"


BOTH = {SIMULATOR: "simulator", CALIBRATED: "calibrated"}
CACHES = {SIMULATOR: "32k-1024k"}
STREAMS = partial(Target, system="streams", metric="latency_ms", simulators=BOTH)
GCC = partial(Target, system="gcc", metric="run_s", simulators=CACHES)
TARGETS = {
    "streams tweets": STREAMS(factors={"hardware": "2core", "workload": "tweets-skewed"}),
    "streams articles": STREAMS(factors={"hardware": "2core", "workload": "articles-even"}),
    "gcc matrix": GCC(factors={"hardware": "real", "workload": "matrix", "version": "gcc-12"}),
    "gcc bodies": GCC(factors={"hardware": "real", "workload": "bodies", "version": "gcc-12"}),
}
"""By the name that they have in rows and figures."""


class Case:
    """A target's measurements, and what each of its simulators says."""

    def __init__(self, target: Target) -> None:
        self.target, self.table = target, read_csv(target.path)
        self.metric, self.where = self.table.metric(target.metric), self.table.target(target.factors)
        self.samples = self.table.samples(self.metric, self.where)
        self._backgrounds: dict[str, tuple[models.Background, float]] = {}

    def order(self, run: int) -> np.ndarray:
        """The target's configurations in the order in which a run measures them, shape (m,)."""
        return rng.generator(0, "order", self.target.system, run).permutation(len(self.samples))

    def fit(self, model: str, rows: np.ndarray, seed: int) -> tuple[models.TransferPredictor, list[float]]:
        """A model of some of the target's rows, and seconds for the source and the fit."""
        if model not in self._backgrounds:
            self._backgrounds[model] = timed(partial(self._background, model))
        background, source_s = self._backgrounds[model]
        named = {"metric": self.metric, "target": self.where, "seed": seed}
        mode, known = "none" if model == ALONE else "auto", self.samples.select(rows)
        predictor, fit_s = timed(partial(models.fit_target, background, known, transfer=mode, **named))
        return predictor, [source_s, fit_s]

    def _background(self, model: str) -> models.Background:
        source = self.table if model == ALONE else self.table.select(self.where_of(model))
        mode = "none" if model == ALONE else "auto"
        return models.fit_background(source, metric=self.metric, target=self.where, transfer=mode)

    def where_of(self, model: str) -> Environment:
        """The simulator that is a model's source; the target of what has none."""
        changed = {} if model == ALONE else {"hardware": self.target.simulators[model]}
        return self.table.target({**self.target.factors, **changed})

    def seconds(self, model: str) -> float:
        """Machine seconds of all configurations, with their repeats, where `where_of` says."""
        return machine_seconds(self.table.select(self.where_of(model)))


def machine_seconds(table: MeasurementTable) -> float:
    """What all measurements of a table took; a row says its share."""
    return float(table.frame["cost_s"].sum())


def calibration() -> tuple[int, float]:
    """How many configurations calibrated the simulator of streams, and the machine seconds that they took."""
    table = read_csv(MEASUREMENTS / "streams" / "2026-11-calibration.csv.gz")
    return len(table.frame.drop_duplicates([*table.factors, *table.space.names])), machine_seconds(table)
