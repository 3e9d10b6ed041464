"""One kernel factor per option, joined as main effects, as interactions of two and as a full product.

Symbols: n configurations, d options, theta (d,) the relevance of each option, u = theta / sum theta.

    g_j(x, x') = exp(-theta_j [x_j != x'_j])                   an exchangeable option (Hamming factor, BO4CO sec. III-B)
    g_j(x, x') = matern52(sqrt(theta_j) |x_j - x'_j|)          an ordered option on [0, 1]
    h_j(x, x') = [x_j = x'_j]   or   matern52(|x_j - x'_j|)    its main effect, of unit variance
    s(x, x')   = sum_j u_j h_j
    k(x, x')   = main s  +  twofold s^2  +  product prod_j g_j

The square of the main effects holds all interactions of two options (a polynomial kernel, R & W sec. 4.2.2).
An option that matters in the product matters as a main effect too: all parts read the same theta.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add

import numpy as np

from transferperf.kernels.arrays import Array, as_numpy, exp, namespace
from transferperf.kernels.comparison import OptionPairs, compare
from transferperf.kernels.pairwise import PairwiseKernel, PullBack, Values, inner, total
from transferperf.kernels.recall import Recall

__all__ = ["PARTS", "OptionKernel", "OptionPairs"]

PARTS = ("main", "twofold", "product")
"""How options may act: each alone, two together, all together."""

COMPARED, MOST_COMPARED = Recall[OptionPairs](4), 1 << 21
"""The latest comparisons: several processes of a predictor ask for the same, one after the other. Pairs of rows times
options up to which one is kept."""

PullShapes = Callable[[Array | None, Array | None], Array]
"""From slopes (..., n, m) by s and by the log product, where they are needed, to those by log theta (..., d).

The slopes may be overwritten.
"""


class OptionKernel(PairwiseKernel):
    """Covariance of two configurations in the encoding of `transferperf.space.Encoding`.

    Parameters
    ----------
    n_levels
        For each option, how many levels it has where they are exchangeable, 0 where it is ordered; shape (d,).
    parts
        Which of PARTS it has.

    Notes
    -----
    The prior of theta has its median at 3/d, so that two random configurations are about as strongly correlated
    whatever the number of options.
    """

    def __init__(self, n_levels: Sequence[int], parts: Sequence[str] = PARTS) -> None:
        super().__init__()
        self.n_levels, self.parts = tuple(n_levels), tuple(parts)
        self.register_log("theta", (len(n_levels),), median=3.0 / max(1, len(n_levels)), spread=1.5)
        for part in parts:
            self.register_log(part, (), median=0.5, spread=1.0)

    def compare(self, x1: Array, x2: Array) -> OptionPairs:
        """What configurations x1 (n, d) and x2 (m, d) have in common, whatever the parameters."""
        rows1 = as_numpy(x1)
        rows2 = rows1 if x2 is x1 else as_numpy(x2)

        def found() -> OptionPairs:
            return compare(rows1, rows2, np.array(self.n_levels, dtype=int) == 0)

        is_kept = rows1.size * len(rows2) <= MOST_COMPARED
        pairs = COMPARED(self.n_levels, [rows1] if x2 is x1 else [rows1, rows2], found) if is_kept else found()
        return pairs.on_the_side_of(x1)

    def linearise(self, pairs: OptionPairs, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, m) of compared configurations under `values`, and the way back of their slopes."""
        theta = namespace(values["log_theta"]).exp(values["log_theta"])  # (..., d)
        scale = {part: namespace(theta).exp(values[f"log_{part}"])[..., None, None] for part in self.parts}
        main, twofold, product = (scale.get(part, 0.0) for part in PARTS)
        has_effects, has_product = "main" in scale or "twofold" in scale, "product" in scale
        s, log_product, pull_shapes = (_plain_shapes if pairs.is_plain else _shapes)(pairs, theta, has_effects)
        g: Array = exp(log_product) if has_product else None
        K = product * g if has_product else 0.0
        if has_effects:
            effects = twofold * s
            effects += main
            effects *= s
            K += effects

        def pull_back(W: Array) -> dict[str, Array]:
            slopes, by_s, by_log_product = {}, None, None
            if has_product:
                by_log_product = W * g
                by_log_product *= product
                slopes["log_product"] = total(by_log_product)
            if has_effects:
                Ws = W * s
                sums = {"main": total(Ws), "twofold": inner(Ws, s)}
                slopes |= {f"log_{p}": scale[p][..., 0, 0] * slope for p, slope in sums.items() if p in scale}
                by_s = main * W
                Ws *= 2 * twofold
                by_s += Ws
            slopes["log_theta"] = pull_shapes(by_s, by_log_product)
            return slopes

        return K, pull_back

    def variance(self, x: Array) -> Array:
        """Covariance of each configuration of x (n, d) with itself, shape (n,): every factor is 1."""
        values = self.values()
        return sum((values[f"log_{part}"].exp() for part in self.parts), x.new_zeros(())).expand(len(x))


def _plain_shapes(pairs: OptionPairs, theta: Array, has_effects: bool) -> tuple[Array, Array, PullShapes]:
    """The same where all options are exchangeable: s = 1 + log product / sum theta."""
    log_product = pairs.agreement.agree(theta)
    inverse = 1 / theta.sum(-1)
    s: Array = None
    if has_effects:
        s = log_product * inverse[..., None, None]
        s += 1

    def pull(by_s: Array | None, by_log_product: Array | None) -> Array:
        if by_s is None:
            return theta * pairs.agreement.pull_agree(by_log_product)
        by_log_sum = total(by_s) - inner(by_s, s)  # the sum of theta stands below the log product
        by_s *= inverse[..., None, None]
        if by_log_product is not None:
            by_s += by_log_product
        return theta * (pairs.agreement.pull_agree(by_s) + (inverse * by_log_sum)[..., None])

    return s, log_product, pull


def _shapes(pairs: OptionPairs, theta: Array, has_effects: bool) -> tuple[Array, Array, PullShapes]:
    """Main effects s and the log product, both (..., n, m), summed over the groups of options."""
    u = theta / theta.sum(-1)[..., None]
    s = reduce(add, (g.main_effects(u[..., g.option]) for g in pairs.groups)) if has_effects else None
    log_product = reduce(add, (g.log_product(theta[..., g.option]) for g in pairs.groups))

    def pull(by_s: Array | None, by_log_product: Array | None) -> Array:
        slope, by_u = 0 * theta, 0 * theta
        for g in pairs.groups:
            if by_log_product is not None:
                slope[..., g.option] = g.pull_log_product(by_log_product, theta[..., g.option])
            if by_s is not None:
                by_u[..., g.option] = g.pull_main_effects(by_s)
        return slope + u * (by_u - (u * by_u).sum(-1)[..., None])  # u is a softmax of log theta

    return s, log_product, pull
