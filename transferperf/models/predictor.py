"""What is believed of a target environment: experts, and how much each is believed."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from transferperf.metric import Metric
from transferperf.models.background import Background
from transferperf.models.evidence import mix, mix_evidence, r2
from transferperf.models.fitting import one_thread
from transferperf.models.prediction import Prediction
from transferperf.models.protocol import Expert
from transferperf.models.rows import Rows
from transferperf.models.target import Views
from transferperf.models.warping import Warping
from transferperf.space import Environment

NEGLIGIBLE = 1e-4
"""Weight below which an expert is not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPredictor:
    """Experts on one target environment, and how much each is believed.

    Parameters
    ----------
    n_target
        Number of distinct target configurations that were measured.
    z
        Their latent values, shape (n_target,).
    experts, weights
        The experts and their weights, which sum to 1; shape (k,).
    stretch
        By what the experts' standard deviations are multiplied, as held-out target rows ask for.
    repeat_noise
        Variance between repeats of one measurement on the latent scale, beside the experts' noise; 0 where not known.
    """

    metric: Metric
    target: Environment
    n_target: int
    z: np.ndarray
    warping: Warping
    experts: tuple[Expert, ...]
    weights: np.ndarray
    stretch: float
    repeat_noise: float
    background: Background

    def predict(self, X: np.ndarray) -> Prediction:
        """The distribution of one new measurement of each encoded configuration X (n, d)."""
        views = Views(torch.as_tensor(X, dtype=torch.float64), self.background.sources)
        asked = [(expert, w) for expert, w in zip(self.experts, self.weights, strict=True) if w > NEGLIGIBLE]
        weights = np.array([w for _, w in asked])
        weights /= weights.sum()
        with one_thread():
            moments = [_arrays(expert.predict(views)) for expert, _ in asked]
        mean, variance = mix(moments, weights)
        noise = self.repeat_noise + float(sum(w * e.noise for w, (e, _) in zip(weights, asked, strict=True)))
        return Prediction(
            latent_mean=mean,
            latent_std=self.stretch * np.sqrt(variance),
            latent_noise=self.stretch * noise**0.5,
            warping=self.warping,
            metric=self.metric,
            cap=np.inf if self.background.cap is None else self.background.cap,
        )

    def lead(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Much like `predict`, but quicker: latent mean and deviation (n,) by the expert that is believed most."""
        names = np.array([expert.name for expert in self.experts])
        belief = [self.weights[names == name].sum() for name in names]
        expert = self.experts[int(np.argmax(belief))]
        mean, variance = expert.predict(Views(torch.as_tensor(X), self.background.sources))
        return mean.numpy(), self.stretch * np.sqrt(variance.numpy())

    @property
    def held_out_errors(self) -> tuple[float, ...]:
        """Median relative error of each expert at held-out target rows; NaN where it has not been tried; (k,)."""
        return tuple(self._held_out_error(expert) for expert in self.experts)

    def _held_out_error(self, expert: Expert) -> float:
        if expert.evidence is None:
            return float("nan")
        predicted, measured = self.warping.unwarp(expert.evidence.mean), self.warping.unwarp(self.z)
        return float(np.median(np.abs(predicted - measured) / np.maximum(np.abs(measured), 1e-300)))

    @property
    def held_out_r2(self) -> float:
        """Share of the variance of held-out target rows that is explained; NaN where none was held out."""
        said = [expert.evidence for expert in self.experts if expert.evidence is not None]
        return r2(mix_evidence(said, self.weights), self.z) if len(said) == len(self.experts) else float("nan")

    def extend(self, X: np.ndarray, y: np.ndarray) -> "TransferPredictor":
        """The predictor after further target rows X (m, d), y (m,) in the metric's unit; nothing is fitted anew."""
        cap = np.inf if self.background.cap is None else self.background.cap
        z = self.warping.warp(np.minimum(np.asarray(y, dtype=float), cap))
        known = torch.full((len(z),), self.repeat_noise, dtype=torch.float64)
        rows = Rows.of(torch.as_tensor(X, dtype=torch.float64), torch.as_tensor(z), known)
        views = Views(rows.X, self.background.sources)
        return replace(self, experts=tuple(expert.extend(views, rows) for expert in self.experts))

    def believe(self, X: np.ndarray) -> "TransferPredictor":
        """The predictor after target rows X (m, d) came out at their medians."""
        return self.extend(X, self.predict(X).median) if len(X) else self


def _arrays(moments: tuple[Tensor, Tensor]) -> tuple[np.ndarray, np.ndarray]:
    mean, variance = moments
    return mean.numpy(), variance.numpy()
