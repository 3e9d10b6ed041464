"""Our own models, fitted and timed as a user would."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from bench.scores import ALPHA, Forecast
from transferperf import MeasurementTable, Metric, models
from transferperf.models import Prediction, TransferPredictor
from transferperf.space import Environment

NO_TRANSFER = "no transfer"
T = TypeVar("T")


def timed(action: Callable[[], T]) -> tuple[T, float]:
    """What an action gives, and how many seconds it took."""
    started = time.perf_counter()
    return action(), time.perf_counter() - started


def fit_ours(
    training: MeasurementTable,
    background: tuple[models.Background, float] | None,
    *,
    metric: Metric,
    target: Environment,
    seed: int,
) -> tuple[TransferPredictor, list[float]]:
    """Our model of the target's training rows, and seconds for the sources and the fit.

    Parameters
    ----------
    background
        What is known of the sources, and the seconds that it took; None for a model without transfer.
    """
    declared = partial(partial, metric=metric, target=target, seed=seed)
    if background is None:
        predictor, fit_s = timed(declared(models.fit, training, transfer="none"))
        return predictor, [0.0, fit_s]
    predictor, fit_s = timed(declared(models.fit_target, background[0], training.samples(metric, target)))
    return predictor, [background[1], fit_s]


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
