"""What all kernels here share: rows are compared once, and covariances and their slopes follow for any parameters.

Comparing (which levels agree, how far numbers are apart) costs more than the covariance itself; a fit that evaluates
one set of rows under many parameters compares them once. A kernel also says how a function of its covariances changes
with its parameters, by formulas: one matrix product for all options instead of one tensor of distances for each.
"""

from collections.abc import Callable, Mapping
from typing import Any

import gpytorch
import numpy as np
import torch
from gpytorch.priors import NormalPrior
from torch import Tensor

from transferperf.kernels.arrays import Array, exp, log1p, namespace

DTYPE = torch.float64

Values = Mapping[str, Array]
"""Values of a kernel's parameters by name; leading dimensions, the same in all, are a batch of kernels."""

PullBack = Callable[[Array], dict[str, Array]]
"""From the slope of some function by each covariance (..., n, m) to its slope by each parameter, under its name.

Slopes need not be symmetric where rows are compared with themselves, and are not overwritten.
"""


class PairwiseKernel(gpytorch.kernels.Kernel):
    """A kernel whose positive parameters are logarithms with normal priors."""

    def compare(self, x1: Array, x2: Array) -> Any:
        """What rows x1 (n, d) and x2 (m, d) have in common, whatever the parameters."""
        raise NotImplementedError

    def linearise(self, pairs: Any, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, m) of compared rows under `values`, and how their slopes are pulled back to these.

        The covariances are the caller's own, to be overwritten.
        """
        raise NotImplementedError

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, d) with itself, shape (n,)."""
        raise NotImplementedError

    def values(self) -> dict[str, Tensor]:
        """The kernel's own parameters."""
        return dict(self.named_parameters())

    def covariance(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Covariances of rows x1 (n, d) and x2 (m, d) without a slope, in numpy on the CPU: shape (n, m)."""
        with torch.no_grad():
            if x1.device.type != "cpu":
                return self.linearise(self.compare(x1, x2), self.values())[0]
            values = {name: value.numpy() for name, value in self.values().items()}
            return torch.from_numpy(self.linearise(self.compare(x1.numpy(), x2.numpy()), values)[0])

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances as gpytorch asks for them: (n, m), or (n,) of equal rows where `diag`."""
        if diag:
            return self.variance(x1)
        if not torch.is_grad_enabled():
            return self.covariance(x1, x2)
        return self.linearise(self.compare(x1, x2), self.values())[0]

    def register_log(self, name: str, shape: tuple[int, ...], *, median: float, spread: float) -> None:
        """Add a positive parameter by its logarithm, normal around log(median) a priori; it starts at the median."""
        centre = torch.full(shape, median, dtype=DTYPE).log()
        self.register_normal(f"log_{name}", centre, spread)

    def register_normal(self, name: str, centre: Tensor, spread: float) -> None:
        """Add a parameter, normal around `centre` a priori; it starts there."""
        self.register_parameter(name, torch.nn.Parameter(centre.clone()))
        self.register_prior(f"{name}_prior", NormalPrior(centre, torch.full_like(centre, spread)), name)


def matern52(r: Array) -> Array:
    """Matern covariance of smoothness 5/2 at scaled distance `r >= 0` (Rasmussen & Williams, eq. 4.17)."""
    r = 5**0.5 * r
    return (1 + r + r * r / 3) * exp(-r)


def log_matern52(r: Array) -> Array:
    """Logarithm of `matern52`, also where that is too small for float64."""
    r = 5**0.5 * r
    return log1p(r + r * r / 3) - r


def log_matern52_slope(r: Array) -> Array:
    """Derivative of `log_matern52` by the logarithm of `r`."""
    r = 5**0.5 * r
    return -r * r * (1 + r) / (3 + 3 * r + r * r)


def total(x: Array) -> Array:
    """Sum of the entries of matrices (..., n, m): shape (...)."""
    return np.add.reduce(x, axis=(-2, -1)) if isinstance(x, np.ndarray) else x.sum((-2, -1))


def inner(x: Array, y: Array) -> Array:
    """Sum of the products of the entries of matrices: (..., n, m) and (..., n, m) -> (...)."""
    if isinstance(x, np.ndarray) and x.ndim == 2:
        return np.vdot(x, y)
    return namespace(x).einsum("...nm,...nm->...", x, y)
