"""Claims about what `import transferperf as tp` shows."""

import importlib
import types

import pytest

import transferperf as tp


def test_every_public_name_is_there() -> None:
    """Each name of `__all__` resolves, and is something to call or to make."""
    for name in tp.__all__:
        assert callable(getattr(tp, name))


def test_the_function_similarity_outlives_the_folder_of_that_name() -> None:
    """Importing `transferperf.similarity.measured` leaves `tp.similarity` the function."""
    importlib.import_module("transferperf.similarity.measured")
    assert isinstance(tp.similarity, types.FunctionType)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """What is not public says so."""
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        _ = tp.magic
