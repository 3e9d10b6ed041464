"""Claims about the verbs where measurements were invalid."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import transferperf as tp


def test_predict_says_how_likely_each_configuration_is_to_be_valid(call: Any, runs: Path) -> None:
    """A last column `p_valid`, equal to the library's, where the model's measurements had an invalid row."""
    frame = pd.read_csv(runs)
    frame["status"] = np.where(frame["size"] == 8, "invalid", "ok")
    frame.to_csv("invalid.csv", index=False)
    asked = frame.drop(columns=["status", "time", "memory"])
    asked.to_csv("asked.csv", index=False)
    words = ["--target", "hardware=h3", "--metric", "time", "--metrics", "memory", "-o", "m.tperf"]
    assert call("fit", "invalid.csv", *words).code == 0
    assert call("predict", "m.tperf", "asked.csv", "-o", "out.csv").code == 0
    written = pd.read_csv("out.csv")
    assert list(written)[-1] == "p_valid"
    np.testing.assert_allclose(written["p_valid"], tp.load("m.tperf").p_valid(asked), rtol=1e-12)
