"""Claims about predictors as plain values."""

import json

import numpy as np
import pytest

from tests.models.synthetic import TIME, Truth, fitted, truth
from transferperf.models import source
from transferperf.models.state import dump, restore
from transferperf.space import Encoding


def assert_survives(known: Truth, transfer: str) -> None:
    """Assert that predictions are the same after a way through JSON and arrays."""
    predictor = fitted(known, transfer)
    X = Encoding(known.table.space).encode(known.configurations)
    values, arrays = dump(predictor)
    again = restore(json.loads(json.dumps(values)), arrays)
    np.testing.assert_array_equal(again.predict(X).mean, predictor.predict(X).mean)
    np.testing.assert_array_equal(again.predict(X).std, predictor.predict(X).std)
    assert again.metric == TIME
    assert again.held_out_errors == pytest.approx(predictor.held_out_errors, nan_ok=True)


@pytest.mark.parametrize(
    "transfer", ["auto", "none", "option-relevance", "source-informed", "linear-shift", "multi-task", "sources-only"]
)
def test_a_predictor_survives_json_and_arrays(transfer: str) -> None:
    """Every kind of expert predicts the same after it was taken apart and put together."""
    assert_survives(truth(0, source_seed=0, n_source=40), transfer)


def test_a_source_with_many_rows_survives_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source with many rows is kept by what `fit_many` made of it."""
    monkeypatch.setattr(source, "EXACT_ROWS", 50)
    assert_survives(truth(0, source_seed=0), "auto")
