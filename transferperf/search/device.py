"""Every configuration of a space asked on an accelerator, in float64: there it costs less than to bound the variance.

Nothing but what a goal's lines do not exclude leaves the device.
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from transferperf.models.mean_form import Block
from transferperf.models.posterior import MEAN_VARIANCE, Posterior, covariance
from transferperf.search.bound import SLACK, Lines

COVARIANCES = 1 << 27
"""Covariances held at a time: a gigabyte."""


class OnDevice:
    """A process, and the rows of axes, on a device.

    Parameters
    ----------
    process
        Over encoded options.
    device
        As torch names it, such as "cuda".
    """

    def __init__(self, process: Posterior, blocks: Sequence[Block], device: str) -> None:
        rows = replace(process.rows, X=process.rows.X.to(device))
        kernel = deepcopy(process.kernel).to(device)
        self.process = replace(
            process, kernel=kernel, rows=rows, L=process.L.to(device), alpha=process.alpha.to(device)
        )
        self.n_rows, self.device = tuple(len(rows) for _, rows in blocks), device
        self.d = sum(len(columns) for columns, _ in blocks)
        self.blocks = [(columns.tolist(), torch.as_tensor(rows, device=device)) for columns, rows in blocks]

    def left(self, lines: Lines, most: int) -> np.ndarray | None:
        """Rows of axes of what lines do not exclude, (c, a); None where that is more than `most`."""
        size, found, n_found = math.prod(self.n_rows), [np.empty(0, dtype=np.intp)], 0
        step = max(1, COVARIANCES // len(self.process.rows))
        for start in range(0, size, step):
            cells = torch.arange(start, min(start + step, size), device=self.device)
            kept = cells[self._may(cells, lines)].cpu().numpy()
            found.append(kept)
            n_found += len(kept)
            if n_found > most:
                return None
        return np.column_stack(np.unravel_index(np.concatenate(found), self.n_rows))

    def _may(self, cells: Tensor, lines: Lines) -> Tensor:
        """Whether lines leave numbered configurations (c,), shape (c,)."""
        X = torch.empty((len(cells), self.d), dtype=torch.float64, device=self.device)
        for columns, rows in reversed(self.blocks):
            X[:, columns] = rows[cells % len(rows)]
            cells = cells // len(rows)
        process = self.process
        with torch.no_grad():
            K = covariance(process.kernel, process.rows.X, X)  # (n, c)
            mean = K.mT @ process.alpha
            prior = process.kernel.variance(X) + MEAN_VARIANCE
            explained = torch.linalg.solve_triangular(process.L, K, upper=False).square().sum(0)
            std = (prior - explained).clamp_min(1e-12).sqrt()
        worth = torch.stack([a + b * std for a, b in zip(*map(np.ndarray.tolist, lines[:2]), strict=True)]).amax(0)
        return mean - worth <= lines.threshold + SLACK * (1 + abs(lines.threshold))
