"""Optuna's samplers; what they suggest becomes the nearest candidate that is left, which is what they are told of."""

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.samplers import BaseSampler, GPSampler, TPESampler
from optuna.trial import TrialState, create_trial
from talk import Pool, Problem


class Sampled:
    """A study; where it is to know the sources, their rows are trials of it as they are."""

    def __init__(self, problem: Problem, sampler: BaseSampler, *, injected: bool = False) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.problem, self.pool = problem, Pool(problem)
        self.study = optuna.create_study(sampler=sampler)
        self.kinds = {f"x{j}": self._kind(j) for j in range(problem.X.shape[1]) if len(problem.levels(j)) > 1}
        for rows in problem.sources if injected else ():
            self.study.add_trials([self._trial(x, cost) for x, cost in zip(rows.X, rows.y, strict=True)])

    def _kind(self, j: int) -> BaseDistribution:
        levels = self.problem.levels(j)
        if self.problem.is_number(j):
            return FloatDistribution(float(levels[0]), float(levels[-1]))
        return CategoricalDistribution(tuple(levels.tolist()))

    def _trial(self, x: np.ndarray, cost: float) -> optuna.trial.FrozenTrial:
        params = {name: float(x[int(name[1:])]) for name in self.kinds}
        return create_trial(params=params, distributions=self.kinds, value=float(cost))

    def ask(self) -> int:
        """The candidate nearest to its suggestion."""
        trial = self.study.ask(self.kinds)
        x = self.problem.X[0].copy()
        for name, value in trial.params.items():
            x[int(name[1:])] = value
        self.study.tell(trial, state=TrialState.FAIL)  # the candidate is told in its place
        return self.pool.nearest(x)

    def tell(self, candidate: int, cost: float) -> None:
        """One more trial, of the candidate."""
        self.pool.take(candidate)
        self.study.add_trial(self._trial(self.problem.X[candidate], cost))


def tpe(problem: Problem) -> Sampled:
    """TPE, which knows no source."""
    return Sampled(problem, TPESampler(seed=problem.seed))


def tpe_injected(problem: Problem) -> Sampled:
    """TPE with the sources' rows as trials: the usual workaround."""
    return Sampled(problem, TPESampler(seed=problem.seed), injected=True)


def gp(problem: Problem) -> Sampled:
    """Optuna's Gaussian process, which knows no source."""
    return Sampled(problem, GPSampler(seed=problem.seed))
