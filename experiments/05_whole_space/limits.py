"""Constraints that forbid a known share of a space of binary options, as a sweep asks for them."""

import numpy as np

from transferperf.search.plane import Allowed
from transferperf.space import (
    BinaryOption,
    ConfigurationSpace,
    Exclusion,
    Formula,
    Requirement,
    allowed_levels,
    encoded_axes,
)
from transferperf.space.constraint import Constraint

SOME, MOST = "30 % forbidden", "99.9 % forbidden"


def limits(d: int, share: str) -> Allowed:
    """Which of 2^d configurations are allowed; the constraints read options from all over the space.

    `SOME` forbids 29.9 %: a requirement, an exclusion and a bound on a sum. `MOST` forbids 99.9 %: two groups of which
    exactly one option is on, requirements and a sum.
    """
    options = tuple(BinaryOption(name=f"o{j}") for j in range(d))
    step = 7 if d % 7 else 5  # spreads what is read over the space, each option once
    names = [f"o{step * j % d}" for j in range(d)]
    space = ConfigurationSpace(options, _some(names) if share == SOME else _most(names))
    return allowed_levels(space, encoded_axes(space))


def _some(names: list[str]) -> tuple[Constraint, ...]:
    return (  # 3/4 31/32 247/256 = 0.701
        _requirement(names[0], names[1]),
        Exclusion(values=tuple((name, (1,)) for name in names[2:7]), reason="too much memory"),
        Formula(holds=f"{' + '.join(names[7:15])} <= 6"),
    )


def _most(names: list[str]) -> tuple[Constraint, ...]:
    return (  # 5/32 5/32 (3/4)^4 1/8 = 0.00097
        *(Formula(holds=f"{' + '.join(names[k : k + 5])} == 1") for k in (0, 5)),
        *(_requirement(names[k], names[k + 1]) for k in (10, 12, 14, 16)),
        Exclusion(values=((names[18], (0,)),), reason="it is always on"),
        Requirement(when=((names[18], (1,)),), then=((names[19], (1,)), (names[20], (1,))), reason="it needs both"),
    )


def _requirement(name: str, other: str) -> Requirement:
    return Requirement(when=((name, (1,)),), then=((other, (1,)),), reason="it builds on it")


def share_allowed(d: int, share: str) -> float:
    """Share of configurations that are allowed, exactly."""
    allowed, outer = limits(d, share), max(d - 16, 0)
    inner = [axis.ravel() for axis in np.indices((2,) * min(d, 16))]
    count = 0
    for head in np.ndindex(*(2,) * outer):
        count += int(np.asarray(allowed([*(np.array(v) for v in head), *inner])).sum())
    return count / 2**d
