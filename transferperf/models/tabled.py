"""Predictions at configurations of known levels, prepared once and then asked for often: searches do.

Comparing configurations with rows costs more than the covariance itself. Here every level of an option is compared with
every row once; a configuration's row of covariances is then a sum over its levels, for many configurations one product
of matrices. The answers are those of the posterior, to rounding.

Symbols: d options, l levels of all options together, n rows, m configurations, m_s sources.

    s(x, i) = sum_j S[level_j(x), i]        log g(x, i) = sum_j G[level_j(x), i]        see `kernels.options`
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.linalg import blas, lapack
from torch import Tensor

from transferperf.kernels import OptionKernel, SourceInformedKernel
from transferperf.kernels.arrays import exp
from transferperf.kernels.options import PARTS
from transferperf.kernels.pairwise import log_matern52, matern52
from transferperf.models.carried import CarriedExpert
from transferperf.models.gp_expert import GPExpert
from transferperf.models.posterior import MEAN_VARIANCE, Posterior, tiles
from transferperf.models.predictor import TransferPredictor
from transferperf.models.protocol import Expert
from transferperf.models.source import SourceModel

MOST_LEVELS = 1024
"""Levels of all options together up to which they are compared with every row."""


@dataclass(frozen=True, slots=True)
class Tabled(Posterior):
    """A posterior that knows the covariance of each level with each row.

    Parameters
    ----------
    codes
        For each option the values that it may have, ascending.
    tables
        S beside G, shape (l, 2 n).
    whitening
        L^-T, shape (n, n).
    parts
        How much options act, for each of PARTS.
    """

    codes: tuple[np.ndarray, ...]
    tables: np.ndarray
    whitening: np.ndarray
    parts: tuple[float, ...]

    def mean(self, X: Tensor) -> Tensor:
        """Mean of the response at rows X (m, d): shape (m,)."""
        return torch.cat([torch.from_numpy(self._covariance(tile) @ self.alpha.numpy()) for tile in self._tiles(X)])

    def predict(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at rows X (m, d), without noise: each (m,)."""
        means, explained = [], []
        for tile in self._tiles(X):
            K_s = self._covariance(tile)  # (tile, n)
            means.append(K_s @ self.alpha.numpy())
            V = blas.dtrmm(1.0, self.whitening, K_s.T, trans_a=1, overwrite_b=1)  # L^-1 K_s', (n, tile)
            explained.append(np.einsum("im,im->m", V, V))
        variance = self._prior(X) - torch.from_numpy(np.concatenate(explained))
        return torch.from_numpy(np.concatenate(means)), variance.clamp_min(1e-12)

    def _prior(self, X: Tensor) -> Tensor | float:
        if isinstance(self.kernel, OptionKernel):
            return sum(self.parts) + MEAN_VARIANCE
        with torch.no_grad():
            return self.kernel.variance(X) + MEAN_VARIANCE

    def _tiles(self, X: Tensor) -> Sequence[Tensor]:
        return list(tiles(X, 2 * len(self.rows)))

    def _covariance(self, X: Tensor) -> np.ndarray:
        """Covariance of X (m, d or d + m_s) with the rows and the constant mean's: shape (m, n)."""
        n, d = len(self.rows), len(self.codes)
        sums = self._levels(X[:, :d].numpy()) @ self.tables
        K = _of_options(self.parts, sums[:, :n], sums[:, n:])
        if isinstance(self.kernel, SourceInformedKernel):
            K += _of_sources(self.kernel, X[:, d:].numpy(), self.rows.X[:, d:].numpy())
        K += MEAN_VARIANCE
        return K

    def _levels(self, X: np.ndarray) -> np.ndarray:
        """Which levels configurations X (m, d) have, one-hot: shape (m, l)."""
        ones, start, m = np.zeros((len(X), len(self.tables))), 0, np.arange(len(X))
        for column, codes in zip(X.T, self.codes, strict=True):
            ones[m, start + np.minimum(codes.searchsorted(column), len(codes) - 1)] = 1.0
            start += len(codes)
        return ones


def tabled(posterior: Posterior, codes: Sequence[np.ndarray]) -> Posterior:
    """The posterior, made quick where each option has one of its codes, or a value that a row has.

    It is itself where its kernel has no such form, or where there are very many codes.
    """
    options = _options(posterior.kernel)
    if options is None:
        return posterior
    X = posterior.rows.X[:, : len(codes)].numpy()
    known = tuple(np.union1d(own, column) for own, column in zip(codes, X.T, strict=True))
    if sum(map(len, known)) > MOST_LEVELS:
        return posterior
    whitening, _ = lapack.dtrtri(posterior.L.numpy().T)
    scales = {name: float(value.detach().exp()) for name, value in options.named_parameters() if value.ndim == 0}
    parts = tuple(scales.get(f"log_{part}", 0.0) for part in PARTS)
    own = (posterior.kernel, posterior.rows, posterior.noise, posterior.L, posterior.alpha)
    return Tabled(*own, known, _tables(options, known, X), whitening, parts)


def prepare(predictor: TransferPredictor, codes: Sequence[np.ndarray]) -> TransferPredictor:
    """The predictor, made quick at configurations whose options have one of `codes`, ascending for each."""
    sources = predictor.background.sources
    models = tuple(_prepared_source(model, codes) for model in sources.models)
    return replace(
        predictor,
        experts=tuple(_prepared(expert, codes) for expert in predictor.experts),
        background=replace(predictor.background, sources=replace(sources, models=models)),
    )


def _prepared(expert: Expert, codes: Sequence[np.ndarray]) -> Expert:
    if isinstance(expert, CarriedExpert):
        inner = replace(expert.expert, posterior=tabled(expert.expert.posterior, codes))
        return replace(expert, expert=inner)
    return replace(expert, posterior=tabled(expert.posterior, codes)) if isinstance(expert, GPExpert) else expert


def _prepared_source(model: SourceModel, codes: Sequence[np.ndarray]) -> SourceModel:
    if not isinstance(model.posterior, Posterior):
        return model
    return replace(model, posterior=tabled(model.posterior, codes))


def _options(kernel: object) -> OptionKernel | None:
    """The part of a kernel that compares options, where it has one."""
    inner = kernel.options if isinstance(kernel, SourceInformedKernel) else kernel
    return inner if isinstance(inner, OptionKernel) else None


def _tables(kernel: OptionKernel, codes: Sequence[np.ndarray], X: np.ndarray) -> np.ndarray:
    """Main effect and log factor of each code with each row of X (n, d): shape (l, 2 n)."""
    theta = kernel.log_theta.detach().exp().numpy()
    owner = np.repeat(np.arange(len(codes)), [len(own) for own in codes])
    is_ordered, relevance = (np.array(kernel.n_levels) == 0)[owner, None], theta[owner, None]
    apart = np.abs(np.concatenate(codes)[:, None] - X.T[owner])  # (l, n)
    differs = (apart > 0).astype(float)
    main = np.where(is_ordered, matern52(apart), 1 - differs)
    log_factor = np.where(is_ordered, log_matern52(np.sqrt(relevance) * apart), -relevance * differs)
    return np.hstack([relevance / theta.sum() * main, log_factor])


def _of_options(parts: Sequence[float], s: np.ndarray, log_product: np.ndarray) -> np.ndarray:
    """The option kernel, from main effects and log products (m, n)."""
    main, twofold, product = parts
    K: np.ndarray = exp(np.ascontiguousarray(log_product))
    K *= product
    effects = twofold * s
    effects += main
    effects *= s
    K += effects
    return K


def _of_sources(kernel: SourceInformedKernel, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """What a source-informed kernel adds, from what m_s sources say of configurations (m, m_s) and of rows (n, m_s)."""
    w = kernel.log_weight.detach().exp().numpy()
    linear, nonlinear = (float(p.detach().exp()) for p in (kernel.log_linear, kernel.log_nonlinear))
    product = (left * w) @ right.T
    squares = ((left * left) @ w)[:, None] + (right * right) @ w - 2 * product
    return linear * product + nonlinear * matern52(np.sqrt(np.maximum(squares, 0.0)))
