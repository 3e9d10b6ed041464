"""Repeats: asked for where the best one's lead is within the noise, and only there; and when a study stops."""

import numpy as np
import pandas as pd
import pytest

from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable
from transferperf.errors import BudgetError
from transferperf.metric import Metric
from transferperf.rng import generator
from transferperf.space import ConfigurationSpace, Environment, IntegerOption
from transferperf.study.budget import Budget
from transferperf.study.repeat import LEAST_ROWS, LEAST_UNREPEATED, Noise, choose_again, choose_again_for_front
from transferperf.study.tuner import Tuner

SPACE = ConfigurationSpace((IntegerOption(name="a", levels=tuple(range(6))), IntegerOption(name="b", levels=(1, 2, 3))))
EMPTY = MeasurementTable(pd.DataFrame(columns=["a", "b", "time"]), SPACE, (), (Metric("time"),))
KNOWN = Noise(of_run=1.0, of_measurement=1.0, is_known=True)


def many(*first: float) -> np.ndarray:
    """Costs of LEAST_UNREPEATED configurations, most of them far off."""
    return np.append(first, 100.0 + np.arange(LEAST_UNREPEATED - len(first)))


def test_a_lead_within_the_noise_is_looked_at_again() -> None:
    """The best one or its rival, whichever ran less often."""
    cost, std, n_runs = many(0.0, 0.3), np.ones(LEAST_UNREPEATED), np.ones(LEAST_UNREPEATED, dtype=int)
    for row in (0, 1):
        n_runs[:2] = 1, 1
        n_runs[1 - row] = 9
        again = choose_again(cost, std, n_runs, KNOWN)
        assert again is not None
        assert again.row == row
        assert 0.5 < again.lead < 0.95


@pytest.mark.parametrize(
    ("cost", "n_runs", "noise"),
    [
        (many(0.0, 9.0), 1, KNOWN),
        (many(0.0, 0.3), 10000, KNOWN),
        (many(0.0, 0.3), 0, KNOWN),
        (many(0.0, 0.3)[: LEAST_ROWS - 1], 1, KNOWN),
        (many(0.0, 0.3), 1, Noise(of_run=0.0, of_measurement=0.0, is_known=True)),
        (many(0.0, 0.3)[: LEAST_UNREPEATED - 1], 1, Noise(of_run=1.0, of_measurement=1.0, is_known=False)),
        (many(0.0, 0.003), 1, Noise(of_run=0.01, of_measurement=0.01, is_known=False)),
    ],
)
def test_a_repeat_that_teaches_nothing_is_not_asked_for(cost: np.ndarray, n_runs: int, noise: Noise) -> None:
    """A clear lead, many runs, none that may be measured again, too few rows, no noise, or hardly any."""
    again = choose_again(cost, np.ones(len(cost)), np.full(len(cost), n_runs), noise)
    assert again is None or (n_runs == 10000 and again.log_gain < np.log(0.01))


@pytest.mark.parametrize("second", [0.3, 1.5])
@pytest.mark.parametrize("n_runs", [(1, 9), (9, 1), (1, 2)])
def test_the_front_of_one_metric_is_its_best_one(second: float, n_runs: tuple[int, int]) -> None:
    """The same configuration is measured again, for the same gain."""
    cost, std = many(0.0, second), np.ones(LEAST_UNREPEATED)
    ran = np.append(n_runs, np.ones(LEAST_UNREPEATED - 2, dtype=int))
    one = choose_again(cost, std, ran, KNOWN)
    front = choose_again_for_front(cost[:, None], std[:, None], ran, [KNOWN], np.array([1e3]))
    assert one is not None
    assert front is not None
    assert front.row == one.row
    assert (front.lead, front.log_gain) == pytest.approx((one.lead, one.log_gain), rel=1e-6)


def test_a_repeat_of_a_front_is_of_one_that_may_not_be_on_it() -> None:
    """Or of one that may: of three far apart, two with a near rival, it is where more is beaten; never a clear one."""
    U = np.array([[0.0, 9.0], [5.0, 5.0], [9.0, 0.0], [5.2, 5.2], *[[50.0 + i, 50.0] for i in range(6)]])
    std, ran, reference = np.ones_like(U), np.ones(len(U), dtype=int), np.array([60.0, 60.0])
    again = choose_again_for_front(U, std, ran, [KNOWN, KNOWN], reference)
    assert again is not None
    assert again.row in (1, 3)
    assert 0.3 < again.lead < 0.95
    exact = Noise(of_run=0.0, of_measurement=0.0, is_known=True)
    assert choose_again_for_front(U, std, ran, [exact, exact], reference) is None
    assert choose_again_for_front(U, std, np.zeros_like(ran), [KNOWN, KNOWN], reference) is None
    guessed = Noise(of_run=1.0, of_measurement=1.0, is_known=False)
    assert choose_again_for_front(U, std, ran, [guessed, guessed], reference) is None


def tuner_of(budget: Budget | int, noise: float, *, repeats: int = 1) -> tuple[Tuner, list[str]]:
    """A tuner after its budget, or all that it has to suggest; and why it asked for what it did."""
    tuner, stream, reasons = Tuner(EMPTY, metric="time", target={}, budget=budget), generator(0, "noise"), []
    while not tuner.is_done:
        try:
            suggestion = tuner.ask()
        except BudgetError:
            break
        reasons.append(suggestion.reason)
        value = 10.0 + (float(suggestion["a"]) - 3) ** 2 / 4 + float(suggestion["b"])
        for _ in range(repeats):
            tuner.tell(suggestion, value + noise * stream.normal())
    return tuner, reasons


def test_repeats_that_were_asked_for_count() -> None:
    """With noise that repeats show, some are asked for; 24 asks are more than the 18 configurations, and all count."""
    tuner, reasons = tuner_of(24, 1.0, repeats=2)
    again = [reason for reason in reasons if reason.startswith("a repeat is wanted")]
    assert again
    assert tuner.state.n_told == len(reasons)
    assert len(reasons) - len(again) == tuner.best().n_measured
    best = tuner.best()
    assert best.low < best.mean < best.high


def test_without_noise_nothing_is_measured_twice() -> None:
    """Each configuration once, and then nothing is left; the study says so."""
    tuner, reasons = tuner_of(30, 0.0)
    assert len(reasons) == SPACE.size == tuner.best().n_measured
    assert "nothing is left to suggest" in tuner.why_done


def test_a_study_stops_where_measuring_is_not_worth_it() -> None:
    """Before its budget is spent, within that of the best one, and says why; without a least gain it goes on."""
    tuner, reasons = tuner_of(Budget.parse(18, least_gain="3 %"), 0.0)
    assert len(reasons) < 18
    assert "the next measurement promises a gain of" in tuner.why_done
    best = tuner.best().configuration
    assert (float(best["a"]) - 3) ** 2 / 4 + float(best["b"]) <= 1 + 0.03 * 11
    with pytest.raises(BudgetError, match="promises a gain of"):
        tuner.ask()
    spent, _ = tuner_of(5, 0.0)
    assert spent.why_done.startswith("the budget of 5 measurements is spent: 5 configurations told")


def test_a_batch_takes_no_more_than_the_money_is_likely_to_pay_for() -> None:
    """What is pending is taken to cost what was told did: 3.75 eur that are left pay for 3 at 1.25 eur."""
    budget = Budget.parse("5 eur", price="2.5 eur/min")
    tuner = Tuner(EMPTY, metric="time", target={}, budget=budget)
    tuner.tell(tuner.ask(), 3.0, cost_s=30.0)
    assert (tuner.state.left, tuner.state.n_left) == (3.75, 3)
    assert len(tuner.ask(9)) == 3
    assert tuner.is_done
    with pytest.raises(BudgetError, match=r"the budget of 5 eur is spent: 1 configurations told in 30 s for 1.25 eur"):
        tuner.ask()


def test_what_is_recalled_counts_as_asked_for() -> None:
    """A repeat that an earlier run asked for counts again, unlike one that was only told."""
    told = {"a": 0, "b": 1}
    measured = Measurement(configuration=told, environment=Environment(), repeats={"time": (1.0,)}, cost_s=2.0)
    new, resumed = (Tuner(EMPTY, metric="time", target={}, budget=5) for _ in range(2))
    for _ in range(2):
        new.tell(told, measured)
        resumed.recall(told, measured)
    assert (new.state.n_told, resumed.state.n_told) == (1, 2)
    assert resumed.state.left == 3
