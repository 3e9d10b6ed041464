"""Transfer from a source whose names and options are partly others."""

import numpy as np
import pandas as pd
import pytest

import transferperf as tp
from transferperf.errors import TransferPerfWarning

D = 6
TIME = tp.Metric("time", unit="s")
NAMES = [f"o{j}" for j in range(D)]
MAPPING = {"options": {"old_0": "o0"}, "metrics": {"ms": "time"}}


def response(X: np.ndarray) -> np.ndarray:
    """Running time in s of configurations X (n, 6), with an interaction, shape (n,)."""
    return np.exp(1.5 * X[:, 0] * X[:, 1] - 0.8 * X[:, 2] + 0.6 * X[:, 3] * X[:, 4] + 0.2 * X[:, 5])


def study(seed: int) -> tuple[tp.MeasurementTable, pd.DataFrame, np.ndarray]:
    """12 rows of a target with an older source, and the target's other configurations with their running times.

    The source calls an option and the metric otherwise, measures in ms, lacks o5, and has `gone`.
    """
    rng = np.random.default_rng(seed)
    X = rng.permutation(np.array(list(np.ndindex(*(2,) * D))))
    rows, unseen = X[:12], X[12:]
    new = tp.read_frame(pd.DataFrame(rows, columns=NAMES).assign(time=response(rows)), metrics=[TIME])
    S = np.c_[X[:, :5], np.zeros(len(X), dtype=int)]
    gone = rng.integers(2, size=len(S))
    old = pd.DataFrame(S[:, :5], columns=["old_0", *NAMES[1:5]]).assign(gone=gone, ms=2300 * response(S) * 3**gone)
    table = tp.combine(new, tp.read_frame(old, metrics=["ms"]), mapping=MAPPING)
    return table, pd.DataFrame(unseen, columns=NAMES).assign(gone=0), response(unseen)


@pytest.mark.filterwarnings("ignore::transferperf.errors.TransferPerfWarning")
def test_a_source_with_other_names_and_options_still_lowers_the_error() -> None:
    """Over three draws of the rows, by a quarter at least; what the target lacks is at its default in what is best."""
    errors = {"auto": 0.0, "none": 0.0}
    for table, asked, truth in map(study, range(3)):
        for transfer in errors:
            model = tp.fit(table, metric="time", target={}, transfer=transfer, seed=0)
            errors[transfer] += float(np.abs(np.log(model.predict(asked).median / truth)).mean())
            assert set(model.best(k=5)["gone"]) == {0}
    assert errors["auto"] < 0.75 * errors["none"]


def test_what_was_filled_in_is_a_warning_and_older_notes_are_not() -> None:
    """A reader hears of each thing once."""
    with pytest.warns(TransferPerfWarning, match="option 'one' has one value"):
        new = tp.read_frame(pd.DataFrame({"a": [0, 1], "one": 7, "time": [1.0, 2.0]}), metrics=["time"])
    old = tp.read_frame(pd.DataFrame({"a": [0, 1], "time": [1.0, 2.0]}), metrics=["time"])
    with pytest.warns(TransferPerfWarning) as heard:
        tp.combine(new, old)
    assert [str(one.message)[:27] for one in heard] == ["the source has no `one`; it"]
