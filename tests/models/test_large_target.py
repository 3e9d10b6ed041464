"""Claims about targets with very many rows."""

import numpy as np
import pytest

from tests.models.synthetic import NOISE, TIME, fitted, log_error, truth
from transferperf.models import source, transfer
from transferperf.models.boosted import BoostedPosterior
from transferperf.models.large_target import LargeTarget
from transferperf.models.posterior import ProjectedPosterior
from transferperf.models.state import dump, restore
from transferperf.space import Encoding

KNOWN = truth(0, source_seed=0, n_source=20, n_target=100)


def test_a_large_target_is_modelled_as_a_source_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit one expert has all the weight, it predicts well, and it survives as plain values."""
    monkeypatch.setattr(transfer, "MOST_TARGET_ROWS", 99)
    predictor = fitted(KNOWN, "auto")
    assert [expert.name for expert in predictor.experts] == ["many rows"]
    assert log_error(KNOWN, predictor) < 3 * NOISE
    assert np.isnan([*predictor.held_out_errors, predictor.held_out_r2]).all()
    X = Encoding(KNOWN.table.space).encode(KNOWN.configurations)
    again = restore(*dump(predictor))
    np.testing.assert_array_equal(again.predict(X).mean, predictor.predict(X).mean)


def test_a_large_target_never_costs_the_cube_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its model is the one of a large source: a projected process, or trees."""
    monkeypatch.setattr(transfer, "MOST_TARGET_ROWS", 99)
    monkeypatch.setattr(source, "EXACT_ROWS", 50)
    predictor = fitted(KNOWN, "none")
    (expert,) = predictor.experts
    assert isinstance(expert, LargeTarget)
    assert isinstance(expert.model.posterior, ProjectedPosterior | BoostedPosterior)
    assert np.isfinite(predictor.predict(KNOWN.table.samples(TIME, predictor.target).X).std).all()


def test_up_to_the_limit_experts_are_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is no many rows yet."""
    monkeypatch.setattr(transfer, "MOST_TARGET_ROWS", 100)
    assert len(fitted(KNOWN, "none").experts) > 1
