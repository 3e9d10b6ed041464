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

from transferperf.kernels.pairwise import DTYPE, PairwiseKernel, matern52


class OptionPairs(NamedTuple):
    """What n and m configurations have in common, option by option.

    Attributes
    ----------
    left, right
        Levels of the exchangeable options, one-hot: (n, levels) and (m, levels).
    distance
        Distance along each ordered option, shape (n, m, d_ordered).
    main_effect
        Covariance of the ordered options' main effects, shape (n, m, d_ordered).
    """

    left: Tensor
    right: Tensor
    distance: Tensor
    main_effect: Tensor


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
        self._ordered = [j for j, levels in enumerate(n_levels) if not levels]
        self._exchangeable = [j for j, levels in enumerate(n_levels) if levels]
        self._option_of_level = [k for k, j in enumerate(self._exchangeable) for _ in range(n_levels[j])]
        self.register_log("theta", (len(n_levels),), median=3.0 / max(1, len(n_levels)), spread=1.5)
        self.register_log("main", (), median=0.5, spread=1.0)
        self.register_log("product", (), median=0.5, spread=1.0)

    def compare(self, x1: Tensor, x2: Tensor) -> OptionPairs:
        """What configurations x1 (n, d) and x2 (m, d) have in common, whatever the parameters."""
        distance = (x1[:, None, self._ordered] - x2[None, :, self._ordered]).abs()
        return OptionPairs(self._indicators(x1), self._indicators(x2), distance, matern52(distance))

    def covariance(self, pairs: OptionPairs) -> Tensor:
        """Covariances of compared configurations, shape (n, m)."""
        theta = self.log_theta.exp()
        exchangeable, ordered = theta[self._exchangeable], theta[self._ordered]
        agreement = (pairs.left * exchangeable[self._option_of_level]) @ pairs.right.mT  # sum_j theta_j [x_j = x'_j]
        main = (agreement + pairs.main_effect @ ordered) / theta.sum()
        rest = matern52(ordered.sqrt() * pairs.distance).log().sum(-1)
        product = (agreement - exchangeable.sum() + rest).exp()
        return self.log_main.exp() * main + self.log_product.exp() * product

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each configuration of x (n, d) with itself, shape (n,): every factor is 1."""
        return (self.log_main.exp() + self.log_product.exp()).expand(len(x))

    def _indicators(self, x: Tensor) -> Tensor:
        """Which level each exchangeable option of x (n, d) has, one-hot: (n, sum of n_levels)."""
        blocks = [x[:, j, None] == torch.arange(self.n_levels[j], dtype=DTYPE) for j in self._exchangeable]
        return torch.cat(blocks, dim=-1).to(DTYPE) if blocks else x.new_zeros((len(x), 0))
