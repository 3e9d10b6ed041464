"""Measurements with a known truth, for claims about models: two environments of eight binary options."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.data.csv import read_frame
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models import TransferPredictor, fit
from transferperf.space import Encoding, Environment

D = 8
NAMES = [f"o{i}" for i in range(D)]
GRID = np.array(list(np.ndindex(*(2,) * D)), dtype=float)
"""All configurations."""

TARGET = Environment.of({"workload": "target"})
TIME = Metric("time_s", unit="s")
NOISE = 0.02
"""Standard deviation of the noise of log time."""


@dataclass(frozen=True)
class Truth:
    """A table, and configurations with their true target response."""

    table: MeasurementTable
    configurations: pd.DataFrame
    response: np.ndarray


def response(X: np.ndarray, seed: int) -> np.ndarray:
    """Main effects and pairwise interactions on a log scale, drawn by seed; X (n, D) -> (n,)."""
    stream = np.random.default_rng([seed, 1])
    effects, pairs = stream.normal(size=D), 0.3 * stream.normal(size=(D, D))
    return np.exp(0.4 * (X @ effects + np.einsum("ni,ij,nj->n", X, pairs, X)))


def truth(seed: int, *, source_seed: int, n_source: int = 100, n_target: int = 20, noise: float = NOISE) -> Truth:
    """A target of `seed` and a source of `source_seed`: the same where these are equal, else unrelated."""
    stream = np.random.default_rng([seed, 2])
    order, source_rows = stream.permutation(len(GRID)), stream.permutation(len(GRID))[:n_source]
    parts = [("source", GRID[source_rows], source_seed), ("target", GRID[order[:n_target]], seed)]
    frames = [
        pd.DataFrame(rows.astype(int), columns=NAMES).assign(
            workload=name, time_s=response(rows, which) * np.exp(noise * stream.normal(size=len(rows)))
        )
        for name, rows, which in parts
        if len(rows)
    ]
    unseen = GRID[order[n_target : n_target + 100]]
    return Truth(
        table=read_frame(pd.concat(frames, ignore_index=True), metrics=[TIME]),
        configurations=pd.DataFrame(unseen.astype(int), columns=NAMES),
        response=response(unseen, seed),
    )


def fitted(known: Truth, transfer: str) -> TransferPredictor:
    """The predictor of the target."""
    return fit(known.table, metric=TIME, target=TARGET, transfer=transfer)


def log_error(known: Truth, predictor: TransferPredictor) -> float:
    """Median absolute error of log predictions against the truth, at configurations that were not measured."""
    predicted = predictor.predict(Encoding(known.table.space).encode(known.configurations)).median
    return float(np.median(np.abs(np.log(predicted / known.response))))
