"""The pools that published tuners were judged on, what these found there, and what chance finds."""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import KDTree
from scipy.special import gammaln

import transferperf as tp
from bench.data import at_rows
from transferperf import MeasurementTable, Metric, rng
from transferperf.errors import TransferPerfWarning

SYSTEMS = ("LLVM", "HSQLDB", "dconvert", "BDBC", "redis", "x264", "7z")
"""The pools, those that take little time first."""

BUDGETS = (20, 30, 50, 75, 100, 150, 200)
"""Measurements after which the published values were read."""


@dataclass(frozen=True, eq=False)
class Pool:
    """One system in one environment, measured in advance: a tuner's suggestions are looked up in it.

    Parameters
    ----------
    table
        No measurement, but the space that the pool spans.
    configurations
        The distinct ones, shape (n, d).
    cost
        What is to be small, shape (n,): the metric, or its negative where larger values are better. Of repeated rows
        it is the worst, as in the look-up that the published tuners used.
    """

    table: MeasurementTable
    metric: Metric
    configurations: pd.DataFrame
    cost: np.ndarray

    @property
    def optimum(self) -> float:
        """The least cost of all."""
        return float(self.cost.min())


@lru_cache(maxsize=1)
def read_pool(data: Path, system: str) -> Pool:
    """The pool of a system; its last column is the metric."""
    path = data / "tuning-pools" / f"{system}.csv.gz"
    column = pd.read_csv(path, nrows=0).columns[-1]
    metric = Metric(column[2:], direction="max" if column.startswith("$>") else "min")
    with warnings.catch_warnings(action="ignore", category=TransferPerfWarning):
        table = tp.read_csv(path, metrics=[metric])
    names = list(table.space.names)
    cost = (metric.sign * table.frame[metric.name]).groupby([table.frame[name] for name in names], sort=False).max()
    return Pool(at_rows(table, table.frame.index[:0]), metric, cost.index.to_frame(index=False), cost.to_numpy())


def read_published(data: Path) -> pd.DataFrame:
    """Mean cost of the best found, by system and tool in the rows, by measurements in the columns."""
    frame = pd.read_csv(data.parent / "published" / "tuners_best_found.csv").set_index(["system", "tool"])
    frame = frame[[f"best_at_{n}_mean" for n in BUDGETS]]
    return frame.set_axis(list(BUDGETS), axis=1)


def expected_best(cost: np.ndarray, n: int, n_runs: int) -> tuple[float, float]:
    """Mean of the least of n distinct random rows of cost (m,), and the standard error of a mean over n_runs of it.

    P(the k least rows are all missed) = C(m - k, n) / C(m, n).
    """
    ordered, m = np.sort(cost), len(cost)
    left = m - np.arange(m)
    log_missed = gammaln(left + 1) - gammaln(np.maximum(left - n, 0) + 1) - gammaln(m + 1) + gammaln(m - n + 1)
    missed = np.append(np.where(left >= n, np.exp(log_missed), 0.0), 0.0)
    share = missed[:-1] - missed[1:]
    mean = float(share @ ordered)
    return mean, float(np.sqrt(share @ (ordered - mean) ** 2 / n_runs))


def drawn_levels(pool: Pool, n: int, run: int) -> np.ndarray:
    """Costs of n distinct rows as the published random search draws them: shape (n,).

    Each option's level is drawn by itself; what is not in the pool is replaced by its nearest row.
    """
    X = pool.configurations.to_numpy(dtype=float)
    scaled = (X - X.min(0)) / np.maximum(np.ptp(X, axis=0), 1e-300)
    levels, stream, tree = [np.unique(column) for column in scaled.T], rng.generator(run, "levels"), KDTree(scaled)
    found: dict[int, None] = {}
    for _ in range(100):
        drawn = np.stack([stream.choice(level, 2 * n) for level in levels], axis=1)
        found |= dict.fromkeys(tree.query(drawn)[1].tolist())
        if len(found) >= n:
            break
    return pool.cost[list(found)[:n]]
