"""OpenBox with the sources as its transfer-learning history: RGPE, on the surrogate that it chooses itself."""

import tempfile

import numpy as np
from openbox import Advisor, History, Observation, space
from talk import Pool, Problem, serve


class Rgpe:
    """A tuner whose suggestion becomes the nearest candidate that is left, which is what it is told of."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.pool, self.space = problem, Pool(problem), space.Space(seed=problem.seed)
        self.used = [j for j in range(problem.X.shape[1]) if len(problem.levels(j)) > 1]
        self.space.add_variables([self._option(j) for j in self.used])
        self.advisor = Advisor(
            self.space,
            transfer_learning_history=[self._history(k) for k in range(len(problem.sources))],
            output_dir=tempfile.mkdtemp(),
            random_state=problem.seed,
            logger_kwargs={"level": "ERROR"},
        )

    def _history(self, k: int) -> History:
        history, rows = History(task_id=f"source {k}", config_space=self.space), self.problem.sources[k]
        for x, cost in zip(rows.X, rows.y, strict=True):
            history.update_observation(Observation(config=self._configuration(x), objectives=[float(cost)]))
        return history

    def _option(self, j: int) -> object:
        levels = self.problem.levels(j)
        if self.problem.is_number(j):
            return space.Real(f"x{j}", float(levels[0]), float(levels[-1]))
        return space.Categorical(f"x{j}", [str(level) for level in levels])

    def _configuration(self, x: np.ndarray) -> space.Configuration:
        values = {f"x{j}": float(x[j]) if self.problem.is_number(j) else str(np.float64(x[j])) for j in self.used}
        return space.Configuration(self.space, values=values)

    def ask(self) -> int:
        """The candidate nearest to its suggestion."""
        found = self.advisor.get_suggestion()
        x = self.problem.X[0].copy()
        x[self.used] = [float(found[f"x{j}"]) for j in self.used]
        return self.pool.nearest(x)

    def tell(self, candidate: int, cost: float) -> None:
        """One more observation, of the candidate."""
        self.pool.take(candidate)
        observation = Observation(config=self._configuration(self.problem.X[candidate]), objectives=[cost])
        self.advisor.update_observation(observation)


if __name__ == "__main__":
    serve(Rgpe)
