"""The transfer expert: a Gaussian process on the target over its options and over what the sources predict."""

from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from transferperf.kernels import SourceInformedKernel
from transferperf.models.fitting import FitRecord, NoisyKernel, fit
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
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

    def extend(self, rows: Rows) -> "SourceInformedGP":
        """The expert after further target rows, its parameters kept."""
        posterior = self.posterior.extend(replace(rows, X=self.sources.augment(rows.X)))
        return SourceInformedGP(sources=self.sources, posterior=posterior, record=self.record)


def fit_source_informed_gp(
    columns: Columns, sources: Sources, rows: Rows, *, seed: int, n_starts: int = 2
) -> SourceInformedGP:
    """Fit the transfer expert to encoded configurations."""
    model = NoisyKernel(SourceInformedKernel(columns.n_levels, len(sources)))
    rows = replace(rows, X=sources.augment(rows.X))
    record = fit(model, rows, seed=seed, names=columns.names, n_starts=n_starts)
    posterior = Posterior.condition(model.kernel, float(model.noise.detach()), rows)
    return SourceInformedGP(sources=sources, posterior=posterior, record=record)
