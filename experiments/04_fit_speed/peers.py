"""One Gaussian process, fitted by three libraries: all ARD relevances, the scale and the noise of a product kernel.

    k(x, x') = scale prod_j exp(-theta_j [x_j != x'_j]) + 1,    noise + 1e-6 on the diagonal

On binary options a radial kernel with a length-scale l_j for each is this product, with theta_j = 1 / (2 l_j^2). All
start at the same parameters, have no priors and climb by L-BFGS-B with analytic gradients, as each library does by
default. Whatever a library answers is judged by one likelihood, in the parameters of our model.
"""

import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import gpytorch
import numpy as np
import torch
from gpytorch.constraints import GreaterThan
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from transferperf.kernels import OptionKernel
from transferperf.models.fitting import NoisyKernel, Objective, Prior, fit, parameter_slices
from transferperf.models.objective import NOISE_FLOOR
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows

OURS, SKLEARN, BOTORCH, GPYTORCH = "transferperf", "scikit-learn", "botorch", "gpytorch"
MANY = "transferperf (eight starts)"
BOTORCH_FLOOR = 1e-4
"""Least noise variance in botorch and gpytorch, which is their default: with less, their Cholesky factors fail."""
START_SCALE, START_NOISE = 0.5, float(np.exp(-5.0))
N_TEST = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """Binary configurations X (n, d) with standardised values z (n,), and others with their true values."""

    X: np.ndarray
    z: np.ndarray
    X_test: np.ndarray
    z_test: np.ndarray

    @classmethod
    def invented(cls, n: int, d: int, seed: int) -> "Problem":
        """Main effects of very different size, 2 d interactions of two, and noise of 10 % of the deviation."""
        stream = np.random.default_rng([seed, n, d])
        X = stream.integers(2, size=(n + N_TEST, d)).astype(float)
        effects = stream.normal(size=d) * np.exp(stream.normal(size=d))
        pairs, strength = stream.integers(d, size=(2 * d, 2)), stream.normal(size=2 * d)
        size = np.abs(effects[pairs]).max(-1)  # an option that matters matters together with others, too
        f = X @ effects + (2 * X[:, pairs[:, 0]] * X[:, pairs[:, 1]] - 1) @ (size * strength)
        f = (f - f[:n].mean()) / f[:n].std()
        return cls(X[:n], f[:n] + 0.1 * stream.normal(size=n), X[n:], f[n:])

    @property
    def rows(self) -> Rows:
        """The rows as our models take them."""
        return Rows.of(torch.as_tensor(self.X), torch.as_tensor(self.z))

    @property
    def model(self) -> NoisyKernel:
        """Our model, where all libraries start."""
        return NoisyKernel(OptionKernel([2] * self.X.shape[1], parts=("product",)))

    def vector(self, theta: np.ndarray, scale: float, noise: float) -> np.ndarray:
        """Parameters as our model orders them."""
        values = np.empty(len(theta) + 2)
        at = parameter_slices(self.model)
        values[at["kernel.log_theta"]] = np.log(np.maximum(theta, 1e-300))
        values[at["kernel.log_product"]], values[at["log_noise"]] = np.log(scale), np.log(max(noise, 1e-300))
        return values

    def likelihood(self, values: np.ndarray) -> float:
        """Log marginal likelihood under our model's parameters: the one judge of all answers."""
        return Objective.of(self.model, self.rows).likelihood(values)[0]


@dataclass(frozen=True, slots=True)
class Fitted:
    """An answer.

    Parameters
    ----------
    values
        Parameters, as our model orders them.
    predict
        Means of encoded configurations (m, d).
    trace
        Seconds, processor seconds and parameters of every evaluation, where these can be watched.
    """

    values: np.ndarray
    predict: Callable[[np.ndarray], np.ndarray]
    trace: list[tuple[float, float, np.ndarray]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WatchedFlat(Prior):
    """No prior, and a note of every time that it is asked: scale and starts are those of the prior it stands for."""

    seen: list[tuple[float, float, np.ndarray]] = field(default_factory=list)

    def log_density(self, values: np.ndarray) -> np.ndarray:
        """Zero: every value is as likely."""
        if values.ndim == 1:
            self.seen.append((time.perf_counter(), time.process_time(), values.copy()))
        return np.zeros(values.shape[:-1])

    def slope(self, values: np.ndarray) -> np.ndarray:
        """Zero, shape kept."""
        return np.zeros_like(values)


def fit_ours(problem: Problem, *, n_starts: int) -> Fitted:
    """Our fit; only the priors are taken away."""
    started, started_cpu = time.perf_counter(), time.process_time()
    model, rows = problem.model, problem.rows
    usual = Prior.of(model)
    flat = WatchedFlat(usual.centre, usual.spread)
    fit(model, rows, seed=0, names=[f"o{j}" for j in range(problem.X.shape[1])], n_starts=n_starts, prior=flat)
    kernel, noise = model.kernel, float(model.noise.detach())
    values = problem.vector(
        np.exp(kernel.log_theta.detach().numpy()), float(kernel.log_product.exp().detach()), noise - NOISE_FLOOR
    )
    posterior = Posterior.condition(kernel, noise, rows)
    trace = [(wall - started, cpu - started_cpu, at) for wall, cpu, at in flat.seen]
    return Fitted(values, lambda X: posterior.mean(torch.as_tensor(X)).numpy(), trace)


def sklearn_process(d: int) -> GaussianProcessRegressor:
    """scikit-learn's process at the common start."""
    lengths = np.full(d, (2 * 3.0 / d) ** -0.5)
    kernel = ConstantKernel(START_SCALE) * RBF(lengths) + ConstantKernel(1.0, "fixed") + WhiteKernel(START_NOISE)
    return GaussianProcessRegressor(kernel, alpha=NOISE_FLOOR)


def fit_sklearn(problem: Problem) -> Fitted:
    """scikit-learn's fit."""
    process = sklearn_process(problem.X.shape[1])
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        process.fit(problem.X, problem.z)
    product = process.kernel_.k1.k1
    theta = 0.5 / np.broadcast_to(product.k2.length_scale, problem.X.shape[1]) ** 2
    values = problem.vector(theta, product.k1.constant_value, process.kernel_.k2.noise_level)
    return Fitted(values, process.predict)


def covariance_module(d: int) -> gpytorch.kernels.Kernel:
    """The kernel in gpytorch, at the common start."""
    radial = gpytorch.kernels.RBFKernel(ard_num_dims=d)
    radial.lengthscale = (2 * 3.0 / d) ** -0.5
    scaled = gpytorch.kernels.ScaleKernel(radial)
    scaled.outputscale = START_SCALE
    level = gpytorch.kernels.ConstantKernel()
    level.constant = torch.ones(1)
    level.raw_constant.requires_grad_(requires_grad=False)
    return (scaled + level).double()


def gaussian_likelihood() -> gpytorch.likelihoods.GaussianLikelihood:
    """The noise in gpytorch, at the common start."""
    likelihood = gpytorch.likelihoods.GaussianLikelihood(noise_constraint=GreaterThan(BOTORCH_FLOOR)).double()
    likelihood.noise = START_NOISE + NOISE_FLOOR
    return likelihood


def fit_botorch(problem: Problem) -> Fitted | None:
    """Fit by botorch: `fit_gpytorch_mll` of a SingleTaskGP without priors and transforms; None where it fails.

    A climb that ends with a warning is kept; by default it would be made again, five times from the same start.
    """
    botorch = importlib.import_module("botorch")
    X, z = torch.as_tensor(problem.X), torch.as_tensor(problem.z)
    model = botorch.models.SingleTaskGP(
        X,
        z[:, None],
        likelihood=gaussian_likelihood(),
        covar_module=covariance_module(X.shape[1]),
        mean_module=gpytorch.means.ZeroMean(),
        outcome_transform=None,
    )
    mll = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    try:
        botorch.fit.fit_gpytorch_mll(mll, warning_handler=lambda _: True)
    except botorch.exceptions.ModelFittingError:
        return None
    scaled = model.covar_module.kernels[0]
    values = problem.vector(
        0.5 / scaled.base_kernel.lengthscale.detach().numpy().ravel() ** 2,
        float(scaled.outputscale.detach()),
        float(model.likelihood.noise.detach()) - NOISE_FLOOR,
    )

    def predict(X_new: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model.posterior(torch.as_tensor(X_new)).mean.numpy()[:, 0]

    return Fitted(values, predict)


class DenseProcess(gpytorch.models.ExactGP):
    """The process as gpytorch writes it."""

    def __init__(self, X: torch.Tensor, z: torch.Tensor) -> None:
        super().__init__(X, z, gaussian_likelihood())
        self.mean_module, self.covar_module = gpytorch.means.ZeroMean(), covariance_module(X.shape[1])

    def forward(self, X: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
        """Prior at rows X (n, d)."""
        return gpytorch.distributions.MultivariateNormal(self.mean_module(X), self.covar_module(X))


def evaluate_ours(problem: Problem) -> Callable[[], float]:
    """Likelihood and gradient at the start, to be called again and again."""
    objective = Objective.of(problem.model, problem.rows)
    values = Prior.of(problem.model).centre
    return lambda: objective.likelihood(values)[0]


def evaluate_sklearn(problem: Problem) -> Callable[[], float]:
    """The same in scikit-learn."""
    process = sklearn_process(problem.X.shape[1])
    start = process.kernel.theta
    process.set_params(optimizer=None).fit(problem.X, problem.z)
    return lambda: float(process.log_marginal_likelihood(start, eval_gradient=True, clone_kernel=False)[0])


def evaluate_gpytorch(problem: Problem) -> Callable[[], float]:
    """The same in gpytorch, by Cholesky factors at every size."""
    X, z = torch.as_tensor(problem.X), torch.as_tensor(problem.z)
    model = DenseProcess(X, z).train()
    mll = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)

    def evaluate() -> float:
        model.zero_grad()
        with gpytorch.settings.max_cholesky_size(1 << 20):
            likelihood = mll(model(X), z) * len(z)
            likelihood.backward()
        return float(likelihood.detach())

    return evaluate


FITS: dict[str, Callable[[Problem], Fitted | None]] = {
    OURS: partial(fit_ours, n_starts=2),
    MANY: partial(fit_ours, n_starts=8),
    SKLEARN: fit_sklearn,
    BOTORCH: fit_botorch,
}
"""A user gets two starts; the eight are asked when they get where another library ended."""
EVALUATIONS: dict[str, Callable[[Problem], Callable[[], float]]] = {
    OURS: evaluate_ours,
    SKLEARN: evaluate_sklearn,
    GPYTORCH: evaluate_gpytorch,
}


def available() -> dict[str, Callable[[Problem], Fitted | None]]:
    """The libraries that are installed; one line for each that is left out."""
    if importlib.util.find_spec("botorch"):
        return dict(FITS)
    print("botorch is not installed (pip install '.[experiments]'): it is skipped")
    return {name: make for name, make in FITS.items() if name != BOTORCH}
