"""Fitting a kernel's parameters: the marginal likelihood and the priors, from several starts.

Parameters are found by scipy's L-BFGS-B on gradients from torch, in float64. Starts come from streams that are named
after the parameter and the option, so that neither the order of the rows nor that of the columns moves them.
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
from scipy import optimize, stats
from torch import Tensor

from transferperf import rng
from transferperf.kernels import DTYPE, PairwiseKernel
from transferperf.models.posterior import MEAN_VARIANCE, factor

NOISE_FLOOR = 1e-6
"""Smallest noise variance, in units of the standardised z: noiseless data are interpolated to a thousandth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRecord:
    """How a fit went.

    Parameters
    ----------
    log_posterior
        Log marginal likelihood and log priors at the answer.
    n_evaluations
        How often they were computed, over all starts.
    n_starts
        Number of starts.
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
        self.register_prior("noise_prior", NormalPrior(centre, torch.tensor(2.0, dtype=DTYPE)), "log_noise")

    @property
    def noise(self) -> Tensor:
        """Variance of the noise, in units of the standardised z."""
        return NOISE_FLOOR + self.log_noise.exp()


def log_likelihood(model: NoisyKernel, pairs: Any, z: Tensor) -> Tensor:
    """Log marginal likelihood of z (n,) (R & W, eq. 5.8).

    `pairs` is what `model.kernel.compare` says of the n rows: the part of their covariance that no parameter changes.
    """
    L = factor(model.kernel.covariance(pairs) + MEAN_VARIANCE, model.noise)
    alpha = torch.cholesky_solve(z[:, None], L)[:, 0]
    return -0.5 * z @ alpha - L.diagonal().log().sum() - 0.5 * len(z) * math.log(2 * math.pi)


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
            module, dot, short = name.removesuffix("_prior").rpartition(".")
            found[f"{module}{dot}log_{short}"] = prior.loc.numpy().ravel(), prior.scale.numpy().ravel()
        centres, spreads = zip(*(found[name] for name in _parameters(model)), strict=True)
        return cls(np.concatenate(centres), np.concatenate(spreads))

    def log_density(self, values: np.ndarray) -> float:
        """Log prior density of all parameters (p,)."""
        return float(np.sum(stats.norm.logpdf(values, self.centre, self.spread)))

    def slope(self, values: np.ndarray) -> np.ndarray:
        """Derivative of the log density, shape (p,)."""
        return (self.centre - values) / self.spread**2


def fit(
    model: NoisyKernel, rows: tuple[Tensor, Tensor], *, seed: int, names: Sequence[str], n_starts: int
) -> FitRecord:
    """Set the parameters of `model` to the best that `n_starts` climbs of the log posterior find.

    Parameters
    ----------
    rows
        X (n, d) and z (n,).
    names
        Names of the columns of X, which key the start values.
    n_starts
        The first start is where the model stands, the others are drawn from the priors, halved.
    """
    with one_thread():
        return _fit(model, rows, list(_starts(model, seed, names, n_starts)))


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One torch thread: matrices of a few hundred rows gain little from more, and lose much on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fit(model: NoisyKernel, rows: tuple[Tensor, Tensor], starts: Sequence[np.ndarray]) -> FitRecord:
    X, z = rows
    pairs = model.kernel.compare(X, X)
    prior, n_evaluations, answers = Prior.of(model), 0, []
    for start in starts:
        answer = optimize.minimize(
            _loss,
            start,
            args=(model, prior, pairs, z),
            method="L-BFGS-B",
            jac=True,
            bounds=[LOG_BOUNDS] * len(start),
            options={"maxiter": 200, "ftol": 1e-8, "gtol": 1e-4},
        )
        n_evaluations += answer.nfev
        answers.append(answer)
    best = min(answers, key=lambda answer: answer.fun)
    write_parameters(model, best.x)
    return FitRecord(log_posterior=-float(best.fun), n_evaluations=n_evaluations, n_starts=len(starts))


LOG_BOUNDS = (-15.0, 10.0)
"""Where the logarithm of a parameter may lie: far beyond its prior, far within float64."""


def read_parameters(model: torch.nn.Module) -> np.ndarray:
    """All parameters in one vector, in the order of their names."""
    return np.concatenate([p.detach().numpy().ravel() for p in _parameters(model).values()])


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


def _starts(model: NoisyKernel, seed: int, names: Sequence[str], n_starts: int) -> Iterator[np.ndarray]:
    here = read_parameters(model)
    yield here
    for turn in range(1, n_starts):
        steps = [
            [rng.generator(seed, "start", turn, name, key).normal() for key in _keys(parameter, names)]
            for name, parameter in _parameters(model).items()
        ]
        yield here + 0.75 * np.concatenate(steps)


def _keys(parameter: torch.nn.Parameter, names: Sequence[str]) -> Sequence[object]:
    """What the entries of a parameter are called: by option where there is one for each, else by number."""
    return names if parameter.shape == (len(names),) else range(parameter.numel())


def _loss(values: np.ndarray, model: NoisyKernel, prior: Prior, pairs: Any, z: Tensor) -> tuple[float, np.ndarray]:
    """Minus the log posterior, and its gradient (p,)."""
    write_parameters(model, values)
    model.zero_grad()
    likelihood = log_likelihood(model, pairs, z)
    if not torch.isfinite(likelihood):
        return 1e12, np.zeros_like(values)
    likelihood.backward()
    gradient = np.concatenate([p.grad.numpy().ravel() for p in _parameters(model).values() if p.grad is not None])
    loss = -likelihood.item() - prior.log_density(values)
    return loss, -np.nan_to_num(gradient) - prior.slope(values)
