"""Work on all processors: how many there are, and places that are gathered from block after block."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from transferperf.models.fitting import one_thread


def n_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gather(of_block: Callable[[int], np.ndarray], n_blocks: int, most: int, n_threads: int) -> np.ndarray | None:
    """What all numbered blocks have, (c, a), in their order; None where that is more than `most` rows."""
    found, n_found = [], 0
    with one_thread(), ThreadPoolExecutor(n_threads) as pool:
        for part in pool.map(of_block, range(n_blocks)):
            found.append(part)
            n_found += len(part)
            if n_found > most:
                pool.shutdown(wait=True, cancel_futures=True)
                return None
    return np.concatenate(found)
