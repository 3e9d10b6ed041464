"""A small folder of invented measurements, laid out like the public one, for runs in short form."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

PUBLISHED = ["rq,model,system,n,env,mean,median,std"] + [
    f"RQ1,{model},imagemagick,11,{e},{mre},{mre},1" for e in range(3) for model, mre in (("RF", 30), ("SeMPL", 20))
]


TUNERS = ("RANDOM", "SMAC")
BUDGETS = (20, 30, 50, 75, 100, 150, 200)


def write_stand_in(data: Path) -> None:
    """Write two systems with three environments and one with a single one, their index, and published errors."""
    index = {}
    for name, n_environments in (
        ("sempl/imagemagick", 3),
        ("other/system", 3),
        ("single-environment/deepperf-Apache", 1),
    ):
        frame = _measurements(n_environments)
        factors = ["workload"] if n_environments > 1 else []
        index[name] = {
            "rows": len(frame),
            "environment_columns": factors,
            "metrics": ["performance"],
            "main_metric": "performance",
            "direction": "?",
        }
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (frame if factors else frame.drop(columns="workload")).to_csv(data / f"{name}.csv.gz", index=False)
    (data / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (data.parent / "published").mkdir()
    (data.parent / "published" / "sempl_mre.csv").write_text("\n".join(PUBLISHED) + "\n", encoding="utf-8")
    _write_pool(data)


def _write_pool(data: Path) -> None:
    """Write the pool of one system, and what two tuners found there."""
    frame = _measurements(1).drop(columns="workload").rename(columns={"performance": "$<PERF"})
    (data / "tuning-pools").mkdir()
    frame.to_csv(data / "tuning-pools" / "LLVM.csv.gz", index=False)
    found = pd.DataFrame({"system": "LLVM", "tool": TUNERS} | {f"best_at_{n}_mean": 0.5 for n in BUDGETS})
    found.to_csv(data.parent / "published" / "tuners_best_found.csv", index=False)


def _measurements(n_environments: int) -> pd.DataFrame:
    """Every configuration of six binary options, in related environments."""
    stream = np.random.default_rng(0)
    X = np.array(list(product((0, 1), repeat=6)))
    effects = stream.normal(size=6)
    parts = []
    for e in range(n_environments):
        z = X @ (effects + 0.1 * stream.normal(size=6)) + 0.02 * stream.normal(size=len(X))
        part = pd.DataFrame(X, columns=[f"option_{i}" for i in range(6)])
        parts.append(part.assign(workload=f"env{e}_{e}", performance=np.exp(z).round(6)))
    return pd.concat(parts, ignore_index=True)
