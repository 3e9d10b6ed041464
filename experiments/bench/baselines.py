"""What a user would build in an afternoon: forest, ridge on the sources, boosted trees with the sources as features."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.ours import timed
from bench.scores import ALPHA, Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Training and test rows of one target environment.

    Parameters
    ----------
    X, X_test
        Encoded configurations, (n, d) and (m, d).
    y, y_test
        Their measurements, (n,) and (m,).
    S, S_test
        Logs of what the sources measured for them, (n, s) and (m, s); without columns where they are not paired.
    """

    X: np.ndarray
    y: np.ndarray
    S: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    S_test: np.ndarray


Baseline = Callable[[Split, int], Forecast]


def forest_raw(split: Split, seed: int) -> Forecast:
    """A forest with scikit-learn's defaults on the values as they are: the RF of the published comparisons."""
    forest = RandomForestRegressor(random_state=seed).fit(split.X, split.y)
    return Forecast.of_point(forest.predict(split.X_test))


def forest_log(split: Split, seed: int) -> Forecast:
    """A forest on log values, and the quantiles of what its trees would answer.

    For the interval every leaf answers with one of the training values that fall into it, drawn at random; its ends
    are quantiles over the trees (Meinshausen 2006, in the sampled form of R's ranger).
    """
    z = logs(split.y)
    forest = RandomForestRegressor(random_state=seed).fit(split.X, z)
    leaves, test_leaves = forest.apply(split.X), forest.apply(split.X_test)  # (n, t), (m, t)
    stream, drawn = np.random.default_rng(seed), np.empty(test_leaves.shape)
    for t in range(leaves.shape[1]):
        order = stream.permutation(len(z))
        member = np.zeros(max(leaves[:, t].max(), test_leaves[:, t].max()) + 1)
        member[leaves[order, t]] = z[order]  # the last of each leaf stays
        drawn[:, t] = member[test_leaves[:, t]]
    low, high = np.quantile(drawn, [ALPHA / 2, 1 - ALPHA / 2], axis=1)
    return Forecast.of_point(np.exp(forest.predict(split.X_test)), np.exp(low), np.exp(high))


def ridge_sources(split: Split, seed: int) -> Forecast:  # noqa: ARG001
    """Ridge regression of log values on the logs of what the sources measured; its strength by leave-one-out error."""
    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-4, 4, 33))).fit(split.S, logs(split.y))
    return Forecast.of_point(np.exp(model.predict(split.S_test)))


def boosted_sources(split: Split, seed: int) -> Forecast:
    """XGBoost with its defaults on log values; features are the options and the logs of what the sources measured."""
    xgboost = importlib.import_module("xgboost")
    model = xgboost.XGBRegressor(n_jobs=1, random_state=seed)
    model.fit(np.hstack([split.X, split.S]), logs(split.y))
    return Forecast.of_point(np.exp(model.predict(np.hstack([split.X_test, split.S_test])).astype(float)))


def fit_baseline(model: Baseline, split: Split, seed: int) -> tuple[Forecast, list[float]]:
    """What a baseline says of the test rows, and its seconds; predicting is part of its fit."""
    made, fit_s = timed(partial(model, split, seed))
    return made, [0.0, fit_s, 0.0]


def logs(y: np.ndarray) -> np.ndarray:
    """Logs of measurements, where one at or below 0 counts as half the least above it; y itself where none is."""
    positive = y[y > 0]
    return np.log(np.maximum(y, positive.min() / 2)) if len(positive) else y


BASELINES: dict[str, Baseline] = {
    "forest on values": forest_raw,
    "forest on logs": forest_log,
    "ridge on log sources": ridge_sources,
    "XGBoost with sources": boosted_sources,
}


def available() -> dict[str, Baseline]:
    """The baselines whose libraries are installed; one line for each that is left out."""
    if importlib.util.find_spec("xgboost"):
        return dict(BASELINES)
    print("xgboost is not installed (pip install '.[experiments]'): its baseline is skipped")
    return {name: model for name, model in BASELINES.items() if model is not boosted_sources}
