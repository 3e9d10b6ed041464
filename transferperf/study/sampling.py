"""Measuring sources while the target is tuned: what is asked for there, round by round.

A round is planned from what was believed when it began, and told to the models as a whole: they are fitted once for
many cheap measurements, and a study that starts again, and is told the same, plans the same.
"""

from collections.abc import Mapping, Sequence

from transferperf.data.measurement import Measurement
from transferperf.errors import DataError
from transferperf.space import Environment
from transferperf.study.ahead import Prices, Step, design_size, first_design, round_length
from transferperf.study.most_telling import most_telling
from transferperf.study.outlook import Beliefs
from transferperf.study.scope import Scope
from transferperf.study.state import State
from transferperf.study.suggest import Suggestion

FIRST, TELLING = "a first look at a source", "tells more of the optimum for its price than the target would"
"""Reasons of a suggestion."""


def sampled(state: State, wanted: Sequence[Mapping[str, object]], transfer: str) -> tuple[Environment, ...]:
    """The environments that may be measured beside the target, whose factors stand where nothing is said.

    Raises
    ------
    DataError
        Where one of them is the target, or nothing is learned from sources.
    UnknownNameError
        Where a factor is none of the table's.
    BudgetError
        Where the budget is of money, and has no price there.
    """
    found = tuple(dict.fromkeys(state.table.target({**state.target.as_mapping(), **each}) for each in wanted))
    if found and transfer == "none":
        raise DataError("transfer is 'none', and sources are to be sampled; leave one of them out")
    if state.target in found:
        raise DataError(f"the target {state.target} is to be sampled as a source; name another environment")
    for where in found:
        state.rate(where)  # says what is missing
    return found


class Sampling:
    """What is measured in sources, and when the models are told of it.

    Parameters
    ----------
    beliefs
        The models of the study.
    scope
        Where suggestions come from.
    environments
        The sources that may be measured; none: all that is told goes to the models at once.
    """

    def __init__(self, beliefs: Beliefs, scope: Scope, environments: Sequence[Environment]) -> None:
        self.beliefs, self.scope, self.environments = beliefs, scope, tuple(environments)
        self._held: list[tuple[State, Measurement]] = []  # measured in this round, and not yet told to the models
        self._plan: tuple[State, list[Step]] | None = None

    def tell(self, state: State, measured: Measurement) -> None:
        """Take in that a study has come to `state` by one more measurement."""
        if measured.environment not in self.environments:
            self.flush()
            self.beliefs.tell(state, measured)
            return
        self._held.append((state, measured))
        if len(self._held) >= self._length(self.beliefs.state):
            self.flush()

    def flush(self) -> None:
        """Tell the models of all that was measured."""
        for state, measured in self._held:
            self.beliefs.tell(state, measured)
        self._held = []

    def next(self, state: State) -> list[Suggestion]:
        """What is to be measured in sources before the next measurement of the target; the models know all then."""
        if not self.environments or state.left_for_more <= 0:
            return []
        if self._plan is None or self._plan[0] is not self.beliefs.state:
            self._plan = (self.beliefs.state, self._planned(self.beliefs.state))
        asked = {*state.elsewhere.pending, *state.elsewhere.answered}
        steps = [(where, step) for where, step in self._plan[1] if (where, state.row(step)) not in asked]
        if not steps:
            self.flush()
            self._plan = (self.beliefs.state, [])  # now it is the target's turn
        reason = FIRST if self._missing(self.beliefs.state)[1] else TELLING
        parse = self.scope.space.parse
        return [Suggestion(configuration=parse(step), environment=where, reason=reason) for where, step in steps]

    def _at(self, state: State) -> Scope:
        scope = self.scope
        return Scope(state=state, pool=scope.pool, seed=scope.seed, space=scope.space)

    def _sizes(self, prices: Prices) -> dict[Environment, int]:
        """Configurations of each first design; one where that is to tell what it costs."""
        n_options = len(self.scope.space.names)
        sizes = {where: design_size(prices, where, n_options) for where in prices.of}
        return {where: sizes.get(where, 1) for where in self.environments}

    def _missing(self, state: State) -> tuple[Prices | None, dict[Environment, int]]:
        """Prices, and how many configurations of each first design are missing."""
        prices = Prices.known(state, self.environments)
        sizes = self._sizes(prices) if prices is not None else {}
        missing = {where: size - len(state.taken_in(where)) for where, size in sizes.items()}
        return prices, {where: n for where, n in missing.items() if n > 0}

    def _length(self, base: State) -> int:
        """Measurements of sources after which a round ends that began in a state."""
        missing = self._missing(base)[1]
        n_rows = sum(len(base.taken_in(where)) for where in self.environments)
        return round_length(n_rows, n_rows + sum(missing.values()))

    def _planned(self, base: State) -> list[Step]:
        """The round that begins in a state."""
        prices, missing = self._missing(base)
        if prices is None:
            return []
        if not missing:
            return most_telling(self._at(base), self.beliefs.now(), prices, self._length(base))
        steps, budget = [], prices.allowed((), len(base.samples))
        for where, n in missing.items():
            for step in first_design(self._at(base), where, len(base.taken_in(where)) + n)[-n:]:
                budget -= prices.of.get(where, 0.0)
                steps += [step] if budget >= 0 else []
        return steps
