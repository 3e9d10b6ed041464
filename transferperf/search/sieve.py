"""All that cannot be the best of a whole space is sifted out; what is left has to be asked.

Of every configuration a bound is computed from what experts say of it cheaply (`models.opinions`): whether the median
of their mixture can be as small as the k best that are known, and whether those of other metrics can meet conditions.
"""

from collections.abc import Sequence

import numpy as np

from transferperf.search.panel import Panel
from transferperf.search.plane import Allowed, Plane
from transferperf.search.processors import gather


class Sieve:
    """Panels that a configuration has to pass, all of them.

    Parameters
    ----------
    panels
        At least one.
    n_rows
        Rows of each axis.
    tied
        Axes that constraints read.
    allowed
        Which combinations may be the answer; None where all may.
    """

    def __init__(
        self, panels: Sequence[Panel], n_rows: tuple[int, ...], tied: frozenset[int], allowed: Allowed | None
    ) -> None:
        self.panels, self.allowed = [panel for panel in panels if not panel.is_blind], allowed
        self.plane = Plane.of([form for panel in self.panels for form in panel.forms], n_rows, tied)
        for panel in self.panels:
            panel.lay(self.plane)

    def left(self, most: int, n_threads: int) -> np.ndarray | None:
        """Rows of the axes (c, a) of what may pass all panels; None where that is more than `most`."""
        return gather(self._block, self.plane.size(self.plane.head), most, n_threads)

    def _block(self, head: int) -> np.ndarray:
        """What is left of one block."""
        kept, may = self._valid(head)
        said = []
        if not len(kept):
            return np.empty((0, len(self.plane.n_rows)), dtype=np.intp)
        for panel in self.panels:
            said.append(panel.ask(head, kept))
            may &= panel.may(said[-1])
        column, body = np.nonzero(may)
        for panel, one in zip(self.panels, said, strict=True):
            left = panel.still(one, column, body)
            column, body = column[left], body[left]
        return self.plane.at(np.full(len(body), head), kept[body], column)

    def _valid(self, head: int) -> tuple[np.ndarray, np.ndarray]:
        """Bodies of a block that hold something valid, and which of their cells are."""
        if self.allowed is None:
            shape = self.plane.size(self.plane.column), self.plane.size(self.plane.body)
            return np.arange(shape[1]), np.ones(shape, dtype=bool)
        may = self.allowed(self.plane.mesh(head))
        kept = np.flatnonzero(may.any(axis=0))
        return kept, may[:, kept]
