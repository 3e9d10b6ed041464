"""What models can do, as the rest of the house asks it of them."""

from typing import Protocol

import numpy as np
from torch import Tensor

from transferperf.models.evidence import Evidence
from transferperf.models.prediction import Prediction
from transferperf.models.rows import Rows
from transferperf.models.target import Views


class Predicts(Protocol):
    """Anything that says what encoded configurations will measure."""

    def predict(self, X: np.ndarray) -> Prediction:
        """The distribution of one new measurement of each row of X (n, d)."""
        ...


class Expert(Protocol):
    """One opinion about the target, on its standardised latent scale."""

    @property
    def name(self) -> str:
        """What it is called in summaries."""
        ...

    @property
    def transfers(self) -> bool:
        """Whether it uses the sources."""
        ...

    @property
    def evidence(self) -> Evidence | None:
        """What it said of held-out target rows; None where it has not been tried."""
        ...

    @property
    def noise(self) -> float:
        """Variance of the measurement noise."""
        ...

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at n configurations, without noise: each (n,)."""
        ...

    def extend(self, views: Views, rows: Rows) -> "Expert":
        """The expert after further target rows, seen as `views`, its parameters kept."""
        ...
