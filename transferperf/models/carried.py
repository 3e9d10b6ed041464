"""Experts on the scale that suits the sources, where that is not the target's own.

A target that is a linear function of a source is that on the metric's own scale, and not on a logarithmic one. So where
the sources, which have many rows, stand on another scale than the target, experts that look at their values are fitted
there as well; what they say is carried to the target's scale, and there they have to earn their weight like all others.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from transferperf.models.evidence import Evidence
from transferperf.models.gp_expert import GPExpert
from transferperf.models.rows import Rows
from transferperf.models.target import Views
from transferperf.models.warping import Warping

NEAR, FAR = 1e-6, 1e6
"""Smallest deviation, and largest deviation or value, that is carried, in units of the standardised z."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedExpert:
    """A Gaussian process on another scale.

    Parameters
    ----------
    expert
        The process.
    own, scale
        The scale that it was fitted on, and the one that it is asked on.
    """

    expert: GPExpert
    own: Warping
    scale: Warping

    @property
    def name(self) -> str:
        """What it is called in summaries."""
        return f"{self.expert.name}, on the sources' scale"

    @property
    def transfers(self) -> bool:
        """Whether it uses the sources."""
        return self.expert.transfers

    @property
    def noise(self) -> float:
        """No noise of one size: on this scale it changes with the value, and is part of the variance."""
        return 0.0

    @property
    def evidence(self) -> Evidence:
        """What it said of held-out target rows."""
        said = self.expert.evidence
        return Evidence(*self._carry(said.mean, said.total_variance))

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance of a measurement at n configurations: each (n,)."""
        mean, variance = self.expert.predict(views)
        carried = self._carry(mean.numpy(), variance.numpy() + self.expert.noise)
        return torch.as_tensor(carried[0]), torch.as_tensor(carried[1])

    def extend(self, views: Views, rows: Rows) -> "CarriedExpert":
        """The expert after further target rows, its parameters kept."""
        z = torch.as_tensor(self.own.warp(self.scale.unwarp(rows.z.numpy())))
        return replace(self, expert=self.expert.extend(views, replace(rows, z=z)))

    def _carry(self, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Median and variance (n,) on the scale that is asked, by the quantiles one deviation away."""
        std = np.sqrt(variance)
        low, middle, high = (self.scale.warp(self.own.unwarp(mean + k * std)) for k in (-1.0, 0.0, 1.0))
        return middle.clip(-FAR, FAR), np.clip((high - low) / 2, NEAR, FAR) ** 2
