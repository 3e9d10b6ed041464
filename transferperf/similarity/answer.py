"""The best source of a target in one sentence."""

from collections.abc import Mapping, Sequence

import pandas as pd

MOST_NAMED = 3
"""Sources without anything to give that are named; of further ones the number is given."""


def answer_sentence(chosen: pd.Series, pairs: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """What to measure and where to transfer from, with the error to be expected.

    Parameters
    ----------
    chosen
        A row of `choose_sources`.
    pairs
        From `compare_environments`.
    labels
        Name of an environment -> what to call it.
    """
    target = str(chosen["target"])
    own = pairs[pairs["target"] == target]
    name, idle = labels[target], _idle(own, str(chosen["source"]), labels)
    if not isinstance(chosen["source"], str):
        if own["saved"].isna().all():
            return f"No answer for {name}: {_why(own)}"
        return f"Measure {name} alone: no other environment is known to save measurements there"
    if pd.isna(chosen["n_advised"]):
        kind, opening = "error", f"With the {chosen['n_rows']:.0f} configurations measured on {name}"
    else:
        kind, opening = "error_advised", f"Measure {chosen['n_advised']:.0f} configurations on {name} and"
    at, low, high = (chosen[kind + end] for end in ("", "_low", "_high"))
    opening += f" transfer from {labels[chosen['source']]}"
    sentence = f"{opening}: expected error {_percent(at)} % ({_percent(low)}-{_percent(high)} %)"
    if idle:
        sentence += f"; {_listed(idle)} {'has' if len(idle) == 1 else 'have'} nothing to give"
    return sentence


def _why(own: pd.DataFrame) -> str:
    return str(own["verdict"].mode().iloc[0])


def _idle(own: pd.DataFrame, source: str, labels: Mapping[str, str]) -> list[str]:
    """Other sources that surely save nothing."""
    is_idle = (own["saved_high"] < 1) & (own["source"] != source)
    return [labels[name] for name in own.loc[is_idle, "source"]]


def _listed(names: Sequence[str]) -> str:
    shown = [f"'{name}'" for name in names[:MOST_NAMED]]
    rest = len(names) - len(shown)
    shown += [f"{rest} other{'s' * (rest > 1)}"] if rest else []
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _percent(share: float) -> str:
    """A share in per cent with two digits that matter, at most one behind the point."""
    percent = 100 * share
    if percent < 1:
        return f"{percent:.1g}"
    return f"{percent:.0f}" if percent >= 9.95 else f"{percent:.1f}".removesuffix(".0")
