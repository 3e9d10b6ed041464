"""Claims about the estimator: it is one of scikit-learn's, and transfers."""

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, PredefinedSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import check_random_state
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.models.synthetic import NAMES, Truth, truth
from transferperf.errors import UnknownNameError
from transferperf.integrations.sklearn import TransferGPRegressor

MODES = ["off", "wal", "mmap"]


def frame_with_modes(n: int = 30) -> tuple[pd.DataFrame, np.ndarray]:
    """One number and one choice, and a response that depends on both."""
    stream = np.random.default_rng(0)
    X = pd.DataFrame({"size": stream.uniform(1, 9, n), "mode": stream.choice(MODES, n)})
    return X, X["size"].to_numpy() + X["mode"].map({"off": 0.0, "wal": 10.0, "mmap": 3.0}).to_numpy()


def rows(known: Truth) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """X, y and the environment of each row."""
    frame = known.table.frame
    return frame[NAMES], frame["time_s"].to_numpy(), frame["workload"].to_numpy()


def fitted(known: Truth, **parameters: Any) -> TransferGPRegressor:
    """The estimator of the target."""
    X, y, environment = rows(known)
    return TransferGPRegressor(target="target", **parameters).fit(X, y, environment=environment)


@parametrize_with_checks([TransferGPRegressor()])  # type: ignore[untyped-decorator]
def test_it_is_an_estimator_of_scikit_learn(estimator: TransferGPRegressor, check: Any) -> None:
    """It keeps every promise that scikit-learn checks; none is expected to fail."""
    check(estimator)


def test_a_related_source_lowers_the_error() -> None:
    """Over seeds, the error with an equal environment as source is at most half of that without."""
    cases = [truth(seed, source_seed=seed) for seed in range(3)]
    errors = {
        transfer: np.median(
            [
                np.abs(np.log(fitted(known, transfer=transfer).predict(known.configurations) / known.response)).mean()
                for known in cases
            ]
        )
        for transfer in ("auto", "none")
    }
    assert errors["auto"] <= 0.5 * errors["none"]


def test_a_target_without_rows_is_what_the_sources_say() -> None:
    """A label that no row has is answered from the sources, better than by their mean."""
    known = truth(4, source_seed=4, n_target=0)
    model = fitted(known)
    assert [expert.name for expert in model.predictor_.experts] == ["sources only"]
    assert model.score(known.configurations, known.response) > 0.5


def test_labels_are_compared_as_environments_are() -> None:
    """A workload of 128, 128.0 or "128" is one."""
    known = truth(1, source_seed=1)
    X, y, environment = rows(known)
    here, there = (
        TransferGPRegressor(target=target).fit(X, y, np.where(environment == "target", label, 7))
        for target, label in ((128, 128.0), ("128", 128))
    )
    np.testing.assert_array_equal(here.predict(X), there.predict(X))
    assert here.predictor_.n_target == np.sum(environment == "target")


def test_without_labels_all_rows_are_the_target() -> None:
    """The same rows with one label, the target's, give the same answer."""
    X, y = frame_with_modes()
    labelled = TransferGPRegressor(target="here").fit(X, y, ["here"] * len(y))
    np.testing.assert_allclose(TransferGPRegressor().fit(X, y).predict(X), labelled.predict(X), rtol=1e-9)


def test_labels_without_a_target_are_an_error() -> None:
    """Nobody can tell which environment is asked about; the labels are listed."""
    X, y, environment = rows(truth(0, source_seed=0))
    with pytest.raises(ValueError, match=r"target is None.*source, target"):
        TransferGPRegressor().fit(X, y, environment)


def test_labels_are_there_for_every_row() -> None:
    """A missing label, and too few of them, are errors."""
    X, y = frame_with_modes(5)
    with pytest.raises(ValueError, match="no label in row 1"):
        TransferGPRegressor(target="a").fit(X, y, ["a", None, "a", "a", "a"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        TransferGPRegressor(target="a").fit(X, y, ["a"])


def test_too_few_rows_say_how_many_came() -> None:
    """Two target rows beside four source rows are no model."""
    X, y = frame_with_modes(6)
    with pytest.raises(ValueError, match=r"environment=a has 2 measured.*needs 3"):
        TransferGPRegressor(target="a").fit(X, y, ["a"] * 2 + ["b"] * 4)


def test_an_unknown_expert_is_named() -> None:
    """A mode that does not exist lists those that do."""
    with pytest.raises(UnknownNameError, match=r"'magic'.*auto"):
        TransferGPRegressor(transfer="magic").fit(*frame_with_modes())


def test_a_choice_is_learnt_and_an_unseen_value_is_less_certain() -> None:
    """Text needs no encoding: a seen value is predicted well, one that never came has a wider distribution."""
    X, y = frame_with_modes()
    model = TransferGPRegressor().fit(X, y)
    assert model.score(X, y) > 0.99
    asked = pd.DataFrame({"size": [5.0, 5.0], "mode": ["wal", "memory"]})
    median, std = model.predict(asked, return_std=True)
    assert median[0] == pytest.approx(15, abs=1)
    assert std[1] > 3 * std[0]


def test_names_of_levels_are_irrelevant() -> None:
    """Levels that are numbers, declared as a choice, say the same as text that sorts alike."""
    X, y = frame_with_modes()
    text = X.assign(mode=X["mode"].map({"off": "a", "wal": "b", "mmap": "c"}))
    codes = X.assign(mode=X["mode"].map({"off": 1, "wal": 2, "mmap": 3}))[["size", "mode"]].to_numpy()
    numbers = TransferGPRegressor(categorical=[1]).fit(codes, y).predict(codes)
    np.testing.assert_allclose(TransferGPRegressor().fit(text, y).predict(text), numbers, rtol=1e-3)


def test_a_missing_value_of_a_choice_is_refused() -> None:
    """It is no level of its own: scikit-learn's error for missing values comes, in `fit` and in `predict`."""
    X, y = frame_with_modes()
    gap = X.assign(mode=X["mode"].where(X.index != 3))
    with pytest.raises(ValueError, match="contains NaN"):
        TransferGPRegressor().fit(gap, y)
    model = TransferGPRegressor().fit(X, y)
    with pytest.raises(ValueError, match="contains NaN"):
        model.predict(gap)


def test_order_and_names_of_columns_are_irrelevant() -> None:
    """A DataFrame with its columns permuted gives the same model, whatever words it uses."""
    X, y = frame_with_modes()
    X = X.rename(columns={"size": "status", "mode": "environment"}).assign(y=np.arange(len(y)) % 4)
    swapped = X[["y", "environment", "status"]]
    predictions = [TransferGPRegressor(target=0).fit(Z, y, [0] * len(y)).predict(Z) for Z in (X, swapped)]
    np.testing.assert_allclose(predictions[1], predictions[0], rtol=1e-6)


def test_units_of_columns_are_irrelevant() -> None:
    """Bytes or megabytes say the same."""
    X, y = frame_with_modes()
    scaled = X.assign(size=X["size"] * 2**20)
    here, there = (TransferGPRegressor().fit(Z, y).predict(Z, return_std=True) for Z in (X, scaled))
    np.testing.assert_allclose(there, here, rtol=1e-6)


def test_far_beyond_what_was_seen_little_is_known() -> None:
    """The standard deviation grows with the distance, and stays finite however far a value lies."""
    X, y = frame_with_modes()
    asked = pd.DataFrame({"size": [5.0, 20.0, 1e300], "mode": "off"})
    median, std = TransferGPRegressor().fit(X, y).predict(asked, return_std=True)
    assert std[0] < std[1] <= std[2]
    assert np.isfinite([median, std]).all()


def test_the_same_seed_gives_the_same_answer() -> None:
    """Two fits with the same number, or with generators in the same state, are equal to the last bit."""
    X, y = frame_with_modes()
    for seed in (lambda: 3, lambda: check_random_state(3)):
        first, second = (TransferGPRegressor(random_state=seed()).fit(X, y).predict(X) for _ in range(2))
        np.testing.assert_array_equal(first, second)


def test_a_copy_of_a_fitted_estimator_predicts_the_same() -> None:
    """What pickling keeps is enough, sources included."""
    known = truth(5, source_seed=5)
    model = fitted(known)
    copied = copy.deepcopy(model)
    for one, other in zip(*(m.predict(known.configurations, return_std=True) for m in (model, copied)), strict=True):
        np.testing.assert_array_equal(other, one)


def test_cross_validation_keeps_the_sources_in_training() -> None:
    """Through a pipeline, with folds of the target alone, every score is one of the target and is good."""
    X, y, environment = rows(truth(6, source_seed=6))
    folds = np.where(environment == "target", np.arange(len(y)) % 3, -1)
    model = make_pipeline(FunctionTransformer(), TransferGPRegressor(target="target"))
    params = {"transfergpregressor__environment": environment}
    scores = cross_val_score(model, X, y, cv=PredefinedSplit(folds), params=params)
    assert scores.shape == (3,)
    assert (scores > 0.8).all()


def test_a_grid_search_finds_that_a_related_source_helps() -> None:
    """Of "none" and "source-informed" the second has the better score, and is fitted to all rows."""
    known = truth(7, source_seed=7)
    X, y, environment = rows(known)
    folds = np.where(environment == "target", np.arange(len(y)) % 2, -1)
    grid = {"transfer": ["none", "source-informed"]}
    search = GridSearchCV(TransferGPRegressor(target="target"), grid, cv=PredefinedSplit(folds), error_score="raise")
    search.fit(X, y, environment=environment)
    assert search.best_params_ == {"transfer": "source-informed"}
    assert search.best_estimator_.predictor_.n_target == 20


def test_equal_measurements_are_predicted_as_such() -> None:
    """A response that never changes is predicted as that value, without an error."""
    X, _ = frame_with_modes(10)
    np.testing.assert_allclose(TransferGPRegressor().fit(X, np.full(10, 7.0)).predict(X), 7.0, rtol=1e-6)
