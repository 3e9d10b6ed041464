"""Several metrics: a front in few measurements, weighted sums, and the best near the best quality."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.study.test_goal import METRICS, SPACE, measured, memory_of, rows, table_of, time_of
from transferperf.data.table import MeasurementTable
from transferperf.errors import BudgetError, DataError, NotEnoughDataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.rng import generator
from transferperf.search.hypervolume import hypervolume, is_undominated
from transferperf.study.budget import Budget
from transferperf.study.front import Front
from transferperf.study.tuner import Tuner

TARGET = {"hardware": "h2"}
ROWS: list[dict[str, Any]] = [*rows()]
EVERY = np.log([[time_of(c), memory_of(c)] for c in ROWS])  # (96, 2)
WORST = EVERY.max(axis=0)
SUM = "2 * time + 0.1 * memory_mb"


def new_tuner(metric: object, n_source: int = 0, budget: object = 30, **more: object) -> Tuner:
    """A tuner of what all files of this folder tune."""
    return Tuner(table_of(n_source), metric=metric, target=TARGET, budget=budget, **more)  # type: ignore[arg-type]


def records(front: Front) -> list[dict[str, Any]]:
    """The configurations of a front."""
    return [{str(name): value for name, value in row.items()} for row in front.configurations.to_dict("records")]


def tuned(tuner: Tuner) -> Sequence[Mapping[str, object]]:
    """What a tuner asked for, one after the other, until its budget was spent."""
    asked = []
    while not tuner.is_done:
        asked.append(tuner.ask())
        tuner.tell(asked[-1], measured(asked[-1]))
    return asked


def share_of_volume(configurations: Sequence[Mapping[str, object]]) -> float:
    """Hypervolume of their logarithms, as a share of that of all configurations."""
    U = np.log([[time_of(c), memory_of(c)] for c in configurations])
    return hypervolume(U, WORST) / hypervolume(EVERY, WORST)


def test_a_front_is_found_in_few_measurements() -> None:
    """12 of 96 configurations beat more than 9 of 10 random choices of 12, on average over seeds."""
    tuners = [new_tuner(["time", "memory_mb"], budget=12, seed=seed) for seed in range(4)]
    ours = np.mean([share_of_volume(tuned(tuner)) for tuner in tuners])
    drawn = [generator(0, "random", k).permutation(len(EVERY))[:12] for k in range(40)]
    assert ours > np.quantile([share_of_volume([ROWS[i] for i in places]) for places in drawn], 0.9)


def test_a_front_is_what_is_not_beaten() -> None:
    """Of 30 measured ones, nearly those that the truth has; the intervals hold most of the truth; each has its unit."""
    tuner = new_tuner(["time", "memory_mb"])
    for c in ROWS[:30]:
        tuner.tell(c, measured(c))
    front = tuner.front()
    true = EVERY[:30][is_undominated(EVERY[:30])]
    found = np.log([[time_of(c), memory_of(c)] for c in records(front)])
    assert hypervolume(found, WORST) > 0.95 * hypervolume(true, WORST)
    assert front.n_measured == 30 == len(front) + len(front.beaten)
    values = np.exp(found)
    held = (front.low.to_numpy() <= values) & (values <= front.high.to_numpy())
    assert held.mean() > 0.8
    assert front.mean["time"].is_monotonic_increasing
    assert list(front.frame) == [
        *SPACE.names,
        *(f"{n}{s}" for n in ("time", "memory_mb") for s in ("", "_low", "_high")),
    ]
    assert set(front.default) == {"time", "memory_mb"}


def test_a_front_of_few_rows_is_that_of_the_measured_values() -> None:
    """Without a model there are no intervals."""
    tuner = new_tuner(["time", "memory_mb"])
    with pytest.raises(NotEnoughDataError, match="nothing was measured in target hardware=h2"):
        tuner.front()
    first, second = ROWS[:2]
    tuner.tell(first, {"time": 1.0, "memory_mb": 5.0})
    tuner.tell(second, {"time": 2.0, "memory_mb": 5.0})
    front = tuner.front()
    assert front.mean.to_dict("list") == {"time": [1.0], "memory_mb": [5.0]}
    assert front.low.isna().all(axis=None)
    assert front.beaten.to_dict("list") == {"time": [2.0], "memory_mb": [5.0]}


def test_more_is_better_in_a_front_too() -> None:
    """One with the largest speed and the least memory is left, whatever the sign of a metric."""
    frame = pd.DataFrame(ROWS[:12]).assign(hardware="h2")
    frame["speed"], frame["memory_mb"] = [-time_of(c) for c in ROWS[:12]], [memory_of(c) for c in ROWS[:12]]
    metrics = (Metric("speed", direction="max"), METRICS[1])
    table = MeasurementTable(frame, SPACE, ("hardware",), metrics)
    front = Tuner(table, metric=["memory_mb", "speed"], target=TARGET, budget=3).front()
    kept = np.array([[memory_of(c), time_of(c)] for c in records(front)])
    assert is_undominated(kept).all()
    assert front.mean["speed"].is_monotonic_increasing


def test_repeats_take_a_lucky_one_from_the_front() -> None:
    """One lucky run of what others beat is on the front at first; it is asked for again until it is not."""
    few = ROWS[:24]
    tuner = new_tuner(["time", "memory_mb"], budget=60, candidates=pd.DataFrame(few))
    stream = generator(0, "luck")

    def run(c: Mapping[str, object]) -> dict[str, float]:
        return {name: value * np.exp(0.25 * stream.normal()) for name, value in measured(c).items()}

    beaten = (EVERY[:24, None] < EVERY[:24] - 0.2).all(axis=2).any(axis=0)
    lucky = few[int(np.flatnonzero(beaten)[0])]
    for c in few:
        for _ in range(1 if c == lucky else 2):
            tuner.tell(c, {name: value / 4 for name, value in measured(c).items()} if c == lucky else run(c))
    assert lucky in records(tuner.front())
    asked = []
    while lucky in records(tuner.front()):
        asked.append(tuner.ask())
        assert asked[-1].reason.startswith("a repeat is wanted: whether it is on the front is known with probability ")
        tuner.tell(asked[-1], run(asked[-1]))
    assert 1 <= asked.count(lucky) <= 6  # type: ignore[arg-type]
    assert len(asked) <= 20


def test_conditions_hold_on_a_front() -> None:
    """What breaks one is not on it."""
    tuner = new_tuner(["time", "memory_mb"], budget=60, where=["memory_mb <= 100", "threads >= 2"])
    for c in ROWS[:40]:
        tuner.tell(c, measured(c))
    front = records(tuner.front())
    assert all(memory_of(c) <= 100 and c["threads"] >= 2 for c in front)
    assert tuner.ask()["threads"] in (2, 4, 8)


def test_a_batch_and_a_seed_hold_for_a_front() -> None:
    """Four at once differ, and are the same ones again with the same seed and data."""
    batches = []
    for _ in range(2):
        tuner = new_tuner(["time", "memory_mb"], seed=3)
        for c in ROWS[:8]:
            tuner.tell(c, measured(c))
        batches.append([tuple(s.values()) for s in tuner.ask(4)])
    assert batches[0] == batches[1]
    assert len(set(batches[0])) == 4


def test_three_metrics_have_a_front() -> None:
    """The exact improvement works for any number of them, and reasons say what is added."""
    frame = pd.DataFrame(ROWS[:10]).assign(hardware="h2")
    frame["time"], frame["memory_mb"] = [time_of(c) for c in ROWS[:10]], [memory_of(c) for c in ROWS[:10]]
    frame["energy"] = frame["time"] * frame["threads"]
    table = MeasurementTable(frame, SPACE, ("hardware",), (*METRICS, Metric("energy")))
    tuner = Tuner(table, metric=["time", "memory_mb", "energy"], target=TARGET, budget=3)
    suggestion = tuner.ask()
    assert suggestion.reason.startswith("expected to add ")
    assert suggestion.expected_share > 0
    assert list(tuner.front().mean) == ["time", "memory_mb", "energy"]


def test_the_sources_show_the_ends_of_a_front() -> None:
    """The first suggestions are the best of the sources, one for each metric."""
    first, second = new_tuner(["time", "memory_mb"], 96).ask(2)
    assert (first.reason, second.reason) == ("best of the sources in time", "best of the sources in memory_mb")
    assert time_of(first) < 1.1 * min(map(time_of, ROWS))
    assert memory_of(second) < 1.1 * min(map(memory_of, ROWS))


def test_a_study_of_several_metrics_ends_where_little_is_added() -> None:
    """A least share is one of what the front beats; a least gain has no unit."""
    tuner = new_tuner(["time", "memory_mb"], budget=Budget.parse(33, least_gain="20 %"))
    for c in ROWS[:24]:
        tuner.tell(c, measured(c))
    assert tuner.is_done
    assert "20 % is the least that is worth it" in tuner.why_done
    with pytest.raises(BudgetError, match="several metrics have no unit in common: name a share"):
        new_tuner(["time", "memory_mb"], budget=Budget.parse(30, least_gain=0.5))


def test_what_a_front_cannot_be_asked_is_refused() -> None:
    """No metric, the same one twice, the best one, a number without name, and a missing value: one line each."""
    for metric, says in ((["time", "time"], "are time, time; expected"), ([], "are none; expected")):
        with pytest.raises(DataError, match=says):
            new_tuner(metric)
    with pytest.raises(UnknownNameError, match="unknown metric 'tme'"):
        new_tuner(["time", "tme"])
    tuner = new_tuner(["time", "memory_mb"])
    with pytest.raises(DataError, match=r"ask for the front\(\), or give a weighted sum"):
        tuner.best()
    with pytest.raises(DataError, match=r"needs time and memory_mb; tell \{'time': ..., 'memory_mb': ...\}"):
        tuner.tell(SPACE.default, 3.0)
    with pytest.raises(DataError, match="value of metric 'memory_mb' is missing"):
        tuner.tell(SPACE.default, {"time": 3.0})


def test_a_weighted_sum_is_tuned_like_one_metric() -> None:
    """A good one is found among 96 in 12, with an interval, from measurements of its metrics alone."""
    tuner = new_tuner(SUM, budget=12)
    tuned(tuner)
    wanted = np.quantile([2 * time_of(c) + 0.1 * memory_of(c) for c in ROWS], 0.04)
    best = tuner.best()
    came = 2 * time_of(best.configuration) + 0.1 * memory_of(best.configuration)
    assert came <= wanted
    assert best.low <= came <= best.high
    with pytest.raises(DataError, match="the study needs time and memory_mb"):
        tuner.tell(SPACE.default, 3.0)


def test_the_fastest_within_a_distance_of_the_best_quality_is_found() -> None:
    """The bound moves with the best memory that is known; the answer keeps to it, and is the fastest that does."""
    tuner = new_tuner("time", budget=32, where=["memory_mb within 60 %"])
    for c in ROWS[:24]:
        tuner.tell(c, measured(c))
    tuned(tuner)
    least = min(map(memory_of, ROWS))
    best = tuner.best().configuration
    assert memory_of(best) <= 1.6 * least
    assert time_of(best) <= 1.02 * min(time_of(c) for c in ROWS if memory_of(c) <= 1.6 * least)


def test_a_moving_bound_is_that_of_what_meets_the_other_conditions() -> None:
    """With at least 4 threads the least memory is a larger one, and the bound with it."""
    tuner = new_tuner("time", where=["memory_mb within 10 %", "threads >= 4"])
    for c in ROWS:
        tuner.tell(c, measured(c))
    may = [c for c in ROWS if int(str(c["threads"])) >= 4]
    least = min(map(memory_of, may))
    best = tuner.best().configuration
    assert memory_of(best) <= 1.1 * least
    assert time_of(best) == min(time_of(c) for c in may if memory_of(c) <= 1.1 * least)


def test_what_is_best_itself_is_within_no_distance() -> None:
    """Within 0 %, one that has the best value is the answer, whatever a model makes of it."""
    tuner = new_tuner("time", where=["memory_mb within 0 %"])
    for c in ROWS[:30]:
        tuner.tell(c, measured(c))
    assert memory_of(tuner.best().configuration) <= 1.05 * min(memory_of(c) for c in ROWS[:30])


def test_a_bound_moves_before_there_is_a_model() -> None:
    """By the measured values alone."""
    tuner = new_tuner("time", where=["memory_mb within 10"])
    for c, memory in zip(ROWS[:2], (30.0, 50.0), strict=True):
        tuner.tell(c, {"time": 100.0 - memory, "memory_mb": memory})
    assert tuner.best().mean == 70.0
