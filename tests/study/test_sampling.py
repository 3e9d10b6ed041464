"""Sampling sources: a cheap related one is measured, a dear or unrelated one is left, and no budget is overspent."""

import itertools
import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from transferperf.data.table import MeasurementTable
from transferperf.errors import BudgetError, DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.rng import generator
from transferperf.space import BinaryOption, ConfigurationSpace
from transferperf.study.ahead import HEAD_START
from transferperf.study.budget import Budget
from transferperf.study.suggest import Suggestion
from transferperf.study.tuner import Tuner

D = 8
SPACE = ConfigurationSpace(tuple(BinaryOption(name=f"o{j}") for j in range(D)))
ALL = np.array(list(itertools.product((0, 1), repeat=D)))
REAL, SIM = "real", "sim"
RELATED, UNRELATED = 0, 1
"""Seeds of a source's response; that of the target is 0."""


def response(X: np.ndarray, seed: int) -> np.ndarray:
    """Main effects and some interactions, on a log scale; shape (n,)."""
    main, pair = generator(seed, "main").normal(size=D), generator(seed, "pair").normal(size=(D, D))
    return np.exp(0.5 * (X @ main + 0.5 * np.einsum("ni,ij,nj->n", X, np.triu(pair, 5), X)))


def empty() -> MeasurementTable:
    """Nothing is measured yet."""
    frame = pd.DataFrame(columns=["hardware", *SPACE.names, "time"])
    return MeasurementTable(frame, SPACE, ("hardware",), (Metric("time", unit="s"),))


def new_tuner(price: str = "0.05", total: str = "12 eur", **more: object) -> Tuner:
    """A tuner whose source costs so much; a measurement of the target costs 1."""
    budget = Budget.parse(total, price=[f"hardware=sim: {price} eur", "1 eur"])
    settings = {"budget": budget, "sample": [{"hardware": SIM}], "seed": 0} | more
    return Tuner(empty(), metric="time", target={"hardware": REAL}, **settings)  # type: ignore[arg-type]


def where(suggestion: Suggestion) -> str:
    """The hardware that is to be measured."""
    return suggestion.environment.as_mapping()["hardware"]


def value(suggestion: Mapping[str, object], hardware: str, source: int = RELATED) -> float:
    """What is measured there."""
    X = np.array([[suggestion[name] for name in SPACE.names]], dtype=float)
    return float(response(X, 0)[0] if hardware == REAL else 3 * response(X, source)[0])


def run(tuner: Tuner, n: int = 1000, source: int = RELATED, **more: float) -> list[Suggestion]:
    """Ask and tell n times, or until the end."""
    asked: list[Suggestion] = []
    while len(asked) < n and not tuner.is_done:
        asked.append(tuner.ask())
        tuner.tell(asked[-1], value(asked[-1], where(asked[-1]), source), **more)  # type: ignore[arg-type]
    return asked


def shown(asked: list[Suggestion]) -> list[tuple[str, dict[str, object]]]:
    """Where and what was asked for."""
    return [(where(each), dict(each)) for each in asked]


@pytest.fixture(scope="module")
def whole() -> list[Suggestion]:
    """A study with a related source at a twentieth of the price, to its end."""
    return run(new_tuner())


def test_a_study_begins_with_a_design_in_the_source(whole: list[Suggestion]) -> None:
    """Half of a head start of 10 % of the budget, in distinct configurations, before the target's first one."""
    first = [where(each) for each in whole].index(REAL)
    assert first >= int(0.5 * 1.2 / 0.05)
    assert whole[0].reason == "a first look at a source"
    assert len({tuple(each.values()) for each in whole[:first]}) == first


def test_the_optimum_is_found_by_a_look_at_the_source(whole: list[Suggestion]) -> None:
    """The first measurements of the target are close to its best, where half of all configurations are far off."""
    best = response(ALL, 0).min()
    here = [value(each, REAL) for each in whole if where(each) == REAL]
    assert min(here[:3]) < 1.1 * best < np.median(response(ALL, 0))


def test_a_budget_of_money_is_never_overspent(whole: list[Suggestion]) -> None:
    """All measurements together cost no more than 12."""
    counts = Counter(map(where, whole))
    assert counts[REAL] >= 8
    assert counts[REAL] + 0.05 * counts[SIM] <= 12 + 1e-9


def test_an_unrelated_source_costs_little() -> None:
    """No more than a tenth of the budget, and a round that began by chance."""
    asked = run(new_tuner(total="15 eur"), source=UNRELATED)
    counts = Counter(map(where, asked))
    assert 0 < 0.05 * counts[SIM] <= 0.1 * 15 + 8 * 0.05
    assert counts[REAL] >= 12


def test_a_source_that_is_too_dear_is_not_measured() -> None:
    """At half the price of the target, too little can be learned before anything is known."""
    tuner = new_tuner(price="0.5", total="30 eur")
    assert HEAD_START / 0.5 < 8
    assert {where(each) for each in run(tuner, 8)} == {REAL}


def test_the_same_study_asks_the_same() -> None:
    """Chance comes from the seed alone."""
    assert shown(run(new_tuner(), 30)) == shown(run(new_tuner(), 30))


@pytest.mark.parametrize("n", [5, 18, 26])
def test_a_study_that_starts_again_goes_on_alike(whole: list[Suggestion], n: int) -> None:
    """What was measured is recalled, in a design, a round or after the target's first rows; the rest is the same."""
    before, tuner = new_tuner(), new_tuner()
    for suggestion in run(before, n):
        rows = before.state.table.select(suggestion.environment)
        assert len(rows)
        measured = tuner.state.table  # nothing is told yet where the first one is recalled
        assert measured.space is SPACE
        tuner.state = tuner.state.suggested([(suggestion.environment, suggestion)])
        tuner.tell(suggestion, value(suggestion, where(suggestion)))
    assert shown(run(tuner, 4)) == shown(whole[n : n + 4])


def test_a_budget_of_measurements_counts_all_alike() -> None:
    """Ten measurements are ten, wherever; where all cost the same, the source is not worth it."""
    tuner = new_tuner(budget=10)
    asked = run(tuner)
    assert len(asked) == 10
    assert tuner.state.is_spent


def test_a_price_that_nobody_knows_is_learned_first() -> None:
    """In a budget of time: one of the target, one of the source, and then what is worth it."""
    tuner = new_tuner(budget="200s")
    for hardware in (REAL, SIM):
        suggestion = tuner.ask()
        assert where(suggestion) == hardware
        cost_s = 10.0 if hardware == REAL else 0.5
        tuner.tell(suggestion, value(suggestion, hardware), cost_s=cost_s)
    assert [where(each) for each in run(tuner, 5, cost_s=0.5)] == [SIM] * 5


def test_a_batch_in_a_source_holds_no_configuration_twice() -> None:
    """What is pending there is not asked for again."""
    tuner = new_tuner()
    asked = [*tuner.ask(4), *tuner.ask(4)]
    assert len({tuple(each.values()) for each in asked}) == 8
    assert tuner.state.left_for_more == pytest.approx(12 - 8 * 0.05)


def test_what_cannot_be_sampled_is_said() -> None:
    """The target itself, a factor that is not there, no price, and no transfer: one line each."""
    with pytest.raises(DataError, match="the target hardware=real is to be sampled as a source"):
        new_tuner(sample=[{"hardware": REAL}])
    with pytest.raises(UnknownNameError, match="planet"):
        new_tuner(sample=[{"planet": "mars"}])
    with pytest.raises(BudgetError, match="environment hardware=sim has no price in eur"):
        new_tuner(budget=Budget.parse("5 eur", price="hardware=real: 1 eur"))
    with pytest.raises(DataError, match="transfer is 'none', and sources are to be sampled"):
        new_tuner(transfer="none")


def test_failures_of_a_source_end_no_study() -> None:
    """A simulator that always fails is asked for its design, and then the target alone is tuned."""
    tuner = new_tuner()
    for _ in range(30):
        suggestion = tuner.ask()
        fails = where(suggestion) == SIM
        told = None if fails else value(suggestion, REAL)
        tuner.tell(suggestion, told, status="failed" if fails else "ok", reason="it broke" if fails else "")
        if tuner.is_done:
            break
    assert len(tuner.state.samples) > 3
    assert not math.isnan(tuner.best().mean)
