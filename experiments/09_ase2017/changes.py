"""The changes of environment of the study: their data, row by row as in the files, and an invented stand-in."""

from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from transferperf.data import Samples
from transferperf.similarity.known import Common

PUBLISHED = Path(__file__).with_name("published.csv")
FILES = {
    "SPEAR": ("jamshidi-ase17/spear", "solving_time", 5.0),
    "x264": ("jamshidi-ase17/x264-with-invalid", "encoding_time", np.inf),
    "SaC": ("jamshidi-ase17/sac-rodinia", "runtime", 1200.0),
}
"""System -> file, metric, and the time from which on a measurement is invalid."""
FACTORS = ("hardware", "version", "workload")


def published() -> pd.DataFrame:
    """Table II, as far as it is known: system, pair, source, target and M1 to M18."""
    return pd.read_csv(PUBLISHED)


@lru_cache(maxsize=1)
def read(data: Path, system: str) -> tuple[tuple[str, ...], np.ndarray, dict[str, np.ndarray]]:
    """Names of options, configurations (n, d), and values of each environment (n,), all in the order of the file."""
    name, metric, _ = FILES[system]
    frame = pd.read_csv(data / f"{name}.csv.gz", dtype=dict.fromkeys(FACTORS, str))
    factors = [factor for factor in FACTORS if factor in frame]
    options = [str(column) for column in frame if column not in (*factors, metric, "status")]
    groups = {"/".join(map(str, key)): part for key, part in frame.groupby(factors, sort=False)}
    X = next(iter(groups.values()))[options].to_numpy(dtype=float)
    if any(not np.array_equal(X, part[options]) for part in groups.values()):
        raise ValueError(f"{name}: configurations stand in another order in some environment; expected one order")
    return tuple(options), X, {key: part[metric].to_numpy(dtype=float) for key, part in groups.items()}


def common(data: Path, system: str, source: str, target: str) -> Common:
    """What two environments have in common; repeated configurations are rows of their own."""
    _, X, values = read(data, system)
    is_invalid = np.stack([~(values[name] < FILES[system][2]) for name in (source, target)])
    return some_rows(X, values[source], values[target], is_invalid)


def some_rows(X: np.ndarray, s: np.ndarray, t: np.ndarray, is_invalid: np.ndarray) -> Common:
    """Configurations X (n, d) with values s and t (n,), of which some are invalid in source or target (2, n)."""
    is_valid = ~is_invalid.any(axis=0)
    once = np.ones(int(is_valid.sum()), dtype=int)
    sides = [Samples(X[is_valid], y[is_valid], once) for y in (s, t)]
    return Common(source=sides[0], target=sides[1], X_tried=X, is_invalid=is_invalid)


def few(whole: Common, n: int, draws: np.random.Generator) -> Common:
    """As if n valid configurations, and n others whatever came of them, were all that is known."""
    rows, tried = (np.sort(draws.permutation(m)[:n]) for m in (len(whole.source), len(whole.X_tried)))
    return Common(
        source=whole.source.select(rows),
        target=whole.target.select(rows),
        X_tried=whole.X_tried[tried],
        is_invalid=whole.is_invalid[:, tried],
        n_known=len(whole.source),
    )


def invent(data: Path) -> None:
    """Write files like those of the study, with all its environments and 64 configurations, for a run in short form."""
    stream = np.random.default_rng(0)
    X = np.array(list(product((0, 1), repeat=6)))
    for system, (name, metric, cap) in FILES.items():
        pairs = published()[published()["system"] == system]
        parts = []
        for environment in sorted({*pairs["source"], *pairs["target"]}):
            y = np.exp(X @ stream.normal(size=6) / 3 + 0.1 * stream.normal(size=len(X)))
            y = np.where(X[:, 0] & X[:, 1], np.nan if np.isinf(cap) else cap, y)
            values = environment.split("/")
            part = pd.DataFrame(X, columns=[f"option_{j}" for j in range(6)])
            parts.append(part.assign(**dict(zip(FACTORS[-len(values) :], values, strict=True)), **{metric: y}))
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        pd.concat(parts).to_csv(data / f"{name}.csv.gz", index=False)
