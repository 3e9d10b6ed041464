"""The log posterior of a kernel's parameters, and its slope: what a fit climbs.

Symbols: p parameters (logarithms), b kernels in a batch, n rows, K (b, n, n) their covariances with noise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import gpytorch
import numpy as np
import torch
from gpytorch.priors import NormalPrior
from torch import Tensor

from transferperf.kernels import DTYPE, PairwiseKernel
from transferperf.kernels.arrays import Array, as_numpy, constant
from transferperf.kernels.pairwise import PullBack
from transferperf.models.linalg import JITTERS, log_likelihoods, no_factor, solve
from transferperf.models.posterior import MEAN_VARIANCE, Posterior
from transferperf.models.rows import Rows

NOISE_FLOOR = 1e-6
"""Smallest noise variance, in units of the standardised z: noiseless data are interpolated to a thousandth."""

BLOCK = 192
"""Rows of a block of covariances."""


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

    def condition(self, rows: Rows, K: Tensor | None = None) -> Posterior:
        """The posterior under the present parameters, given rows, whose covariance K (n, n) may be known already."""
        return Posterior.condition(self.kernel, float(self.noise.detach()), rows, K)


@dataclass(frozen=True, slots=True)
class Prior:
    """Independent normal priors of all parameters, in the order of `read_parameters`; shapes (p,)."""

    centre: np.ndarray
    spread: np.ndarray
    peak: float = field(init=False, repr=False)
    """Log density at the centre."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "peak", -0.5 * float(np.log(2 * np.pi * self.spread**2).sum()))

    @classmethod
    def of(cls, model: NoisyKernel) -> "Prior":
        """The priors that a model has registered, one for each of its parameters."""
        found = {}
        for name, _, prior, _, _ in model.named_priors():
            found[name.removesuffix("_prior")] = prior.loc.numpy().ravel(), prior.scale.numpy().ravel()
        centres, spreads = zip(*(found[name] for name in parameters(model)), strict=True)
        return cls(np.concatenate(centres), np.concatenate(spreads))

    def log_density(self, values: np.ndarray) -> np.ndarray:
        """Log prior density of parameters (..., p): shape (...)."""
        deviation = (values - self.centre) / self.spread
        return self.peak - 0.5 * (deviation * deviation).sum(-1)

    def slope(self, values: np.ndarray) -> np.ndarray:
        """Derivative of the log density by parameters (..., p), shape kept."""
        return (self.centre - values) / (self.spread * self.spread)


class Block(NamedTuple):
    """Rows start to stop beside all rows before stop, compared: what a symmetric covariance needs of them."""

    start: int
    stop: int
    pairs: Any


@dataclass(frozen=True, slots=True)
class Objective:
    """The log posterior of a kernel's parameters given rows, and its slope.

    The rows decide where it is computed: in numpy on the CPU, where blocks of covariances stay in the processor's
    cache, in torch on another device.

    Parameters
    ----------
    layout
        Name of each of the kernel's parameters, where it stands among all, and its shape.
    noise_at
        Where the logarithm of the noise stands.
    """

    kernel: PairwiseKernel
    layout: tuple[tuple[str, slice, tuple[int, ...]], ...]
    noise_at: int
    z: Array
    known: Array
    blocks: tuple[Block, ...]
    prior: Prior

    @classmethod
    def of(cls, model: NoisyKernel, rows: Rows, prior: Prior | None = None) -> "Objective":
        """The objective with the priors that the model has registered, unless others are given."""
        X, z, known = (t.numpy() if t.device.type == "cpu" else t for t in (rows.X, rows.z, rows.known))
        n, size = len(z), BLOCK if isinstance(z, np.ndarray) else max(1, len(z))
        edges = [*range(0, n, size), n] if n > 1.5 * size else [0, n]
        before = {end: X[:end] for end in edges[1:]}
        blocks = (Block(a, b, model.kernel.compare(X[a:b] if a else before[b], before[b])) for a, b in pairwise(edges))
        places = parameter_slices(model)
        noise_at = places.pop("log_noise").start
        shapes = {name: tuple(parameter.shape) for name, parameter in parameters(model).items()}
        layout = tuple((name.removeprefix("kernel."), place, shapes[name]) for name, place in places.items())
        return cls(model.kernel, layout, noise_at, z, known, tuple(blocks), prior or Prior.of(model))

    def __call__(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log posterior at parameters (p,), and its gradient (p,)."""
        likelihood, slope = self.likelihood(values)
        if not (math.isfinite(likelihood) and math.isfinite(slope.sum())):
            return 1e12, np.zeros_like(values)
        return -likelihood - float(self.prior.log_density(values)), -slope - self.prior.slope(values)

    def likelihood(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Log marginal likelihood at parameters (p,) and its gradient (p,) (R & W, eqs. 5.8 and 5.9)."""
        noise = math.exp(values[self.noise_at])
        for jitter in JITTERS:
            K, pull_backs = self._covariance(values)
            solved = solve(K, self.known + (noise + NOISE_FLOOR + jitter), self.z)
            if solved is not None:
                break
        else:
            raise no_factor(len(self.z))
        slope = np.zeros(len(values))
        slope[self.noise_at] = noise * (0.5 * float(solved.alpha @ solved.alpha) - 0.5 * solved.trace)
        for block, pull_back in zip(self.blocks, pull_backs, strict=True):
            slopes = pull_back(solved.slope(block.start, block.stop))
            for name, place, _ in self.layout:
                slope[place] += as_numpy(slopes[name]).reshape(-1)
        return solved.likelihood, slope

    def log_posteriors(self, values: np.ndarray) -> np.ndarray:
        """Log posterior of each of a batch of parameters (b, p): shape (b,)."""
        K, _ = self._covariance(values)
        noise = NOISE_FLOOR + np.exp(values[:, self.noise_at, None])
        return log_likelihoods(K, constant(noise, self.z) + self.known, self.z) + self.prior.log_density(values)

    def _covariance(self, values: np.ndarray) -> tuple[Array, list[PullBack]]:
        """Covariances (..., n, n) under parameters (..., p), on and below the diagonal, and the way back of slopes."""
        named = {
            name: constant(values[..., place].reshape((*values.shape[:-1], *shape)), self.z)
            for name, place, shape in self.layout
        }
        parts, pull_backs = zip(*(self.kernel.linearise(block.pairs, named) for block in self.blocks), strict=True)
        if len(parts) == 1:
            K = parts[0]
        else:
            K = np.empty((*values.shape[:-1], len(self.z), len(self.z)))
            for block, part in zip(self.blocks, parts, strict=True):
                K[..., block.start : block.stop, : block.stop] = part
        K += MEAN_VARIANCE
        return K, list(pull_backs)


def read_parameters(model: torch.nn.Module) -> np.ndarray:
    """All parameters in one vector, in the order of their names."""
    return np.concatenate([p.detach().cpu().numpy().ravel() for p in parameters(model).values()])


def write_parameters(model: torch.nn.Module, values: np.ndarray) -> None:
    """Set all parameters from one vector, as `read_parameters` gives it."""
    at = 0
    with torch.no_grad():
        for parameter in parameters(model).values():
            size = parameter.numel()
            parameter.copy_(torch.as_tensor(values[at : at + size], dtype=DTYPE).reshape(parameter.shape))
            at += size


def parameters(model: torch.nn.Module) -> Mapping[str, torch.nn.Parameter]:
    """A model's parameters in the order of their names."""
    return dict(sorted(model.named_parameters()))


def parameter_slices(model: torch.nn.Module) -> dict[str, slice]:
    """Where each parameter stands in the vector of `read_parameters`."""
    sizes = {name: parameter.numel() for name, parameter in parameters(model).items()}
    ends = accumulate(sizes.values())
    return {name: slice(end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True)}
