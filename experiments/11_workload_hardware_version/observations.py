"""What Jamshidi et al. (ASE 2017) observed, RQ1 to RQ4, each beside the same number of all systems here."""

import numpy as np
import pandas as pd

ALIKE = 3.0
"""M2 below it was called similar."""
INFLUENCE = ("influential_source", "influential_target")


def observations(pairs: pd.DataFrame) -> pd.DataFrame:
    """One row for each observation: research question, what was seen, what is seen here, and whether it is confirmed.

    Shares and medians are means and medians over systems; `pairs` has a row for each pair, a column for each measure.
    """
    rows = [
        *_shifts(pairs),
        *_shapes(pairs),
        *_best(pairs),
        *_options(pairs),
        *_interactions(pairs),
        *_invalid(pairs),
        *_severity(pairs),
    ]
    return pd.DataFrame(rows, columns=["", "the study saw", "here", "so"])


Row = tuple[str, str, str, str]


def _so(holds: bool, *, partly: bool = False) -> str:
    return "confirmed" if holds else "**in part**" if partly else "**contradicted**"


def _share(part: pd.DataFrame, is_so: pd.Series) -> float:
    """Per cent of pairs for which it is so, each system counted once."""
    return float(100 * is_so.groupby(part["system"]).mean().mean()) if len(part) else float("nan")


def _median(part: pd.DataFrame, name: str) -> float:
    """Median over systems of their medians."""
    return float(part.groupby("system")[name].median().median()) if name in part and len(part) else float("nan")


def _by_kind(pairs: pd.DataFrame, name: str) -> dict[str, float]:
    return {str(kind): _median(part, name) for kind, part in pairs.groupby("kind")}


def _text(numbers: dict[str, float], form: str = ".2f") -> str:
    return ", ".join(f"{kind} {value:{form}}" for kind, value in numbers.items() if not np.isnan(value))


def _shifts(pairs: pd.DataFrame) -> list[Row]:
    strong = _share(pairs, pairs["pearson"] > 0.9)
    by_kind = _by_kind(pairs, "pearson")
    hardware = by_kind.get("hardware", float("nan"))
    version = by_kind.get("version", float("nan"))
    spread = pairs[pairs["kind"] == "workload"].groupby("system")["pearson"].agg(["min", "max"])
    wide = 100 * float((spread["max"] - spread["min"] > 0.3).mean()) if len(spread) else float("nan")
    return [
        ("RQ1", "a third of changes has M1 above 0.9", f"{strong:.0f} % of changes", _so(20 <= strong <= 47)),
        (
            "RQ1",
            "hardware changes keep M1 near 1",
            f"median M1: {_text(by_kind)}",
            _so(hardware > 0.95, partly=hardware > 0.85),
        ),
        (
            "RQ1",
            "workloads: M1 depends on how alike they are, 0.5 to 0.96",
            f"in {wide:.0f} % of systems workload changes differ by more than 0.3",
            _so(wide > 50),
        ),
        (
            "RQ1",
            "versions: M1 near 0 for two of three systems",
            f"median M1 of versions {version:.2f}",
            _so(version < 0.5),
        ),
    ]


def _shapes(pairs: pd.DataFrame) -> list[Row]:
    if "kl_published" not in pairs:
        return []
    weak = pairs[(pairs["pearson"] <= 0.9) & pairs["kl_published"].notna()]
    alike = _share(weak, weak["kl_published"] < ALIKE)
    ranks = _median(weak[weak["kl_published"] < ALIKE], "spearman")
    return [
        (
            "RQ1",
            "half of the changes without a linear shift have alike distributions (M2 below 3)",
            f"{alike:.0f} % have; their median M3 is {ranks:.2f}",
            _so(alike >= 40),
        )
    ]


def _best(pairs: pd.DataFrame) -> list[Row]:
    overlap, regret = _by_kind(pairs, "best_10"), _by_kind(pairs, "regret_of_range")
    others = [value for kind, value in overlap.items() if kind != "hardware" and not np.isnan(value)]
    hardware = overlap.get("hardware", float("nan"))
    return [
        (
            "RQ1",
            "only hardware changes preserve the best configurations (M4)",
            f"median share of the best 10 % in common: {_text(overlap)}; copying costs {_text(regret)} of the range",
            _so(hardware > 0.6 and max(others, default=0) < 0.5, partly=hardware > max(others, default=0)),
        )
    ]


def _options(pairs: pd.DataFrame) -> list[Row]:
    if not {*INFLUENCE, "influential_agree", "n_options"} <= set(pairs):
        return []
    known = pairs[pairs["n_options"] > 0]
    of_all = _median(known.assign(share=known[INFLUENCE[0]] / known["n_options"]), "share")
    either = known["influential_agree"] + known["influential_flip"]
    least = known[list(INFLUENCE)].min(axis=1)
    again = known[least > 0].assign(
        share=(either / least)[least > 0], agree=(known["influential_agree"] / least)[least > 0]
    )
    kept, agree = _median(again, "share"), _median(again, "agree")
    effects = _by_kind(pairs, "effect_correlation")
    lasting = sum(value > 0.9 for value in effects.values())
    return [
        (
            "RQ2",
            "slightly more than half of options matter",
            f"{100 * of_all:.0f} % do, corrected for their number",
            _so(0.5 <= of_all <= 0.7, partly=of_all >= 0.3),
        ),
        (
            "RQ2",
            "those that matter matter again",
            f"{100 * kept:.0f} % of them do, {100 * agree:.0f} % in the same direction",
            _so(kept > 0.7),
        ),
        (
            "RQ2",
            "strengths of options are kept",
            f"median correlation of effects: {_text(effects)}",
            _so(lasting == len(effects), partly=lasting > 0),
        ),
    ]


def _interactions(pairs: pd.DataFrame) -> list[Row]:
    if "terms_common_published" not in pairs:
        return []
    known = pairs[pairs["terms_source_published"] > 1]
    least = known[["terms_source_published", "terms_target_published"]].min(axis=1)
    common = _median(known.assign(share=known["terms_common_published"] / least), "share")
    published = _median(pairs, "terms_correlation_published")
    found = pairs[pairs[["interactions_source", "interactions_target"]].min(axis=1) > 0]
    least = found[["interactions_source", "interactions_target"]].min(axis=1)
    agree = _median(found.assign(share=found["interactions_agree"] / least), "share")
    own = _by_kind(pairs, "interaction_correlation")
    values = [value for value in own.values() if not np.isnan(value)]
    return [
        (
            "RQ3",
            "72 to 96 % of interactions are common",
            f"{100 * common:.0f} % of terms, as the study counts; of interactions, same sign, {100 * agree:.0f} %",
            _so(agree > 0.7, partly=common > 0.7),
        ),
        (
            "RQ3",
            "their coefficients correlate by more than 0.9 for most",
            f"median {published:.2f} with constant and options, as in the study; of interactions alone: {_text(own)}",
            _so(min(values, default=0) > 0.9, partly=published > 0.9),
        ),
    ]


def _invalid(pairs: pd.DataFrame) -> list[Row]:
    known = pairs[pairs["invalid_common"].notna()]
    if not len(known):
        return [("RQ4", "invalid regions are common", "no system with invalid configurations", "-")]
    common, auc = _by_kind(known, "invalid_common"), _by_kind(known, "validity_auc")
    values = [value for value in common.values() if not np.isnan(value)]
    ranks = [value for value in auc.values() if not np.isnan(value)]
    n = known["system"].nunique()
    return [
        (
            "RQ4",
            "what is invalid is invalid everywhere",
            f"median overlap of {n} systems: {_text(common)}",
            _so(min(values) > 0.9, partly=max(values) > 0.9),
        ),
        (
            "RQ4",
            "a classifier of the source finds the target's invalid ones",
            f"median AUC: {_text(auc)}" if ranks else "no model",
            _so(min(ranks, default=0) > 0.9, partly=max(ranks, default=0) > 0.9),
        ),
    ]


def _severity(pairs: pd.DataFrame) -> list[Row]:
    n_factors = pairs["change"].str.count(r"\+") + 1
    both = pairs.assign(n=n_factors).pivot_table(index="system", columns="n", values="spearman", aggfunc="median")
    several = both[both.columns[both.columns > 1]].min(axis=1) if (both.columns > 1).any() else pd.Series(dtype=float)
    known = several.dropna()
    lower = 100 * float((known < both.loc[known.index, 1]).mean()) if len(known) else float("nan")
    unshifted = pairs[pairs["pearson"] <= 0.5]
    effects = _share(unshifted, unshifted["effect_correlation"] > 0.9)
    return [
        (
            "VIII",
            "the more severe the change, the less is kept",
            f"changing several factors lowers M3 in {lower:.0f} % of {len(known)} systems",
            _so(lower > 60),
        ),
        (
            "VIII",
            "where no shift carries over (M1 below 0.5), options still do",
            f"effects of options correlate above 0.9 in {effects:.0f} % of these",
            _so(effects > 50),
        ),
    ]
