"""The kernel of a target over its options and over what the sources predict.

A nonlinear autoregressive scheme (Perdikaris et al. 2017, eq. 2.11) with its linear part (Kennedy & O'Hagan 2000)
spelt out. With s (n, m) the predictions of m sources, in their own standardised units:

    k((x, s), (x', s')) = linear sum_j w_j s_j s'_j + nonlinear matern52(sqrt(sum_j w_j (s_j - s'_j)^2)) + k_option
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from transferperf.kernels.options import OptionKernel, OptionPairs
from transferperf.kernels.pairwise import PairwiseKernel, log_matern52


class SourcePairs(NamedTuple):
    """What n and k rows have in common: their options, and the source predictions (n, m) and (k, m)."""

    options: OptionPairs
    left: Tensor
    right: Tensor


class SourceInformedKernel(PairwiseKernel):
    """Covariance of rows [x | s]: d encoded options, then m source predictions.

    Parameters
    ----------
    n_levels
        As for `OptionKernel`, shape (d,).
    n_sources
        Number m of sources.
    """

    def __init__(self, n_levels: Sequence[int], n_sources: int) -> None:
        super().__init__()
        self.d = len(n_levels)
        self.options = OptionKernel(n_levels)
        self.register_log("weight", (n_sources,), median=1.0 / n_sources, spread=1.0)
        self.register_log("linear", (), median=0.5, spread=1.0)
        self.register_log("nonlinear", (), median=0.1, spread=1.0)

    def compare(self, x1: Tensor, x2: Tensor) -> SourcePairs:
        """What rows x1 (n, d + m) and x2 (k, d + m) have in common, whatever the parameters."""
        d = self.d
        return SourcePairs(self.options.compare(x1[:, :d], x2[:, :d]), x1[:, d:], x2[:, d:])

    def covariance(self, pairs: SourcePairs) -> Tensor:
        """Covariances of compared rows, shape (n, k)."""
        root = self.log_weight.exp().sqrt()
        s1, s2 = pairs.left * root, pairs.right * root
        product = s1 @ s2.mT
        distance = (s1.square().sum(-1)[:, None] + s2.square().sum(-1)[None, :] - 2 * product).clamp_min(0)
        bend = log_matern52(torch.sqrt(distance + 1e-12)).exp()  # the root has no slope at 0
        shift = self.log_linear.exp() * product + self.log_nonlinear.exp() * bend
        return shift + self.options.covariance(pairs.options)

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, d + m) with itself, shape (n,)."""
        shift = x[:, self.d :].square() @ self.log_weight.exp()
        return self.log_linear.exp() * shift + self.log_nonlinear.exp() + self.options.variance(x)
