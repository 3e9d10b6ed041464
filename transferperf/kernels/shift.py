"""The kernel of a linear shift: the target is a weighted sum of what the sources predict (Valov et al. 2017).

With s (n, m) the predictions of m sources:    k(s, s') = sum_j w_j s_j s'_j
"""

from typing import NamedTuple

from torch import Tensor

from transferperf.kernels.arrays import Array, namespace
from transferperf.kernels.pairwise import PairwiseKernel, PullBack, Values


class ShiftPairs(NamedTuple):
    """Source predictions of n and of k rows: (n, m) and (k, m)."""

    left: Array
    right: Array


class LinearShiftKernel(PairwiseKernel):
    """Covariance of rows [x | s]: d encoded options, which are not looked at, then m source predictions.

    Parameters
    ----------
    n_options, n_sources
        Numbers d and m.
    """

    def __init__(self, n_options: int, n_sources: int) -> None:
        super().__init__()
        self.d = n_options
        self.register_log("weight", (n_sources,), median=1.0 / n_sources, spread=1.5)

    def compare(self, x1: Array, x2: Array) -> ShiftPairs:
        """The source predictions of rows x1 (n, d + m) and x2 (k, d + m)."""
        return ShiftPairs(x1[:, self.d :], x2[:, self.d :])

    def linearise(self, pairs: ShiftPairs, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, k) of compared rows under `values`, and the way back of their slopes."""
        xp = namespace(values["log_weight"])
        w = xp.exp(values["log_weight"])  # (..., m)

        def pull_back(W: Array) -> dict[str, Array]:
            return {"log_weight": w * xp.einsum("...nj,nj->...j", W @ pairs.right, pairs.left)}

        return (pairs.left * w[..., None, :]) @ pairs.right.T, pull_back

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each row of x (n, d + m) with itself, shape (n,)."""
        return x[:, self.d :].square() @ self.log_weight.exp()
