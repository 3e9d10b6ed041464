"""What our sweep is compared with: products of matrices, and other libraries' predictions."""

import os
import time
from collections.abc import Callable

import gpytorch
import numpy as np
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from worlds import SPACES, levels, posterior, timed

from transferperf.models.posterior import MEAN_VARIANCE, Posterior

SLICE = 4096
"""Configurations that others predict."""
TOGETHER = 1024
"""Configurations that gpytorch predicts at a time; one at a time took seven times as long, and 64 four times."""


def matrix_products(n_configurations: int, n: int, *, is_mean: bool) -> dict[str, object]:
    """Seconds of n (n + 1) operations a configuration (2 n for the mean) at the largest rate of a float32 product."""
    operations = n_configurations * (2 * n if is_mean else n * (n + 1))
    return {"seconds": operations / _rate(0), "cpu_s": operations / _rate(1)}


def _rate(threads: int) -> float:
    """Largest operations in a second of a product of matrices with 2048 rows, of ten."""
    torch.set_num_threads(threads or len(os.sched_getaffinity(0)))
    A = torch.rand(2048, 2048, dtype=torch.float32)
    clock = time.perf_counter if threads != 1 else time.process_time
    least = np.inf
    for _ in range(10):
        start = clock()
        A @ A
        least = min(least, clock() - start)
    return 2 * 2048**3 / float(least)


def some(space: str, n: int) -> np.ndarray:
    """Configurations drawn at random, shape (n, d)."""
    stream = np.random.default_rng(0)
    return np.column_stack([level[stream.integers(len(level), size=n)] for level in levels(space)])


def scikit_learn(process: Posterior, X: np.ndarray) -> Callable[[], object]:
    """Mean and std by GaussianProcessRegressor; on 0 and 1 its squared exponential is the same product."""
    theta, scale = (p.detach().exp().numpy() for p in (process.kernel.log_theta, process.kernel.log_product))
    kernel = ConstantKernel(scale) * RBF(1 / np.sqrt(2 * theta)) + ConstantKernel(MEAN_VARIANCE)
    model = GaussianProcessRegressor(kernel, alpha=process.noise, optimizer=None)
    model.fit(process.rows.X.numpy(), process.rows.z.numpy())
    return lambda: model.predict(X, return_std=True)


class _Exact(gpytorch.models.ExactGP):
    """The same process by gpytorch, which is what botorch predicts with."""

    def __init__(self, process: Posterior) -> None:
        likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
        likelihood.noise = process.noise
        super().__init__(process.rows.X, process.rows.z, likelihood)
        theta = process.kernel.log_theta.detach().exp()
        inner = gpytorch.kernels.RBFKernel(ard_num_dims=len(theta)).double()
        inner.lengthscale = 1 / (2 * theta).sqrt()
        self.mean_module = gpytorch.means.ZeroMean()
        scaled, constant = gpytorch.kernels.ScaleKernel(inner).double(), gpytorch.kernels.ConstantKernel().double()
        scaled.outputscale, constant.constant = process.kernel.log_product.detach().exp(), torch.tensor(MEAN_VARIANCE)
        self.covar_module = scaled + constant

    def forward(self, X: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
        """Prior at rows X."""
        return gpytorch.distributions.MultivariateNormal(self.mean_module(X), self.covar_module(X))


def by_gpytorch(process: Posterior, X: np.ndarray) -> Callable[[], object]:
    """Mean and variance by gpytorch, with which botorch predicts."""
    model, rows = _Exact(process).eval(), torch.as_tensor(X)

    def work() -> object:
        with torch.no_grad():
            said = [model(part) for part in rows.split(TOGETHER)]
            return [(s.mean, s.variance) for s in said]

    work()  # what is computed once is kept
    return work


OTHERS = {"scikit-learn": scikit_learn, "gpytorch": by_gpytorch}


def predictions(name: str, space: str, n: int, noise: float, seed: int) -> dict[str, object]:
    """Seconds of another library's mean and std, from some configurations to the space."""
    torch.set_num_threads(1)
    work = OTHERS[name](posterior(space, n, noise, seed), some(space, SLICE))
    times = [timed(work)[1] for _ in range(3)]
    share = np.prod(SPACES[space], dtype=float) / SLICE
    return {key: share * min(float(t[key]) for t in times) for key in ("seconds", "cpu_s")}  # type: ignore[arg-type]
