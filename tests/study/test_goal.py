"""Conditions: what is suggested meets those on options, and the answer all; what fails is learned to be avoided."""

from collections.abc import Mapping

import pandas as pd
import pytest

from transferperf.data.design import design
from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError, NotEnoughDataError, SpaceError, UnknownNameError
from transferperf.metric import Metric
from transferperf.models import fit
from transferperf.search import Grid, Where
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Environment, IntegerOption, Value
from transferperf.study.goal import Goal
from transferperf.study.outlook import LIKELY, Outlook
from transferperf.study.tuner import Tuner

SPACE = ConfigurationSpace(
    (
        BinaryOption(name="cache"),
        ChoiceOption(name="mode", levels=("safe", "fast", "wild")),
        IntegerOption(name="threads", levels=(1, 2, 4, 8)),
        IntegerOption(name="buffer", levels=(1, 2, 4, 8)),
    )
)
METRICS = (Metric("time", unit="s"), Metric("memory_mb", unit="MB"))


def time_of(c: Mapping[str, object]) -> float:
    """Faster with more of everything, as in most programs."""
    slow = {"safe": 3.0, "fast": 2.0, "wild": 1.0}[str(c["mode"])]
    return slow * (2.0 - float(c["cache"])) * (4.0 / float(c["threads"]) + 2.0 / float(c["buffer"]))  # type: ignore[arg-type]


def memory_of(c: Mapping[str, object]) -> float:
    """What that takes."""
    return 10.0 * float(c["threads"]) * float(c["buffer"]) ** 0.5 + 60.0 * float(c["cache"])  # type: ignore[arg-type]


def rows() -> list[dict[str, object]]:
    """All configurations."""
    frame = design(SPACE, SPACE.size, "random", 0)
    return [dict(zip(SPACE.names, row, strict=True)) for row in frame.itertuples(index=False)]


def table_of(n: int = 0) -> MeasurementTable:
    """Another environment with n measured configurations, whose memory is known too."""
    frame = pd.DataFrame(rows()[:n], columns=[*SPACE.names])
    frame["time"] = [1.5 * time_of(c) for c in rows()[:n]]
    frame["memory_mb"] = [1.2 * memory_of(c) for c in rows()[:n]]
    return MeasurementTable(frame.assign(hardware="h1"), SPACE, ("hardware",), METRICS)


def new_tuner(n_source: int = 0, budget: int = 20, **limits: object) -> Tuner:
    """A tuner of the time."""
    return Tuner(table_of(n_source), metric="time", target={"hardware": "h2"}, budget=budget, **limits)  # type: ignore[arg-type]


def measured(c: Mapping[str, object]) -> dict[str, float]:
    """Both metrics in the target."""
    return {"time": time_of(c), "memory_mb": memory_of(c)}


@pytest.mark.parametrize("n_source", [0, 60])
def test_the_best_that_meets_a_condition_is_found(n_source: int) -> None:
    """Within 2 % after 20 of 96 configurations; the fastest ones take too much memory, and are no answer."""
    tuner = new_tuner(n_source, where=["memory_mb <= 100"])
    while not tuner.is_done:
        suggestion = tuner.ask()
        tuner.tell(suggestion, measured(suggestion))
    best = tuner.best()
    assert memory_of(best.configuration) <= 100
    assert best.probability_meets >= 0.25
    assert time_of(best.configuration) <= 1.02 * min(time_of(c) for c in rows() if memory_of(c) <= 100)
    assert min(time_of(c) for c in rows()) < 0.5 * time_of(best.configuration)


def test_a_source_tells_of_a_condition_before_the_target_does() -> None:
    """The first suggestion is the best of the sources that meets it there, not the fastest."""
    first = new_tuner(96, where=["memory_mb <= 120"]).ask()
    assert first.reason == "best of the sources"
    assert 1.2 * memory_of(first) <= 120
    assert memory_of(new_tuner(96).ask()) > 120


def test_conditions_on_options_narrow_what_is_suggested() -> None:
    """Nothing else is asked for, in the opening, in a batch and later; then nothing is left."""
    tuner = new_tuner(where=["threads >= 4", "mode != wild", "buffer == 2"], budget=30)
    asked = []
    while not tuner.is_done:
        for suggestion in tuner.ask(3):
            asked.append(suggestion)
            tuner.tell(suggestion, measured(suggestion))
        if len(asked) == 8:
            break
    allowed = [c for c in rows() if int(str(c["threads"])) >= 4 and c["mode"] != "wild" and c["buffer"] == 2]
    assert sorted(tuple(s.values()) for s in asked) == sorted(tuple(c.values()) for c in allowed)


def test_the_same_seed_asks_for_the_same_under_conditions() -> None:
    """Two tuners that were told the same agree, failures included."""
    asked: list[list[dict[str, Value]]] = []
    for _ in range(2):
        tuner, log = new_tuner(30, where=["memory_mb <= 100", "threads >= 2"], seed=4), []
        for k in range(7):
            suggestion = tuner.ask()
            log.append(dict(suggestion))
            if k == 4:
                tuner.tell(suggestion, status="failed", reason="crashed")
            else:
                tuner.tell(suggestion, measured(suggestion))
        asked.append(log)
    assert asked[0] == asked[1]


def test_an_answer_that_meets_nothing_is_refused() -> None:
    """One line says so."""
    tuner = new_tuner(where=["memory_mb <= 5"])
    for suggestion in tuner.ask(4):
        tuner.tell(suggestion, measured(suggestion))
    with pytest.raises(NotEnoughDataError, match="none of 4 measured configurations is known to meet memory_mb <= 5"):
        tuner.best()


def test_what_fails_is_avoided() -> None:
    """Mode wild always fails: while there is something to gain little is spent on it, none twice; the best is found."""
    tuner, asked = new_tuner(), []
    while not tuner.is_done:
        suggestion = tuner.ask()
        asked.append(suggestion)
        if suggestion["mode"] == "wild":
            tuner.tell(suggestion, status="failed", reason="crashed")
        else:
            tuner.tell(suggestion, measured(suggestion))
    gaining = [s for s in asked if not s.expected_share < 0.005]
    assert len(gaining) >= 12
    assert 3 * sum(s["mode"] == "wild" for s in gaining) < len(gaining)  # less often than by chance
    assert len({tuple(s.values()) for s in asked}) == len(asked)
    assert time_of(tuner.best().configuration) == min(time_of(c) for c in rows() if c["mode"] != "wild")


def test_what_failed_is_told_in_the_outlook() -> None:
    """P(valid) of what fails like others is smaller, and log probabilities add up."""
    frame = pd.DataFrame(rows()[:60])
    frame["time"] = [time_of(c) for c in rows()[:60]]
    frame["memory_mb"] = [memory_of(c) for c in rows()[:60]]
    table = MeasurementTable(frame, SPACE, (), METRICS)
    time, memory = (fit(table, metric=metric, target=Environment()) for metric in METRICS)
    where = Where.parse("memory_mb <= 100")
    outlook = Outlook(predictor=time, conditions=((where, memory),))
    X = Grid.of(SPACE).encode(pd.DataFrame(rows()))
    wrong = (outlook.log_probability(X) >= LIKELY) != [memory_of(c) <= 100 for c in rows()]
    assert wrong.sum() <= 2
    assert (outlook.log_met(X) == outlook.log_probability(X)).all()


@pytest.mark.parametrize(
    ("where", "error", "says"),
    [
        (["speed <= 3"], UnknownNameError, "unknown option or metric in a condition 'speed'"),
        (["memory_mb == 3"], DataError, "is on a metric; expected <=, <, >= or > and a number"),
        (["memory_mb <= much"], DataError, "is on a metric; expected <=, <, >= or > and a number"),
        (["threads > 8"], SpaceError, "no value of option 'threads' meets 'threads > 8'"),
        (["mode < fast"], DataError, "orders text"),
        ("memory_mb <= 3", DataError, r"expected a list of texts, such as \['memory_mb <= 3'\]"),
    ],
)
def test_nonsense_is_no_condition(where: list[str], error: type[Exception], says: str) -> None:
    """One line says what came and what was expected, before anything is measured."""
    with pytest.raises(error, match=says):
        Goal.of(table_of(3), where)


def test_a_wrong_argument_is_named() -> None:
    """What is misspelt is not taken for nothing."""
    with pytest.raises(UnknownNameError, match="'wheer'"):
        new_tuner(wheer=["memory_mb <= 3"])


def test_a_told_measurement_may_lack_the_metric_of_a_condition() -> None:
    """It tells nothing of the condition, and may still be the answer by what is believed."""
    tuner = new_tuner(40, where=["memory_mb <= 100"])
    small: dict[str, Value] = {"cache": 0, "mode": "fast", "threads": 1, "buffer": 2}
    here = Environment.of({"hardware": "h2"})
    tuner.tell(small, Measurement(configuration=small, environment=here, repeats={"time": (time_of(small),)}))
    assert tuner.best().configuration == small
