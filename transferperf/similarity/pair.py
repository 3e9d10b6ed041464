"""What is known of one ordered pair of environments: a value from birth, made of numbers and words only."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from transferperf.similarity.resampling import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChange:
    """What becomes of an option's effect from source to target.

    Parameters
    ----------
    option
        Its name, with the level where it has several without order.
    kind
        "agrees", "flips", "vanishes", "appears" or "nowhere", corrected for the number of options.
    source, target
        Mean change of the metric, in its unit.
    size_source, size_target
        The same in deviations of the metric.
    p_source, p_target
        p-values before the correction.
    n
        Pairs of configurations, or rows, behind it.
    """

    option: str
    kind: str
    source: float
    target: float
    size_source: float
    size_target: float
    p_source: float
    p_target: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionChange:
    """What becomes of an interaction of two options; coefficients of one model with the terms of both environments.

    `kind` is "agrees" or "flips" where both have it, "vanishes" where only the source has, "appears" where only the
    target.
    """

    options: tuple[str, str]
    kind: str
    source: float
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSimilarity:
    """Similarity of a target to a source.

    Parameters
    ----------
    source, target
        Names of the environments.
    n_common
        Configurations that are valid in both.
    n_tried
        Configurations that were tried in both.
    measures
        Name -> estimate, in the order of `transferperf.similarity.CATALOGUE`.
    options
        What becomes of each option that varies; empty where that was not asked for.
    interactions
        The same of each pair of options that interacts in one of them.
    """

    source: str
    target: str
    n_common: int
    n_tried: int
    measures: Mapping[str, Estimate]
    options: tuple[OptionChange, ...] = ()
    interactions: tuple[InteractionChange, ...] = ()

    def __getitem__(self, measure: str) -> Estimate:
        return self.measures[measure]

    def row(self) -> dict[str, object]:
        """Numbers in one flat row: a measure's value under its name, ends of its interval under `_low` and `_high`."""
        flat: dict[str, object] = {
            "source": self.source,
            "target": self.target,
            "n_common": self.n_common,
            "n_tried": self.n_tried,
        }
        for name, found in self.measures.items():
            flat |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
        return flat

    def document(self) -> dict[str, object]:
        """Everything as plain dictionaries, lists, numbers and text, as JSON has them; what is not known is None."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
