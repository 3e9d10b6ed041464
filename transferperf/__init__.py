"""transferperf: performance models of configurable systems that carry over from where measuring is cheap.

Public names are resolved on first use, so that importing the package loads neither torch nor scikit-learn.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transferperf.api.model import PerformanceModel, fit, load
    from transferperf.api.similarity import SimilarityReport, similarity
    from transferperf.api.tables import combine, read_csv, read_frame
    from transferperf.data.table import MeasurementTable
    from transferperf.integrations.sklearn import TransferGPRegressor
    from transferperf.metric import Metric
    from transferperf.study.tuner import Tuner

__version__ = "0.1.0"

_HOMES = {
    "MeasurementTable": "transferperf.data.table",
    "Metric": "transferperf.metric",
    "PerformanceModel": "transferperf.api.model",
    "SimilarityReport": "transferperf.api.similarity",
    "TransferGPRegressor": "transferperf.integrations.sklearn",
    "Tuner": "transferperf.study.tuner",
    "combine": "transferperf.api.tables",
    "fit": "transferperf.api.model",
    "load": "transferperf.api.model",
    "read_csv": "transferperf.api.tables",
    "read_frame": "transferperf.api.tables",
    "similarity": "transferperf.api.similarity",
}

__all__ = [
    "MeasurementTable",
    "Metric",
    "PerformanceModel",
    "SimilarityReport",
    "TransferGPRegressor",
    "Tuner",
    "combine",
    "fit",
    "load",
    "read_csv",
    "read_frame",
    "similarity",
]


def __getattr__(name: str) -> object:
    """A public name, from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'transferperf' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """The package; its function `similarity` stays in sight beside the folder of that name."""

    @property
    def similarity(self) -> object:
        """The function of the public face."""
        return importlib.import_module(_HOMES["similarity"]).similarity

    @similarity.setter
    def similarity(self, _: object) -> None:
        """Let the import system bind the folder of that name to nothing."""


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
