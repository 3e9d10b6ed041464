"""Releases of a program that come as wheels: each in a folder of its own, to be chosen by PYTHONPATH."""

import sys
import tempfile
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure.process import run_process

PIP = ("-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--target")
TIMEOUT_S = 300.0


def install_release(package: str, version: str, folder: Path, *, platform: str | None = None) -> None:
    """Install a release of a Python package into `folder`/`version`, where it is not yet.

    Parameters
    ----------
    platform
        Tag of the wheels to take, such as manylinux2014_aarch64 for a program that an emulator runs; None for this
        machine's.

    Raises
    ------
    MeasurementError
        Where it cannot be installed; it holds the command that would.
    """
    if (folder / version).is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, *PIP[:-1], *(["--platform", platform] if platform else []), PIP[-1]]
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        wanted = f"{package}=={version}"
        done = run_process([*pip, temporary, wanted], timeout_s=TIMEOUT_S)
        if done.reason:
            by_hand = " ".join([*pip, str(folder / version), wanted])
            raise MeasurementError(
                f"{package} {version} cannot be installed ({done.reason}); install it by hand: {by_hand}"
            )
        try:
            Path(temporary).rename(folder / version)
        except OSError:
            if not (folder / version).is_dir():  # else another process was quicker
                raise
