"""Releases of a program that come as wheels: each in a folder of its own, to be chosen by PYTHONPATH."""

import sys
import tempfile
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure.process import run_process

PIP = ("-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--target")
TIMEOUT_S = 300.0


def install_release(package: str, version: str, folder: Path) -> None:
    """Install a release of a Python package into `folder`/`version`, where it is not yet.

    Raises
    ------
    MeasurementError
        Where it cannot be installed; it holds the command that would.
    """
    if (folder / version).is_dir():
        return
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        wanted = f"{package}=={version}"
        done = run_process([sys.executable, *PIP, temporary, wanted], timeout_s=TIMEOUT_S)
        if done.reason:
            by_hand = " ".join([sys.executable, *PIP, str(folder / version), wanted])
            raise MeasurementError(
                f"{package} {version} cannot be installed ({done.reason}); install it by hand: {by_hand}"
            )
        Path(temporary).rename(folder / version)
