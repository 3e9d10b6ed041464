"""Claims about the public face: fit, predict, best, summary, save and load."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import transferperf as tp
from tests.models.synthetic import GRID, NAMES, truth
from transferperf.errors import (
    ArchiveError,
    DataError,
    SpaceError,
    TransferPerfWarning,
    UnknownNameError,
)

KNOWN = truth(0, source_seed=0, n_source=60)
TARGET = {"workload": "target"}


@pytest.fixture(scope="module")
def model() -> tp.PerformanceModel:
    """A model of a related source and twenty target rows."""
    return tp.fit(KNOWN.table, metric="time_s", target=TARGET, seed=0)


def test_predictions_have_the_shape_of_the_configurations(model: tp.PerformanceModel) -> None:
    """Mean, std and quantiles are one number for each configuration, and extra columns do not matter."""
    prediction = model.predict(KNOWN.configurations.assign(comment="x"))
    n = len(KNOWN.configurations)
    assert prediction.mean.shape == prediction.std.shape == prediction.quantile(0.05).shape == (n,)
    assert (prediction.quantile(0.05) < prediction.median).all()


def test_predictions_are_right(model: tp.PerformanceModel) -> None:
    """With a related source the median relative error is under 10 %."""
    error = np.abs(model.predict(KNOWN.configurations).median / KNOWN.response - 1)
    assert np.median(error) < 0.1


def test_a_missing_option_is_named(model: tp.PerformanceModel) -> None:
    """Predicting without an option's column says which."""
    with pytest.raises(SpaceError, match="lack the option o3"):
        model.predict(KNOWN.configurations.drop(columns="o3"))


def test_an_illegal_value_is_named_with_its_row(model: tp.PerformanceModel) -> None:
    """A value outside an option says which, where, and what is expected."""
    configurations = KNOWN.configurations.copy()
    configurations.loc[2, "o3"] = 7
    with pytest.raises(SpaceError, match=r"'o3' is 7 in configuration 3; expected one of 0, 1"):
        model.predict(configurations)


def test_the_best_configuration_is_the_best_of_all_by_prediction(model: tp.PerformanceModel) -> None:
    """In a space that can be swept, no configuration has a smaller median, and the answer says that it is exact."""
    everything = pd.DataFrame(GRID.astype(int), columns=NAMES)
    best = model.best(k=3)
    assert best.exact
    medians = np.sort(model.predict(everything).median)
    np.testing.assert_allclose(model.predict(best[NAMES]).median, medians[:3], rtol=1e-9)
    assert (best["low"] < best["high"]).all()


def test_a_larger_metric_is_better_where_it_says_so() -> None:
    """Direction comes from the metric: the best of a maximised metric has the largest prediction."""
    frame = KNOWN.table.frame[KNOWN.table.frame["workload"] == "target"]
    table = tp.read_frame(frame.drop(columns="workload"), metrics=[tp.Metric("time_s", direction="max")])
    model = tp.fit(table, metric="time_s", target={})
    everything = pd.DataFrame(GRID.astype(int), columns=NAMES)
    np.testing.assert_allclose(
        model.predict(model.best()[NAMES]).median, model.predict(everything).median.max(), rtol=1e-9
    )


def test_conditions_on_options_and_metrics_are_met() -> None:
    """Every answer meets every condition: on an option's value, on this metric and on another one."""
    frame = KNOWN.table.frame.assign(size_b=lambda f: 100.0 + 50 * f["o1"] + 10 * f["o2"])
    table = tp.read_frame(frame, metrics=["time_s", "size_b"])
    model = tp.fit(table, metric="time_s", target=TARGET)
    best = model.best(k=5, where=["o0 == 1", "size_b <= 130"])
    assert (best["o0"] == 1).all()
    assert (best["o1"] == 0).all()


def test_a_condition_that_nothing_meets_is_an_error(model: tp.PerformanceModel) -> None:
    """There is no best of nothing."""
    with pytest.raises(SpaceError, match="allowed"):
        model.best(where=["time_s < -1"])


def test_a_condition_on_an_unknown_name_lists_the_known_ones(model: tp.PerformanceModel) -> None:
    """A condition may name options and metrics."""
    with pytest.raises(UnknownNameError, match="'memory'"):
        model.best(where=["memory <= 3"])


def test_observed_only_keeps_to_measured_configurations(model: tp.PerformanceModel) -> None:
    """The answer is a configuration that somebody has measured."""
    best = model.best(observed_only=True)
    measured = KNOWN.table.configurations().drop_duplicates()
    assert len(best[NAMES].merge(measured, on=NAMES)) == 1


def test_the_summary_says_what_was_used(model: tp.PerformanceModel) -> None:
    """Experts with their weights and errors, sources and influential options are named."""
    text = model.summary()
    for expected in ("time_s [s]", "workload=source", "source-informed", "no transfer", "Influential options"):
        assert expected in text


def test_a_saved_model_predicts_the_same(model: tp.PerformanceModel, tmp_path: Path) -> None:
    """Saving and loading changes nothing, and equal models are equal files."""
    model.save(tmp_path / "one.tperf")
    again = tp.load(tmp_path / "one.tperf")
    np.testing.assert_array_equal(again.predict(KNOWN.configurations).mean, model.predict(KNOWN.configurations).mean)
    assert again.summary() == model.summary()
    again.save(tmp_path / "two.tperf")
    assert (tmp_path / "one.tperf").read_bytes() == (tmp_path / "two.tperf").read_bytes()


def test_a_model_file_holds_json_and_arrays_without_objects(model: tp.PerformanceModel, tmp_path: Path) -> None:
    """Every member is JSON or an array of numbers or text: nothing in it can be run."""
    model.save(tmp_path / "m.tperf")
    with zipfile.ZipFile(tmp_path / "m.tperf") as archive:
        for name in archive.namelist():
            if name == "model.json":
                json.loads(archive.read(name))
            else:
                with archive.open(name) as file:
                    assert np.lib.format.read_array(file, allow_pickle=False).dtype.kind in "biufU"


def rewritten(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    """A way to damage a model file: its JSON is changed."""

    def damage(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        values = json.loads(members["model.json"])
        change(values)
        members["model.json"] = json.dumps(values).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:2000]), "damaged"),
        (lambda path: path.write_text("not a model"), "not a model file"),
        (lambda path: path.unlink(), "no such model file"),
        (rewritten(lambda values: values.update(version=99)), "version 99, expected 2"),
        (rewritten(lambda values: values.pop("predictor")), "damaged"),
        (rewritten(lambda values: values.update(format="other")), "format is 'other'"),
    ],
    ids=["truncated", "text", "missing", "another version", "a part missing", "another format"],
)
def test_a_file_that_is_no_model_says_so(
    model: tp.PerformanceModel, tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    """Truncated, foreign, missing and newer files each give one line with the path."""
    path = tmp_path / "m.tperf"
    model.save(path)
    damage(path)
    with pytest.raises(ArchiveError, match=message) as caught:
        tp.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_target_leaves_no_factor_open() -> None:
    """Where a factor has several values the target names one."""
    with pytest.raises(DataError, match=r"does not say which workload.*source, target"):
        tp.fit(KNOWN.table, metric="time_s", target={})


def test_an_unknown_metric_lists_the_known_ones() -> None:
    """A metric that is not in the table is named beside those that are."""
    with pytest.raises(UnknownNameError, match=r"'speed'.*time_s"):
        tp.fit(KNOWN.table, metric="speed", target=TARGET)


def test_an_unmeasured_target_is_predicted_with_a_warning() -> None:
    """A target without rows comes from its sources, and the user is told."""
    with pytest.warns(TransferPerfWarning, match=r"0 measured configurations.*measure 3 or more"):
        model = tp.fit(KNOWN.table, metric="time_s", target={"workload": "new"})
    assert np.isfinite(model.predict(KNOWN.configurations).mean).all()
