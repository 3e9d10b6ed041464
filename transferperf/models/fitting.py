"""Fitting a kernel's parameters: the marginal likelihood and the priors, from several starts.

Parameters are found by scipy's L-BFGS-B on analytic gradients, in float64. Starts come from streams that are named
after the parameter and the option, so that neither the order of the rows nor that of the columns moves them.

Symbols: p parameters (logarithms), b kernels in a batch, n rows, K (b, n, n) their covariances with noise.
"""

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gpytorch
import numpy as np
import torch
from gpytorch.priors import NormalPrior
from scipy import optimize
from threadpoolctl import threadpool_limits
from torch import Tensor

from transferperf import rng
from transferperf.kernels import DTYPE, PairwiseKernel
from transferperf.kernels.arrays import Array, as_numpy, constant, namespace
from transferperf.models.linalg import inverse_and_log_det, log_likelihoods
from transferperf.models.posterior import MEAN_VARIANCE
from transferperf.models.rows import Rows

NOISE_FLOOR = 1e-6
"""Smallest noise variance, in units of the standardised z: noiseless data are interpolated to a thousandth."""

N_DRAWN = 8
"""Starts that are drawn from the priors and looked at in one batch, for each that is climbed from."""

BATCH = 1 << 22
"""Covariances held at a time while starts are compared."""

LOG_BOUNDS = (-15.0, 10.0)
"""Where the logarithm of a parameter may lie: far beyond its prior, far within float64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRecord:
    """How a fit went.

    Parameters
    ----------
    log_posterior
        Log marginal likelihood and log priors at the answer.
    n_evaluations
        How often they were computed, over all climbs.
    n_starts
        Number of climbs.
    """

    log_posterior: float
    n_evaluations: int
    n_starts: int


class NoisyKernel(gpytorch.Module):
    """A kernel and the noise around it: all that a Gaussian process has to learn here."""

    def __init__(self, kernel: PairwiseKernel) -> None:
        super().__init__()
        self.kernel = kernel
        centre = torch.tensor(-5.0, dtype=DTYPE)
        self.register_parameter("log_noise", torch.nn.Parameter(centre.clone()))
        self.register_prior("log_noise_prior", NormalPrior(centre, torch.tensor(2.0, dtype=DTYPE)), "log_noise")

    @property
    def noise(self) -> Tensor:
        """Variance of the noise, in units of the standardised z."""
        return NOISE_FLOOR + self.log_noise.exp()


@dataclass(frozen=True, slots=True)
class Prior:
    """Independent normal priors of all parameters, in the order of `read_parameters`; shapes (p,)."""

    centre: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, model: NoisyKernel) -> "Prior":
        """The priors that a model has registered, one for each of its parameters."""
        found = {}
        for name, _, prior, _, _ in model.named_priors():
            found[name.removesuffix("_prior")] = prior.loc.numpy().ravel(), prior.scale.numpy().ravel()
        centres, spreads = zip(*(found[name] for name in _parameters(model)), strict=True)
        return cls(np.concatenate(centres), np.concatenate(spreads))

    def log_density(self, values: np.ndarray) -> np.ndarray:
        """Log prior density of parameters (..., p): shape (...)."""
        deviation = (values - self.centre) / self.spread
        return -0.5 * (deviation**2 + np.log(2 * np.pi * self.spread**2)).sum(-1)

    def slope(self, values: np.ndarray) -> np.ndarray:
        """Derivative of the log density by parameters (..., p), shape kept."""
        return (self.centre - values) / self.spread**2


@dataclass(frozen=True, slots=True)
class Objective:
    """The log posterior of a kernel's parameters given rows, and its slope.

    The rows decide where it is computed: in numpy on the CPU, in torch on another device.
    """

    model: NoisyKernel
    z: Array
    known: Array
    pairs: Any
    prior: Prior

    @classmethod
    def of(cls, model: NoisyKernel, rows: Rows, prior: Prior | None = None) -> "Objective":
        """The objective with the priors that the model has registered, unless others are given."""
        X, z, known = (t.numpy() if t.device.type == "cpu" else t for t in (rows.X, rows.z, rows.known))
        return cls(model, z, known, model.kernel.compare(X, X), prior or Prior.of(model))

    def __call__(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log posterior at parameters (p,), and its gradient (p,)."""
        likelihood, slope = self.likelihood(values)
        if not np.isfinite(likelihood):
            return 1e12, np.zeros_like(values)
        loss = -likelihood - float(self.prior.log_density(values))
        return loss, -np.nan_to_num(slope) - self.prior.slope(values)

    def likelihood(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Log marginal likelihood at parameters (p,) and its gradient (p,) (R & W, eqs. 5.8 and 5.9)."""
        named = self._named(values)
        noise = namespace(self.z).exp(named["log_noise"])
        K, pull_back = self.model.kernel.linearise(self.pairs, _inner(named))
        inverse, log_det = inverse_and_log_det(K + MEAN_VARIANCE, NOISE_FLOOR + noise + self.known)
        alpha = inverse @ self.z
        W = 0.5 * (alpha[:, None] * alpha - inverse)  # slope by each entry of K
        slopes = {f"kernel.{name}": slope for name, slope in pull_back(W).items()}
        slopes["log_noise"] = noise * W.trace()
        flat = [as_numpy(slopes[name]).reshape(-1) for name in _parameters(self.model)]
        likelihood = -0.5 * (float(self.z @ alpha) + log_det + len(self.z) * math.log(2 * math.pi))
        return likelihood, np.concatenate(flat)

    def log_posteriors(self, values: np.ndarray) -> np.ndarray:
        """Log posterior of each of a batch of parameters (b, p): shape (b,)."""
        named = self._named(values)
        K, _ = self.model.kernel.linearise(self.pairs, _inner(named))
        noise = NOISE_FLOOR + namespace(self.z).exp(named["log_noise"])[:, None] + self.known  # (b, n)
        return log_likelihoods(K + MEAN_VARIANCE, noise, self.z) + self.prior.log_density(values)

    def _named(self, values: np.ndarray) -> dict[str, Array]:
        """Parameters (..., p) as arrays by name."""
        at, named = 0, {}
        for name, parameter in _parameters(self.model).items():
            part = values[..., at : at + parameter.numel()].reshape((*values.shape[:-1], *parameter.shape))
            named[name] = constant(part, self.z)
            at += parameter.numel()
        return named


def _inner(named: Mapping[str, Array]) -> dict[str, Array]:
    return {name.removeprefix("kernel."): v for name, v in named.items() if name.startswith("kernel.")}


def fit(
    model: NoisyKernel, rows: Rows, *, seed: int, names: Sequence[str], n_starts: int, prior: Prior | None = None
) -> FitRecord:
    """Set the parameters of `model` to the best that `n_starts` climbs of the log posterior find.

    Parameters
    ----------
    names
        Names of the columns of X, which key the start values.
    n_starts
        The first climb starts where the model stands, the others at the best of N_DRAWN drawn from the priors, halved.
    prior
        Instead of the priors that the model has registered.
    """
    with one_thread():
        objective = Objective.of(model, rows, prior)
        answers = [_climb(objective, start) for start in _starts(objective, seed, names, n_starts)]
    best = min(answers, key=lambda answer: answer.fun)
    write_parameters(model, best.x)
    n_evaluations = sum(answer.nfev for answer in answers)
    return FitRecord(log_posterior=-float(best.fun), n_evaluations=n_evaluations, n_starts=n_starts)


def _climb(objective: Objective, start: np.ndarray) -> optimize.OptimizeResult:
    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        return objective(values)

    options: Any = {"maxiter": 200, "ftol": 1e-7, "gtol": 1e-3}
    bounds = [LOG_BOUNDS] * len(start)
    return optimize.minimize(loss, start, method="L-BFGS-B", jac=True, bounds=bounds, options=options)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread for BLAS and torch: matrices here are small, and waiting for a busy core costs more than it gives."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(before)


def read_parameters(model: torch.nn.Module) -> np.ndarray:
    """All parameters in one vector, in the order of their names."""
    return np.concatenate([p.detach().cpu().numpy().ravel() for p in _parameters(model).values()])


def write_parameters(model: torch.nn.Module, values: np.ndarray) -> None:
    """Set all parameters from one vector, as `read_parameters` gives it."""
    at = 0
    with torch.no_grad():
        for parameter in _parameters(model).values():
            size = parameter.numel()
            parameter.copy_(torch.as_tensor(values[at : at + size], dtype=DTYPE).reshape(parameter.shape))
            at += size


def _parameters(model: torch.nn.Module) -> Mapping[str, torch.nn.Parameter]:
    return dict(sorted(model.named_parameters()))


def _starts(objective: Objective, seed: int, names: Sequence[str], n_starts: int) -> Iterator[np.ndarray]:
    """Where climbs start."""
    here = read_parameters(objective.model)
    yield here
    spread = 0.5 * objective.prior.spread
    n_drawn = N_DRAWN * (n_starts - 1)
    if not n_drawn:
        return
    steps = np.column_stack(
        [
            rng.generator(seed, "start", name, key).normal(size=n_drawn)
            for name, parameter in _parameters(objective.model).items()
            for key in _keys(parameter, names)
        ]
    )
    drawn = (objective.prior.centre + spread * steps).clip(*LOG_BOUNDS)  # (n_drawn, p)
    size = max(1, BATCH // max(1, len(objective.z)) ** 2)
    scores = np.concatenate([objective.log_posteriors(part) for part in np.split(drawn, range(size, n_drawn, size))])
    yield from drawn[np.argsort(-scores, kind="stable")[: n_starts - 1]]


def _keys(parameter: torch.nn.Parameter, names: Sequence[str]) -> Sequence[object]:
    """What the entries of a parameter are called: by option where there is one for each, else by number."""
    return names if parameter.shape == (len(names),) else range(parameter.numel())
