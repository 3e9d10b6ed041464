"""Claims about transfer, on synthetic truth."""

import numpy as np
import pandas as pd
import pytest

from tests.models.synthetic import NAMES, NOISE, TARGET, TIME, D, fitted, log_error, truth
from transferperf.data.csv import read_frame
from transferperf.data.table import Samples
from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.models import fit, fit_background, fit_target
from transferperf.space import Encoding


def test_with_an_equal_source_the_error_falls_to_the_noise() -> None:
    """Over seeds, the median error with an equal environment as source is at most the measurement noise."""
    errors = [
        log_error(known, fitted(known, "auto")) for known in (truth(s, source_seed=s, n_source=200) for s in range(5))
    ]
    assert np.median(errors) <= NOISE


def test_an_unrelated_source_does_not_hurt() -> None:
    """Over 20 seeds, the median error with an unrelated source is at most 1.05 times that without."""
    cases = [truth(seed, source_seed=1000 + seed) for seed in range(20)]
    with_source = [log_error(known, fitted(known, "auto")) for known in cases]
    without = [log_error(known, fitted(known, "none")) for known in cases]
    assert np.median(with_source) <= 1.05 * np.median(without)


def test_noiseless_measurements_are_interpolated() -> None:
    """Where 60 measurements have no noise, predictions at these configurations are the measurements."""
    known = truth(3, source_seed=1003, noise=0.0, n_target=60)
    samples = known.table.samples(TIME, TARGET)
    predicted = fitted(known, "none").predict(samples.X)
    np.testing.assert_allclose(predicted.median, samples.y, rtol=1e-2)


def test_order_of_rows_and_columns_is_irrelevant() -> None:
    """Permuting the rows and the columns of a file changes no prediction by more than 1e-6."""
    known = truth(1, source_seed=1)
    frame = known.table.frame
    stream = np.random.default_rng(0)
    shuffled = frame.iloc[stream.permutation(len(frame))][list(stream.permutation(frame.columns))]
    table = read_frame(shuffled.reset_index(drop=True), metrics=[TIME])
    predictions = [
        fit(t, metric=TIME, target=TARGET).predict(Encoding(t.space).encode(known.configurations))
        for t in (known.table, table)
    ]
    np.testing.assert_allclose(predictions[1].mean, predictions[0].mean, rtol=1e-6)
    np.testing.assert_allclose(predictions[1].std, predictions[0].std, rtol=1e-6)


def test_the_same_seed_gives_the_same_answer() -> None:
    """Two fits of the same data and seed are equal to the last bit."""
    known = truth(2, source_seed=2)
    X = Encoding(known.table.space).encode(known.configurations)
    first, second = (fitted(known, "auto").predict(X).mean for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_intervals_cover_what_they_say() -> None:
    """Over seeds, the 90 % interval holds about that share of the true responses."""
    covered = []
    for seed in range(6):
        known = truth(seed, source_seed=seed + 500, n_target=40)
        low, high = fitted(known, "none").predict(Encoding(known.table.space).encode(known.configurations)).interval()
        covered.append(np.mean((low <= known.response) & (known.response <= high)))
    assert 0.75 <= np.mean(covered) <= 0.99


def test_an_unmeasured_target_is_what_the_sources_say() -> None:
    """Without target rows the answer comes from the sources alone, and is right where one is equal."""
    known = truth(4, source_seed=4, n_target=0)
    predictor = fitted(known, "auto")
    assert [expert.name for expert in predictor.experts] == ["sources only"]
    assert log_error(known, predictor) < 0.15


def test_too_few_rows_say_how_many_are_needed() -> None:
    """Two target rows and no source are no model."""
    frame = pd.DataFrame(np.eye(D, dtype=int)[:2], columns=NAMES).assign(time_s=[1.0, 2.0])
    table = read_frame(frame, metrics=[TIME])
    with pytest.raises(NotEnoughDataError, match=r"2 measured configurations.*needs 3"):
        fit(table, metric=TIME, target=table.environments[0])


def test_an_unknown_expert_is_named() -> None:
    """A mode that does not exist lists those that do."""
    known = truth(0, source_seed=0)
    with pytest.raises(UnknownNameError, match=r"'magic'.*auto"):
        fit(known.table, metric=TIME, target=TARGET, transfer="magic")


def test_negative_values_are_modelled_on_their_own_scale() -> None:
    """Where a logarithm does not exist it is no candidate."""
    known = truth(0, source_seed=0)
    table = read_frame(known.table.frame.assign(time_s=known.table.frame["time_s"] - 50.0), metrics=[TIME])
    assert fit(table, metric=TIME, target=TARGET).warping.kind == "identity"


def test_a_few_negative_target_values_rule_out_the_logarithm() -> None:
    """The target's scale suits its own measurements, however few, and not those of its positive sources."""
    known = truth(0, source_seed=0, n_target=4)
    shifted = known.table.frame["time_s"] - np.where(known.table.frame["workload"] == "target", 50.0, 0.0)
    table = read_frame(known.table.frame.assign(time_s=shifted), metrics=[TIME])
    assert fit(table, metric=TIME, target=TARGET).warping.kind == "identity"


def test_a_negative_target_of_positive_sources_is_modelled_on_its_own_scale() -> None:
    """Where the sources were fitted on a log scale before, the target that has none still gets a model."""
    known = truth(0, source_seed=0)
    background = fit_background(known.table, metric=TIME, target=TARGET)
    samples = known.table.samples(TIME, TARGET)
    shifted = Samples(samples.X, samples.y - 2.0, samples.n_repeats)
    predictor = fit_target(background, shifted, metric=TIME, target=TARGET)
    assert background.pooled is not None
    assert (background.pooled.kind, predictor.warping.kind) == ("log", "identity")


def test_equal_measurements_are_predicted_as_such() -> None:
    """A metric that never changes is predicted as that value, without an error."""
    known = truth(0, source_seed=0)
    table = read_frame(known.table.frame.assign(time_s=7.0), metrics=[TIME])
    X = Encoding(table.space).encode(known.configurations)
    np.testing.assert_allclose(fit(table, metric=TIME, target=TARGET).predict(X).median, 7.0, rtol=1e-6)
