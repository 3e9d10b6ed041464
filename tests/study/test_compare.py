"""compare and measure_in_turns: the ratio of two means, its interval, and the order of the runs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data.measurement import Measurement, Status
from transferperf.errors import MeasurementError
from transferperf.metric import Metric
from transferperf.space import Configuration, Environment
from transferperf.study.compare import compare, measure_in_turns, ratio_of_means

TIME, SPEED = Metric("time", unit="s"), Metric("speed", direction="max")
values = st.lists(st.floats(1.0, 2.0), min_size=3, max_size=12)


@given(values, values)
def test_the_interval_holds_the_ratio(above: list[float], below: list[float]) -> None:
    """The ratio of the means lies between the two ends."""
    ratio, low, high = ratio_of_means(above, below)
    assert ratio == pytest.approx(np.mean(above) / np.mean(below))
    assert low <= ratio * (1 + 1e-12)
    assert ratio <= high * (1 + 1e-12)


@given(values, values)
def test_the_other_way_round_gives_the_reciprocal(above: list[float], below: list[float]) -> None:
    """Fieller's interval of b / a is that of a / b turned over, where both are bounded away from 0."""
    there, back = ratio_of_means(above, below), ratio_of_means(below, above)
    if all(0 < end < math.inf for end in (*there, *back)):
        assert back == pytest.approx((1 / there[0], 1 / there[2], 1 / there[1]), rel=1e-6)


@given(values, values, st.floats(0.01, 100))
def test_the_unit_is_irrelevant(above: list[float], below: list[float], factor: float) -> None:
    """Seconds or milliseconds: the same ratio and the same interval."""
    scaled = ratio_of_means([factor * v for v in above], [factor * v for v in below])
    assert scaled == pytest.approx(ratio_of_means(above, below), rel=1e-5, abs=1e-9)


def test_against_a_constant_it_is_the_interval_of_the_mean() -> None:
    """With nothing to divide by but an exact 2, half of Student's interval: 4.3027 * s / sqrt(3) on either side."""
    _, low, high = ratio_of_means([9.0, 10.0, 11.0], [2.0, 2.0, 2.0])
    half = 4.302652729911275 / math.sqrt(3)
    assert (low, high) == pytest.approx(((10 - half) / 2, (10 + half) / 2))


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Of 2000 pairs of samples with unequal noise, 95 % (within four standard errors) give an interval around 1.5."""
    chance = np.random.default_rng(7)
    hits = [
        low <= 1.5 <= high
        for _ in range(2000)
        for _, low, high in [ratio_of_means(chance.normal(3, 0.3, 6).tolist(), chance.normal(2, 0.05, 10).tolist())]
    ]
    assert abs(np.mean(hits) - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


def test_a_mean_that_could_be_zero_bounds_nothing() -> None:
    """The ends are infinite, and a mean of exactly 0 has no ratio."""
    assert ratio_of_means([1.0, 1.1, 0.9], [-1.0, 0.5, 1.0])[1:] == (-math.inf, math.inf)
    assert math.isnan(ratio_of_means([1.0, 1.0, 1.0], [-1.0, 0.0, 1.0])[0])


def test_more_than_one_is_better_in_either_direction() -> None:
    """Half the time, or twice the speed: both are 2 times better."""
    slow, fast = [4.0, 4.1, 3.9], [2.0, 2.1, 1.9]
    assert compare(slow, fast, TIME).ratio == pytest.approx(2)
    assert compare(fast, slow, SPEED).ratio == pytest.approx(2)
    assert "time 2 instead of 4 s: 2 times better" in str(compare(slow, fast, TIME))


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 2.0, math.nan]])
def test_too_few_values_are_refused(values: list[float]) -> None:
    """The error shows what came."""
    with pytest.raises(MeasurementError, match="needs 3 numbers of each"):
        compare(values, [1.0, 2.0, 3.0], TIME)


def test_runs_take_turns() -> None:
    """Every other round goes backwards, so that a drift meets both alike; a failure ends it."""
    order: list[str] = []

    def measure(configuration: Configuration) -> Measurement:
        name = str(configuration["name"])
        order.append(name)
        ok = Measurement(configuration=configuration, environment=Environment(), repeats={"time": (float(len(order)),)})
        return replace(ok, repeats={}, status=Status.FAILED, reason="it broke") if name == "broken" else ok

    pair = [{"name": "a"}, {"name": "b"}]
    measured = measure_in_turns(measure, pair, 4)
    assert "".join(order) == "abbaabba"
    assert np.mean([m.mean("time") for m in measured[0]]) == np.mean([m.mean("time") for m in measured[1]])
    with pytest.raises(MeasurementError, match="ended as 'failed': it broke"):
        measure_in_turns(measure, [{"name": "broken"}], 1)
