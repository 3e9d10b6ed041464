"""Claims about P(valid) on a known truth: a configuration of eight binary options fails where two of them are on."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.models.synthetic import GRID, NAMES, TARGET, TIME
from transferperf.data.csv import read_frame
from transferperf.data.table import MeasurementTable
from transferperf.models import Feasibility, fit_feasibility
from transferperf.models.calibration import Moments, Trial, calibrate
from transferperf.models.state_feasibility import dump_feasibility, restore_feasibility
from transferperf.space import Encoding

ALL = GRID.astype(int)
SEEDS = range(2)
RELATED, UNRELATED, NEVER = (0, 1), (2, 3), ()
"""Options that are not valid together; the target's are RELATED."""


def valid(X: np.ndarray, pair: tuple[int, ...]) -> np.ndarray:
    """Whether each configuration X (n, d) runs where this pair of options must not be on together."""
    return np.asarray(~X[:, pair].all(axis=1)) if pair else np.ones(len(X), dtype=bool)


def table(seed: int, sources: tuple[tuple[int, ...], ...], n: int, pair: tuple[int, ...] = RELATED) -> MeasurementTable:
    """Sources of 100 configurations each, and a target of n."""
    stream = np.random.default_rng(seed)
    parts = [(f"s{i}", stream.permutation(ALL)[:100], there) for i, there in enumerate(sources)]
    frames = [
        pd.DataFrame(X, columns=NAMES).assign(
            workload=name,
            status=np.where(valid(X, there), "ok", "invalid"),
            time_s=np.where(valid(X, there), 1, np.nan),
        )
        for name, X, there in [*parts, ("target", stream.permutation(ALL)[:n], pair)]
    ]
    return read_frame(pd.concat(frames, ignore_index=True), metrics=[TIME])


def fitted(known: MeasurementTable, transfer: str = "auto") -> Feasibility:
    """P(valid) in the target."""
    feasibility = fit_feasibility(known, target=TARGET, transfer=transfer)
    assert feasibility is not None
    return feasibility


def everywhere(known: MeasurementTable, transfer: str = "auto") -> np.ndarray:
    """P(valid) of all configurations, shape (256,)."""
    return fitted(known, transfer).predict(Encoding(known.space).encode(pd.DataFrame(ALL, columns=NAMES)))


def log_score(p: np.ndarray) -> float:
    """Mean negative log probability of the truth over all configurations."""
    return float(-np.log(np.where(valid(ALL, RELATED), p, 1 - p)).mean())


def test_a_source_with_the_same_invalid_region_lowers_the_log_score() -> None:
    """Eight target rows and one related source: less than half the log score of the target alone."""
    known = [table(seed, (RELATED,), 8) for seed in SEEDS]
    with_source, alone = (np.mean([log_score(everywhere(t, mode)) for t in known]) for mode in ("auto", "none"))
    assert with_source < 0.2
    assert with_source < 0.5 * alone


def test_a_source_with_another_invalid_region_hardly_raises_the_log_score() -> None:
    """Twelve target rows and one unrelated source: at most 0.08 worse than the target alone; guessing is at 0.56."""
    known = [table(seed, (UNRELATED,), 12) for seed in SEEDS]
    with_source, alone = (np.mean([log_score(everywhere(t, mode)) for t in known]) for mode in ("auto", "none"))
    assert with_source < alone + 0.08


def test_many_rows_of_the_target_outweigh_its_sources() -> None:
    """With 60 rows the region is found in spite of two sources that agree on another one."""
    p = everywhere(table(0, (UNRELATED, UNRELATED), 60))
    assert ((p >= 0.5) == valid(ALL, RELATED)).mean() > 0.95


@pytest.mark.parametrize(
    ("sources", "n", "pair"),
    [((RELATED,), 0, RELATED), ((RELATED,), 1, RELATED), ((RELATED, NEVER), 12, NEVER), ((), 12, RELATED)],
)
def test_probabilities_are_never_certain(sources: tuple[tuple[int, ...], ...], n: int, pair: tuple[int, ...]) -> None:
    """Whatever was measured, P lies strictly between 0 and 1, and no further out than Laplace's rule."""
    known = table(1, sources, n, pair)
    feasibility = fitted(known)
    p, least = feasibility.predict(GRID), 1 / (feasibility.n_rows + 2)
    assert (p >= least).all()
    assert (p <= 1 - least).all()
    assert 0 < least < 0.5


def test_probabilities_are_calibrated_on_average() -> None:
    """The mean of P over all configurations is the share that is valid, within 5 %."""
    p = [everywhere(table(seed, (RELATED,), 30)) for seed in SEEDS]
    assert np.mean(p) == pytest.approx(valid(ALL, RELATED).mean(), abs=0.05)


@pytest.mark.parametrize("n_valid", [0, 4, 10])
def test_an_opinion_that_tells_nothing_is_the_rule_of_laplace(n_valid: int) -> None:
    """(n_valid + 1) / (n + 2) of n rows: none valid, some or all."""
    y = (np.arange(10) < n_valid).astype(float)
    said = Moments(np.zeros(10), np.zeros(10))
    a, b = calibrate(Trial.of(said, y), 10)
    p = np.exp(Trial.of(said, np.ones(10)).log_density(a, b))
    np.testing.assert_allclose(p, (n_valid + 1) / 12, atol=1e-5)


def test_an_unmeasured_target_is_what_its_sources_say() -> None:
    """Three sources that agree, and no target row: every configuration is on the right side, and nearly certain."""
    p = everywhere(table(2, (RELATED,) * 3, 0))
    assert ((p >= 0.5) == valid(ALL, RELATED)).mean() > 0.97
    assert log_score(p) < 0.15


def test_a_target_that_never_failed_is_not_taken_to_fail_where_a_source_does() -> None:
    """Forty valid rows, a quarter of which fail in the source: P is above one half everywhere."""
    assert (everywhere(table(3, (RELATED,), 40, NEVER)) > 0.5).all()


def test_nothing_is_fitted_where_nothing_was_invalid() -> None:
    """With a status column in which all is well, and without one."""
    known = table(0, (NEVER,), 10, NEVER)
    assert fit_feasibility(known, target=TARGET) is None
    plain = read_frame(known.frame.drop(columns="status"), metrics=[TIME])
    assert fit_feasibility(plain, target=TARGET) is None


def test_the_same_seed_gives_the_same_probabilities_whatever_the_order_of_rows() -> None:
    """Rows shuffled: the same numbers."""
    known = table(4, (RELATED,), 8)
    shuffled = read_frame(known.frame.sample(frac=1, random_state=1).reset_index(drop=True), metrics=[TIME])
    np.testing.assert_allclose(everywhere(shuffled), everywhere(known), rtol=1e-9)


@pytest.mark.parametrize(("sources", "n"), [((RELATED,), 12), ((), 12), ((RELATED, RELATED), 0)])
def test_feasibility_survives_json_and_arrays(sources: tuple[tuple[int, ...], ...], n: int) -> None:
    """The same probabilities after it was taken apart and put together."""
    feasibility = fitted(table(5, sources, n))
    values, arrays = dump_feasibility(feasibility)
    again = restore_feasibility(json.loads(json.dumps(values)), arrays)
    np.testing.assert_array_equal(again.predict(GRID), feasibility.predict(GRID))


def test_calibration_finds_the_slope_and_offset_of_a_probit() -> None:
    """Of many rows drawn from a known a and b, in spite of variances that differ."""
    stream = np.random.default_rng(6)
    said = Moments(2 * stream.normal(size=20000), stream.uniform(0, 1, size=20000))
    y = (stream.normal(size=20000) < said.score(1.5, -0.5)).astype(float)
    assert calibrate(Trial.of(said, y), 20000) == pytest.approx((1.5, -0.5), abs=0.1)


def test_a_target_without_sources_that_never_ran_is_laplace_too() -> None:
    """Ten rows, all of them invalid: 1 / 12 everywhere."""
    known = table(0, (), 10, NEVER)
    failed = read_frame(known.frame.assign(status="failed"), metrics=[TIME])
    np.testing.assert_allclose(everywhere(failed, "none"), 1 / 12, atol=1e-5)
