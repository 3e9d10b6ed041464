"""Claims about what sources say."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data.table import Samples
from transferperf.kernels import OptionKernel
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, read_parameters
from transferperf.models.measured import Measured
from transferperf.models.source import N_KEPT, Sources, fit_source, fit_sources
from transferperf.space import Environment

D = 5
COLUMNS = Columns(names=tuple(f"o{j}" for j in range(D)), n_levels=(0, 0, 0, 0, 3))
WHERE = Environment.of({"workload": "w"})


def samples_of(n: int, seed: int = 0, constant: int | None = None) -> Samples:
    """Noisy measurements of n configurations; option `constant` is always at its first level."""
    stream = np.random.default_rng(seed)
    X = np.array(list(np.ndindex(2, 3, 4, 2, 3)), dtype=float) / np.array([1, 2, 3, 1, 1])
    X = X[stream.permutation(len(X))[:n]]
    if constant is not None:
        X[:, constant] = 0.0
        X = np.unique(X, axis=0)
    y = np.exp(X[:, 0] - X[:, 1] * X[:, 2] + 0.3 * (X[:, 4] == 1) + 0.05 * stream.normal(size=len(X)))
    return Samples(X, y, np.ones(len(X)))


def level(k: int) -> float:
    """A level, zero with either sign among them."""
    return -0.0 if k < 0 else k / 3


def _as_floats(row: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(level(k) for k in row)


ROW = st.tuples(*[st.integers(-1, 3)] * 3)


@given(known=st.lists(ROW, min_size=1, max_size=30, unique_by=_as_floats), asked=st.lists(ROW, min_size=1, max_size=30))
def test_a_configuration_is_found_as_a_dictionary_would_find_it(
    known: list[tuple[int, ...]], asked: list[tuple[int, ...]]
) -> None:
    """Equal floats are found, a negative zero among them; nothing else is."""
    X, z = np.array([_as_floats(row) for row in known]), np.arange(len(known), dtype=float)
    by_row = dict(zip(map(tuple, X + 0.0), z, strict=True))
    measured = Measured.of(X, z)
    Q = np.array([_as_floats(row) for row in asked])
    at = measured.find(Q)
    answers = [measured.z[i] if i >= 0 else None for i in at]
    assert answers == [by_row.get(tuple(row)) for row in Q + 0.0]


def test_what_was_measured_is_kept_to_the_last_bit() -> None:
    """Rows that were put in come out, however many levels an option has."""
    X = np.random.default_rng(0).normal(size=(400, 2))
    rows = Measured.of(X, X[:, 0]).rows()
    order = np.lexsort(X.T[::-1])
    np.testing.assert_array_equal(rows.X.numpy(), X[order])
    np.testing.assert_array_equal(rows.z.numpy(), X[order, 0])


def test_measured_features_are_the_measurements_where_there_are_any() -> None:
    """A measured value is given as it is and without variance, the model's mean and variance elsewhere."""
    everything, some = samples_of(144), samples_of(60)
    source = Sources((fit_source(COLUMNS, WHERE, some, "log", 0),))
    X = torch.as_tensor(everything.X)
    was_measured = np.array([any((row == known).all() for known in some.X) for row in everything.X])
    raw, denoised = (source.features(X, values)[:, 0].numpy() for values in ("measured", "denoised"))
    by_row = dict(zip(map(tuple, some.X), source.models[0].warping.warp(some.y), strict=True))
    np.testing.assert_array_equal(raw[was_measured], [by_row[tuple(row)] for row in everything.X[was_measured]])
    np.testing.assert_allclose(raw[~was_measured], denoised[~was_measured], atol=1e-12)
    spread = source.uncertainty(X, "measured")[:, 0].numpy()
    assert (spread[was_measured] == 0).all()
    np.testing.assert_allclose(spread[~was_measured], source.uncertainty(X, "denoised")[:, 0][~was_measured])


def test_an_option_that_never_changed_in_a_source_changes_nothing_it_says() -> None:
    """Same mean, variance and measured value, whatever the value of an option the source does not vary."""
    samples = samples_of(144, constant=3)
    source = Sources((fit_source(COLUMNS, WHERE, samples, "log", 0),))
    X = torch.as_tensor(samples.X)
    elsewhere = X.clone()
    elsewhere[:, 3] = 1.0
    for values in ("measured", "denoised"):
        assert torch.equal(source.features(X, values), source.features(elsewhere, values))
        assert torch.equal(source.uncertainty(X, values), source.uncertainty(elsewhere, values))


def test_parameters_are_those_of_a_noisy_option_kernel() -> None:
    """They stand in the order of `read_parameters`, the noise last."""
    model = fit_source(COLUMNS, WHERE, samples_of(80), "log", 0)
    blank = NoisyKernel(OptionKernel(COLUMNS.n_levels))
    assert model.parameters.shape == read_parameters(blank).shape
    np.testing.assert_allclose(model.posterior.noise, 1e-6 + np.exp(model.parameters[-1]))


def test_sources_stand_in_the_order_of_their_environments() -> None:
    """Features have one column for each source, whatever the order in which samples came; none without sources."""
    samples = {Environment.of({"workload": w}): samples_of(30, seed) for seed, w in enumerate("ba")}
    sources = fit_sources(COLUMNS, samples, "log", seed=0)
    assert [str(model.environment) for model in sources.models] == sorted(map(str, samples))
    X = torch.as_tensor(samples_of(10).X)
    assert sources.augment(X, "measured").shape == (10, D + 2)
    assert Sources(()).uncertainty(X, "measured").shape == (10, 0)


def test_what_sources_say_of_an_array_is_remembered_for_a_while() -> None:
    """The same array is not looked at again; neither another one nor another question gets its answer."""
    samples = samples_of(40)
    sources = Sources((fit_source(COLUMNS, WHERE, samples, "log", 0),))
    X = torch.as_tensor(samples_of(144).X)
    said = sources.features(X, "measured")
    assert sources.features(X.clone(), "measured") is said
    for other in (sources.features(X, "denoised"), sources.uncertainty(X, "measured"), sources.features(X[1:])):
        assert other is not said
    assert torch.equal(sources.features(X[:-1], "measured"), Sources(sources.models).features(X[:-1], "measured"))
    for n in range(N_KEPT):
        sources.features(X[: n + 1], "measured")
    again = sources.features(X, "measured")
    assert again is not said
    assert torch.equal(again, said)
