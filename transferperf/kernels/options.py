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

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from transferperf.kernels.arrays import Array, as_numpy, constant, namespace, zeros
from transferperf.kernels.pairwise import PairwiseKernel, PullBack, Values, inner, log_matern52, log_matern52_slope

MOST_VALUES = 32
"""Distinct values of an ordered option up to which its factor is computed once for each pair of values."""

PARTS = ("main", "twofold", "product")
"""How options may act: each alone, two together, all together."""


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
    member
        The same, one-hot: shape (T, d).
    distance
        How far its two values are apart: 0 or 1 where they are exchangeable; shape (T,).
    likeness
        Its main effect h, shape (T,).
    is_ordered
        Whether its option is ordered, shape (T,).
    fine
        Distances along the ordered options with too many values for a table, shape (n, m, d_fine).
    fine_likeness
        Their main effects h, shape (n, m, d_fine).
    fine_option
        Which options these are, d_fine numbers.
    """

    left: Array
    right: Array
    place: tuple[Array, Array]
    option: Array
    member: Array
    distance: Array
    likeness: Array
    is_ordered: Array
    fine: Array
    fine_likeness: Array
    fine_option: list[int]

    def spread(self, entries: Array) -> Array:
        """Sum over options of each pair of rows' table entries (..., T): shape (..., n, m)."""
        table = zeros((*entries.shape[:-1], self.left.shape[1], self.right.shape[1]), entries)
        table[..., self.place[0], self.place[1]] = entries
        return self.left @ table @ self.right.T

    def gather(self, slopes: Array) -> Array:
        """Sum over pairs of rows (..., n, m) of what falls on each table entry: (..., T); the adjoint of `spread`."""
        return (self.left.T @ slopes @ self.right)[..., self.place[0], self.place[1]]


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
        rows1, rows2, is_ordered = as_numpy(x1), as_numpy(x2), np.array(self.n_levels) == 0
        values = [(np.unique(rows1[:, j]), np.unique(rows2[:, j])) for j in range(len(self.n_levels))]
        is_fine = is_ordered & [max(map(len, pair)) > MOST_VALUES for pair in values]
        fine, coarse = np.flatnonzero(is_fine).tolist(), np.flatnonzero(~is_fine).tolist()
        apart = [np.abs(values[j][0][:, None] - values[j][1][None, :]) for j in coarse]
        apart = [a if is_ordered[j] else (a > 0).astype(float) for j, a in zip(coarse, apart, strict=True)]
        option = np.repeat(np.array(coarse, dtype=int), [a.size for a in apart])
        distance = np.concatenate([np.empty(0), *(a.ravel() for a in apart)])
        between = np.abs(rows1[:, None, fine] - rows2[None, :, fine])
        likeness = np.where(is_ordered[option], np.exp(log_matern52(distance)), 1 - distance)
        pairs = OptionPairs(
            left=_one_hot(rows1, coarse),
            right=_one_hot(rows2, coarse),
            place=_places([a.shape for a in apart]),
            option=option,
            member=np.eye(len(self.n_levels))[option],
            distance=distance,
            likeness=likeness,
            is_ordered=is_ordered[option],
            fine=between,
            fine_likeness=np.exp(log_matern52(between)),
            fine_option=fine,
        )
        return _on_the_side_of(x1, pairs)

    def linearise(self, pairs: OptionPairs, values: Values) -> tuple[Array, PullBack]:
        """Covariances (..., n, m) of compared configurations under `values`, and the way back of their slopes."""
        xp = namespace(values["log_theta"])
        theta = xp.exp(values["log_theta"])  # (..., d)
        u = theta / theta.sum(-1)[..., None]
        scale = {part: xp.exp(values[f"log_{part}"])[..., None, None] for part in self.parts}
        has_main = "main" in scale or "twofold" in scale
        s: Array = _main_effects(pairs, u) if has_main else None
        shapes = {
            part: s if part == "main" else s * s if part == "twofold" else xp.exp(_log_product(pairs, theta))
            for part in self.parts
        }
        K = sum(scale[part] * f for part, f in shapes.items())

        def pull_back(W: Array) -> dict[str, Array]:
            slopes = {f"log_{part}": scale[part][..., 0, 0] * inner(W, f) for part, f in shapes.items()}
            slopes["log_theta"] = 0.0 * theta
            if has_main:
                by_s = scale.get("main", 0.0) + 2 * scale.get("twofold", 0.0) * s
                by_u = _pull_main_effects(pairs, W * by_s)
                slopes["log_theta"] += u * (by_u - (u * by_u).sum(-1)[..., None])  # u is a softmax of log theta
            if "product" in shapes:
                slopes["log_theta"] += _pull_log_product(pairs, W * (scale["product"] * shapes["product"]), theta)
            return slopes

        return K, pull_back

    def variance(self, x: Tensor) -> Tensor:
        """Covariance of each configuration of x (n, d) with itself, shape (n,): every factor is 1."""
        values = self.values()
        return sum((values[f"log_{part}"].exp() for part in self.parts), x.new_zeros(())).expand(len(x))


def _one_hot(rows: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Which value of each of some columns a row has: shape (n, number of values)."""
    parts = [np.unique(rows[:, j], return_inverse=True) for j in columns]
    return np.hstack([np.empty((len(rows), 0)), *(np.eye(len(u))[i] for u, i in parts)])


def _places(shapes: Sequence[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of every entry of the blocks of a block-diagonal matrix."""
    place, start = np.empty((2, 0), dtype=int), np.zeros((2, 1), dtype=int)
    for shape in shapes:
        place = np.hstack([place, np.indices(shape).reshape(2, -1) + start])
        start = start + np.array(shape)[:, None]
    return place[0], place[1]


def _on_the_side_of(like: Array, pairs: OptionPairs) -> OptionPairs:
    """Compared rows as arrays of the kind, and on the device, of `like`."""
    moved = {name: constant(field, like) for name, field in pairs._asdict().items() if isinstance(field, np.ndarray)}
    return pairs._replace(**moved, place=(constant(pairs.place[0], like), constant(pairs.place[1], like)))


def _main_effects(pairs: OptionPairs, u: Array) -> Array:
    """The shares u (..., d) of the main effects, summed: s, shape (..., n, m)."""
    s = pairs.spread(u[..., pairs.option] * pairs.likeness)
    if pairs.fine_option:
        s = s + namespace(u).einsum("nmf,...f->...nm", pairs.fine_likeness, u[..., pairs.fine_option])
    return s


def _pull_main_effects(pairs: OptionPairs, W: Array) -> Array:
    """Slope by u (..., d) from slopes W (..., n, m) by s."""
    slope = (pairs.gather(W) * pairs.likeness) @ pairs.member
    if pairs.fine_option:
        slope[..., pairs.fine_option] += namespace(W).einsum("nmf,...nm->...f", pairs.fine_likeness, W)
    return slope


def _log_product(pairs: OptionPairs, theta: Array) -> Array:
    """Log of the product of all factors under theta (..., d): shape (..., n, m)."""
    xp = namespace(theta)
    t, apart = theta[..., pairs.option], pairs.distance
    log_product = pairs.spread(xp.where(pairs.is_ordered, log_matern52(xp.sqrt(t) * apart), -t * apart))
    if pairs.fine_option:
        root = xp.sqrt(theta[..., pairs.fine_option])[..., None, None, :]
        log_product = log_product + log_matern52(root * pairs.fine).sum(-1)
    return log_product


def _pull_log_product(pairs: OptionPairs, W: Array, theta: Array) -> Array:
    """Slope by log theta (..., d) from slopes W (..., n, m) by the log product."""
    xp = namespace(theta)
    t, apart = theta[..., pairs.option], pairs.distance
    by_log_t = xp.where(pairs.is_ordered, log_matern52_slope(xp.sqrt(t) * apart) / 2, -t * apart)
    slope = (pairs.gather(W) * by_log_t) @ pairs.member
    if pairs.fine_option:
        root = xp.sqrt(theta[..., pairs.fine_option])[..., None, None, :]
        bent = log_matern52_slope(root * pairs.fine) / 2
        slope[..., pairs.fine_option] += xp.einsum("...nmf,...nm->...f", bent, W)
    return slope
