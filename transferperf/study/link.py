"""What a source tells of the target: a line through what it says of measured configurations, and what it leaves open.

Symbols: m configurations; z = intercept + slope f + own, with z the target's latent response, f the source's, and `own`
what the target does not share with it (the autoregressive form of Kennedy and O'Hagan 2000, for one source).
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from transferperf.models import TransferPredictor
from transferperf.models.posterior import Posterior
from transferperf.models.source import SourceModel
from transferperf.space import Environment

LEAST_ROWS = 4
"""Target rows before which nothing is known of how it goes with its sources."""

UNTRIED = 0.7
"""Correlation that is taken for granted while the target has no rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A source and a line.

    Parameters
    ----------
    model
        Of the source.
    correlation
        With the target, of either sign: the end of its interval (one standard error) that is nearer to none.
    intercept, slope
        Of the line.
    own
        Variance of what the target does not share.
    """

    model: SourceModel
    correlation: float
    intercept: float
    slope: float
    own: float

    @property
    def environment(self) -> Environment:
        """Of the source."""
        return self.model.environment

    @classmethod
    def of(cls, model: SourceModel, X: np.ndarray, z: np.ndarray) -> "Link | None":
        """By the target's rows X (n, d), z (n,): taken for granted where there are none; None where they are few."""
        if not len(z):
            return cls(model=model, correlation=UNTRIED, intercept=0.0, slope=UNTRIED, own=1 - UNTRIED**2)
        said = model.predict(torch.as_tensor(X))[0].numpy()
        if len(z) < LEAST_ROWS or not (np.std(said) > 0 and np.std(z) > 0):
            return None
        seen = np.clip(np.corrcoef(z, said)[0, 1], -0.9999, 0.9999)
        sure = np.tanh(max(0.0, np.arctanh(abs(seen)) - (len(z) - 3) ** -0.5))  # Fisher's transformation
        correlation = float(np.copysign(sure, seen))
        slope = correlation * float(np.std(z) / np.std(said))
        intercept = float(z.mean() - slope * said.mean())
        return cls(
            model=model, correlation=correlation, intercept=intercept, slope=slope, own=(1 - sure**2) * np.var(z)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a source is believed to say of m configurations, and through it the target.

    Parameters
    ----------
    link
        How they go together.
    mean
        Of the target's latent response, shape (m,).
    C
        Covariance of the source's response, (m, m).
    noise
        Variance of a measurement of it.
    """

    link: Link
    mean: np.ndarray
    C: np.ndarray
    noise: float

    @classmethod
    def of(cls, link: Link, X: np.ndarray) -> "View | None":
        """At encoded configurations X (m, d); None where so much is known of the source that no process holds it.

        Variances are stretched, where held-out rows of the source scatter more than they say.
        """
        posterior = link.model.posterior
        if not isinstance(posterior, Posterior):
            return None
        settled = torch.as_tensor(link.model.measured.settle(X))
        mean, variance = posterior.leave_one_out()
        stretch = max(1.0, float(((posterior.rows.z - mean) ** 2 / variance).mean()))
        said = link.intercept + link.slope * posterior.mean(settled).numpy()
        C = posterior.covariance(settled).numpy()
        return cls(link=link, mean=said, C=stretch * C, noise=stretch * posterior.noise)

    @property
    def shared(self) -> np.ndarray:
        """Variance of the target's response that is the source's, shape (m,)."""
        return self.link.slope**2 * self.C.diagonal().clip(1e-12)

    def correlation(self, variance: np.ndarray) -> np.ndarray:
        """Of a measurement in the source with the target's response, whose variance is given; shape (m,)."""
        f = self.C.diagonal().clip(1e-12)
        return abs(self.link.slope) * f / np.sqrt((f + self.noise) * variance)

    def measured(self, j: int) -> "View":
        """The view after configuration j was measured in the source; means stay, as they may rise or fall."""
        return replace(self, C=self.C - np.outer(self.C[:, j], self.C[j]) / (self.C[j, j] + self.noise))


def links(
    predictor: TransferPredictor, environments: tuple[Environment, ...], X: np.ndarray, y: np.ndarray
) -> list[Link]:
    """The links to those environments that have a model, by the target's rows X (n, d), y (n,)."""
    z = predictor.warping.warp(y)
    models = [model for model in predictor.background.sources.models if model.environment in environments]
    return [link for model in models if (link := Link.of(model, X, z)) is not None]
