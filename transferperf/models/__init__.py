"""Models: from measurements of some configurations to predictions of all."""

from transferperf.models.background import SOURCES_ONLY, TRANSFER_MODES, Background, fit_background
from transferperf.models.feasibility import Feasibility, fit_feasibility
from transferperf.models.prediction import Prediction
from transferperf.models.predictor import TransferPredictor
from transferperf.models.protocol import Predicts
from transferperf.models.transfer import LEAST_TARGET_ROWS, fit, fit_target
from transferperf.models.warping import Warping

__all__ = [
    "LEAST_TARGET_ROWS",
    "SOURCES_ONLY",
    "TRANSFER_MODES",
    "Background",
    "Feasibility",
    "Prediction",
    "Predicts",
    "TransferPredictor",
    "Warping",
    "fit",
    "fit_background",
    "fit_feasibility",
    "fit_target",
]
