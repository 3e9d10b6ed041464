"""What to measure in sources before the next measurement of the target: a design, then what tells most for its price.

A measurement of a source is worth it while it tells more of the target's smallest cost, for its price, than the most
telling one of the target does. Beside that, sources may cost no more than a head start and, for each measurement of
the target, as much as it does times the squared correlation: a source that proves to be unrelated gets no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from transferperf.space import Configuration, Environment
from transferperf.study.link import Link
from transferperf.study.scope import Scope
from transferperf.study.state import State

HEAD_START, HEAD_SHARE = 2.0, 0.1
"""Measurements of the target that sources may cost before it is known whether they tell of it; share of the budget."""

PER_OPTION, LEAST_DESIGN = 5, 8
"""Configurations of a first design, for each option; below how many there is none, and no source without rows."""

LEAST_ROUND, GROWTH = 8, 4
"""Measurements of sources between two looks at what they came to, or a share of those there are: one in so many."""

Step = tuple[Environment, Configuration]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What measurements cost, in measurements of the target.

    Parameters
    ----------
    of
        Of one in each source.
    spent
        Of all in these sources so far.
    left
        What may be spent on sources so that one of the target can still be paid.
    head
        The head start.
    """

    of: dict[Environment, float]
    spent: float
    left: float
    head: float

    @classmethod
    def known(cls, state: State, environments: Sequence[Environment]) -> "Prices | None":
        """None where the price of a measurement of the target is not known."""
        unit = state.rate(state.target)
        if not unit > 0:
            return None
        rates = {where: state.rate(where) / unit for where in environments}
        total = min(state.budget.n_measurements, state.budget.cost_s, state.budget.money) / unit
        return cls(
            of={where: rate for where, rate in rates.items() if rate >= 0},
            spent=state.elsewhere.spent(environments) / unit,
            left=state.left_for_more / unit - 1,
            head=min(HEAD_START, HEAD_SHARE * total),
        )

    def allowed(self, found: Sequence[Link], n_target: int) -> float:
        """What may be spent on sources now."""
        trust = max((link.correlation**2 for link in found), default=0.0) if n_target else 0.0
        return min(self.left, self.head + trust * n_target - self.spent)


def round_length(n_rows: int, n_design: int) -> int:
    """Measurements until all is fitted again: until the design is complete, then a share of what is there."""
    return n_design - n_rows if n_rows < n_design else max(LEAST_ROUND, n_rows // GROWTH)


def design_size(prices: Prices, where: Environment, n_options: int) -> int:
    """Configurations of a first design in one of the sources: half of its part of the head start; 0 for too few."""
    part = 0.5 * prices.head / len(prices.of)
    size = min(PER_OPTION * n_options, int(min(part / max(prices.of[where], 1e-12), 1e6)))
    return size if size >= LEAST_DESIGN else 0


def first_design(scope: Scope, where: Environment, size: int) -> list[Step]:
    """The first design in a source."""
    frame = scope.spread(size).iloc[:size][list(scope.space.names)]
    rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]
    return [(where, scope.space.parse(row)) for row in rows if scope.holds(row)]
