"""Model files: a ZIP archive of one JSON text and plain arrays. Loading one cannot run code.

`model.json` says what it is (format and version) and holds all values; `arrays/NAME.npy` hold the rest, no objects.
"""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from transferperf.data.files import replace_file
from transferperf.errors import ArchiveError

FORMAT = "transferperf model"
VERSION = 2
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of all members, so that equal models are equal files."""


def write_archive(path: Path, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a model file; OutputError where that fails, and then an old file is still there."""
    content = json.dumps({"format": FORMAT, "version": VERSION, **values}, indent=1)

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("model.json", EPOCH), content, zipfile.ZIP_DEFLATED)
            for name, array in sorted(arrays.items()):
                member = zipfile.ZipInfo(f"arrays/{name}.npy", EPOCH)
                member.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(member, "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)

    replace_file(path, write)


def read_archive(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Values and arrays of a model file.

    Raises
    ------
    ArchiveError
        Where there is no such file, or it is truncated, of another version, or no model file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            values = json.loads(archive.read("model.json"))
            _check_version(path, values)
            arrays = {}
            for name in archive.namelist():
                if name.startswith("arrays/"):
                    with archive.open(name) as file:
                        key = name.removeprefix("arrays/").removesuffix(".npy")
                        arrays[key] = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise ArchiveError(f"{path}: no such model file; write it with `transferperf fit ... -o {path}`") from error
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, NotImplementedError) as error:
        raise ArchiveError(f"{path}: not a model file, or a damaged one ({error}); fit the model again") from error
    return values, arrays


def _check_version(path: Path, values: Any) -> None:
    came = (values.get("format"), values.get("version")) if isinstance(values, dict) else (None, None)
    if came[0] != FORMAT:
        raise ValueError(f"its format is {came[0]!r}, not {FORMAT!r}")
    if came[1] != VERSION:
        raise ArchiveError(f"{path}: model file of version {came[1]}, expected {VERSION}; fit the model again")
