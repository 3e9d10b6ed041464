"""Targets with a source that can be measured, too: invented ones, and public systems as tables of candidates."""

import itertools
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

import transferperf as tp
from bench.data import index, read
from transferperf import rng
from transferperf.errors import TransferPerfWarning
from transferperf.measure.synthetic import ResponseSurface
from transferperf.space import BinaryOption, ConfigurationSpace, Encoding, Environment

RELATED, UNRELATED = "related", "unrelated"
INVENTED = "invented"
CORRELATION = {RELATED: 0.99, UNRELATED: 0.0}
"""Correlation of the logarithms of source and target over all configurations of an invented system."""
N_OPTIONS, SPREAD = 12, 0.5
TARGET, SOURCE = "target", "source"
LEAST, MOST = 60, 1500
"""Candidates of a public system: those that both environments have measured."""
ALIKE, UNLIKE, MOST_LOOKED_AT = 0.9, 0.3, 12
"""Rank correlation of a related source at least, of an unrelated one at most; environments that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A target and a source over the same candidates.

    Parameters
    ----------
    table
        Without rows: what there is to measure.
    candidates
        One row for each, shape (n, d); `is_whole` says that they are all of the space.
    costs
        Environment factor's value -> cost of each candidate, smaller is better, shape (n,).
    similarity
        Rank correlation of the two.
    """

    table: tp.MeasurementTable
    metric: tp.Metric
    factors: dict[str, dict[str, object]]
    candidates: pd.DataFrame
    is_whole: bool
    costs: dict[str, np.ndarray]

    @property
    def similarity(self) -> float:
        """Rank correlation of source and target."""
        return float(spearmanr(self.costs[TARGET], self.costs[SOURCE]).statistic)


def invented(run: int, relation: str) -> Problem:
    """Twelve binary options: main effects of falling size and ten interactions, on a log scale; no noise."""
    space = ConfigurationSpace(tuple(BinaryOption(name=f"o{j}") for j in range(N_OPTIONS)))
    rows = np.array(list(itertools.product((0, 1), repeat=N_OPTIONS)))
    surfaces = (ResponseSurface.drawn(N_OPTIONS, seed=run, name=name) for name in (TARGET, SOURCE))
    here, there = (_standardised(surface.log(rows)) for surface in surfaces)
    r = CORRELATION[relation]
    there = r * here + np.sqrt(1 - r**2) * there
    metric = tp.Metric("time_s", unit="s")
    frame = pd.DataFrame(columns=["hardware", *space.names, metric.name])
    return Problem(
        table=tp.MeasurementTable(frame, space, ("hardware",), (metric,)),
        metric=metric,
        factors={TARGET: {"hardware": TARGET}, SOURCE: {"hardware": SOURCE}},
        candidates=pd.DataFrame(rows, columns=list(space.names)),
        is_whole=True,
        costs={TARGET: np.exp(SPREAD * here), SOURCE: 3 * np.exp(SPREAD * there)},
    )


def _standardised(z: np.ndarray) -> np.ndarray:
    """Values (n,) of zero mean and unit variance."""
    return np.asarray((z - z.mean()) / z.std())


def systems(data: Path) -> list[str]:
    """Public systems with several environments, sorted."""
    if not (data / "index.json").is_file():
        print(f"the public measurements are not in {data}: only invented systems")
        return []
    return [name for name, entry in sorted(index(data).items()) if entry["environment_columns"]]


def measured(data: Path, name: str, run: int, relation: str) -> Problem | None:
    """A target of a public system drawn by chance, and the environment most, or least, like it; None without one."""
    table, metric = read(data, name)
    stream = rng.generator(run, "environments", name)
    places = stream.permutation(len(table.environments))[:MOST_LOOKED_AT]
    target, *others = (table.environments[k] for k in places)
    rows = {where: _means(table, metric, where) for where in (target, *others)}
    found = []
    for where in others:
        both = rows[target].index.intersection(rows[where].index)
        if len(both) >= LEAST and np.ptp(rows[target][both]) > 0 and np.ptp(rows[where][both]) > 0:
            alike = spearmanr(rows[target][both], rows[where][both]).statistic
            found.append((abs(alike) if relation == UNRELATED else -alike, where, both))
    if not found or (min(found)[0] > UNLIKE if relation == UNRELATED else -min(found)[0] < ALIKE):
        return None
    _, where, both = min(found)
    kept = [both[k] for k in np.sort(rng.generator(run, "candidates", name).permutation(len(both))[:MOST])]
    first = pd.Index(Encoding(table.space).encode(table.frame).tolist()).map(tuple)
    frame = table.frame[~first.duplicated()].set_axis(first[~first.duplicated()]).loc[kept]
    return Problem(
        table=tp.MeasurementTable(table.frame.iloc[:0], table.space, table.factors, table.metrics),
        metric=metric,
        factors={TARGET: dict(target.as_mapping()), SOURCE: dict(where.as_mapping())},
        candidates=frame[list(table.space.names)].reset_index(drop=True),
        is_whole=False,
        costs={TARGET: rows[target][kept].to_numpy(), SOURCE: rows[where][kept].to_numpy()},
    )


def _means(table: tp.MeasurementTable, metric: tp.Metric, where: Environment) -> pd.Series:
    """Mean cost of each configuration in an environment, by its encoded values."""
    with warnings.catch_warnings(action="ignore", category=TransferPerfWarning):
        frame = table.select(where).frame
    values = metric.sign * frame[metric.name]
    X = pd.Index(Encoding(table.space).encode(frame).tolist()).map(tuple)
    return values.set_axis(X).dropna().groupby(level=list(range(X.nlevels)) if X.nlevels > 1 else 0).mean()
