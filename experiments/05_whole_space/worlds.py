"""Invented posteriors over large spaces, our sweep of them, and what it is compared with."""

import os
import resource
import time
from collections.abc import Callable

import gpytorch
import numpy as np
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from transferperf.kernels import OptionKernel
from transferperf.models.posterior import MEAN_VARIANCE, Posterior
from transferperf.models.product_form import ProductForm, product_form
from transferperf.models.rows import Rows
from transferperf.search.bound import Goal, Improvement, LowBound
from transferperf.search.tensor import sweep

LCB, EI, MEANS = "lower confidence bound", "expected improvement", "ten lowest means"
GOALS: dict[str, tuple[Goal, int]] = {
    LCB: (LowBound(kappa=2.0), 1),
    EI: (Improvement(best=-2.0), 1),
    MEANS: (LowBound(kappa=0.0), 10),
}
SPACES = {f"2^{d}": (2,) * d for d in range(8, 31)} | {"2^6 4^3 16^3": (2,) * 6 + (4,) * 3 + (16,) * 3}
SLICE = 4096
"""Configurations that others predict."""
TOGETHER = 1024
"""Configurations that gpytorch predicts at a time; one at a time took seven times as long, and 64 four times."""


def posterior(space: str, n: int, noise: float, seed: int) -> Posterior:
    """Standardised values of n rows: main effects and noise; options with more than four levels are ordered."""
    n_levels, stream = SPACES[space], np.random.default_rng([seed, n])
    kernel = OptionKernel([L if L <= 4 else 0 for L in n_levels], parts=("product",))
    with torch.no_grad():
        relevance = stream.gamma(1.0, 3 / len(n_levels), size=len(n_levels)) + 1e-3
        kernel.log_theta.copy_(torch.as_tensor(np.log(relevance)))
    X = np.column_stack([level[stream.integers(len(level), size=n)] for level in levels(space)])
    z = X @ stream.normal(size=X.shape[1])
    z = (z - z.mean()) / z.std() + np.sqrt(noise) * stream.normal(size=n)
    return Posterior.condition(kernel, noise, Rows.of(torch.as_tensor(X), torch.as_tensor(z)))


def levels(space: str) -> list[np.ndarray]:
    """Encoded levels of each option."""
    return [np.arange(float(L)) / (L - 1 if L > 4 else 1) for L in SPACES[space]]


def form_of(space: str, n: int, noise: float, seed: int) -> ProductForm:
    """The product form of an invented posterior."""
    form = product_form(posterior(space, n, noise, seed), levels(space))
    if form is None:
        raise TypeError("the invented kernel is no product")
    return form


def timed(work: Callable[[], object]) -> tuple[object, dict[str, object]]:
    """What a piece of work answers, with its seconds and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, {"seconds": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def measure(space: str, n: int, noise: float, seed: int, goal: str) -> dict[str, object]:
    """Our sweep; what the process has held before is counted as memory, too."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    sweep(form_of("2^14", 10, 1e-2, 0), GOALS[goal][0])
    process = posterior(space, n, noise, seed)

    def work() -> object:
        form = product_form(process, levels(space))
        return form and sweep(form, GOALS[goal][0], k=GOALS[goal][1])

    swept, times = timed(work)
    said = swept.certificate  # type: ignore[attr-defined]
    return times | {
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "tiles": said.n_tiles,
        "visited": said.n_visited,
        "fell_back": said.fell_back,
        "exact": swept.is_exact,  # type: ignore[attr-defined]
    }


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


def everything(space: str, n: int, noise: float, seed: int) -> dict[str, object]:
    """Look at every configuration in float64, and compare the best bound with the sweep's."""
    form, goal = form_of(space, n, noise, seed), GOALS[LCB][0]
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    swept = sweep(form, goal)
    (value, place), times = timed(lambda: _least(form, goal))  # type: ignore[misc]
    found = np.ravel_multi_index(tuple(swept.levels[0]), form.n_levels)
    return times | {"same": bool(place == found), "difference": abs(value - swept.values[0])}


def _least(form: ProductForm, goal: Goal) -> tuple[float, int]:
    """The best score of all configurations, and its place in their lexicographic order."""
    n_inner, d = max(1, len(form.n_levels) - 12), len(form.n_levels)
    outer, inner = form.n_levels[: d - n_inner], form.n_levels[d - n_inner :]
    tail = np.indices(inner).reshape(n_inner, -1).T
    best, place = -np.inf, 0
    G_tail = form.products(np.hstack([np.zeros((len(tail), d - n_inner), dtype=int), tail]))
    first = form.products(np.zeros((1, d), dtype=int))
    pairs = torch.as_tensor(form.pair_weights)
    for number, head in enumerate(np.ndindex(*outer)):
        G_head = form.products(np.array([[*head, *[0] * n_inner]]))
        G = torch.as_tensor(G_tail * (G_head / first))
        explained = G @ torch.as_tensor(form.cross_weights) + ((G @ pairs) * G).sum(1)
        std = np.sqrt(np.maximum(form.variance_constant - explained.numpy(), 1e-12))
        values = goal.score(form.mean_constant + (G @ torch.as_tensor(form.mean_weights)).numpy(), std)
        k = int(values.argmax())
        if values[k] > best:
            best, place = float(values[k]), number * len(tail) + k
    return best, place
