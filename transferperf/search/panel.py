"""The experts of one predictor, laid out on a plane: which configurations of a block may have a small cost.

Experts that say the same of every configuration, and those of little weight, are *flat*: they have no table.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from transferperf import rng
from transferperf.models.mean_form import MeanForm
from transferperf.models.opinions import Opinion, Opinions
from transferperf.search.plane import Plane
from transferperf.search.table import Table

SLACK = 1e-6
"""By how much a cost may be off, relative to one more than its size: medians of mixtures are found by halving."""

TOLERANCE = 3e-2
"""Rounding up to which a form is computed in float32, in latent standard deviations."""

N_SEEN = 2048
"""Configurations that show what sources say: there bends are known well."""

LIGHT = 0.04
"""Weight up to which the lightest experts, together, may say what they will: to bound one costs as much as another."""


class Said(NamedTuple):
    """What is said of the cells of a block, each array of shape (columns, bodies).

    Attributes
    ----------
    lowest
        A bound of the cost of each expert that is not flat, each on its own scale.
    sources
        The mean of each source that they look at.
    """

    lowest: tuple[np.ndarray, ...]
    sources: Mapping[int, np.ndarray]


class Panel:
    """The experts of one predictor.

    Parameters
    ----------
    opinions
        What they say.
    cost
        What is asked: whether the median of their mixture may be no more than this.
    """

    def __init__(self, opinions: Opinions, cost: float) -> None:
        self.cost, self.opinions = cost + SLACK * (1 + abs(cost)), opinions
        light = _light(opinions.experts)
        self.flat = tuple(e for e in opinions.experts if e.is_flat or e in light)
        self.experts = tuple(e for e in opinions.experts if e not in self.flat)
        looks = [(e.slopes != 0) | (e.gains != 0) for e in self.experts]
        self.asked: list[int] = np.flatnonzero(np.any(looks, axis=0)).tolist() if looks else []
        self._flat_chance = float(self._of_flat())
        self._margin = self._find_margin()

    @property
    def forms(self) -> list[MeanForm]:
        """What has to be evaluated."""
        return [*(self.opinions.sources[j] for j in self.asked), *(expert.form for expert in self.experts)]

    @property
    def is_blind(self) -> bool:
        """Whether it excludes nothing, whatever the experts with tables say."""
        return self._margin is None

    @property
    def blinding(self) -> list[str]:
        """Names of the experts that say the same of every configuration."""
        return [expert.name for expert in self.flat if expert.is_flat]

    def lay(self, plane: Plane) -> None:
        """Lay everything out on a plane."""
        self._sources = {j: Table(self.opinions.sources[j], plane, TOLERANCE) for j in self.asked}
        self._tables = [Table(expert.form, plane, TOLERANCE) for expert in self.experts]
        places = rng.generator(0, "panel").integers(plane.n_rows, size=(N_SEEN, len(plane.n_rows)))
        s = self._among_all({j: self.opinions.sources[j].at(places) for j in self.asked}, N_SEEN)
        self._bends = {k: expert.bend.table(s) for k, expert in enumerate(self.experts) if expert.bend}

    def ask(self, head: int, kept: np.ndarray) -> Said:
        """What is said of the rows `kept` of a block."""
        s = {j: table.values(head, kept) for j, table in self._sources.items()}
        return Said(tuple(self._lowest(k, head, kept, s) for k in range(len(self.experts))), s)

    def may(self, said: Said) -> np.ndarray:
        """Whether each cell may have so small a cost, by a rough test: shape (columns, bodies)."""
        margin, is_near = self._margin or 0.0, np.zeros(1, dtype=bool)
        for expert, low in zip(self.experts, said.lowest, strict=True):
            margin_here = 0.0 if expert.carried else margin * self._most_std(expert, said.sources)
            is_near = is_near | (low < expert.threshold(self.cost) + margin_here)
        return is_near

    def still(self, said: Said, column: np.ndarray, body: np.ndarray) -> np.ndarray:
        """Which of some cells (c,) may, by the full test: places among them, (<= c,)."""
        left = np.arange(len(body))
        s = self._among_all({j: values[column, body] for j, values in said.sources.items()}, len(body))
        lowest = np.stack([low[column, body] for low in said.lowest]).astype(float)  # (e, c)
        for k in [None, *sorted(self._bends, key=lambda k: -self.experts[k].weight)]:
            if k is not None:
                lowest[k] = self.experts[k].unbent(lowest[k], self._bends[k], s, self._radius)
            near = self._chance(lowest, np.abs(s) + self._radius) > 0.5 - SLACK
            left, s, lowest = left[near], s[near], lowest[:, near]
        return left

    def _chance(self, lowest: np.ndarray, s: np.ndarray) -> np.ndarray:
        """A bound on the probability of so small a cost, from bounds of the experts' costs (e, c): shape (c,)."""
        chance = np.full(len(s), self._flat_chance)
        for expert, low in zip(self.experts, lowest, strict=True):
            chance += expert.weight * expert.most_below(low, s, expert.threshold(self.cost))
        return chance

    def _among_all(self, values: Mapping[int, np.ndarray], c: int) -> np.ndarray:
        """What the sources that are asked say (c,), among all sources: shape (c, m)."""
        s = np.zeros((c, len(self.opinions.sources)))
        for j, column in values.items():
            s[:, j] = column
        return s

    @property
    def _radius(self) -> np.ndarray:
        """How far each source's mean is off by rounding, shape (m,)."""
        return self._among_all({j: np.array([table.radius]) for j, table in self._sources.items()}, 1)[0]

    def _lowest(self, k: int, head: int, kept: np.ndarray, s: Mapping[int, np.ndarray]) -> np.ndarray:
        """A bound of an expert's cost in a block, shape (columns, bodies)."""
        expert, table = self.experts[k], self._tables[k]
        low, radius = table.values(head, kept), table.radius
        for j, values in s.items():
            if slope := expert.slopes[j]:
                low = low + low.dtype.type(slope) * values
                radius += abs(slope) * (self._sources[j].radius + 1e-6 * float(np.abs(values).max()))
        low += low.dtype.type(expert.rest - 1.01 * radius)
        return low

    def _most_std(self, expert: Opinion, s: Mapping[int, np.ndarray]) -> float:
        """The largest standard deviation of an expert in a block."""
        most = {j: float(np.abs(values).max()) + self._sources[j].radius for j, values in s.items()}
        return float(np.sqrt(expert.variance + sum(expert.gains[j] * size**2 for j, size in most.items())))

    def _of_flat(self) -> float:
        """A bound on what the flat experts add to the probability of so small a cost."""
        s = np.zeros((1, len(self.opinions.sources)))
        return sum(
            e.weight * float(e.most_below(np.array([e.rest]), s, e.threshold(self.cost))[0]) if e.is_flat else e.weight
            for e in self.flat
        )

    def _find_margin(self) -> float | None:
        """How many deviations above the threshold experts have no say where all are; None where they always have.

        The flat ones say what they say everywhere, carried ones half of their weight at most, and the others then have
        to leave less than the rest of one half.
        """
        carried = sum(expert.weight for expert in self.experts if expert.carried)
        others = sum(expert.weight for expert in self.experts if not expert.carried)
        room = 0.5 - SLACK - self._flat_chance - carried / 2
        if room <= 0:
            return None
        return max(0.0, -float(ndtri(min(0.5, room / others)))) if others else 0.0


def _light(experts: Sequence[Opinion]) -> list[Opinion]:
    """Experts that have no more than LIGHT of the weight together, the lightest."""
    order = sorted(experts, key=lambda expert: expert.weight)
    total = np.cumsum([expert.weight for expert in order])
    return [expert for expert, weight in zip(order, total, strict=True) if weight <= LIGHT]
