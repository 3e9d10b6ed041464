"""Errors: one line each, with what a caller needs to mend it."""

import pickle

import pytest

from transferperf.errors import DataError, OutputError, StoreError, TransferPerfError, UnknownNameError


def test_a_data_error_says_where_and_keeps_it() -> None:
    """Path, line and column stand in the text and on the object."""
    error = DataError("got '64MB'", path="runs.csv", row=17, column="cache")
    assert str(error) == "runs.csv, line 17, column 'cache': got '64MB'"
    assert (error.path, error.row, error.column) == ("runs.csv", 17, "cache")
    assert str(DataError("no place")) == "no place"


def test_an_unknown_name_lists_the_nearest_first_and_not_all() -> None:
    """Eight of many, the likeliest first, and how many more there are."""
    known = [f"option_{k}" for k in range(20)] + ["time"]
    text = str(UnknownNameError("metric", "tiem", known, remedy="Choose one."))
    assert text.startswith("unknown metric 'tiem'; there are time, option_0, ")
    assert text.endswith(" and 13 more. Choose one.")
    assert str(UnknownNameError("metric", "x", ())) == "unknown metric 'x'; there is none"


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (DataError("x"), ValueError),
        (UnknownNameError("x", "y", ()), LookupError),
        (OutputError("x"), OSError),
        (StoreError("x"), OSError),
    ],
)
def test_every_error_is_ours_and_what_a_caller_would_catch(error: Exception, builtin: type[Exception]) -> None:
    """One class for the command line, and the builtin for those who know nothing of us."""
    assert isinstance(error, TransferPerfError)
    assert isinstance(error, builtin)


@pytest.mark.parametrize(
    "error",
    [DataError("got '64MB'", path="runs.csv", row=17), UnknownNameError("metric", "tiem", ["time"]), StoreError("x")],
)
def test_an_error_of_another_process_says_the_same(error: TransferPerfError) -> None:
    """A worker's error arrives with its class, its text and what it keeps."""
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert (type(arrived), str(arrived), vars(arrived)) == (type(error), str(error), vars(error))
