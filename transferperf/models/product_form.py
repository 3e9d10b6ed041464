"""What a Gaussian process with a product kernel says of a whole space: sums of products of one factor for each option.

Symbols: d options, L_o levels and C_o values (those that rows have) of option o, n distinct rows, m configurations.

    G_i(x) = prod_o g_o(x_o, x_io)
    mean(x) = mean_constant + sum_i mean_weights_i G_i(x)
    variance(x) = variance_constant - sum_i cross_weights_i G_i(x) - sum_ij pair_weights_ij G_i(x) G_j(x)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from transferperf.kernels import DTYPE, OptionKernel
from transferperf.models.posterior import MEAN_VARIANCE, Posterior

LEAST_VARIANCE = 1e-12
"""Rounding leaves no variance below this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductForm:
    """Posterior mean and variance of every configuration of a product space.

    Parameters
    ----------
    likeness
        For each option its factor between each level and each value that rows have, shape (L_o, C_o).
    values
        Which of its values each row has in each option, shape (n, d); no two rows are equal.
    mean_weights, mean_constant
        Shape (n,), and a number.
    cross_weights, pair_weights, variance_constant
        Shapes (n,) and (n, n), symmetric, and a number.
    prior_variance
        What no variance exceeds.
    """

    likeness: tuple[np.ndarray, ...]
    values: np.ndarray
    mean_weights: np.ndarray
    mean_constant: float
    cross_weights: np.ndarray
    pair_weights: np.ndarray
    variance_constant: float
    prior_variance: float

    @property
    def n_levels(self) -> tuple[int, ...]:
        """Levels of each option, shape (d,)."""
        return tuple(len(table) for table in self.likeness)

    def products(self, levels: np.ndarray) -> np.ndarray:
        """G of configurations given by the places of their levels (m, d), for every row: shape (m, n)."""
        G = np.ones((len(levels), len(self.values)))
        for table, level, value in zip(self.likeness, levels.T, self.values.T, strict=True):
            G *= table[level][:, value]
        return G

    def moments(self, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of configurations given by the places of their levels (m, d): each (m,).

        What is said of a configuration does not depend on the others that are asked for.
        """
        G = self.products(levels)
        mean = self.mean_constant + np.einsum("mi,i->m", G, self.mean_weights)
        explained = np.array([g @ self.cross_weights + g @ self.pair_weights @ g for g in G])
        return mean, np.maximum(self.variance_constant - explained, LEAST_VARIANCE)

    def negated(self) -> "ProductForm":
        """The same of the response with its sign turned."""
        return replace(self, mean_weights=-self.mean_weights, mean_constant=-self.mean_constant)


def product_form(posterior: Posterior, levels: Sequence[np.ndarray]) -> ProductForm | None:
    """A posterior over all combinations of levels, encoded, (L_o,) for each option; None where it is no product."""
    kernel = posterior.kernel
    if not isinstance(kernel, OptionKernel) or kernel.parts != ("product",):
        return None
    X, n = posterior.rows.X.numpy(), len(posterior.rows)
    rows, which = np.unique(X, axis=0, return_inverse=True)
    inverse = torch.cholesky_inverse(posterior.L).numpy()  # (n, n)
    scale = float(kernel.log_product.detach().exp())
    member = np.zeros((len(rows), n))
    member[which.ravel(), np.arange(n)] = 1
    of_all = inverse.sum(1)  # K^-1 1
    likeness, values = zip(
        *(_likeness(kernel, o, np.asarray(level), rows[:, o]) for o, level in enumerate(levels)), strict=True
    )
    return ProductForm(
        likeness=likeness,
        values=np.column_stack(values),
        mean_weights=scale * member @ posterior.alpha.numpy(),
        mean_constant=MEAN_VARIANCE * float(posterior.alpha.sum()),
        cross_weights=2 * scale * MEAN_VARIANCE * member @ of_all,
        pair_weights=scale**2 * member @ inverse @ member.T,
        variance_constant=scale + MEAN_VARIANCE - MEAN_VARIANCE**2 * float(of_all.sum()),
        prior_variance=scale + MEAN_VARIANCE,
    )


def _likeness(kernel: OptionKernel, o: int, levels: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factor of one option between its levels (L,) and the values of rows (n,), and which value each row has."""
    values, which = np.unique(column, return_inverse=True)
    alone = OptionKernel(kernel.n_levels[o : o + 1], parts=("product",))
    with torch.no_grad():
        alone.log_theta.copy_(kernel.log_theta[o : o + 1])
        alone.log_product.zero_()
        table = alone.covariance(*(torch.as_tensor(v, dtype=DTYPE)[:, None] for v in (levels, values)))
    return table.numpy(), which
