"""Belief: parameters are fitted now and then, and what comes in between is added to them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models import TransferPredictor, fit_target
from transferperf.models.refit import refit
from transferperf.space import BinaryOption, ConfigurationSpace, Environment, IntegerOption
from transferperf.study.belief import FEW_ROWS, REFIT_SHARE, Belief
from transferperf.study.budget import Budget
from transferperf.study.state import State

SPACE = ConfigurationSpace(
    (BinaryOption(name="a"), BinaryOption(name="b"), IntegerOption(name="c", levels=(1, 2, 3, 4, 5, 6)))
)
GRID = pd.DataFrame([{"a": a, "b": b, "c": c} for a in (0, 1) for b in (0, 1) for c in range(1, 7)])
TIME = Metric("t", unit="s")
HERE = Environment()
N_START = 10


def seconds(row: pd.Series) -> float:
    """What a configuration takes."""
    return float(1 + row["a"] + 0.5 * row["b"] * row["c"] + 0.1 * row["c"] ** 2)


def start() -> State:
    """A study that knows every second configuration of the first N_START pairs."""
    frame = GRID.iloc[: 2 * N_START : 2]
    table = MeasurementTable(frame.assign(t=frame.apply(seconds, axis=1)), SPACE, (), (TIME,))
    return State(table=table, metric=TIME, target=HERE, budget=Budget.parse(20))


def measured(i: int, status: Status = Status.OK) -> Measurement:
    """One of the other configurations."""
    row = GRID.iloc[2 * i + 1]
    configuration = {str(name): int(value) for name, value in row.items()}
    return Measurement(
        configuration=configuration, environment=HERE, repeats={"t": (seconds(row),)}, status=status, cost_s=1.0
    )


def told(belief: Belief, state: State, *measurements: Measurement) -> State:
    """The state after measurements, which the belief was told."""
    for measurement in measurements:
        state = state.told(measurement.configuration, measurement)
        belief.tell(state, measurement)
    return state


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many configurations each fit of a target had, as they are made."""
    made: list[int] = []

    def counted(background: object, samples: object, **keywords: object) -> TransferPredictor:
        made.append(len(samples))  # type: ignore[arg-type]
        return fit_target(background, samples, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr("transferperf.study.belief.fit_target", counted)
    return made


def latent(belief: Belief, state: State, rows: np.ndarray) -> np.ndarray:
    """Mean of the response at encoded rows."""
    predictor = belief.now(state)
    assert predictor is not None
    return predictor.predict(rows).latent_mean


def test_parameters_are_fitted_after_a_fifth_more_rows(fits: list[int]) -> None:
    """Ten rows were fitted to: one more is only added, and two more are a reason to fit again."""
    state = start()
    belief = Belief(state, transfer="auto", seed=0)
    for i in range(4):
        belief.now(state)
        state = told(belief, state, measured(i))
    belief.now(state)
    assert REFIT_SHARE == 0.2
    assert fits == [10, 12, 14]


LARGE = ConfigurationSpace(
    (IntegerOption(name="c", levels=tuple(range(1, 21))), IntegerOption(name="d", levels=tuple(range(1, 21))))
)


def large(n: int) -> tuple[State, list[Measurement]]:
    """A study that knows the first n configurations of a larger space, and measurements of the others."""
    stream = np.random.default_rng(0)
    cells = [{"c": int(k) // 20 + 1, "d": int(k) % 20 + 1} for k in stream.permutation(400)]
    values = [1 + np.sin(row["c"] / 3) + 0.1 * row["d"] + 0.02 * stream.normal() for row in cells]
    frame = pd.DataFrame(cells).assign(t=values)
    table = MeasurementTable(frame.iloc[:n], LARGE, (), (TIME,))
    rest = zip(cells[n:], values[n:], strict=True)
    measurements = [Measurement(configuration=c, environment=HERE, repeats={"t": (float(v),)}) for c, v in rest]
    return State(table=table, metric=TIME, target=HERE, budget=Budget.parse(400)), measurements


def test_with_many_rows_parameters_go_on_from_where_they_stand(
    fits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fifth more rows they are fitted again, and all is fitted anew only where the rows are twice as many."""
    again: list[int] = []

    def counted(predictor: TransferPredictor, *, seed: int) -> TransferPredictor:
        again.append(len(predictor.experts[0].posterior.rows))  # type: ignore[attr-defined]
        return refit(predictor, seed=seed)

    monkeypatch.setattr("transferperf.study.belief.refit", counted)
    state, further = large(FEW_ROWS)
    belief = Belief(state, transfer="none", seed=0)
    for measurement in further[: FEW_ROWS + 1]:
        state = told(belief, state, measurement)
        belief.now(state)
    assert fits == [40, 80]
    assert again == [48, 57, 68]


def test_fits_that_go_on_are_made_in_their_order() -> None:
    """A study that is asked only in the end believes what one believes that was asked in between."""
    state, further = large(FEW_ROWS)
    looked, other = (Belief(state, transfer="none", seed=0) for _ in range(2))
    here = there = state
    for k, measurement in enumerate(further[:20]):
        here = told(looked, here, measurement)
        if k % 3 == 0:
            looked.now(here)
    there = told(other, there, *further[:20])
    X = there.samples.X
    np.testing.assert_array_equal(latent(looked, here, X), latent(other, there, X))


def test_a_row_that_is_only_added_moves_the_prediction_towards_it() -> None:
    """Without a fit, the row that came is predicted nearer to what it measured."""
    state = start()
    belief = Belief(state, transfer="none", seed=0)
    new = measured(3)
    later = told(Belief(state, transfer="none", seed=0), state, new)
    row = later.since(state)
    before = latent(belief, state, row.X)
    after_state = told(belief, state, new)
    after = latent(belief, after_state, row.X)
    predictor = belief.now(after_state)
    assert predictor is not None
    truth = predictor.warping.warp(row.y)
    assert abs(after - truth)[0] < abs(before - truth)[0]


def test_what_was_told_decides_alone() -> None:
    """Looking in between changes nothing: a study that is told the same from the start believes the same."""
    state = start()
    looked, other = (Belief(state, transfer="auto", seed=0) for _ in range(2))
    here, there = state, state
    for i in range(3):
        latent(looked, here, start().samples.X)
        here = told(looked, here, measured(i))
    there = told(other, there, *(measured(i) for i in range(3)))
    X = here.samples.X
    np.testing.assert_array_equal(latent(looked, here, X), latent(other, there, X))


def test_a_timeout_is_a_reason_to_fit(fits: list[int]) -> None:
    """A value at a cap cannot just be added: it is only a bound."""
    state = start()
    belief = Belief(state, transfer="auto", seed=0)
    belief.now(state)
    state = told(belief, state, measured(0, Status.TIMEOUT))
    belief.now(state)
    assert fits == [10, 11]


def test_a_row_of_another_environment_is_a_reason_to_fit_the_sources_again() -> None:
    """What is measured elsewhere is known to the sources at once."""
    state = start()
    frame = state.table.frame.assign(hardware="h1")
    state = replace(state, table=replace(state.table, frame=frame, factors=("hardware",)))
    target = Environment.of({"hardware": "h1"})
    state = replace(state, target=target)
    belief = Belief(state, transfer="auto", seed=0)
    first = belief.now(state)
    elsewhere = [replace(measured(i), environment=Environment.of({"hardware": "h2"})) for i in range(6)]
    state = told(belief, state, *elsewhere)
    second = belief.now(state)
    assert first is not None
    assert second is not None
    assert (len(first.background.sources), len(second.background.sources)) == (0, 1)
