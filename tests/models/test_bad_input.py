"""Claims about input that is poor, odd or repeated: each has an answer, and no warning reaches the user."""

from dataclasses import replace

import numpy as np
import pytest

from tests.models.synthetic import GRID, TARGET, TIME, Truth, log_error, response, truth
from transferperf.data.table import Samples
from transferperf.errors import NotEnoughDataError
from transferperf.models import Background, Prediction, TransferPredictor, fit, fit_background, fit_target
from transferperf.models.gp_expert import GPExpert
from transferperf.space import Encoding


@pytest.fixture(scope="module")
def known() -> Truth:
    """Twelve target rows, and an equal source."""
    return truth(0, source_seed=0, n_source=60, n_target=12)


@pytest.fixture(scope="module")
def samples(known: Truth) -> Samples:
    """The target's rows."""
    return known.table.samples(TIME, TARGET)


@pytest.fixture(scope="module")
def background(known: Truth) -> Background:
    """What the source tells."""
    return fit_background(known.table, metric=TIME, target=TARGET)


@pytest.fixture(scope="module")
def alone(known: Truth) -> Background:
    """What is known without sources."""
    return fit_background(known.table, metric=TIME, target=TARGET, transfer="none")


def fitted(background: Background, samples: Samples) -> TransferPredictor:
    """The predictor of a target with these samples."""
    return fit_target(background, samples, metric=TIME, target=TARGET)


def answer(predictor: TransferPredictor, X: np.ndarray = GRID) -> Prediction:
    """What it says of all configurations; every number of it is one."""
    said = predictor.predict(X)
    numbers = [said.mean, said.std, said.median, said.least_relative_error, *said.interval(), *said.response_interval()]
    assert np.isfinite(numbers).all()
    return said


def error(predictor: TransferPredictor, is_asked: np.ndarray | None = None) -> float:
    """Median absolute error of log predictions at some configurations."""
    X = GRID if is_asked is None else GRID[is_asked]
    return float(np.median(np.abs(np.log(answer(predictor, X).median / response(X, 0)))))


@pytest.mark.parametrize(
    ("value", "with_source"), [(3.0, True), (3.0, False), (0.0, True), (-7.0, False), (1e200, True)]
)
def test_equal_rows_are_predicted_as_that_value(
    value: float, with_source: bool, background: Background, alone: Background, samples: Samples
) -> None:
    """Whatever a source says, a target that never changes is one value."""
    equal = replace(samples, y=np.full(len(samples), value))
    said = answer(fitted(background if with_source else alone, equal)).median
    np.testing.assert_allclose(said, value, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_rows_are_left_to_the_sources(
    n: int, background: Background, alone: Background, samples: Samples
) -> None:
    """An equal source predicts well without them; where there is none, the error says how many rows are needed."""
    few = samples.select(slice(n))
    assert error(fitted(background, few)) < 0.05
    with pytest.raises(NotEnoughDataError, match=f"has {n} measured.*needs 3"):
        fitted(alone, few)


def test_rows_that_the_sources_scale_cannot_hold_are_no_error(background: Background, samples: Samples) -> None:
    """Two rows, zero and negative, under a logarithm of the sources."""
    assert error(fitted(background, replace(samples.select(slice(2)), y=np.array([0.0, -5.0])))) < 0.05


def test_fewer_rows_than_options_are_a_model(background: Background, alone: Background, samples: Samples) -> None:
    """Three have no infinite answer, and a source makes it better."""
    few = samples.select(slice(3))
    assert error(fitted(background, few)) < error(fitted(alone, few))


def test_one_environment_has_nothing_to_transfer(known: Truth) -> None:
    """All experts use the target alone and know more than a constant, and asking for others says what is missing."""
    table = known.table.select(TARGET)
    predictor = fit(table, metric=TIME, target=TARGET)
    assert not any(expert.transfers for expert in predictor.experts)
    constant = float(np.median(np.abs(np.log(known.response / np.median(known.response)))))
    assert log_error(known, predictor) < 0.9 * constant
    with pytest.raises(NotEnoughDataError, match="no other environment"):
        fit(table, metric=TIME, target=TARGET, transfer="source-informed")


def test_a_source_needs_no_configuration_in_common(known: Truth, samples: Samples, alone: Background) -> None:
    """What its model says of the target's configurations helps as much as measurements would."""
    frame = known.table.frame
    encoded = Encoding(known.table.space).encode(known.table.configurations())
    is_shared = np.array([(row == samples.X).all(1).any() for row in encoded])
    is_left = ((frame["workload"] == "target") | ~is_shared).to_numpy()
    apart = replace(known.table, frame=frame[is_left])
    assert is_left.sum() < len(frame)
    assert error(fit(apart, metric=TIME, target=TARGET)) < 0.7 * error(fitted(alone, samples))


def test_an_option_that_never_changed_in_the_target_is_the_sources_matter(
    background: Background, alone: Background
) -> None:
    """Its other value is predicted by an equal source, and without one not at all."""
    rows = GRID[(GRID[:, 0] == 1) & (GRID[:, 1:5].sum(1) % 2 == 0)][::4]
    constant, is_new = Samples(rows, response(rows, 0), np.ones(len(rows))), GRID[:, 0] == 0
    assert error(fitted(background, constant), is_new) < 0.5 * error(fitted(alone, constant), is_new)


def test_zeros_are_short_times(background: Background, samples: Samples) -> None:
    """What a timer could not tell is predicted positive and below the rest."""
    order = np.argsort(samples.y)
    y = samples.y.copy()
    y[order[:2]] = 0.0
    said = answer(fitted(background, replace(samples, y=y)), samples.X).median
    assert (said > 0).all()
    assert said[order[:2]].max() < np.median(said)


def test_negative_values_are_predicted_negative(background: Background, samples: Samples) -> None:
    """A target below zero beside a source above it."""
    said = answer(fitted(background, replace(samples, y=-samples.y)), samples.X).median
    assert (said < 0).all()
    np.testing.assert_allclose(said, -samples.y, atol=0.05 * np.ptp(samples.y))


@pytest.mark.parametrize(("n", "most"), [(12, 0.7), (20, 0.1)])
def test_one_heavy_outlier_leaves_the_rest_usable(n: int, most: float) -> None:
    """One of 20 rows that is a thousandfold wrong counts little; one of 12 leaves about a constant's error, 0.6."""
    table = truth(0, source_seed=0, n_source=60, n_target=n).table
    background, samples = fit_background(table, metric=TIME, target=TARGET), table.samples(TIME, TARGET)
    y = samples.y.copy()
    y[0] *= 1000
    assert error(fitted(background, replace(samples, y=y))) < most


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_the_unit_is_irrelevant(factor: float, alone: Background, samples: Samples) -> None:
    """Tiny and huge values are predicted as others are, but for ties between splits, which rounding breaks."""
    usual = answer(fitted(alone, samples)).median
    raised = answer(fitted(alone, replace(samples, y=factor * samples.y))).median
    np.testing.assert_allclose(raised / factor, usual, rtol=0.05)


def test_rows_that_say_the_same_twice_say_it_once(known: Truth) -> None:
    """Duplicates of every row change nothing."""
    table = known.table.select(TARGET)
    twice = replace(table, frame=table.frame.iloc[np.repeat(np.arange(len(table)), 2)].reset_index(drop=True))
    once, again = (fit(t, metric=TIME, target=TARGET) for t in (table, twice))
    assert again.n_target == once.n_target == 12
    np.testing.assert_allclose(answer(again).median, answer(once).median, rtol=1e-6)


def repeated(samples: Samples, n_first: int, spread: float = 0.3) -> Samples:
    """Every row measured three times with a relative scatter, but the first, twice as large, so many times."""
    n_repeats = np.where(np.arange(len(samples)) == 0, n_first, 3)
    y = samples.y * np.where(np.arange(len(samples)) == 0, 2.0, 1.0)
    return Samples(samples.X, y, n_repeats, np.where(n_repeats > 1, (spread * y) ** 2, np.nan))


def own_expert(predictor: TransferPredictor) -> GPExpert:
    """The expert that uses no source."""
    expert = predictor.experts[0]
    assert isinstance(expert, GPExpert)
    return expert


def test_a_row_with_many_repeats_counts_more_than_one_without(alone: Background, samples: Samples) -> None:
    """The noise of its mean is smaller, and the prediction there is nearer to it."""
    many, single = (fitted(alone, repeated(samples, n)) for n in (30, 1))
    noise = [own_expert(predictor).posterior.rows.known for predictor in (many, single)]
    np.testing.assert_allclose(noise[0][0] * 30, noise[0][1] * 3)
    np.testing.assert_allclose(noise[1][0], noise[1][1] * 3)
    gaps = [abs(np.log(p.predict(samples.X[:1]).median[0] / (2 * samples.y[0]))) for p in (many, single)]
    assert gaps[0] < gaps[1]


def test_repeats_tell_how_far_one_measurement_scatters(alone: Background, samples: Samples) -> None:
    """The noise of a single measurement is at least the scatter of the repeats, on the scale of the model."""
    predictor = fitted(alone, repeated(samples, 3, spread=0.3))
    said = answer(predictor, samples.X)
    assert predictor.warping.kind == "log"
    np.testing.assert_allclose(predictor.repeat_noise**0.5 * predictor.warping.scale, 0.3, rtol=1e-6)
    assert said.latent_noise >= predictor.repeat_noise**0.5


def test_held_out_means_of_repeats_are_expected_to_scatter(alone: Background, samples: Samples) -> None:
    """The variance of what was held out holds the noise of its repeats: more for one than for thirty."""
    single, many = (own_expert(fitted(alone, repeated(samples, n))) for n in (1, 30))
    assert single.evidence.variance[0] > single.posterior.rows.known[0]
    assert many.posterior.rows.known[0] < 0.1 * single.posterior.rows.known[0]


def test_later_rows_may_be_of_any_sign(background: Background, samples: Samples) -> None:
    """A model on a logarithmic scale is extended by a zero, which is short."""
    predictor = fitted(background, samples)
    new = np.array([row for row in GRID if not (row == samples.X).all(1).any()][:1])
    extended = predictor.extend(new, np.zeros(1))
    assert answer(extended, new).median[0] < predictor.predict(new).median[0]
