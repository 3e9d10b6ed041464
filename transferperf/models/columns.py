"""What models need to know of the encoded columns."""

from dataclasses import dataclass

from transferperf.space import ConfigurationSpace, Encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What a kernel needs to know of the encoded columns.

    Parameters
    ----------
    names
        Option names, shape (d,).
    n_levels
        Number of levels of each exchangeable option, 0 for an ordered one; shape (d,).
    """

    names: tuple[str, ...]
    n_levels: tuple[int, ...]

    @classmethod
    def of(cls, space: ConfigurationSpace) -> "Columns":
        """The columns of a space's encoding."""
        options = Encoding(space).options
        return cls(
            names=tuple(option.name for option in options),
            n_levels=tuple(0 if option.is_ordered else len(option.levels) for option in options),
        )
