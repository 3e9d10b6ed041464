"""Files that describe a space as a feature model, by the end of their name."""

from collections.abc import Callable
from pathlib import Path

from transferperf.data.dimacs import read_dimacs
from transferperf.data.feature_model import FeatureModel
from transferperf.data.splconqueror import read_splconqueror
from transferperf.data.uvl import read_uvl
from transferperf.errors import DataError

READERS: dict[str, Callable[[Path, str], FeatureModel]] = {
    ".xml": read_splconqueror,
    ".uvl": read_uvl,
    ".dimacs": read_dimacs,
    ".cnf": read_dimacs,
}
"""Kinds of feature model: SPLConqueror, UVL, DIMACS."""


def read_feature_model(path: str | Path) -> FeatureModel:
    """The feature model in a file; its `space()` is the space that it describes.

    Raises
    ------
    DataError
        With file and line, where the file cannot be used as it is.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise DataError(f"this name ends in '{path.suffix}'; expected {', '.join(READERS)}. Rename the file", path=path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DataError("no such file; check the path", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"not a readable text file: {error}", path=path) from error
    return READERS[path.suffix](path, text)
