"""What a model of the target is fitted to: encoded rows, latent values and what is known of their noise."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

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
    is_capped
        Whether the true value is larger than z: a timeout's cap; shape (n,).
    """

    X: Tensor
    z: Tensor
    known: Tensor
    is_capped: Tensor

    @classmethod
    def of(cls, X: Tensor, z: Tensor, known: Tensor | None = None, is_capped: Tensor | None = None) -> "Rows":
        """Rows without known noise and without caps, unless they are given."""
        return cls(
            X,
            z,
            torch.zeros_like(z) if known is None else known,
            torch.zeros(len(z), dtype=torch.bool) if is_capped is None else is_capped,
        )

    def __len__(self) -> int:
        return len(self.z)

    def select(self, chosen: np.ndarray | slice) -> "Rows":
        """Some of the rows, by index, mask or slice."""
        return Rows(self.X[chosen], self.z[chosen], self.known[chosen], self.is_capped[chosen])

    def join(self, other: "Rows") -> "Rows":
        """These rows, then others."""
        return Rows(
            torch.cat([self.X, other.X]),
            torch.cat([self.z, other.z]),
            torch.cat([self.known, other.known]),
            torch.cat([self.is_capped, other.is_capped]),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """The rows as arrays by name, for a model file."""
        return {field.name: getattr(self, field.name).numpy() for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Rows":
        """The rows that `arrays` took apart, among others by name."""
        return cls(**{field.name: torch.as_tensor(arrays[field.name]) for field in fields(cls)})
