"""From the measures to result.md: published, ours and corrected, and what twenty rows say."""

from argparse import Namespace
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from changes import published
from texts import DIFFERENCES, FEW, MEANING

from bench.report import machine, verdict, write_page

PAIR = ["system", "pair"]
AS_PUBLISHED = {
    "M1": "pearson",
    "M2": "kl_published",
    "M3": "spearman",
    "M4": "best_10_published",
    "M5": "worst_10_published",
    "M6": "influential_source_published",
    "M7": "influential_target_published",
    "M8": "influential_agree_published",
    "M9": "influential_flip_published",
    "M10": "importance_pearson_published",
    "M11": "terms_source_published",
    "M12": "terms_target_published",
    "M13": "terms_common_published",
    "M14": "terms_correlation_published",
    "M15": "invalid_source",
    "M16": "invalid_target",
    "M17": "invalid_common_published",
    "M18": "validity_correlation_published",
}
OF_SYSTEM = {
    ("SPEAR", "M4"): "best_20_published",
    ("SPEAR", "M5"): "worst_20_published",
    ("x264", "M10"): "importance_spearman_published",
    ("SaC", "M17"): "invalid_common",
}
"""Where the study computed a system's measure in another way."""
CORRECTED = {
    "M1": ("pearson",),
    "M2": ("kl", "kl_standardised", "wasserstein_standardised"),
    "M3": ("spearman",),
    "M4": ("best_5", "best_10", "best_20", "regret"),
    "M5": ("worst_10",),
    "M6": ("influential_source",),
    "M7": ("influential_target",),
    "M8": ("influential_agree", "effect_correlation"),
    "M9": ("influential_flip",),
    "M10": ("importance_pearson", "importance_spearman"),
    "M11": ("interactions_source",),
    "M12": ("interactions_target",),
    "M13": ("interactions_agree", "interactions_flip"),
    "M14": ("interaction_correlation",),
    "M17": ("invalid_common", "invalid_common_chance"),
    "M18": ("validity_correlation", "validity_auc"),
}
GROUPS = {
    "Values and ranks": ("M1", "M3"),
    "Distributions": ("M2",),
    "Best and worst configurations": ("M4", "M5"),
    "Influential options": ("M6", "M7", "M8", "M9"),
    "Importance": ("M10",),
    "Interactions": ("M11", "M12", "M13", "M14"),
    "Validity": ("M15", "M16", "M17", "M18"),
}
WITH_INTERVAL = ("M1", "M3", "M10", "M14", "M18")
COUNTS = ("M6", "M7", "M8", "M9", "M11", "M12", "M13")
DIGIT = 0.005 + 1e-4
"""Half of the last printed digit; rows are kept to five digits."""


def write(rows: pd.DataFrame, options: Namespace) -> None:
    """Write result.md."""
    whole = rows[rows["n"] == 0]
    beside = side_by_side(whole)
    n_pairs = beside[PAIR].drop_duplicates().shape[0]
    n_few = rows[rows["n"] > 0][[*PAIR, "run"]].drop_duplicates().shape[0]
    sections = {"Every published number": [MEANING, agreement(beside)], "Differences, explained": [DIFFERENCES]}
    sections |= {title: [table_of(whole, beside, names)] for title, names in GROUPS.items()}
    sections["From twenty rows"] = [FEW, from_few(rows)]
    write_page(
        options.into,
        f"{machine()} {n_pairs} changes of environment from all rows, {n_few} draws of 20 rows.",
        verdicts(beside),
        {},
        sections,
    )


def side_by_side(whole: pd.DataFrame) -> pd.DataFrame:
    """One row for each change and measure of Table II: system, pair, measure, published, ours, difference."""
    table = published().melt([*PAIR, "source", "target"], var_name="measure", value_name="published")
    keys = zip(table["system"], table["measure"], strict=True)
    table["name"] = [OF_SYSTEM.get((system, m), AS_PUBLISHED[m]) for system, m in keys]
    ours = whole.rename(columns={"measure": "name", "value": "ours"})[[*PAIR, "name", "ours"]]
    table = table.merge(ours, on=[*PAIR, "name"])
    return table.assign(difference=(table["ours"] - table["published"]).abs())


def agreement(beside: pd.DataFrame) -> pd.DataFrame:
    """For each system and measure: how many numbers are published, how many are ours to the digit, the largest gap."""
    known = beside.dropna(subset=["published"])
    rows = []
    for measure in AS_PUBLISHED:
        row: dict[str, object] = {"measure": measure}
        for system in ("SPEAR", "x264", "SaC"):
            part = known[(known["measure"] == measure) & (known["system"] == system)]
            same = int((part["difference"] <= DIGIT).sum())
            row[f"{system}: to the digit"] = f"{same} of {len(part)}" if len(part) else "–"
            row[f"{system}: largest gap"] = f"{part['difference'].max():.3g}" if len(part) else "–"
        rows.append(row)
    return pd.DataFrame(rows)


def table_of(whole: pd.DataFrame, beside: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Published, ours and corrected, a row for each change; an interval in brackets where there is one."""
    estimates = whole.set_index([*PAIR, "measure"])
    known = beside.set_index([*PAIR, "measure"])
    rows = []
    for system, pair in beside[PAIR].drop_duplicates().itertuples(index=False):
        row = {"": f"{system} {pair}"}
        for name in names:
            said, ours = known.loc[(system, pair, name), ["published", "ours"]]
            row[f"{name} published"] = _text(said, name)
            row[f"{name} ours"] = _text(ours, name)
            for corrected in CORRECTED.get(name, ()):
                row[corrected] = _with_interval(estimates.loc[(system, pair, corrected)], name)
        rows.append(row)
    return pd.DataFrame(rows)


def _text(value: float, measure: str) -> str:
    return "–" if np.isnan(value) else f"{value:.0f}" if measure in COUNTS else f"{value:z.2f}"


def _with_interval(found: pd.Series, measure: str) -> str:
    is_count = str(found.name[-1]).startswith(("influential", "interactions"))
    text = _text(found["value"], measure if is_count else "")
    if measure not in WITH_INTERVAL or np.isnan(found["low"]):
        return text
    return f"{text} [{found['low']:z.2f}, {found['high']:z.2f}]"


def verdicts(beside: pd.DataFrame) -> list[str]:
    """What was to be reached."""
    known = beside.dropna(subset=["published"])

    def held(
        claim: str, systems: Sequence[str], measures: Sequence[str], gap: Callable[[pd.DataFrame], pd.Series]
    ) -> str:
        part = known[known["system"].isin(systems) & known["measure"].isin(measures)]
        is_same = gap(part)
        worst = part.loc[~is_same, [*PAIR, "measure"]].agg(" ".join, axis=1)
        other = f" (not: {'; '.join(worst)})" if len(worst) else ""
        return verdict(claim, f"so for {int(is_same.sum())} of {len(part)}{other}", holds=bool(is_same.all()))

    def to_the_digit(part: pd.DataFrame) -> pd.Series:
        return part["difference"] <= DIGIT

    both = ("SPEAR", "x264")
    return [
        held("M1 and M3 to the printed digit", (*both, "SaC"), ("M1", "M3"), to_the_digit),
        held("M4 and M5 to the printed digit", both, ("M4", "M5"), to_the_digit),
        held("M4 and M5 within 0.01", both, ("M4", "M5"), lambda part: part["difference"] <= 0.01 + DIGIT),
        held("M15 and M16 to the printed digit", both, ("M15", "M16"), to_the_digit),
        held("M6 to M9 exactly for SPEAR", ("SPEAR",), ("M6", "M7", "M8", "M9"), to_the_digit),
        held("M6 to M9 within 1 for x264", ("x264",), ("M6", "M7", "M8", "M9"), lambda part: part["difference"] <= 1),
        held("M10 within 0.05", both, ("M10",), lambda part: part["difference"] <= 0.05),
        held(
            "M2 within 20 %",
            (*both, "SaC"),
            ("M2",),
            lambda part: part["difference"] <= np.maximum(0.2 * part["published"], DIGIT),
        ),
        held("M2 to the printed digit", (*both, "SaC"), ("M2",), to_the_digit),
        held("M11 to M13 exactly", both, ("M11", "M12", "M13"), to_the_digit),
        held("M14 to the printed digit", both, ("M14",), to_the_digit),
        held("M18 within 0.02", both, ("M18",), lambda part: part["difference"] <= 0.02 + DIGIT),
    ]


def from_few(rows: pd.DataFrame) -> pd.DataFrame:
    """For each measure with intervals: how often 20 rows answer, and their interval holds the number of all rows."""
    whole = rows[rows["n"] == 0].set_index([*PAIR, "measure"])["value"]
    some = rows[rows["n"] > 0].join(whole.rename("truth"), on=[*PAIR, "measure"])
    some = some.dropna(subset=["truth"])
    found = []
    for name, part in some.groupby("measure", sort=False):
        answered = part.dropna(subset=["low"])
        if len(answered):
            holds = (answered["low"] <= answered["truth"]) & (answered["truth"] <= answered["high"])
            found.append(
                {
                    "measure": name,
                    "answered %": 100 * len(answered) / len(part),
                    "interval holds all rows' value, %": 100 * holds.mean(),
                    "median width": (answered["high"] - answered["low"]).median(),
                    "median error": (answered["value"] - answered["truth"]).abs().median(),
                }
            )
    return pd.DataFrame(found)
