"""Claims about the sampler: it is one of Optuna's, and transfers."""

import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from transferperf import read_frame
from transferperf.errors import DataError, TransferPerfWarning, UnknownNameError
from transferperf.integrations.optuna import TransferGPSampler

Objective = Callable[[Trial], Any]


def tuned(objective: Objective, sampler: TransferGPSampler, n_trials: int, **create: Any) -> optuna.Study:
    """A study after some trials."""
    study = optuna.create_study(sampler=sampler, **create)
    study.optimize(objective, n_trials=n_trials)
    return study


def cost(trial: Trial) -> float:
    """Of 16 x 8 x 3 configurations, threads = 12, batch = 32 in mode b is the best, with 1."""
    threads, mode = trial.suggest_int("threads", 1, 16), trial.suggest_categorical("mode", ["a", "b", None])
    batch = trial.suggest_int("batch", 1, 128, log=True)
    return 1 + (threads - 12) ** 2 / 20 + (np.log2(batch) - 5) ** 2 + {"a": 3.0, "b": 0.0}.get(str(mode), 5.0)


def params(study: optuna.Study) -> list[dict[str, Any]]:
    """What each trial tried."""
    return [trial.params for trial in study.trials]


def source(shift: float = 2.0) -> optuna.Study:
    """Forty random trials of something twice as slow, whose best is elsewhere by little."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(lambda trial: 2 * cost(trial) + shift, n_trials=40)
    return study


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_optimum_of_a_separable_problem_is_found(direction: str) -> None:
    """Either direction comes within a twentieth of the span to the best of 6144 configurations in 25 trials."""
    sign = 1.0 if direction == "minimize" else -1.0
    study = tuned(lambda trial: sign * cost(trial), TransferGPSampler(seed=0), 25, direction=direction)
    assert sign * study.best_value < 1.5
    assert len({tuple(tried.items()) for tried in params(study)}) == 25


def test_a_related_source_shows_the_way() -> None:
    """With forty trials of a relative, the best of five is better than without."""
    with_source = tuned(cost, TransferGPSampler(source(), seed=0), 5)
    assert with_source.best_value < tuned(cost, TransferGPSampler(seed=0), 5).best_value


def test_the_first_trials_try_the_best_of_the_source() -> None:
    """Before a value is known, trial k tries what was k-th best in the source."""
    known = source()
    study = optuna.create_study(sampler=TransferGPSampler(known, seed=0))
    best = sorted(known.trials, key=lambda trial: trial.value or 0.0)[:2]
    trials = [study.ask(), study.ask()]
    for trial, expected in zip(trials, best, strict=True):
        cost(trial)
        assert trial.params == expected.params


def test_a_table_is_a_source() -> None:
    """Measurements of two machines are two sources; their text means the study's choices."""
    rows = [
        {
            "hardware": h,
            "threads": t.params["threads"],
            "mode": str(t.params["mode"]),
            "batch": t.params["batch"],
            "s": t.value,
        }
        for t in source().trials
        for h in ("old", "new")
    ]
    table = read_frame(pd.DataFrame(rows), metrics=["s"])
    study = tuned(cost, TransferGPSampler(table, metrics="s", seed=0), 5)
    assert study.best_value < 3


def test_same_trials_and_same_seed_give_the_same_suggestions() -> None:
    """A study that is resumed with a new sampler goes on as one that was not interrupted."""
    whole = tuned(cost, TransferGPSampler(seed=3), 6)
    study = tuned(cost, TransferGPSampler(seed=3), 5)
    study.sampler = TransferGPSampler(seed=3)
    study.optimize(cost, n_trials=1)
    assert params(study) == params(whole)


def test_a_sampler_can_be_pickled() -> None:
    """What is pickled goes on alike."""
    study = tuned(cost, TransferGPSampler(seed=3), 5)
    study.sampler = pickle.loads(pickle.dumps(study.sampler))  # noqa: S301 (our own bytes)
    study.optimize(cost, n_trials=1)
    assert params(study) == params(tuned(cost, TransferGPSampler(seed=3), 6))


def test_what_runs_elsewhere_is_not_tried_again(tmp_path: Path) -> None:
    """Trials that were asked for and not told, also by another process, are different ones; the store is SQLite."""
    url = f"sqlite:///{tmp_path / 'study.db'}"
    tuned(cost, TransferGPSampler(seed=0), 4, storage=url, study_name="a")
    asked = []
    for _ in range(3):
        study = optuna.load_study(study_name="a", storage=url, sampler=TransferGPSampler(seed=0))
        trial = study.ask()
        trial.suggest_int("threads", 1, 16)  # the others are known by what the sampler shares
        asked.append(trial.relative_params)
    assert len({tuple(tried.items()) for tried in asked}) == 3


def test_threads_share_a_sampler() -> None:
    """Four threads try different configurations, and none fails."""
    study = optuna.create_study(sampler=TransferGPSampler(seed=0))
    barrier = threading.Barrier(4, timeout=60)

    def objective(trial: Trial) -> float:
        value = cost(trial)
        barrier.wait()
        return value

    study.optimize(objective, n_trials=12, n_jobs=4)
    tried = [tuple(sorted(t.params.items(), key=str)) for t in study.trials]
    assert all(trial.state is TrialState.COMPLETE for trial in study.trials)
    assert len(set(tried[4:])) == 8  # of the first four, nothing is known when they begin


def test_what_finishes_in_between_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial that ends elsewhere while the sampler reads what is known is still among what was tried."""
    study = tuned(cost, TransferGPSampler(seed=0), 4)
    elsewhere = study.ask()
    value, read = cost(elsewhere), study.get_trials

    def get_trials(**given: Any) -> list[FrozenTrial]:
        trials = read(**given)
        if elsewhere.number in {trial.number for trial in read(states=(TrialState.RUNNING,))}:
            study.tell(elsewhere, value)
        return trials

    monkeypatch.setattr(study, "get_trials", get_trials)
    cost(study.ask())
    assert len({tuple(tried.items()) for tried in params(study)}) == 6


@pytest.mark.parametrize("end", [optuna.TrialPruned, ValueError])
def test_what_gave_no_value_is_not_tried_again(end: type[Exception]) -> None:
    """A configuration whose trial failed or was pruned is not suggested a second time."""

    def objective(trial: Trial) -> float:
        x, y = trial.suggest_int("x", 0, 3), trial.suggest_int("y", 0, 2)
        if x == 3:
            raise end
        return (x - 3) ** 2 + (y - 2) ** 2

    study = optuna.create_study(sampler=TransferGPSampler(seed=0))
    study.optimize(objective, n_trials=12, catch=(ValueError,))
    assert len({tuple(tried.items()) for tried in params(study)}) == 12
    assert study.best_params == {"x": 2, "y": 2}


def test_a_space_that_is_used_up_is_tried_again() -> None:
    """More trials than configurations are no error."""
    study = tuned(lambda trial: trial.suggest_int("x", 0, 2), TransferGPSampler(seed=0), 6)
    assert {trial.params["x"] for trial in study.trials} == {0, 1, 2}


def test_parameters_that_not_all_trials_have_are_drawn() -> None:
    """A conditional parameter does not keep the others from being searched, and has values of its own."""

    def objective(trial: Trial) -> float:
        x = trial.suggest_float("x", -5, 5)
        kind = trial.suggest_categorical("kind", ["plain", "with k"])
        return (x - 1) ** 2 + (trial.suggest_int("k", 1, 9) / 9 if kind == "with k" else 9)

    study = tuned(objective, TransferGPSampler(seed=0), 12)
    assert study.best_value < 2
    assert len({tried["k"] for tried in params(study) if "k" in tried}) > 1


def limited(trial: Trial) -> float:
    """Larger is better, and x + y has to stay below 1."""
    x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
    trial.set_user_attr("over", [x + y - 1])
    return x + 2 * y


def test_constraints_are_learned() -> None:
    """The best feasible trial comes near the best that may be, 2; late trials break the constraint by little."""

    def over(trial: FrozenTrial) -> list[float]:
        return trial.user_attrs["over"]

    sampler = TransferGPSampler(seed=0, constraints_func=over)
    study = tuned(limited, sampler, 16, direction="maximize")
    feasible = [trial for trial in study.trials if trial.user_attrs["over"][0] <= 0]
    assert max(trial.value or 0.0 for trial in feasible) > 1.85
    late = [trial.user_attrs["over"][0] for trial in study.trials[8:]]
    assert max(late) < 0.2


def test_where_nothing_is_feasible_that_is_what_is_sought() -> None:
    """As long as each trial breaks a constraint, trials move to where it may hold."""

    def over(trial: FrozenTrial) -> list[float]:
        return [trial.params["x"] + trial.params["y"] - 0.1]

    study = tuned(limited, TransferGPSampler(seed=0, constraints_func=over), 10, direction="maximize")
    assert min(over(trial)[0] for trial in study.trials) <= 0


def test_trials_with_two_objectives_spread_over_the_front() -> None:
    """Of x^2 and (x - 2)^2 all of 0 <= x <= 2 with y = 0 is the front: trials near it are apart, and none outside."""

    def objective(trial: Trial) -> tuple[float, float]:
        x, y = trial.suggest_float("x", -4, 4), trial.suggest_float("y", -4, 4)
        return x**2 + y**2, -((x - 2) ** 2 + y**2)

    study = tuned(objective, TransferGPSampler(seed=0), 16, directions=["minimize", "maximize"])
    x, y = (np.array([trial.params[name] for trial in study.best_trials]) for name in ("x", "y"))
    near = x[np.abs(y) < 0.5]
    assert len(near) >= 3
    assert np.ptp(near) > 0.7
    assert near.min() > -0.5
    assert near.max() < 2.5


def test_values_that_are_no_numbers_are_borne() -> None:
    """An infinite value, and equal values, are no errors."""
    study = optuna.create_study(sampler=TransferGPSampler(seed=0))
    distributions: dict[str, BaseDistribution] = {"x": FloatDistribution(0, 1)}
    for x, value in ((0.1, np.inf), (0.2, 1.0), (0.3, 1.0), (0.4, 1.0), (0.5, 1.0)):
        study.add_trial(create_trial(params={"x": x}, distributions=distributions, value=value))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    assert len(study.trials) == 7


def test_a_source_that_does_not_fit_is_told() -> None:
    """Other directions are an error; parameters of which the study may have none are a warning."""
    two = optuna.create_study(directions=["minimize", "minimize"])
    study = optuna.create_study(sampler=TransferGPSampler(two, seed=0))
    with pytest.raises(DataError, match=r"has 2, and the study has 1 directions; name one metric for each"):
        study.optimize(cost, n_trials=1)
    other = tuned(lambda trial: trial.suggest_float("x", 0, 1), TransferGPSampler(seed=0), 2)
    with pytest.warns(TransferPerfWarning, match="none of the 2 runs of the sources has values of batch"):
        tuned(cost, TransferGPSampler(other, seed=0), 2)
    with pytest.raises(UnknownNameError, match="unknown transfer mode 'all'"):
        TransferGPSampler(transfer="all")
