"""Conditions on options and metrics, as text: "file_bytes <= 100000", "journal_mode != off", "psnr within 2 %"."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transferperf.errors import DataError
from transferperf.metric import Metric
from transferperf.models import TransferPredictor, Warping
from transferperf.search.acquisition import log_probability_below
from transferperf.search.proof import Bound
from transferperf.space.option import as_number, plain

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}

BOUNDING = {"<": 1.0, "<=": 1.0, "==": 1.0, ">": -1.0, ">=": -1.0}
"""What comparisons bound: 1 from above, -1 from below."""

_DISTANCE = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:\s*%)?"

WITHIN = "within"
"""Compares with the best value of the metric, not with a number."""


@dataclass(frozen=True, slots=True)
class Where:
    """One condition: a name, a comparison and a value; or how far a metric may be from its best value.

    Examples
    --------
    >>> where = Where.parse("file_bytes <= 1e5")
    >>> where.name, where.holds(pd.Series([9e4, 2e5])).tolist()
    ('file_bytes', [True, False])
    >>> print(Where.parse("psnr within 2 %").near(40.0, Metric("psnr", direction="max")))
    psnr >= 39.2
    """

    name: str
    comparison: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "Where":
        """The condition that a text states; DataError where it states none."""
        found = re.fullmatch(r"\s*(.+?)\s*(<=|>=|==|!=|<|>)\s*(.+?)\s*", text)
        found = found or re.fullmatch(rf"\s*(.+?)\s+({WITHIN})\s+({_DISTANCE})\s*", text)
        if not found:
            raise DataError(
                f"condition '{text}' cannot be read; expected NAME <= VALUE, with one of {' '.join(COMPARISONS)}, "
                "or METRIC within 2 % (of its best value), or within a number of its unit"
            )
        return cls(*found.groups())

    def holds(self, values: pd.Series) -> np.ndarray:
        """Whether each of the values (n,) meets the condition; numbers are compared as numbers, all else as text."""
        if self.is_moving:
            raise DataError(f"condition '{self}' is on an option; only a metric has a best value. Compare with a value")
        compare, number = COMPARISONS[self.comparison], as_number(self.value)
        if number is not None and pd.api.types.is_numeric_dtype(values):
            return np.asarray(compare(values.to_numpy(dtype=float), number), dtype=bool)
        if self.comparison not in ("==", "!="):
            raise DataError(f"condition '{self}' orders text; use == or != with {self.name}")
        wanted = str(plain(number)) if number is not None else self.value
        codes, levels = pd.factorize(values, use_na_sentinel=False)
        return np.array([compare(str(plain(level)), wanted) for level in levels], dtype=bool)[codes]

    def bound(self, predictor: TransferPredictor) -> Bound | None:
        """What it means on the latent scale, said of a predictor's median; None where it bounds nothing."""
        number, sign, cap = as_number(self.value), BOUNDING.get(self.comparison), predictor.background.cap
        if number is None or sign is None or (cap is not None and number >= cap):
            return None
        latent = float(predictor.warping.warp(np.array(number)))
        return Bound(predictor=predictor, sign=sign, most=sign * latent)

    @property
    def is_moving(self) -> bool:
        """Whether it bounds a metric by its best value, which moves with what is known."""
        return self.comparison == WITHIN

    def near(self, best: float, metric: Metric) -> "Where":
        """The bound that a moving condition means while the metric's best value is this one."""
        number, is_share = float(self.value.rstrip(" %")), self.value.endswith("%")
        slack = number / 100 * abs(best) if is_share else number
        comparison = "<=" if metric.lower_is_better else ">="
        return Where(self.name, comparison, repr(float(best + metric.sign * slack)))

    @property
    def is_bound(self) -> bool:
        """Whether it bounds a number from one side, as a condition on a metric has to that is learned."""
        return as_number(self.value) is not None and self.comparison in BOUNDING and self.comparison != "=="

    def log_probability(self, mean: np.ndarray, std: np.ndarray, warping: Warping) -> np.ndarray:
        """Logarithm of the probability that a response meets it, by latent mean and deviation (n,): shape (n,)."""
        sign, latent = BOUNDING[self.comparison], float(warping.warp(np.array(float(self.value))))
        return log_probability_below(sign * mean, std, sign * latent)

    def __str__(self) -> str:
        return f"{self.name} {self.comparison} {self.value}"
