"""Our tuner, and what takes no tuner: chance, the best of the source, a forest on it."""

import numpy as np
import pandas as pd
from cases import Case
from sklearn.ensemble import RandomForestRegressor
from talk import Pool, Problem

import transferperf as tp
from transferperf import rng


class Ours:
    """Our tuner with its defaults; without transfer it knows no source."""

    def __init__(self, case: Case, mode: str, budget: int) -> None:
        self.case = case
        names = list(case.table.space.names)
        self.places = {x.tobytes(): k for k, x in enumerate(case.target.X)}
        self.tuner = tp.Tuner(
            case.known(mode),
            metric=case.metric,
            target=case.where.as_mapping(),
            budget=budget,
            seed=case.number,
            candidates=case.target.frame[names].reset_index(drop=True),
        )

    def ask(self) -> int:
        """Its suggestion."""
        self.suggestion = self.tuner.ask()
        x = self.case.encoding.encode(pd.DataFrame([dict(self.suggestion)]))[0]
        return self.places[x.tobytes()]

    def tell(self, candidate: int, cost: float) -> None:  # noqa: ARG002
        """What it came to."""
        self.tuner.tell(self.suggestion, self.case.metric.sign * cost)


class Ranked:
    """Candidates in an order that is fixed beforehand."""

    def __init__(self, order: list[int]) -> None:
        self.order = iter(order)

    def ask(self) -> int:
        """The next one."""
        return next(self.order)

    def tell(self, candidate: int, cost: float) -> None:
        """Nothing is learned."""


def at_random(problem: Problem, budget: int) -> Ranked:
    """Distinct candidates by chance."""
    return Ranked(rng.generator(problem.seed, "random").permutation(len(problem.X))[:budget].tolist())


def copied(problem: Problem, budget: int) -> Ranked:
    """The sources' best, by mean rank over those that have measured a configuration; each its nearest candidate."""
    parts = [pd.DataFrame({"x": [x.tobytes() for x in rows.X], "rank": _ranks(rows.y)}) for rows in problem.sources]
    ranked = pd.concat(parts).groupby("x", sort=True)["rank"].mean().sort_values(kind="stable")
    pool, order = Pool(problem), []
    for key in [*ranked.index[:budget], *[ranked.index[0]] * max(0, budget - len(ranked))]:
        order.append(pool.nearest(np.frombuffer(key)))
        pool.take(order[-1])
    return Ranked(order)


def by_forest(problem: Problem, budget: int) -> Ranked:
    """The candidates in the order in which a forest on the sources' ranks places them."""
    X = np.concatenate([rows.X for rows in problem.sources])
    y = np.concatenate([_ranks(rows.y) for rows in problem.sources])
    forest = RandomForestRegressor(random_state=problem.seed).fit(X, y)
    return Ranked(np.argsort(forest.predict(problem.X), kind="stable")[:budget].tolist())


def _ranks(y: np.ndarray) -> np.ndarray:
    """Share of the rows that cost less: 0 to 1."""
    return (pd.Series(y).rank() - 1).to_numpy() / max(1, len(y) - 1)
