"""Our own models, fitted and timed as a user would."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from bench.scores import ALPHA, Forecast
from transferperf.models import Prediction, TransferPredictor

NO_TRANSFER = "no transfer"
T = TypeVar("T")


def timed(action: Callable[[], T]) -> tuple[T, float]:
    """What an action gives, and how many seconds it took."""
    started = time.perf_counter()
    return action(), time.perf_counter() - started


def forecast(predictor: TransferPredictor, X: np.ndarray) -> Forecast:
    """What a predictor says of encoded configurations X (n, d)."""
    prediction = predictor.predict(X)
    low, high = prediction.interval(1 - ALPHA)
    return Forecast(
        point=prediction.median,
        low=low,
        high=high,
        least=_if_offered(prediction, "least_relative_error"),
        p_timeout=_if_offered(prediction, "p_timeout"),
    )


def _if_offered(prediction: Prediction, name: str) -> np.ndarray:
    return np.broadcast_to(np.asarray(getattr(prediction, name, np.nan), dtype=float), len(prediction))


def always_transfer(predictor: TransferPredictor) -> TransferPredictor | None:
    """The predictor with all weight taken from the experts that do not transfer; None where no other is there."""
    weights = np.array([float(expert.transfers) for expert in predictor.experts])
    if not weights.any():
        return None
    kept = weights * predictor.weights
    return replace(predictor, weights=kept / kept.sum() if kept.sum() > 0 else weights / weights.sum())
