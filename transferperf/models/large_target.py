"""The expert for a target with very many rows: it is modelled as a large source is, and nothing is transferred.

An exact Gaussian process costs the cube of the rows, once for each expert and fold; and where so many rows are known,
sources have nothing to add. Values at a timeout's cap are taken as they are.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from transferperf.data.table import Samples
from transferperf.models.columns import Columns
from transferperf.models.rows import Rows
from transferperf.models.source import SourceModel, fit_source
from transferperf.models.target import Views
from transferperf.models.warping import WarpingKind
from transferperf.space import Environment

MOST_TARGET_ROWS = 4000
"""Target configurations up to which experts are fitted exactly and weighed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeTarget:
    """The model of a source, of the target itself."""

    name: ClassVar[str] = "many rows"
    transfers: ClassVar[bool] = False
    evidence: ClassVar[None] = None

    model: SourceModel

    @property
    def noise(self) -> float:
        """Variance of the measurement noise, on the latent scale."""
        return self.model.posterior.noise

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at n configurations: each (n,)."""
        return self.model.predict(views.X)

    def extend(self, views: Views, rows: Rows) -> "LargeTarget":  # noqa: ARG002
        """The same expert: a few rows more do not change it."""
        return self


def fit_large_target(
    columns: Columns, target: Environment, samples: Samples, kind: WarpingKind, seed: int
) -> LargeTarget:
    """Fit the expert to all samples of the target."""
    return LargeTarget(model=fit_source(columns, target, samples, kind, seed))
