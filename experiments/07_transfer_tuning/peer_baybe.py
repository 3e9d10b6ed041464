"""BayBE with a TaskParameter, and its own default for the rest."""

import warnings

import numpy as np
import pandas as pd
from baybe.parameters import CategoricalParameter, NumericalDiscreteParameter, TaskParameter
from baybe.recommenders import BotorchRecommender
from baybe.searchspace import SearchSpace
from baybe.targets import NumericalTarget
from talk import Pool, Problem, serve

MOST_TOLD = 400
"""Source rows that it is told."""
TARGET, TASK, COST = "target", "task", "cost"


class Tasks:
    """A tuner whose measurements are those of all tasks; only the target's are recommended."""

    def __init__(self, problem: Problem) -> None:
        warnings.simplefilter("ignore")
        self.problem, self.pool = problem.thinned(MOST_TOLD), Pool(problem)
        tasks = [TARGET, *(f"source {k}" for k in range(len(problem.sources)))]
        self.candidates = self._frame(problem.X, TARGET)
        parts = [
            self._frame(each.X, t).assign(cost=each.y) for t, each in zip(tasks[1:], self.problem.sources, strict=True)
        ]
        self.told = pd.concat(parts, ignore_index=True)
        self.parameters = [self._parameter(j) for j in range(problem.X.shape[1]) if len(problem.levels(j)) > 1]
        self.parameters.append(TaskParameter(name=TASK, values=tasks, active_values=[TARGET]))
        self.objective = NumericalTarget(name=COST, minimize=True).to_objective()
        self.recommender = BotorchRecommender()

    def _frame(self, X: np.ndarray, task: str) -> pd.DataFrame:
        columns = {
            f"x{j}": X[:, j] if self.problem.is_number(j) else X[:, j].astype(str)
            for j in range(X.shape[1])
            if len(self.problem.levels(j)) > 1
        }
        return pd.DataFrame(columns).assign(task=task)

    def _parameter(self, j: int) -> object:
        levels = self.problem.levels(j)
        if self.problem.is_number(j):
            return NumericalDiscreteParameter(name=f"x{j}", values=tuple(levels))
        return CategoricalParameter(name=f"x{j}", values=tuple(levels.astype(str)))

    def ask(self) -> int:
        """What it recommends of the candidates that are left."""
        left = self.candidates[self.pool.is_left]
        space = SearchSpace.from_dataframe(left, parameters=self.parameters)
        found = self.recommender.recommend(1, space, self.objective, self.told)[list(left.columns)]
        return int(left.index[(left == found.iloc[0]).all(axis=1)][0])

    def tell(self, candidate: int, cost: float) -> None:
        """One more row."""
        self.pool.take(candidate)
        row = self.candidates.loc[[candidate]].assign(cost=cost)
        self.told = pd.concat([self.told, row], ignore_index=True)


if __name__ == "__main__":
    serve(Tasks)
