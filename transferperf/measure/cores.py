"""Commands that are held to some of the cores that this process may use."""

import os
import shutil

from transferperf.errors import MeasurementError


def pinned(n_cores: int) -> tuple[str, ...]:
    """What to put before a command so that it runs on the first `n_cores` cores alone.

    Raises
    ------
    MeasurementError
        Where there are fewer cores, or the program taskset is missing.
    """
    if shutil.which("taskset") is None:
        raise MeasurementError("the program taskset is missing; install it: apt-get install util-linux")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < n_cores:
        raise MeasurementError(f"{n_cores} cores are needed; this machine has {len(cores)}. Choose another hardware.")
    return ("taskset", "-c", ",".join(map(str, cores[:n_cores])))
