"""Who tunes: chance, Optuna's TPE, and ours with the sources. Each suggests, is told, and gives an answer."""

from typing import Protocol

import optuna
from optuna.samplers import TPESampler
from optuna.trial import Trial, TrialState

import transferperf as tp
from transferperf.data.design import design
from transferperf.data.measurement import Measurement
from transferperf.space import Configuration, ConfigurationSpace, Option, Value
from transferperf.study.suggest import Suggestion


class Tunes(Protocol):
    """A tuner of one system."""

    def ask(self) -> Configuration:
        """What it wants to have measured."""

    def tell(self, measured: Measurement) -> None:
        """What came of what it asked last."""

    def answer(self) -> Configuration:
        """What it would use."""


class AtRandom:
    """Distinct valid configurations by chance; the answer is the one with the least mean."""

    def __init__(self, space: ConfigurationSpace, metric: str, budget: int, seed: int) -> None:
        self.metric, self.told = metric, list[Measurement]()
        self.drawn = iter(design(space, budget, "random", seed).to_dict("records"))

    def ask(self) -> Configuration:
        """The next one."""
        return {str(name): value for name, value in next(self.drawn).items()}

    def tell(self, measured: Measurement) -> None:
        """Remembered for the answer."""
        self.told.append(measured)

    def answer(self) -> Configuration:
        """The one with the least mean."""
        done = [measured for measured in self.told if measured.n_repeats]
        return min(done, key=lambda measured: measured.mean(self.metric)).configuration


class TPE:
    """Optuna's default sampler, which knows no source."""

    def __init__(self, space: ConfigurationSpace, metric: str, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.space, self.metric = space, metric
        self.study, self.measured = optuna.create_study(sampler=TPESampler(seed=seed)), dict[int, Configuration]()

    def ask(self) -> Configuration:
        """Its next suggestion that is valid."""
        while True:
            self.trial = self.study.ask()
            asked = suggested(self.trial, self.space)
            if self.space.contains(asked):
                return asked
            self.study.tell(self.trial, state=TrialState.FAIL)

    def tell(self, measured: Measurement) -> None:
        """The mean of the repeats."""
        if measured.n_repeats:
            self.measured[self.trial.number] = measured.configuration
            self.study.tell(self.trial, measured.mean(self.metric))
        else:
            self.study.tell(self.trial, state=TrialState.FAIL)

    def answer(self) -> Configuration:
        """The configuration of its best trial."""
        return self.measured[self.study.best_trial.number]


def suggested(trial: Trial, space: ConfigurationSpace) -> dict[str, Value]:
    """What a trial suggests, in declared order; an option that does not matter stays at its default."""
    chosen = space.default
    for option in space.options:
        conditions = [condition for condition in space.conditions if condition.option == option.name]
        if all(condition.is_active(chosen) for condition in conditions):
            chosen[option.name] = _level(trial, option)
    return chosen


def _level(trial: Trial, option: Option) -> Value:
    if option.is_numeric:
        return option.levels[trial.suggest_int(option.name, 0, len(option.levels) - 1)]
    return option.levels[trial.suggest_categorical(option.name, range(len(option.levels)))]


class Ours:
    """Our tuner with its defaults, from measurements of other environments."""

    def __init__(self, tuner: tp.Tuner) -> None:
        self.tuner = tuner
        self.asked: Suggestion

    def ask(self) -> Configuration:
        """Its suggestion."""
        self.asked = self.tuner.ask()
        return self.asked

    def tell(self, measured: Measurement) -> None:
        """All repeats."""
        self.tuner.tell(self.asked, measured)

    def answer(self) -> Configuration:
        """What it believes to be the best."""
        return self.tuner.best().configuration
