"""A fast learner that many environments share: a Gaussian process on the options, alone or on top of a source.

With a source its mean is a line of what the source measured, and the process on the options is what is left over
(universal kriging; Rasmussen and Williams 2006, section 2.7). Length and noise come from a grid by restricted
likelihood, so that one decomposition of a kernel serves all responses and all sources.

`a` sources, `b` targets, `n` training rows, `m` test rows, `q` terms of the mean.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

LENGTHS = (0.3, 1.0, 3.0)
"""Lengths of the kernel, in mean distances."""
NOISES = (1e-3, 1e-2, 1e-1, 1.0, 1e2)
"""Variances of the noise, in those of the process; with the last one nothing but the mean is left."""
TINY = 1e-12
"""A part below this is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The process with one length and one noise, and terms of the mean taken out.

    Parameters
    ----------
    length
        Of the kernel.
    inverse
        C^-1, shape (n, n).
    projected
        M = C^-1 - C^-1 H (H' C^-1 H)^-1 H' C^-1 for the terms H of the mean, shape (n, n).
    logdet
        log |C| + log |H' C^-1 H|.
    free
        n - q.
    """

    length: float
    inverse: np.ndarray
    projected: np.ndarray
    logdet: float
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines from sources to targets.

    Parameters
    ----------
    likelihood
        Logarithm of the restricted likelihood, shape (a, b).
    slope
        Of each line, shape (a, b).
    """

    likelihood: np.ndarray
    slope: np.ndarray


def settings(D: np.ndarray, H: np.ndarray) -> Iterator[Setting]:
    """Each setting of the grid, for distances D (n, n) in mean distances and terms H (n, q) of the mean."""
    for length in LENGTHS:
        values, V = np.linalg.eigh(np.exp(-D / length))
        VH = V.T @ H
        for noise in NOISES:
            weights = 1 / (np.maximum(values, 0.0) + noise)
            inverse = (V * weights) @ V.T
            inner = (VH.T * weights) @ VH  # (q, q)
            CH = inverse @ H
            yield Setting(
                length=length,
                inverse=inverse,
                projected=inverse - CH @ np.linalg.solve(inner, CH.T),
                logdet=float(-np.log(weights).sum() + np.linalg.slogdet(inner)[1]),
                free=len(D) - H.shape[1],
            )


def alone(setting: Setting, T: np.ndarray) -> np.ndarray:
    """Logarithm of the restricted likelihood of targets T (b, n) without a source, shape (b,)."""
    quadratic = _floored(np.einsum("bi,bi->b", T @ setting.projected, T), T)
    return -0.5 * (setting.free * np.log(quadratic) + setting.logdet)


def lines(setting: Setting, S: np.ndarray, T: np.ndarray) -> Lines:
    """Lines from sources S (a, n) to targets T (b, n), what is left over being the process."""
    MS, MT = S @ setting.projected, T @ setting.projected
    ss = np.einsum("ai,ai->a", MS, S)[:, None]  # (a, 1)
    tt = np.einsum("bi,bi->b", MT, T)
    is_flat = ss <= TINY * (S**2).sum(axis=1, keepdims=True) * np.abs(setting.projected).max()
    ss = np.where(is_flat, 1.0, ss)
    slope = np.where(is_flat, 0.0, MS @ T.T / ss)  # (a, b)
    quadratic = _floored(tt - slope**2 * ss, T)
    free = setting.free - 1
    return Lines(
        likelihood=np.where(is_flat, -np.inf, -0.5 * (free * np.log(quadratic) + setting.logdet + np.log(ss))),
        slope=slope,
    )


def _floored(quadratic: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Quadratic forms above rounding: of an exact fit the likelihood has no end."""
    return np.maximum(quadratic, TINY * np.maximum((T**2).sum(axis=1), 1e-300))


def left_out(setting: Setting, T: np.ndarray) -> np.ndarray:
    """Errors of predicting each row of T (b, n) from the others without a source, shape (b, n)."""
    return (T @ setting.projected) / np.maximum(np.diag(setting.projected), 1e-300)


def left_out_on_source(setting: Setting, S: np.ndarray, T: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """The same on lines from matching sources S (p, n), T (p, n) with slopes (p,), shape (p, n)."""
    MS = S @ setting.projected
    ss = np.einsum("pi,pi->p", MS, S)[:, None]
    spread = np.diag(setting.projected) - np.where(ss > 0, MS**2 / np.where(ss > 0, ss, 1.0), 0.0)
    numerator = T @ setting.projected - slope[:, None] * MS
    return numerator / np.maximum(spread, TINY * np.diag(setting.projected))


def predictor(setting: Setting, K_test: np.ndarray, H: np.ndarray, H_test: np.ndarray) -> np.ndarray:
    """Weights (m, n) of the training rows in the prediction of each test row.

    `K_test` (m, n) is the kernel between both, `H` (n, q) and `H_test` (m, q) are the terms of the mean.
    """
    CH = setting.inverse @ H
    mean = np.linalg.solve(H.T @ CH, CH.T)  # (q, n)
    return H_test @ mean + K_test @ (setting.inverse - CH @ mean)


def scaled_distances(X: np.ndarray, is_ordered: np.ndarray) -> np.ndarray:
    """Sum over options of how far configurations X (n, d) are apart, in mean distances; (n, n).

    One without an order is 1 apart where it differs.
    """
    found = np.zeros((len(X), len(X)))
    for x, has_order in zip(X.T, is_ordered, strict=True):
        apart = np.abs(x[:, None] - x[None])
        found += apart if has_order else apart > 0
    positive = found[found > 0]
    return found / positive.mean() if len(positive) else found
