"""The expert for a target that is described but not measured: environments are as alike as their descriptors.

A joint Gaussian process over the rows of all sources on one scale: what they have in common at all, and what changes
with what describes them. Far from what was measured the second part is unknown, and the variance grows.

Symbols: d options, k descriptors, m sources.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from transferperf import rng
from transferperf.kernels import DTYPE
from transferperf.kernels.environments import DescriptorKernel, MultiTaskKernel
from transferperf.models.columns import Columns
from transferperf.models.fitting import FitRecord, NoisyKernel, fit, read_parameters, write_parameters
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
from transferperf.models.source import SourceModel, Sources, start_as_sources
from transferperf.models.target import Views
from transferperf.models.warping import Warping
from transferperf.space import Descriptors, Environment

MOST_ROWS, FIT_ROWS = 1000, 250
"""Rows of all sources that are conditioned on, and that parameters are fitted to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptorGP:
    """A Gaussian process over rows [options | descriptors of the environment].

    Parameters
    ----------
    n_levels
        Number of labels of each descriptor, 0 for a number; shape (k,).
    place
        Descriptors of the target, shape (k,).
    """

    name: ClassVar[str] = "descriptors"
    transfers: ClassVar[bool] = True
    evidence: ClassVar[None] = None

    n_levels: tuple[int, ...]
    place: tuple[float, ...]
    posterior: Posterior
    record: FitRecord

    @property
    def noise(self) -> float:
        """Variance of the measurement noise, on the latent scale."""
        return self.posterior.noise

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at n configurations: each (n,)."""
        return self.posterior.predict(_placed(views.X, self.place))

    def extend(self, views: Views, rows: Rows) -> "DescriptorGP":
        """The expert after target rows, its parameters kept."""
        return replace(self, posterior=self.posterior.extend(replace(rows, X=_placed(views.X, self.place))))

    def move(self, place: np.ndarray) -> "DescriptorGP":
        """The same for another target, described by `place` (k,)."""
        return replace(self, place=tuple(place.tolist()))


def descriptor_kernel(n_options: Sequence[int], n_levels: Sequence[int]) -> MultiTaskKernel:
    """The kernel of the expert: what is common to all environments, and what changes with their descriptors."""
    return MultiTaskKernel(n_options, [DescriptorKernel(()), DescriptorKernel(n_levels)], DescriptorKernel(n_levels))


def fit_descriptor_gp(
    columns: Columns, sources: Sources, descriptors: Descriptors, *, target: Environment, scale: Warping, seed: int
) -> DescriptorGP:
    """Fit the expert to rows of all sources, of which there is at least one.

    Parameters
    ----------
    descriptors
        Of the sources, which set the scale, and of the target.
    scale
        The warping, of the sources' kind, on whose latent scale all environments stand.
    """
    rows, looked_at = _join(sources, descriptors, scale, seed)
    model = NoisyKernel(descriptor_kernel(columns.n_levels, descriptors.n_levels))
    start_as_sources(model, sources.models)
    record = fit(model, rows.select(looked_at), seed=seed, names=columns.names, n_starts=1)
    return DescriptorGP(
        n_levels=descriptors.n_levels,
        place=tuple(descriptors.of(target).tolist()),
        posterior=model.condition(rows),
        record=record,
    )


def dump_descriptors(expert: DescriptorGP) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `restore_descriptors` needs: values that JSON holds, and arrays by name."""
    values = {"n_levels": list(expert.n_levels), "place": list(expert.place)}
    arrays = {"parameters": read_parameters(expert.posterior.kernel), **expert.posterior.rows.arrays()}
    return {**values, "noise": expert.noise, "record": asdict(expert.record)}, arrays


def restore_descriptors(entry: Mapping[str, Any], arrays: Mapping[str, np.ndarray], columns: Columns) -> DescriptorGP:
    """The expert that `dump_descriptors` took apart."""
    kernel = descriptor_kernel(columns.n_levels, entry["n_levels"])
    write_parameters(kernel, arrays["parameters"])
    return DescriptorGP(
        n_levels=tuple(entry["n_levels"]),
        place=tuple(entry["place"]),
        posterior=Posterior.condition(kernel, entry["noise"], Rows.from_arrays(arrays)),
        record=FitRecord(**entry["record"]),
    )


def _placed(X: Tensor, place: Sequence[float]) -> Tensor:
    """Encoded configurations X (n, d) beside the descriptors of their environment: shape (n, d + k)."""
    return torch.cat([X, torch.tensor([place], dtype=DTYPE).reshape(1, -1).expand(len(X), -1)], dim=-1)


def _join(sources: Sources, descriptors: Descriptors, scale: Warping, seed: int) -> tuple[Rows, np.ndarray]:
    """Rows of all sources on one scale, and which of them (indices) parameters are fitted to."""
    parts, looked_at, start = [], [], 0
    for model in sources.models:
        rows = _on_scale(model, scale)
        order = rng.generator(seed, "descriptor rows", model.environment).permutation(len(rows))
        part = rows.select(order[: max(1, MOST_ROWS // len(sources))])
        parts.append(replace(part, X=_placed(part.X, descriptors.of(model.environment).tolist())))
        looked_at.append(start + np.arange(min(len(part), max(1, FIT_ROWS // len(sources)))))
        start += len(part)
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.join(part)
    return joined, np.concatenate(looked_at)


def _on_scale(model: SourceModel, scale: Warping) -> Rows:
    """All rows of a source on another scale."""
    rows = model.measured.rows()
    return replace(rows, z=torch.as_tensor(scale.warp(model.warping.unwarp(rows.z.numpy()))))
