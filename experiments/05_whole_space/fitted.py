"""What is fitted by default: the best of a space under its kernel, and under the whole model with its sources."""

import time

import numpy as np
import pandas as pd
from worlds import GOALS, levels, posterior

import transferperf as tp
from transferperf.data.csv import read_frame
from transferperf.kernels.options import PARTS
from transferperf.metric import Metric
from transferperf.search.prune import prune

TIME = Metric("time_s", unit="s")
N_SOURCE_ROWS = 300
NOISE = 0.02
"""Standard deviation of the noise of log time."""


def invented(d: int, n: int, n_sources: int, seed: int) -> tp.MeasurementTable:
    """Main effects of half of d options and as many interactions, which change by a fifth between environments."""
    stream = np.random.default_rng([seed, d, n, n_sources])
    matters = stream.random(d) < 0.5
    effects, pairs = stream.normal(size=d) * matters, stream.integers(d, size=(d, 2))
    sizes, parts = 0.5 * stream.normal(size=d), []
    for e in range(n_sources + 1):
        X = stream.integers(2, size=(n if e == 0 else N_SOURCE_ROWS, d))
        own = effects + 0.2 * stream.normal(size=d) * matters
        f = X @ own + (X[:, pairs[:, 0]] * X[:, pairs[:, 1]]) @ sizes
        y = 10 * np.exp(0.4 * f + NOISE * stream.normal(size=len(X)))
        frame = pd.DataFrame(X, columns=[f"o{j:02d}" for j in range(d)])
        parts.append(frame.assign(workload=f"w{e}", time_s=y))
    return read_frame(pd.concat(parts, ignore_index=True), metrics=[TIME], environment=["workload"])


def best_of_fitted(d: int, n: int, n_sources: int, seed: int) -> dict[str, object]:
    """Seconds for the best configuration under a default fit; the fit itself is no part of them."""
    model = tp.fit(invented(d, n, n_sources, seed), metric="time_s", target={"workload": "w0"}, seed=seed)
    wall, cpu = time.perf_counter(), time.process_time()
    best = model.best()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "exact": best.exact,
        "how": best.how,
        "experts": int((model.predictor.weights > 1e-4).sum()),
    }


def best_of_kernel(space: str, n: int, noise: float, seed: int, goal: str) -> dict[str, object]:
    """Seconds for the best configuration under one process with effects of one and of two options and a product."""
    process = posterior(space, n, noise, seed, PARTS)
    blocks = [(np.array([o]), own[:, None]) for o, own in enumerate(levels(space))]
    wall, cpu = time.perf_counter(), time.process_time()
    found = prune(process, blocks, GOALS[goal][0])
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "exact": found.is_exact,
        "how": f"{found.n_left} not excluded by bounds",
        "experts": 1,
    }
