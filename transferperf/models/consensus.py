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
        """Mean variance of the sources' noise, on the latent scale of `warping`."""
        return float(
            np.mean([m.posterior.noise * (m.warping.scale / self.warping.scale) ** 2 for m in self.sources.models])
        )

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance over the sources at n configurations, on `warping`'s scale: each (n,)."""
        means, variances = [], []
        for model in self.sources.models:
            mean, variance = model.predict(views.X)
            stretch = model.warping.scale / self.warping.scale
            means.append(mean * stretch + (model.warping.location - self.warping.location) / self.warping.scale)
            variances.append(variance * stretch**2)
        mean, within = torch.stack(means), torch.stack(variances).mean(0)
        return mean.mean(0), within + mean.var(0, correction=0)

    def extend(self, views: Views, rows: Rows) -> "SourceConsensus":  # noqa: ARG002
        """The same expert: target rows do not change what the sources say."""
        return self
