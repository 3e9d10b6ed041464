"""Reading and replacing files: a file is either the old one or the new one, never half of each."""

import os
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transferperf.errors import DataError, OutputError


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file under a temporary name beside `path`, then rename it into place.

    Raises
    ------
    OutputError
        Where it could not be written (no such folder, disk full, no permission); the old file is kept.
    """
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix="".join(path.suffixes))
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        kept = "; the old file is kept" if path.exists() else ""
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}{kept}. Free space or choose another path."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a text file through `replace_file`."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    replace_file(path, write)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a mapping; DataError says where it is wrong."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError("no such file; check the path", path=path) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"not a readable TOML file: {error}", path=path) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
