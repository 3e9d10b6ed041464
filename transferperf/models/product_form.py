"""What a Gaussian process with a product kernel says of a whole space: sums of products of one factor for each option.

Symbols: d options, L_o levels and C_o values (those that rows have) of option o, n distinct rows, m configurations.

    G_i(x) = prod_o g_o(x_o, x_io)
    mean(x) = mean_constant + sum_i mean_weights_i G_i(x)
    variance(x) = variance_constant - sum_i cross_weights_i G_i(x) - sum_ij pair_weights_ij G_i(x) G_j(x)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from transferperf.errors import SpaceError
from transferperf.kernels import DTYPE, OptionKernel, PairwiseKernel
from transferperf.kernels.environments import MultiTaskKernel
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


def product_form(
    posterior: Posterior, levels: Sequence[np.ndarray], *, environment: Sequence[float] = ()
) -> ProductForm | None:
    """A posterior over all combinations of levels, encoded, (L_o,) for each option; None where it is no product.

    Parameters
    ----------
    environment
        Which environment is asked about: what the rows of a `MultiTaskKernel` hold behind their options. Equal options
        of several environments are one row of the form. A kernel of several terms, all of them products, has rows for
        each: the form is right, but a sweep finds less to add up, and takes long.

    Raises
    ------
    SpaceError
        Where the environment has more or fewer numbers than the rows have behind their options.
    """
    d, X = len(levels), posterior.rows.X
    if X.shape[1] != d + len(environment):
        raise SpaceError(
            f"the environment has {len(environment)} numbers; rows of {X.shape[1]} columns and {d} options want "
            f"{X.shape[1] - d}. Give what the rows hold behind their options."
        )
    parts = _parts(posterior.kernel, X[:, d:], torch.tensor([list(environment)], dtype=DTYPE))
    if parts is None:
        return None
    terms, shift, prior = parts
    M, values, likeness = _features(terms, X[:, :d].numpy(), levels)  # k(x) = M G(x) + shift
    inverse, alpha = torch.cholesky_inverse(posterior.L).numpy(), posterior.alpha.numpy()
    of_shift, pair_weights = inverse @ shift, M.T @ inverse @ M
    return ProductForm(
        likeness=likeness,
        values=values,
        mean_weights=M.T @ alpha,
        mean_constant=float(shift @ alpha),
        cross_weights=2 * M.T @ of_shift,
        pair_weights=(pair_weights + pair_weights.T) / 2,
        variance_constant=prior - float(shift @ of_shift),
        prior_variance=prior,
    )


class _Term(NamedTuple):
    """A product of all options, and what each row (n,) has of it in one environment."""

    options: OptionKernel
    alike: np.ndarray


def _parts(kernel: PairwiseKernel, rows: Tensor, there: Tensor) -> tuple[list[_Term], np.ndarray, float] | None:
    """The terms of a kernel, what is the same for all configurations, and the prior variance; None where it has others.

    Parameters
    ----------
    rows, there
        Environments of the rows (n, k), and the one that is asked about (1, k).
    """
    shift, prior, terms = np.full(len(rows), MEAN_VARIANCE), MEAN_VARIANCE, []
    if isinstance(kernel, OptionKernel):
        found = [(kernel, np.ones(len(rows)), 1.0)]
    elif isinstance(kernel, MultiTaskKernel):
        pairs = zip(kernel.options, kernel.environments, strict=True)
        found = [(options, *_between(environments, rows, there)) for options, environments in pairs]
        level, (alike, own) = float(kernel.log_level.detach().exp()), _between(kernel.level, rows, there)
        shift, prior = shift + level * alike, prior + level * own
    else:
        return None
    for options, alike, own in found:
        if options.parts != ("product",):
            return None
        scale = float(options.log_product.detach().exp())
        terms.append(_Term(options, scale * alike))
        prior += scale * own
    return terms, shift, prior


def _between(kernel: PairwiseKernel, rows: Tensor, there: Tensor) -> tuple[np.ndarray, float]:
    """Covariance of the environments of rows (n, k) with another (1, k), shape (n,), and of that one with itself."""
    return kernel.covariance(rows, there)[:, 0].numpy(), float(kernel.variance(there).detach())


def _features(
    terms: Sequence[_Term], X: np.ndarray, levels: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
    """Shares of rows X (n, d) in the distinct rows of all terms (n, p), their values (p, d), and the likeness."""
    shares, values, tables, widths = [], [], [], np.zeros(X.shape[1], dtype=np.intp)
    for term in terms:
        used = np.flatnonzero(term.alike) if term.alike.any() else np.arange(1)
        rows, which = np.unique(X[used], axis=0, return_inverse=True)
        share = np.zeros((len(X), len(rows)))
        share[used, which.ravel()] = term.alike[used]
        likeness, places = zip(
            *(_likeness(term.options, o, np.asarray(level), rows[:, o]) for o, level in enumerate(levels)), strict=True
        )
        shares.append(share)
        values.append(np.column_stack(places) + widths)  # each term has columns of its own
        tables.append(likeness)
        widths = widths + np.array([table.shape[1] for table in likeness])
    return np.hstack(shares), np.vstack(values), tuple(np.hstack(table) for table in zip(*tables, strict=True))


def _likeness(kernel: OptionKernel, o: int, levels: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factor of one option between its levels (L,) and the values of rows (n,), and which value each row has."""
    values, which = np.unique(column, return_inverse=True)
    alone = OptionKernel(kernel.n_levels[o : o + 1], parts=("product",))
    with torch.no_grad():
        alone.log_theta.copy_(kernel.log_theta[o : o + 1])
        alone.log_product.zero_()
        table = alone.covariance(*(torch.as_tensor(v, dtype=DTYPE)[:, None] for v in (levels, values)))
    return table.numpy(), which
