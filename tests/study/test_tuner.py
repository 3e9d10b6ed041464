"""Tuner: asks for what is worth measuring, remembers what it was told, and finds the optimum early."""

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

from transferperf.data.design import design
from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable
from transferperf.errors import BudgetError, NotEnoughDataError, SpaceError
from transferperf.metric import Metric
from transferperf.rng import generator
from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    Condition,
    ConfigurationSpace,
    Encoding,
    Environment,
    Exclusion,
    IntegerOption,
)
from transferperf.study.suggest import Suggestion
from transferperf.study.tuner import Tuner
from transferperf.study.tuning import tune

SPACE = ConfigurationSpace(
    (
        ChoiceOption(name="journal", levels=("delete", "wal", "off")),
        IntegerOption(name="checkpoint", levels=(1, 10, 100), scale="log"),
        IntegerOption(name="cache", levels=(1, 2, 4, 8), scale="log"),
        BinaryOption(name="index"),
        BinaryOption(name="sync"),
        BinaryOption(name="mmap"),
    ),
    (
        Condition(option="checkpoint", parent="journal", values=("wal",)),
        Exclusion(values=(("journal", ("off",)), ("sync", (1,))), reason="nothing to sync"),
    ),
)
TARGET = {"hardware": "h2"}
HERE = Environment.of(TARGET)
SHIFT = -2.0
"""What the target does differently: its logarithms correlate 0.5 to 0.9 with those of the source."""


def response(frame: pd.DataFrame, shift: float, seed: int = 0) -> np.ndarray:
    """A cost with interactions, shape (n,); `shift` moves its smallest part away from the sources'."""
    X = Encoding(SPACE).encode(frame)
    names = Encoding(SPACE).names
    main, pair = generator(seed, "main").normal(size=(6, 3)), generator(seed, "pair").normal(size=(6, 6))
    index = np.round(2 * X).astype(int) % 3
    z = main[np.arange(6), index].sum(axis=1) + 0.4 * np.einsum("ni,ij,nj->n", X, pair, X)
    return np.exp(0.4 * (z + shift * X[:, names.index("cache")] * (1 + X[:, names.index("index")])))


def measured(configuration: Mapping[str, object], shift: float = SHIFT, seed: int = 0) -> float:
    """What the target measures."""
    return float(response(pd.DataFrame([dict(configuration)]), shift, seed)[0])


def sources(n: int = 60, seed: int = 0) -> MeasurementTable:
    """A table with n configurations of a related environment."""
    frame = design(SPACE, n, "random", seed)
    frame = frame.assign(hardware="h1", time=response(frame, 0.0, seed))
    return MeasurementTable(frame, SPACE, ("hardware",), (Metric("time", unit="s"), Metric("bytes")))


def everything() -> pd.DataFrame:
    """All valid configurations, each once."""
    rows = itertools.product(*(option.levels for option in SPACE.options))
    canonical = (SPACE.canonical(dict(zip(SPACE.names, row, strict=True))) for row in rows)
    return pd.DataFrame([row for row in canonical if SPACE.contains(row)]).drop_duplicates(ignore_index=True)


@pytest.fixture
def table() -> MeasurementTable:
    """One related source."""
    return sources()


def new_tuner(table: MeasurementTable, budget: int | str = 10, **extra: object) -> Tuner:
    """A tuner of the target."""
    return Tuner(table, metric="time", target=TARGET, budget=budget, **extra)  # type: ignore[arg-type]


def run(tuner: Tuner, n: int, value: Callable[[Suggestion], float] = measured) -> list[Suggestion]:
    """Ask and tell n times."""
    asked = []
    for _ in range(n):
        asked.append(tuner.ask())
        tuner.tell(asked[-1], value(asked[-1]))
    return asked


def tries(seed: int) -> int:
    """Measurements until the target's optimum is found, at most 13."""
    tuner, best = new_tuner(sources(seed=seed), 13, seed=seed), response(everything(), SHIFT, seed).min()
    while not tuner.is_done:
        suggestion = tuner.ask()
        tuner.tell(suggestion, value := measured(suggestion, seed=seed))
        if value <= best * (1 + 1e-9):
            break
    return tuner.state.n_told


def test_a_related_source_finds_the_optimum_early() -> None:
    """Median over 5 targets: in less than a tenth of the tries that a random order of all configurations needs."""
    random_order = (len(everything()) + 1) / 2
    assert np.median([tries(seed) for seed in range(5)]) < random_order / 10


def test_the_first_suggestions_need_no_target_rows(table: MeasurementTable) -> None:
    """The best of the sources, and what they promise; then improvements."""
    tuner = new_tuner(table)
    asked = run(tuner, 4)
    assert [s.reason for s in asked[:3]] == ["best of the sources", *["promising by the sources"] * 2]
    assert asked[3].reason.startswith("expected improvement")
    assert " % over time " in asked[3].reason
    assert all(s.environment == HERE for s in asked)


def test_the_first_one_is_the_sources_optimum(table: MeasurementTable) -> None:
    """With a source measured everywhere, it is where the source's values are best."""
    frame = everything()
    known = MeasurementTable(
        frame.assign(hardware="h1", time=response(frame, 0.0)), SPACE, ("hardware",), table.metrics
    )
    best = frame.iloc[int(response(frame, 0.0).argmin())]
    assert new_tuner(known).ask() == SPACE.parse(dict(zip(SPACE.names, best, strict=True)))


@pytest.mark.parametrize("n_told", [0, 4])
def test_the_same_seed_asks_for_the_same(table: MeasurementTable, n_told: int) -> None:
    """Two tuners that were told the same agree, also in a batch."""
    tuners = [new_tuner(table, seed=3) for _ in range(2)]
    for tuner in tuners:
        run(tuner, n_told)
    first, again = (tuner.ask(n=3) for tuner in tuners)
    assert first == again


def test_a_study_goes_on_alike_after_a_restart(table: MeasurementTable) -> None:
    """A new tuner on the table of the old one, its rows in another order, asks for what the old one asks for."""
    old = new_tuner(table)
    run(old, 5)
    frame = old.state.table.frame.sample(frac=1, random_state=1, ignore_index=True)
    new = new_tuner(MeasurementTable(frame, SPACE, ("hardware",), table.metrics))
    assert new.ask() == old.ask()


def test_nothing_is_asked_for_twice(table: MeasurementTable) -> None:
    """Neither what is measured nor what failed nor what is pending; everything asked for is valid and canonical."""
    tuner = new_tuner(table, 12)
    asked = [tuner.ask()]
    for k in range(8):
        asked.append(tuner.ask())
        if k % 3:
            tuner.tell(asked[-1], status="failed", reason="crashed")
        else:
            tuner.tell(asked[-1], measured(asked[-1]))
    asked += tuner.ask(n=3)
    assert len({tuple(s.values()) for s in asked}) == 12
    assert all(SPACE.contains(s) and SPACE.canonical(s) == s for s in asked)


def test_a_batch_spreads(table: MeasurementTable) -> None:
    """Four different ones, none of them known."""
    tuner = new_tuner(table)
    known = run(tuner, 3)
    batch = tuner.ask(n=4)
    assert len({tuple(s.values()) for s in [*known, *batch]}) == 7


def test_a_larger_metric_may_be_the_better_one(table: MeasurementTable) -> None:
    """Maximising 1 / time asks for the same configurations as minimising time, and finds the same best one."""
    frame = table.frame.assign(speed=1 / table.frame["time"])
    speeds = MeasurementTable(frame, SPACE, ("hardware",), (Metric("speed", direction="max"),))
    up, down = Tuner(speeds, metric="speed", target=TARGET, budget=9), new_tuner(table, 9)
    assert run(up, 6, lambda s: 1 / measured(s)) == run(down, 6)
    assert up.best().configuration == down.best().configuration


def test_suggestions_stay_in_the_pool(table: MeasurementTable) -> None:
    """All of a pool of seven is asked for, each once; then nothing is left."""
    pool = everything().iloc[::20].assign(note="ignored")
    tuner = new_tuner(table, 30, candidates=pool)
    asked = run(tuner, len(pool))
    assert {tuple(s.values()) for s in asked} == {tuple(row) for row in pool[list(SPACE.names)].to_numpy()}
    with pytest.raises(BudgetError, match="nothing is left to suggest"):
        tuner.ask()


def test_a_pool_without_an_option_is_refused(table: MeasurementTable) -> None:
    """The error names the column."""
    with pytest.raises(SpaceError, match="lack the option cache"):
        new_tuner(table, candidates=everything().drop(columns="cache"))


def test_a_small_space_is_asked_for_to_the_end() -> None:
    """Without any source: the default first, every configuration once, values of 0 and below are legal."""
    space = ConfigurationSpace((BinaryOption(name="a"), IntegerOption(name="b", levels=(1, 2, 3))))
    table = MeasurementTable(
        pd.DataFrame(columns=["a", "b", "hardware", "gain"]), space, ("hardware",), (Metric("gain"),)
    )
    tuner = Tuner(table, metric="gain", target=TARGET, budget=30)
    history = tune(
        tuner, lambda s: Measurement(configuration=s, environment=s.environment, repeats={"gain": (int(s["b"]) - 2.0,)})
    )
    assert dict(history[0].configuration) == space.default
    assert len({tuple(m.configuration.values()) for m in history}) == len(history) == 6
    assert tuner.best().configuration["b"] == 1


def test_the_budget_counts_what_is_asked_for(table: MeasurementTable) -> None:
    """A batch is cut to what is left; repeats are free; past the end one line says what was spent."""
    tuner = new_tuner(table, 4)
    first = tuner.ask()
    for _ in range(3):
        tuner.tell(first, measured(first))
    assert len(tuner.ask(n=9)) == 3
    assert tuner.is_done
    with pytest.raises(
        BudgetError, match=r"budget of 4 measurements is spent: 1 configurations told in 0 s, 3 pending"
    ):
        tuner.ask()
    assert tuner.best().n_measured == 1


def test_a_time_is_spent_by_what_measurements_cost(table: MeasurementTable) -> None:
    """40 + 30 seconds are more than a minute; a tell without its cost is refused."""
    tuner = new_tuner(table, "1min")
    asked = tuner.ask(n=2)
    with pytest.raises(BudgetError, match="cost_s is missing"):
        tuner.tell(asked[0], 1.0)
    tuner.tell(asked[0], 1.0, cost_s=40.0)
    assert tuner.state.left == 20
    tuner.tell(asked[1], status="timeout", cost_s=30.0)
    assert tuner.is_done


def test_the_best_is_not_the_luckiest_run() -> None:
    """Of 40 equally slow configurations one ran fast once, one is truly faster and was repeated: the latter is best."""
    space = ConfigurationSpace(tuple(BinaryOption(name=f"b{j}") for j in range(6)))
    frame = design(space, 40, "random", 0)
    noise = generator(0, "noise").normal(0, 1.0, 40)
    frame["time"] = 20.0 - 6.0 * frame["b0"] + noise
    slow = np.flatnonzero(frame["b0"] == 0)[0]
    frame.loc[slow, "time"] = frame["time"].min() - 0.1
    tuner = Tuner(MeasurementTable(frame, space, (), (Metric("time"),)), metric="time", target={}, budget=5)
    best = tuner.best()
    assert best.configuration["b0"] == 1
    assert best.low < best.mean < best.high
    assert best.probability_better_than_default > 0.9
    assert best.n_measured == 40


def test_the_default_is_not_better_than_itself(table: MeasurementTable) -> None:
    """Where the default is the best one measured, the probability that it beats the default is 0."""
    tuner = new_tuner(table)
    for k, s in enumerate([SPACE.default, *tuner.ask(n=4)[2:]]):
        tuner.tell(s, 1.0 + 5.0 * (k > 0))
    best = tuner.best()
    assert best.configuration == SPACE.default
    assert best.probability_better_than_default == 0


def test_before_a_model_the_best_is_the_best_measured(table: MeasurementTable) -> None:
    """With two configurations it is the one with the smaller mean, and no interval is claimed; with none an error."""
    tuner = new_tuner(table)
    with pytest.raises(NotEnoughDataError, match="nothing was measured in target hardware=h2"):
        tuner.best()
    one, two = tuner.ask(n=2)
    for configuration, value in ((one, 5.0), (one, 3.0), (two, 3.5)):
        tuner.tell(configuration, value)
    assert tuner.best().configuration == two
    assert math.isnan(tuner.best().low)


def test_tuning_tells_of_each_measurement(table: MeasurementTable) -> None:
    """The loop ends with the budget; whoever listens hears of each measurement once, in order."""
    heard = []
    history = tune(
        new_tuner(table, 5),
        lambda s: Measurement(configuration=s, environment=s.environment, repeats={"time": (measured(s),)}),
        lambda suggestion, measurement: heard.append((suggestion, measurement)),
    )
    assert [measurement for _, measurement in heard] == history
    assert len(history) == 5
