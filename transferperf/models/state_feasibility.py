"""P(valid) as plain values and named arrays, and back: see `transferperf.models.state`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from transferperf.models.feasibility import Feasibility
from transferperf.models.state import dump, restore

KEY = "feasibility/"
"""What its arrays' names start with."""


def dump_feasibility(feasibility: Feasibility) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `restore_feasibility` needs: values that JSON holds, and arrays by name."""
    values, arrays = dump(feasibility.predictor)
    arrays |= {"calibration": feasibility.calibration, "beliefs": feasibility.weights}
    named = {KEY + name: array for name, array in arrays.items()}
    return {"predictor": values, "n_rows": feasibility.n_rows}, named


def restore_feasibility(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Feasibility:
    """What `dump_feasibility` took apart; KeyError, TypeError or ValueError where something is missing or wrong."""
    own = {name.removeprefix(KEY): array for name, array in arrays.items() if name.startswith(KEY)}
    return Feasibility(
        predictor=restore(values["predictor"], own),
        calibration=own["calibration"],
        weights=own["beliefs"],
        n_rows=float(values["n_rows"]),
    )
