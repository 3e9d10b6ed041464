"""SMAC3's facade for hyperparameters: a forest, without sources."""

import tempfile

import numpy as np
from ConfigSpace import CategoricalHyperparameter, Configuration, ConfigurationSpace, UniformFloatHyperparameter
from smac import HyperparameterOptimizationFacade, Scenario
from smac.runhistory import TrialInfo, TrialValue
from talk import Pool, Problem, serve

N_TRIALS = 31


def _unasked(config: Configuration, seed: int) -> float:
    """What the facade would run by itself; it is only asked and told."""
    raise NotImplementedError(f"{config} was run with seed {seed}; expected to be told")


class Smac:
    """A tuner whose suggestion becomes the nearest candidate that is left, which is what it is told of."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.pool, self.space = problem, Pool(problem), ConfigurationSpace(seed=problem.seed)
        self.used = [j for j in range(problem.X.shape[1]) if len(problem.levels(j)) > 1]
        self.space.add([self._option(j) for j in self.used])
        folder = tempfile.mkdtemp()
        scenario = Scenario(
            self.space, n_trials=N_TRIALS, seed=problem.seed, output_directory=folder, deterministic=True
        )
        self.smac = HyperparameterOptimizationFacade(scenario, _unasked, overwrite=True, logging_level=50)
        self.seed: int | None = None

    def _option(self, j: int) -> object:
        levels = self.problem.levels(j)
        if self.problem.is_number(j):
            return UniformFloatHyperparameter(f"x{j}", float(levels[0]), float(levels[-1]))
        return CategoricalHyperparameter(f"x{j}", [str(level) for level in levels])

    def ask(self) -> int:
        """The candidate nearest to its suggestion."""
        info = self.smac.ask()
        self.seed = info.seed
        x = self.problem.X[0].copy()
        x[self.used] = [float(info.config[f"x{j}"]) for j in self.used]
        return self.pool.nearest(x)

    def tell(self, candidate: int, cost: float) -> None:
        """One more trial, of the candidate."""
        self.pool.take(candidate)
        x = self.problem.X[candidate]
        values = {f"x{j}": float(x[j]) if self.problem.is_number(j) else str(np.float64(x[j])) for j in self.used}
        trial = TrialInfo(config=Configuration(self.space, values=values), seed=self.seed)
        self.smac.tell(trial, TrialValue(cost=cost))


if __name__ == "__main__":
    serve(Smac)
