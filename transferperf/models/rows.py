"""What a Gaussian process is fitted to: encoded rows, latent values and what is known of their noise."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Rows:
    """Latent values at encoded rows.

    Parameters
    ----------
    X
        Rows, shape (n, d).
    z
        Latent values, shape (n,).
    known
        Noise variance that is known beforehand, of repeats or of censored values; shape (n,), zero where there is none.
    """

    X: Tensor
    z: Tensor
    known: Tensor

    @classmethod
    def of(cls, X: Tensor, z: Tensor, known: Tensor | None = None) -> "Rows":
        """Rows without known noise, unless it is given."""
        return cls(X, z, torch.zeros_like(z) if known is None else known)

    def __len__(self) -> int:
        return len(self.z)

    def select(self, chosen: np.ndarray) -> "Rows":
        """Some of the rows, by index or mask."""
        return Rows(self.X[chosen], self.z[chosen], self.known[chosen])

    def join(self, other: "Rows") -> "Rows":
        """These rows, then others."""
        both = zip((self.X, self.z, self.known), (other.X, other.z, other.known), strict=True)
        return Rows(*(torch.cat(pair) for pair in both))
