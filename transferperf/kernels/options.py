"""One kernel factor per option, joined as main effects and as a full product.

Symbols: n configurations, d options, theta (d,) the relevance of each option.

    g_j(x, x') = exp(-theta_j [x_j != x'_j])                   an exchangeable option (Hamming factor, BO4CO sec. III-B)
    g_j(x, x') = matern52(sqrt(theta_j) |x_j - x'_j|)          an ordered option on [0, 1]
    h_j(x, x') = [x_j = x'_j]   or   matern52(|x_j - x'_j|)    its main effect, of unit variance
    k(x, x')   = main sum_j theta_j h_j / sum_j theta_j  +  product prod_j g_j

An option that matters in the product matters as a main effect too: both read the same theta.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from transferperf.kernels.pairwise import DTYPE, PairwiseKernel, log_matern52

MOST_VALUES = 64
"""Distinct values of an ordered option up to which its factor is computed once for each pair of values."""


class OptionPairs(NamedTuple):
    """What n and m configurations have in common.

    Rows share few values of an option, so that its factor is a small table over pairs of values (T entries in all),
    which two matrix products spread over all pairs of rows.

    Attributes
    ----------
    left, right
        Which value of each option a row has, one-hot over the A and B values of all options: (n, A) and (m, B).
    place
        Row and column of each entry in the table of all values, shapes (T,) and (T,).
    option
        Which option each entry belongs to, shape (T,).
    distance
        How far its two values are apart: 0 or 1 where they are exchangeable; shape (T,).
    fine
        Distances along the ordered options with too many values for a table, shape (n, m, d_fine).
    fine_option
        Which options these are, shape (d_fine,).
    """

    left: Tensor
    right: Tensor
    place: tuple[Tensor, Tensor]
    option: Tensor
    distance: Tensor
    fine: Tensor
    fine_option: list[int]


class OptionKernel(PairwiseKernel):
    """Covariance of two configurations in the encoding of `transferperf.space.Encoding`.

    Parameters
    ----------
    n_levels
        For each option, how many levels it has where they are exchangeable, 0 where it is ordered; shape (d,).

    Notes
    -----
    The prior of theta has its median at 3/d, so that two random configurations are about as strongly correlated
    whatever the number of options.
    """

    def __init__(self, n_levels: Sequence[int]) -> None:
        super().__init__()
        self.n_levels = tuple(n_levels)
        self._is_ordered = torch.tensor([not levels for levels in n_levels], dtype=torch.bool)
        self.register_log("theta", (len(n_levels),), median=3.0 / max(1, len(n_levels)), spread=1.5)
        self.register_log("main", (), median=0.5, spread=1.0)
        self.register_log("product", (), median=0.5, spread=1.0)

    def compare(self, x1: Tensor, x2: Tensor) -> OptionPairs:
        """What configurations x1 (n, d) and x2 (m, d) have in common, whatever the parameters."""
        left, right, places, options, distances, fine = [], [], [], [], [], []
        n_left = n_right = 0
        for j, levels in enumerate(self.n_levels):
            u1, i1 = x1[:, j].unique(return_inverse=True)
            u2, i2 = x2[:, j].unique(return_inverse=True)
            if not levels and max(len(u1), len(u2)) > MOST_VALUES:
                fine.append(j)
                continue
            apart = u1[:, None] - u2[None, :]
            distances.append((apart != 0).to(DTYPE).ravel() if levels else apart.abs().ravel())
            options.append(torch.full((apart.numel(),), j))
            places.append(torch.cartesian_prod(torch.arange(len(u1)) + n_left, torch.arange(len(u2)) + n_right))
            left.append(torch.nn.functional.one_hot(i1, len(u1)).to(DTYPE))
            right.append(torch.nn.functional.one_hot(i2, len(u2)).to(DTYPE))
            n_left, n_right = n_left + len(u1), n_right + len(u2)
        place = torch.cat([torch.empty((0, 2), dtype=torch.long), *places])
        return OptionPairs(
            left=torch.cat([x1.new_empty((len(x1), 0)), *left], dim=-1),
            right=torch.cat([x2.new_empty((len(x2), 0)), *right], dim=-1),
            place=(place[:, 0], place[:, 1]),
            option=torch.cat([torch.empty(0, dtype=torch.long), *options]),
            distance=torch.cat([x1.new_empty(0), *distances]),
            fine=(x1[:, None, fine] - x2[None, :, fine]).abs(),
            fine_option=fine,
        )

    def covariance(self, pairs: OptionPairs) -> Tensor:
        """Covariances of compared configurations, shape (n, m)."""
        theta = self.log_theta.exp()
        t, apart, is_ordered = theta[pairs.option], pairs.distance, self._is_ordered[pairs.option]
        log_g = torch.where(is_ordered, log_matern52(t.sqrt() * apart), -t * apart)  # (T,)
        h = torch.where(is_ordered, log_matern52(apart).exp(), 1 - apart)  # (T,)
        fine = theta[pairs.fine_option]
        log_product = _spread(pairs, log_g) + log_matern52(fine.sqrt() * pairs.fine).sum(-1)
        main = (_spread(pairs, t * h) + log_matern52(pairs.fine).exp() @ fine) / theta.sum()
        return self.log_main.exp() * main + self.log_product.exp() * log_product.exp()

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each configuration of x (n, d) with itself, shape (n,): every factor is 1."""
        return (self.log_main.exp() + self.log_product.exp()).expand(len(x))


def _spread(pairs: OptionPairs, entries: Tensor) -> Tensor:
    """Sum over options of each pair of rows' table entries (T,): shape (n, m)."""
    table = entries.new_zeros((pairs.left.shape[1], pairs.right.shape[1])).index_put(pairs.place, entries)
    return pairs.left @ table @ pairs.right.mT
