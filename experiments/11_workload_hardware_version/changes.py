"""Changes of environment: which systems, which pairs of each, and an invented stand-in."""

import json
from argparse import Namespace
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd

import transferperf as tp
from bench.data import index
from bench.data import read as read_public
from transferperf import rng
from transferperf.similarity.severity import change_of

OURS = Path(__file__).parents[2] / "measurements"
OWN_METRIC = "cpu_s"
MOST_CONFIGURATIONS = 1500
SAME = ("sempl/", "gpu-autotuning/convolution-older")
"""Files that hold measurements of another one again."""
VALID_ONLY = "jamshidi-ase17/x264"
"""The same without what was invalid."""
INVALID_FROM = {"jamshidi-ase17/spear": 5.0, "jamshidi-ase17/sac-rodinia": 1200.0}
"""System -> the time from which on the study calls a measurement invalid."""


def systems(data: Path) -> list[str]:
    """Names of all files with several environments, and of our own measurements."""
    several = [name for name, entry in index(data).items() if entry["environment_columns"]]
    public = [name for name in several if not name.startswith(SAME) and name != VALID_ONLY]
    own = sorted({path.parent.name for path in OURS.glob("*/*.csv.gz")})
    return [*public, *(f"ours/{name}" for name in own)]


@lru_cache(maxsize=1)
def read(data: Path, system: str) -> tuple[tp.MeasurementTable, tp.Metric]:
    """A file, and its main metric; of our own measurements the processor's time."""
    if not system.startswith("ours/"):
        table, metric = read_public(data, system)
        return thinned(ended(table, metric, INVALID_FROM.get(system, np.inf)), system), metric
    path = max((OURS / system.removeprefix("ours/")).glob("*.csv.gz"))
    manifest = json.loads(path.with_name("manifest.json").read_text(encoding="utf-8"))
    frame = pd.read_csv(path)
    truths = frame.select_dtypes(bool).astype(int)
    names = [metric["name"] for metric in manifest["metrics"]]
    table = tp.read_frame(frame.assign(**truths), metrics=names, ignore=[name for name in ("reason",) if name in frame])
    return thinned(table, system), table.metric(OWN_METRIC)


def ended(table: tp.MeasurementTable, metric: tp.Metric, cap: float) -> tp.MeasurementTable:
    """A table in which what took so long is invalid."""
    is_long = table.frame[metric.name] >= cap
    if not is_long.any():
        return table
    values = table.frame[metric.name].mask(is_long)
    status = pd.Series("ok", index=table.frame.index).mask(is_long, "invalid")
    return replace(table, frame=table.frame.assign(**{metric.name: values, "status": status}))


def thinned(table: tp.MeasurementTable, system: str) -> tp.MeasurementTable:
    """A table with at most so many configurations as are enough, at random, the same in each environment."""
    codes = table.frame.groupby([option.name for option in table.space.options], dropna=False).ngroup().to_numpy()
    n = int(codes.max()) + 1
    chosen = rng.generator(0, "configurations", system).permutation(n)[:MOST_CONFIGURATIONS]
    return replace(table, frame=table.frame[np.isin(codes, chosen)])


def sample(table: tp.MeasurementTable, system: str, most: int) -> list[tuple[str, str]]:
    """Of each kind of change at most so many pairs of environments at random, in any direction; kinds in turn."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for a, b in combinations(table.environments, 2):
        kinds.setdefault(change_of(a, b), []).append((str(a), str(b)))
    turns = []
    for kind, pairs in sorted(kinds.items()):
        stream = rng.generator(0, "changes", system, kind)
        places = stream.permutation(len(pairs))[:most]
        turns.append([pairs[k] if stream.random() < 0.5 else pairs[k][::-1] for k in places])
    return [pair for turn in zip_longest(*turns) for pair in turn if pair is not None]


def invent(options: Namespace) -> None:
    """Write a system with two of each factor, for a run in short form."""
    stream = np.random.default_rng(0)
    X = pd.DataFrame(stream.integers(0, 2, size=(60, 5)), columns=list("abcde")).drop_duplicates()
    parts = []
    for hardware, workload, version in np.ndindex(2, 2, 2):
        effects = np.array([3.0, 2.0, 1.0 + workload, 0.5 - version, 0.2])
        y = np.exp(X.to_numpy() @ effects / 3) * (1 + hardware) + 0.01 * stream.random(len(X))
        factors = {"hardware": f"h{hardware}", "workload": f"w{workload}", "version": f"v{version}"}
        parts.append(X.assign(**factors, time=y))
    name = "invented/system"
    (options.data / "invented").mkdir()
    pd.concat(parts).to_csv(options.data / f"{name}.csv.gz", index=False)
    entry = {"environment_columns": ["hardware", "workload", "version"], "metrics": ["time"], "main_metric": "time"}
    text = json.dumps({name: entry | {"direction": "min"}})
    (options.data / "index.json").write_text(text, encoding="utf-8")
