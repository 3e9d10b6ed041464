"""The face that scikit-learn knows: a regressor for pipelines, cross-validation and grid searches."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from transferperf import models
from transferperf.data import MeasurementTable
from transferperf.errors import DataError
from transferperf.integrations.columns import Choices, Columns
from transferperf.metric import Metric
from transferperf.models.state import dump, restore
from transferperf.space import Environment
from transferperf.space.environment import factor_text

FACTOR = "environment"
"""The one factor by which rows differ."""

RESPONSE = Metric("y")
"""What is predicted; scikit-learn knows neither its unit nor which way is better."""


class TransferGPRegressor(RegressorMixin, BaseEstimator):
    """Gaussian processes on the target and its sources, as a regressor of scikit-learn.

    Parameters
    ----------
    transfer
        "auto" weighs what the sources say by how well it predicts the target; "none" leaves them out; or an expert's
        name, see `transferperf.models.TRANSFER_MODES`.
    target
        Which label of `environment` is the target; all other rows are sources. A label that no row has is legal:
        the answer is then what the sources say.
    categorical
        Columns whose values have no order, by name or position. Text and categories of a DataFrame need no mention.
    random_state
        Seed of the start values, as scikit-learn takes it; None draws one from numpy's global state.

    Attributes
    ----------
    predictor_ : transferperf.models.TransferPredictor
        The experts and their weights.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns seen in `fit`, where all of them are text.

    Notes
    -----
    Rows with the same X in the same environment are repeats of one configuration. Columns need no scaling: a column
    that is spaced evenly by factors is read on a log scale, as in a measurement file. A score is about the target, so
    cross-validation keeps the sources in every training set: `PredefinedSplit` with a fold of -1 for their rows.

    Examples
    --------
    >>> size = np.array([*range(10), 0, 2, 4, 6, 9])
    >>> environment = np.array(["old"] * 10 + ["new"] * 5)
    >>> seconds = np.where(environment == "old", size**2 + 5, 3 * size**2 + 15)
    >>> model = TransferGPRegressor(target="new").fit(size[:, None], seconds, environment=environment)
    >>> abs(model.predict([[7]]).item() - 162) < 15
    True
    """

    def __init__(
        self,
        transfer: str = "auto",
        target: object = None,
        categorical: Sequence[str | int] = (),
        random_state: object = 0,
    ) -> None:
        self.transfer = transfer
        self.target = target
        self.categorical = categorical
        self.random_state = random_state

    def fit(self, X: object, y: object, environment: object = None) -> Self:
        """Fit the experts, and weigh them.

        Parameters
        ----------
        X
            Array or DataFrame, shape (n, d).
        y
            What each row measured, shape (n,).
        environment
            Label of the environment of each row, shape (n,); None where all rows are the target.

        Raises
        ------
        ValueError
            Where a value is missing or no number, or rows are too few: 3 in the target, or 5 in a source.
        """
        self._choices = Choices.of(X, self.categorical)
        numbers, response = validate_data(
            self,
            self._choices.spell(X),
            y,
            dtype=np.float64,
            y_numeric=True,
            ensure_min_samples=models.LEAST_TARGET_ROWS,
        )
        labels = None if environment is None else _labels(environment, numbers)
        target = self._target(labels)
        names = getattr(self, "feature_names_in_", range(numbers.shape[1]))
        self._columns = Columns.of(numbers, names, self._choices)
        frame = pd.DataFrame(self._columns.encode(numbers), columns=self._columns.space.names)
        frame[RESPONSE.name] = response
        if labels is not None:
            frame[FACTOR] = labels
        factors = () if labels is None else (FACTOR,)
        table = MeasurementTable(frame, self._columns.space, factors, (RESPONSE,))
        self.predictor_ = models.fit(table, metric=RESPONSE, target=target, transfer=self.transfer, seed=self._seed())
        return self

    def predict(self, X: object, return_std: bool = False) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """What each row would measure in the target.

        Parameters
        ----------
        X
            Columns as in `fit`, shape (n, d); values may lie outside those that were seen.
        return_std
            Whether to give the standard deviation too.

        Returns
        -------
        median
            In the unit of y, shape (n,): of all numbers the one with the smallest expected absolute error, and unlike
            the mean the same whether y is modelled as it is or as its logarithm.
        std
            Standard deviation of one new measurement, in the unit of y, shape (n,); only with `return_std`.
        """
        check_is_fitted(self)
        numbers = validate_data(self, self._choices.spell(X), dtype=np.float64, reset=False)
        prediction = self.predictor_.predict(self._columns.encode(numbers))
        return (prediction.median, prediction.std) if return_std else prediction.median

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "predictor_" in state:
            state["predictor_"] = dump(self.predictor_)  # values and arrays: kernels cannot be pickled
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "predictor_" in state:
            values, arrays = state["predictor_"]
            self.predictor_ = restore(values, {name: np.array(array) for name, array in arrays.items()})

    def _target(self, labels: np.ndarray | None) -> Environment:
        if labels is None:
            return Environment()
        if self.target is None:
            known = ", ".join(sorted(set(labels))[:8])
            raise DataError(f"target is None, but rows come from environments {known}; set target to one of them")
        return Environment.of({FACTOR: self.target})

    def _seed(self) -> int:
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))


def _labels(environment: object, X: np.ndarray) -> np.ndarray:
    """Label of each row as text, shape (n,)."""
    labels = column_or_1d(environment)
    check_consistent_length(X, labels)
    if (missing := pd.isna(labels)).any():
        raise DataError(f"environment has no label in row {missing.argmax()}; give every row one")
    return np.array([factor_text(label) for label in labels], dtype=object)
