"""Inference: options, scales and suspicious columns from nothing but values."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data import read_frame
from transferperf.data.checks import Origin
from transferperf.data.inference import MOST_LEVELS, infer_option, infer_scale
from transferperf.space import BinaryOption, ChoiceOption, IntegerOption, Option, RealOption

ORIGIN = Origin("runs.csv")


@pytest.mark.parametrize(
    ("values", "option"),
    [
        ([1, 0, 1], BinaryOption(name="o")),
        ([True, False], BinaryOption(name="o", levels=(False, True))),
        (["yes", "no"], BinaryOption(name="o", levels=("no", "yes"))),
        (["zlib", "None"], BinaryOption(name="o", levels=("None", "zlib"))),
        (["b", "a"], BinaryOption(name="o", levels=("a", "b"))),
        ([4096, 512], BinaryOption(name="o", levels=(512, 4096))),
        (["wal", "off", "delete"], ChoiceOption(name="o", levels=("off", "delete", "wal"))),
        (["10", "None", "9"], ChoiceOption(name="o", levels=("None", "9", "10"))),
        (["3x3", "5x5", "7"], ChoiceOption(name="o", levels=("7", "3x3", "5x5"))),
        ([3.0, 1.0, 2.0], IntegerOption(name="o", levels=(1, 2, 3))),
        ([0, 10, 100, 1000], IntegerOption(name="o", levels=(0, 10, 100, 1000), scale="ordinal")),
        ([1, 10, 100], IntegerOption(name="o", levels=(1, 10, 100), scale="log")),
        ([0.5, 1.0, 2.0], RealOption(name="o", levels=(0.5, 1, 2), scale="log")),
        ([7, 7], IntegerOption(name="o", levels=(7,))),
        (["x", "x"], ChoiceOption(name="o", levels=("x",))),
        ([True, True], ChoiceOption(name="o", levels=(True,))),
    ],
)
def test_values_say_what_kind_of_option_they_are_of(values: list[object], option: Option) -> None:
    """Two values binary with "off" first, text a choice, whole numbers integer, else real; the default comes first."""
    assert infer_option(pd.Series(values, name="o"), ORIGIN) == option


@given(st.lists(st.integers(-1000, 10**9) | st.floats(-1e9, 1e9), min_size=1, max_size=200))
def test_an_inferred_number_contains_all_that_it_was_inferred_from(values: list[float]) -> None:
    """However many values there are, the levels stay few and the range whole."""
    option = infer_option(pd.Series(values, name="o"), ORIGIN)
    assert all(option.contains(value) for value in values)
    assert len(option.levels) <= MOST_LEVELS
    assert set(option.levels) <= set(values)


@given(st.floats(0.01, 100), st.floats(1.5, 10), st.integers(3, 8))
def test_equal_factors_are_a_log_scale_and_equal_steps_a_linear_one(start: float, step: float, n: int) -> None:
    """Geometric and arithmetic sequences are told apart."""
    assert infer_scale(start * step ** np.arange(n)) == "log"
    assert infer_scale(start + step * np.arange(n)) == "linear"


@given(st.floats(0.01, 100), st.floats(3, 10), st.integers(6, 12))
def test_numbers_of_which_half_are_crowded_lie_evenly(start: float, step: float, n: int) -> None:
    """A geometric sequence from 0 on has no room on another scale, nor have numbers beside one that is far away."""
    assert infer_scale(np.append(0, start * step ** np.arange(n))) == "ordinal"
    assert infer_scale(np.append(np.arange(n), 1e3 * n)) == "ordinal"
    assert infer_scale(np.append(-1e3 * n, np.arange(n))) == "ordinal"


def test_an_undeclared_number_that_follows_a_metric_is_asked_about() -> None:
    """It is a note, not an error: x264's `fps` against its time. An honest option is not asked about."""
    stream = np.random.default_rng(0)
    time = stream.random(60)
    frame = pd.DataFrame({"ref": stream.integers(1, 9, 60), "fps": 30 / time, "hardware": "h1", "time": time})
    assert read_frame(frame, metrics=["time"]).notes == (
        "is `fps` a metric? it moves with `time` (Spearman -1.00); declare or ignore it",
    )
    assert not read_frame(frame, metrics=["time", "fps"]).notes
    declared = read_frame(frame, metrics=["time"]).space
    assert not read_frame(frame, metrics=["time"], space=declared).notes


def test_a_metric_that_hides_behind_its_environments_is_still_found() -> None:
    """Environments of very different speed mask the rank correlation of all rows together."""
    time = np.linspace(1, 2, 40)
    frame = pd.DataFrame({"a": [0, 1] * 40, "fps": [*(1 / time), *(90 / time)], "time": [*time, *(50 * time)]})
    frame = frame.assign(workload=["small"] * 40 + ["large"] * 40)
    assert abs(frame["fps"].rank().corr(frame["time"].rank())) < 0.9
    assert read_frame(frame, metrics=["time"]).notes[0].startswith("is `fps` a metric?")


def test_an_option_with_one_value_is_kept_with_a_note() -> None:
    """It can be read, and the user knows."""
    table = read_frame(pd.DataFrame({"a": [0, 1], "qpmax": [69, 69], "time": [1.0, 2.0]}), metrics=["time"])
    assert table.notes == ("option 'qpmax' has one value, 69",)
    assert table.space["qpmax"].levels == (69,)
