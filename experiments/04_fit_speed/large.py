"""A source of 100 000 rows or a million, and 50 rows of the target: seconds, memory and error, in a fresh process."""

import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import gpytorch
import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import HistGradientBoostingRegressor

import transferperf as tp
from bench.ours import timed

N_TARGET, N_TEST = 50, 10_000
N_BINARY, N_ORDERED, N_VALUES = 18, 2, 8
INDUCING, FIT_ROWS, STEPS, BATCH = 500, 10_000, 50, 2000
TIME = tp.Metric("time_s", unit="s")
OURS, TREES, SGPR = "transferperf", "HistGradientBoosting", "gpytorch SGPR"


def invented(n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of source and target, and others of the target with their true times.

    Times have main effects, interactions of two and of three on a log scale, and noise of 3 %. The target has most of
    the source's effects, 1.3 times as strong, and some of its own.
    """
    stream = np.random.default_rng([seed, n])
    d, total = N_BINARY + N_ORDERED, n + N_TARGET + N_TEST
    X = stream.integers(2, size=(total, d)).astype(float)
    X[:, N_BINARY:] = stream.integers(N_VALUES, size=(total, N_ORDERED))
    unit = X / np.where(np.arange(d) < N_BINARY, 1, N_VALUES - 1)
    pairs, triples = stream.integers(d, size=(d, 2)), stream.integers(d, size=(d, 3))
    forms = np.hstack([unit, unit[:, N_BINARY:] ** 2, unit[:, pairs].prod(-1), unit[:, triples].prod(-1)])
    effects = 0.4 * stream.normal(size=forms.shape[1])
    own = 0.1 * stream.normal(size=forms.shape[1])
    z = forms @ effects
    z[n:] = 1.3 * z[n:] + forms[n:] @ own + 0.5
    z[: n + N_TARGET] += 0.03 * stream.normal(size=n + N_TARGET)
    frame = pd.DataFrame(X.astype(int), columns=[f"option_{j}" for j in range(d)])
    frame["workload"] = np.where(np.arange(total) < n, "source", "target")
    frame[TIME.name] = np.exp(z)
    return frame.iloc[: n + N_TARGET].reset_index(drop=True), frame.iloc[n + N_TARGET :].reset_index(drop=True)


def by_ours(known: pd.DataFrame, asked: pd.DataFrame, seed: int) -> np.ndarray:
    """Log times that our model predicts, as a user asks for them."""
    table = tp.read_frame(known, metrics=[TIME])
    model = tp.fit(table, metric=TIME, target={"workload": "target"}, seed=seed)
    return np.log(model.predict(asked).median)


def by_trees(known: pd.DataFrame, asked: pd.DataFrame, seed: int) -> np.ndarray:
    """Boosted trees on all source rows, brought to the target by a straight line."""
    source = known["workload"] == "source"
    X, z = _arrays(known)
    trees = HistGradientBoostingRegressor(random_state=seed, max_iter=500, early_stopping=True).fit(
        X[source], z[source]
    )
    return _shifted(trees.predict(X[~source]), z[~source], trees.predict(_arrays(asked)[0]))


class Sparse(gpytorch.models.ExactGP):
    """Titsias' sparse process (gpytorch's SGPR), radial with a length-scale for each option."""

    def __init__(self, X: torch.Tensor, z: torch.Tensor, inducing: torch.Tensor) -> None:
        likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
        super().__init__(X, z, likelihood)
        self.mean_module = gpytorch.means.ConstantMean().double()
        dense = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel(ard_num_dims=X.shape[1]))
        dense.base_kernel.lengthscale = 2.0
        self.covar_module = gpytorch.kernels.InducingPointKernel(dense, inducing, likelihood).double()

    def forward(self, X: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
        """Prior at rows X (n, d)."""
        return gpytorch.distributions.MultivariateNormal(self.mean_module(X), self.covar_module(X))


def by_sparse_process(known: pd.DataFrame, asked: pd.DataFrame, seed: int) -> np.ndarray:
    """SGPR on all source rows, its parameters fitted to FIT_ROWS of them, brought to the target by a straight line."""
    source = (known["workload"] == "source").to_numpy()
    X, z = _arrays(known)
    largest = np.maximum(X.max(0), 1)
    X, X_asked = X / largest, _arrays(asked)[0] / largest
    location, scale = z[source].mean(), z[source].std()
    rows, values = torch.as_tensor(X[source]), torch.as_tensor((z[source] - location) / scale)
    few = np.random.default_rng(seed).permutation(len(rows))[:FIT_ROWS]
    model = Sparse(rows[few], values[few], rows[few[:INDUCING]].clone())
    mll = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    model.train()
    for _ in range(STEPS):
        optimiser.zero_grad()
        (-mll(model(rows[few]), values[few])).backward()
        optimiser.step()
    model.eval().set_train_data(rows, values, strict=False)

    def predict(new: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            parts = [model(torch.as_tensor(part)).mean for part in np.array_split(new, -(-len(new) // BATCH))]
        return location + scale * torch.cat(parts).numpy()

    return _shifted(predict(X[~source]), z[~source], predict(X_asked))


def _arrays(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    options = [name for name in frame.columns if name.startswith("option_")]
    return frame[options].to_numpy(dtype=float), np.log(frame[TIME.name].to_numpy(dtype=float))


def _shifted(at_target: np.ndarray, z: np.ndarray, at_asked: np.ndarray) -> np.ndarray:
    """The straight line from source predictions to target values (Valov et al. 2017)."""
    slope, level = np.polyfit(at_target, z, 1)
    return level + slope * at_asked


MODELS: dict[str, Callable[[pd.DataFrame, pd.DataFrame, int], np.ndarray]] = {
    OURS: by_ours,
    TREES: by_trees,
    SGPR: by_sparse_process,
}


def measure(model: str, n: int, seed: int) -> dict[str, float]:
    """Seconds, peak memory and error of one model, in a process of its own with one thread."""
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=partial(torch.set_num_threads, 1)
    ) as fresh:
        return fresh.submit(_measure, model, n, seed).result()


def _measure(model: str, n: int, seed: int) -> dict[str, float]:
    known, asked = invented(n, seed)
    before = peak_mb()
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    predicted, seconds = timed(partial(MODELS[model], known, asked, seed))
    after = resource.getrusage(resource.RUSAGE_SELF)
    truth = _arrays(asked)[1]
    return {
        "seconds": seconds,
        "cpu_s": after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime,
        "test_error": float(np.sqrt(np.mean((predicted - truth) ** 2)) / truth.std()),
        "memory_mb": peak_mb(),
        "data_mb": before,
    }


def peak_mb() -> float:
    """Largest memory that this process has held so far, in MB: the libraries, the data and the fit."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
