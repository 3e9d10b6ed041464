"""The expert for a target without measurements: what an environment of this kind would measure."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from transferperf.models.rows import Rows
from transferperf.models.source import Sources
from transferperf.models.target import Views
from transferperf.models.warping import Warping


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConsensus:
    """The sources taken together.

    Every source is taken for equally likely to be like the target: the spread between them is part of the variance.
    """

    name: ClassVar[str] = "sources only"
    transfers: ClassVar[bool] = True
    evidence: ClassVar[None] = None

    sources: Sources
    warping: Warping

    @property
    def noise(self) -> float:
        """Mean variance of the sources' noise at their middle, on the latent scale of `warping`."""
        middle = np.zeros(1)
        return float(np.mean([m.posterior.noise * self._carry(m.warping, middle)[1] ** 2 for m in self.sources.models]))

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance over the sources at n configurations, on `warping`'s scale: each (n,)."""
        means, variances = [], []
        for model in self.sources.models:
            mean, variance = model.predict(views.X)
            carried, slope = self._carry(model.warping, mean.numpy())
            means.append(torch.as_tensor(carried))
            variances.append(variance * torch.as_tensor(slope**2))  # the delta method
        mean, within = torch.stack(means), torch.stack(variances).mean(0)
        return mean.mean(0), within + (mean - mean.mean(0)).square().mean(0)

    def _carry(self, own: Warping, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Latent values z (n,) of a source's own warping on that of all sources, and the slope there: each (n,)."""
        y = own.unwarp(z)
        return self.warping.warp(y), np.exp(self.warping.log_slope(y) - own.log_slope(y))

    def extend(self, views: Views, rows: Rows) -> "SourceConsensus":  # noqa: ARG002
        """The same expert: target rows do not change what the sources say."""
        return self
