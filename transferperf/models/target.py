"""What experts on the target are fitted to."""

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
class TargetData:
    """Target rows, and what the sources say about them.

    Parameters
    ----------
    rows
        Encoded target configurations and their latent values.
    folds
        Fold of each row, shape (n,).
    """

    columns: Columns
    sources: Sources
    rows: Rows
    folds: np.ndarray

    def seen(self, sees: Sees) -> Rows:
        """The rows as an expert sees them."""
        if sees == "options":
            return self.rows
        return self._measured if sees == "measured" else self._denoised

    @cached_property
    def _measured(self) -> Rows:
        return replace(self.rows, X=look(self.rows.X, self.sources, "measured"))

    @cached_property
    def _denoised(self) -> Rows:
        return replace(self.rows, X=look(self.rows.X, self.sources, "denoised"))


def look(X: Tensor, sources: Sources, sees: Sees) -> Tensor:
    """What an expert sees of encoded configurations X (n, d): shape (n, d) or (n, d + m)."""
    return X if sees == "options" else sources.augment(X, sees)
