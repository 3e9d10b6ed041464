"""The no-transfer expert: a Gaussian process on the target's own measurements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from transferperf.data.table import Samples
from transferperf.kernels import OptionKernel
from transferperf.models.fitting import FitRecord, NoisyKernel, fit
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
from transferperf.models.warping import Warping, WarpingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What a kernel needs to know of the encoded columns.

    Parameters
    ----------
    names
        Option names, shape (d,).
    n_levels
        Number of levels of each exchangeable option, 0 for an ordered one; shape (d,).
    """

    names: tuple[str, ...]
    n_levels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGP:
    """A Gaussian process over the options alone."""

    name: ClassVar[str] = "no transfer"

    posterior: Posterior
    record: FitRecord

    @property
    def noise(self) -> float:
        """Variance of the measurement noise, on the latent scale."""
        return self.posterior.noise

    def predict(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at encoded configurations X (n, d): each (n,)."""
        return self.posterior.predict(X)

    def extend(self, rows: Rows) -> "TargetGP":
        """The expert after further target rows, its parameters kept."""
        return TargetGP(posterior=self.posterior.extend(rows), record=self.record)


def fit_target_gp(columns: Columns, rows: Rows, *, seed: int, n_starts: int = 2) -> TargetGP:
    """Fit the no-transfer expert to encoded configurations."""
    model = NoisyKernel(OptionKernel(columns.n_levels))
    record = fit(model, rows, seed=seed, names=columns.names, n_starts=n_starts)
    return TargetGP(posterior=Posterior.condition(model.kernel, float(model.noise.detach()), rows), record=record)


def log_density(posterior: Posterior) -> np.ndarray:
    """Log density of each latent value given all the others, shape (n,)."""
    mean, variance = posterior.leave_one_out()
    return torch.distributions.Normal(mean, variance.sqrt()).log_prob(posterior.rows.z).numpy()


def choose_warping(
    columns: Columns, evidence: Sequence[Samples], *, kinds: Sequence[WarpingKind], seed: int
) -> WarpingKind:
    """The warping under which a Gaussian process predicts left-out measurements best, over all samples together.

    Densities are compared in the metric's unit. Without evidence, or where it is equal, the first of `kinds` is chosen.
    """
    if len(kinds) == 1:
        return kinds[0]
    scores = dict.fromkeys(kinds, 0.0)
    for samples in evidence:
        X = torch.as_tensor(samples.X)
        for kind in scores:
            warping = Warping.standardising(kind, samples.y)
            rows = Rows.of(X, torch.as_tensor(warping.warp(samples.y)))
            gp = fit_target_gp(columns, rows, seed=seed, n_starts=1)
            scores[kind] += float((log_density(gp.posterior) + warping.log_slope(samples.y)).sum())
    return max(scores, key=lambda kind: scores[kind])
