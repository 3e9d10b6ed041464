"""What the sources say about any configuration: one model for each environment that is not the target.

Up to EXACT_ROWS configurations a source is an exact Gaussian process, in a fraction of a second, for there may be a
hundred sources; its cost grows with the cube of the rows. With more rows trees come to know what a process smooths
over, and held-out rows choose between a projected process, trees, and both: see `many_rows`, and decision 0011 for the
figures behind the switch-over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from transferperf import rng
from transferperf.data.table import Samples
from transferperf.kernels import DTYPE, OptionKernel
from transferperf.kernels.recall import Recall
from transferperf.models.boosted import BoostedPosterior
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, fit, read_parameters, write_parameters
from transferperf.models.many_rows import fit_many
from transferperf.models.measured import Measured
from transferperf.models.posterior import Posterior, ProjectedPosterior
from transferperf.models.warping import Warping, WarpingKind
from transferperf.space import Environment

EXACT_ROWS = 1000
FIT_ROWS = 200

N_KEPT = 16
"""Answers of sources that are kept: two values, each with its variance, of a pool and of what was measured."""

FeatureValues = Literal["measured", "denoised"]
"""What a source says of a configuration that it measured: the measured value, or what its model makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceModel:
    """What one source environment says, on its own standardised latent scale.

    Parameters
    ----------
    parameters
        Fitted parameters of `NoisyKernel(OptionKernel(n_levels))`, in the order of `read_parameters`; shape (p,).
    measured
        What the posterior was conditioned on. An option that never changed there changes no prediction.
    """

    environment: Environment
    warping: Warping
    parameters: np.ndarray
    measured: Measured
    posterior: Posterior | ProjectedPosterior | BoostedPosterior

    def predict(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the source's response at encoded configurations X (n, d): each (n,)."""
        return self.posterior.predict(self._settle(X))

    def feature(self, X: Tensor, values: FeatureValues) -> Tensor:
        """What the source says about encoded configurations X (n, d): shape (n,)."""
        settled = self._settle(X)
        if values == "denoised":
            return self.posterior.mean(settled)
        at = self.measured.find(settled.numpy())
        answer = torch.as_tensor(self.measured.z[at])
        answer[at < 0] = self.posterior.mean(settled[at < 0])
        return answer

    def uncertainty(self, X: Tensor, values: FeatureValues) -> Tensor:
        """Variance of the feature at encoded configurations X (n, d), zero where it was measured: shape (n,)."""
        settled = self._settle(X)
        if values == "denoised":
            return self.posterior.predict(settled)[1]
        is_unknown = self.measured.find(settled.numpy()) < 0
        answer = torch.zeros(len(X), dtype=DTYPE)
        answer[is_unknown] = self.posterior.predict(settled[is_unknown])[1]
        return answer

    def _settle(self, X: Tensor) -> Tensor:
        return torch.as_tensor(self.measured.settle(X.numpy()))


@dataclass(frozen=True, slots=True)
class Sources:
    """Models of all sources.

    Parameters
    ----------
    models
        One for each source environment, m of them.
    rehearsed
        Parameters of source-informed kernels that were fitted to k of them in the target's place; shape (k, p).
    """

    models: tuple[SourceModel, ...]
    rehearsed: np.ndarray | None = None
    recall: Recall[Tensor] = field(default_factory=lambda: Recall(N_KEPT), init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.models)

    def features(self, X: Tensor, values: FeatureValues = "denoised") -> Tensor:
        """What every source says about encoded configurations X (n, d), standardised: shape (n, m)."""
        return self.recall(
            f"{values} feature", [X.numpy()], lambda: _columns([m.feature(X, values) for m in self.models], len(X))
        )

    def uncertainty(self, X: Tensor, values: FeatureValues = "denoised") -> Tensor:
        """Variance of every feature at encoded configurations X (n, d), standardised: shape (n, m)."""
        return self.recall(
            f"{values} variance", [X.numpy()], lambda: _columns([m.uncertainty(X, values) for m in self.models], len(X))
        )

    def augment(self, X: Tensor, values: FeatureValues = "denoised") -> Tensor:
        """Encoded configurations beside their features: shape (n, d + m)."""
        return torch.cat([X, self.features(X, values)], dim=-1)


def _columns(columns: list[Tensor], n: int) -> Tensor:
    return torch.stack(columns, dim=-1) if columns else torch.empty((n, 0), dtype=DTYPE)


def start_as_sources(model: NoisyKernel, sources: Sequence[SourceModel]) -> None:
    """Set the options' kernels, and the noise, of a model of all environments to the sources' own fits, on average."""
    own = NoisyKernel(OptionKernel(model.kernel.options[0].n_levels))
    write_parameters(own, np.mean([source.parameters for source in sources], axis=0))
    for options in model.kernel.options:
        write_parameters(options, read_parameters(own.kernel))
    with torch.no_grad():
        model.log_noise.copy_(own.log_noise)


def fit_source(
    columns: Columns, environment: Environment, samples: Samples, kind: WarpingKind, seed: int
) -> SourceModel:
    """Fit the model of one source to its samples."""
    warping = Warping.standardising(kind, samples.y)
    measured = Measured.of(samples.X, warping.warp(samples.y))
    rows, model = measured.rows(), NoisyKernel(OptionKernel(columns.n_levels))
    stream = rng.generator(seed, "source rows", environment)
    some = rng.some(stream, len(rows), FIT_ROWS)
    fit(model, rows.select(some), seed=seed, names=columns.names, n_starts=1)
    many = fit_many(model, rows, columns, stream) if len(rows) > EXACT_ROWS else None
    return SourceModel(
        environment=environment,
        warping=warping,
        parameters=read_parameters(model),
        measured=measured,
        posterior=many or model.condition(rows),
    )


def fit_sources(columns: Columns, samples: Mapping[Environment, Samples], kind: WarpingKind, *, seed: int) -> Sources:
    """Fit the models of all sources, sorted by environment."""
    return Sources(tuple(fit_source(columns, where, samples[where], kind, seed) for where in sorted(samples)))
