"""botorch's MultiTaskGP with log expected improvement over the candidates."""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from botorch.acquisition import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import MultiTaskGP
from gpytorch.mlls import ExactMarginalLogLikelihood
from talk import Pool, Problem, serve

MOST_TOLD = 400
"""Source rows that it is told."""
TARGET = 0
MOST_STEPS = {"options": {"maxiter": 200}}
"""Of each fit: its default of 15,000 takes minutes where the rows have no noise."""


class MultiTask:
    """A tuner that first measures the first source's best, then follows the model."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.pool = problem.thinned(MOST_TOLD), Pool(problem)
        self.told: list[tuple[int, float]] = []
        self.columns = self._columns(problem.X)
        torch.manual_seed(problem.seed)
        warnings.simplefilter("ignore")

    def _columns(self, X: np.ndarray) -> torch.Tensor:
        """Ordered columns as they are, each other in one column for each level: (n, c)."""
        parts = []
        for j in range(X.shape[1]):
            levels = self.problem.levels(j)
            parts.append(X[:, [j]] if self.problem.is_ordered[j] else (X[:, [j]] == levels).astype(float))
        return torch.tensor(np.hstack(parts))

    def ask(self) -> int:
        """The source's best, or the largest expected improvement."""
        if not self.told:
            first = self.problem.sources[0]
            return self.pool.nearest(first.X[np.argmin(first.y)])
        left = np.flatnonzero(self.pool.is_left)
        best = _scaled([cost for _, cost in self.told]).min()
        acquisition = LogExpectedImprovement(self._model(), best_f=float(best), maximize=False)
        with torch.no_grad():
            values = torch.cat([acquisition(part[:, None]) for part in self.columns[left].split(500)])
        return int(left[int(values.argmax())])

    def _model(self) -> MultiTaskGP:
        """The model of all rows, each task in its own scale; task 0 is the target."""
        parts = [(self.columns[[k for k, _ in self.told]], _scaled([cost for _, cost in self.told]))]
        parts += [(self._columns(each.X), _scaled(each.y)) for each in self.problem.sources]
        X = torch.cat([torch.cat([x, torch.full((len(x), 1), float(t))], 1) for t, (x, _) in enumerate(parts)]).double()
        y = torch.tensor(np.concatenate([costs for _, costs in parts]))[:, None]
        model = MultiTaskGP(X, y, task_feature=-1, output_tasks=[TARGET], outcome_transform=None)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model), optimizer_kwargs=MOST_STEPS)
        return model

    def tell(self, candidate: int, cost: float) -> None:
        """One more row."""
        self.pool.take(candidate)
        self.told.append((candidate, cost))


def _scaled(costs: Sequence[float] | np.ndarray) -> np.ndarray:
    """Costs with mean 0 and standard deviation 1."""
    y = np.asarray(costs, dtype=float)
    return (y - y.mean()) / (y.std() or 1.0)


if __name__ == "__main__":
    serve(MultiTask)
