"""The transfer expert: a Gaussian process on the target over its options and over what the sources predict."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from transferperf.kernels import SourceInformedKernel
from transferperf.models.fitting import FitRecord, NoisyKernel, fit
from transferperf.models.posterior import Posterior
from transferperf.models.source import Sources
from transferperf.models.target_gp import Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInformedGP:
    """A Gaussian process over [options | source predictions]: linear, nonlinear and residual part."""

    name: ClassVar[str] = "source-informed"

    sources: Sources
    posterior: Posterior
    record: FitRecord

    @property
    def noise(self) -> float:
        """Variance of the measurement noise, on the latent scale."""
        return self.posterior.noise

    def predict(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at encoded configurations X (n, d): each (n,)."""
        return self.posterior.predict(self.sources.augment(X))

    def extend(self, X: Tensor, z: Tensor) -> "SourceInformedGP":
        """The expert after further target rows X (m, d), z (m,), its parameters kept."""
        posterior = self.posterior.extend(self.sources.augment(X), z)
        return SourceInformedGP(sources=self.sources, posterior=posterior, record=self.record)


def fit_source_informed_gp(
    columns: Columns, sources: Sources, X: Tensor, z: Tensor, *, seed: int, n_starts: int = 2
) -> SourceInformedGP:
    """Fit the transfer expert to encoded configurations X (n, d) with latent values z (n,)."""
    model = NoisyKernel(SourceInformedKernel(columns.n_levels, len(sources)))
    rows = sources.augment(X)
    record = fit(model, (rows, z), seed=seed, names=columns.names, n_starts=n_starts)
    posterior = Posterior.condition(model.kernel, float(model.noise.detach()), rows, z)
    return SourceInformedGP(sources=sources, posterior=posterior, record=record)
