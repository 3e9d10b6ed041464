"""What all kernels here share: rows are compared once, and covariances follow for any parameters.

Comparing (which levels agree, how far numbers are apart) costs more than the covariance itself; a fit that evaluates
one set of rows under many parameters compares them once.
"""

from typing import Any

import gpytorch
import torch
from gpytorch.priors import NormalPrior
from torch import Tensor

DTYPE = torch.float64


class PairwiseKernel(gpytorch.kernels.Kernel):
    """A kernel whose positive parameters are logarithms with normal priors."""

    def compare(self, x1: Tensor, x2: Tensor) -> Any:
        """What rows x1 (n, d) and x2 (m, d) have in common, whatever the parameters."""
        raise NotImplementedError

    def covariance(self, pairs: Any) -> Tensor:
        """Covariances of compared rows, shape (n, m)."""
        raise NotImplementedError

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, d) with itself, shape (n,)."""
        raise NotImplementedError

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Covariances as gpytorch asks for them: (n, m), or (n,) of equal rows where `diag`."""
        return self.variance(x1) if diag else self.covariance(self.compare(x1, x2))

    def register_log(self, name: str, shape: tuple[int, ...], *, median: float, spread: float) -> None:
        """Add a positive parameter by its logarithm, normal around log(median) a priori; it starts at the median."""
        centre = torch.full(shape, median, dtype=DTYPE).log()
        self.register_parameter(f"log_{name}", torch.nn.Parameter(centre.clone()))
        self.register_prior(f"{name}_prior", NormalPrior(centre, torch.full(shape, spread, dtype=DTYPE)), f"log_{name}")


def log_matern52(r: Tensor) -> Tensor:
    """Log of the Matern covariance of smoothness 5/2 at scaled distance `r >= 0` (Rasmussen & Williams, eq. 4.17)."""
    r = 5**0.5 * r
    return torch.log1p(r + r.square() / 3) - r
