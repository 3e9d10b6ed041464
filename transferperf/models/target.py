"""What experts are fitted to and asked about."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from torch import Tensor

from transferperf.models.columns import Columns
from transferperf.models.rows import Rows
from transferperf.models.source import Sources

Sees = Literal["options", "measured", "denoised"]
"""What an expert sees of a configuration: its options alone, or beside them what sources measured or smoothed."""


@dataclass(frozen=True)
class Views:
    """Configurations as experts may see them; what the sources say of them is looked up once for all experts.

    Parameters
    ----------
    X
        Encoded configurations, shape (n, d).
    """

    X: Tensor
    sources: Sources

    def __len__(self) -> int:
        return len(self.X)

    def seen(self, sees: Sees) -> Tensor:
        """Options (n, d), or options and what m sources say: (n, d + m)."""
        if sees == "options":
            return self.X
        return self._measured if sees == "measured" else self._denoised

    def doubt(self, sees: Sees) -> Tensor:
        """Variance of what the sources say to one who sees it, shape (n, m) or (n, 0)."""
        if sees == "options":
            return self.X[:, :0]
        return self._doubt_measured if sees == "measured" else self._doubt_denoised

    @cached_property
    def _measured(self) -> Tensor:
        return self.sources.augment(self.X, "measured")

    @cached_property
    def _denoised(self) -> Tensor:
        return self.sources.augment(self.X, "denoised")

    @cached_property
    def _doubt_measured(self) -> Tensor:
        return self.sources.uncertainty(self.X, "measured")

    @cached_property
    def _doubt_denoised(self) -> Tensor:
        return self.sources.uncertainty(self.X, "denoised")


@dataclass(frozen=True)
class TargetData:
    """Target rows, and what the sources say about them.

    Parameters
    ----------
    rows
        Encoded target configurations and their latent values.
    views
        The same configurations as experts see them.
    folds
        Fold of each row, shape (n,).
    """

    columns: Columns
    rows: Rows
    views: Views
    folds: np.ndarray

    @property
    def sources(self) -> Sources:
        """What experts may see beside the options."""
        return self.views.sources

    def seen(self, sees: Sees) -> Rows:
        """The rows as an expert sees them."""
        return replace(self.rows, X=self.views.seen(sees))
