"""The kernel of a target over its options and over what the sources predict.

A nonlinear autoregressive scheme (Perdikaris et al. 2017, eq. 2.11) with its linear part (Kennedy & O'Hagan 2000)
spelt out. With s (n, m) the predictions of m sources, in their own standardised units:

    k((x, s), (x', s')) = linear sum_j w_j s_j s'_j + nonlinear matern52(sqrt(q)) + k_option
    q = sum_j w_j (s_j - s'_j)^2
"""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from transferperf.kernels.arrays import Array, exp, namespace
from transferperf.kernels.comparison import OptionPairs
from transferperf.kernels.options import OptionKernel
from transferperf.kernels.pairwise import PairwiseKernel, PullBack, Values, inner


class SourcePairs(NamedTuple):
    """What n and k rows have in common: their options, and the source predictions (n, m) and (k, m)."""

    options: OptionPairs
    left: Array
    right: Array


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

    def compare(self, x1: Array, x2: Array) -> SourcePairs:
        """What rows x1 (n, d + m) and x2 (k, d + m) have in common, whatever the parameters."""
        left = x1[:, : self.d]
        right = left if x2 is x1 else x2[:, : self.d]
        return SourcePairs(self.options.compare(left, right), x1[:, self.d :], x2[:, self.d :])

    def linearise(self, pairs: SourcePairs, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, k) of compared rows under `values`, and the way back of their slopes."""
        xp = namespace(values["log_weight"])
        w = xp.exp(values["log_weight"])  # (..., m)
        linear, nonlinear = (xp.exp(values[f"log_{part}"])[..., None, None] for part in ("linear", "nonlinear"))
        left, right = pairs.left, pairs.right
        product = (left * w[..., None, :]) @ right.T
        ends = [(side * side) @ w[..., None] for side in (left, right)]  # (..., n, 1) and (..., k, 1)
        q = -2 * product  # squared distance; the tiny number keeps the root's slope finite
        q += ends[0]
        q += ends[1].swapaxes(-1, -2) + 1e-12
        q = xp.clip(q, 1e-12, None)
        r = xp.sqrt(5 * q)
        decay = exp(-r)
        bend = (1 + r + (5 / 3) * q) * decay
        own = {name.removeprefix("options."): v for name, v in values.items() if name.startswith("options.")}
        K, pull_options = self.options.linearise(pairs.options, own)
        K += linear * product
        K += nonlinear * bend

        def pull_back(W: Array) -> dict[str, Array]:
            by_q = (1 + r) * decay
            by_q *= W
            by_q *= (-5 / 6) * nonlinear
            by_product = linear * W - 2 * by_q
            by_weight = xp.einsum("...nj,...nj->...j", by_product @ right, left)
            by_weight = by_weight + by_q.sum(-1) @ (left * left) + by_q.sum(-2) @ (right * right)
            return {
                "log_weight": w * by_weight,
                "log_linear": linear[..., 0, 0] * inner(W, product),
                "log_nonlinear": nonlinear[..., 0, 0] * inner(W, bend),
                **{f"options.{name}": slope for name, slope in pull_options(W).items()},
            }

        return K, pull_back

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, d + m) with itself, shape (n,)."""
        shift = x[:, self.d :].square() @ self.log_weight.exp()
        return self.log_linear.exp() * shift + self.log_nonlinear.exp() + self.options.variance(x)
