"""The parts of the catalogue that are about options: two profiles, compared."""

from collections import Counter
from collections.abc import Callable

import numpy as np
from scipy import stats

from transferperf.similarity.contrasts import design
from transferperf.similarity.influence import Effects, kinds, redrawn
from transferperf.similarity.interactions import Term, columns, refitted
from transferperf.similarity.known import Common
from transferperf.similarity.pair import InteractionChange, OptionChange
from transferperf.similarity.parts import Found
from transferperf.similarity.profile import Asked, Profile
from transferperf.similarity.resampling import Estimate, attenuated
from transferperf.similarity.validity import correlation


def influence_part(common: Common, source: Profile, target: Profile, asked: Asked) -> Found:
    """M6 to M9, and what becomes of each option."""
    if source.flips is None or source.effects is None or target.flips is None or target.effects is None:
        return Found({})
    contrasts = asked.contrasts(common.source.X)
    if not contrasts:
        return Found({})
    counts: dict[str, float] = {}
    for a, b, end, corrected in (
        (source.flips, target.flips, "_published", False),
        (source.effects, target.effects, "", True),
    ):
        counts[f"influential_source{end}"] = int(a.influential(corrected=corrected).sum())
        counts[f"influential_target{end}"] = int(b.influential(corrected=corrected).sum())
        became = Counter(kinds(a, b, corrected=corrected).tolist())
        counts |= {f"influential_agree{end}": became["agrees"], f"influential_flip{end}": became["flips"]}
    counts |= {"influential_vanish": became["vanishes"], "influential_appear": became["appears"]}
    measures = {name: Estimate(float(count)) for name, count in counts.items()}
    measures["effect_correlation"] = _effect_correlation(common, source.effects, target.effects, asked)
    names = [contrast.name for contrast in contrasts]
    return Found(measures, options=_changes(names, source.effects, target.effects))


def _effect_correlation(common: Common, a: Effects, b: Effects, asked: Asked) -> Estimate:
    """Correlation of effects that both know; its interval draws the common configurations anew, for both at once."""
    is_known = ~np.isnan(a.size) & ~np.isnan(b.size) & ~np.isnan(a.error) & ~np.isnan(b.error)
    n, X = len(common.source), common.source.X
    contrasts = [contrast for contrast, known in zip(asked.contrasts(X), is_known, strict=True) if known]
    counts = asked.draws("effects", n).multinomial(n, np.full(n, 1 / n), size=asked.n_resamples).astype(float)
    drawn = [redrawn(X, y, contrasts, counts) for y in common.responses]
    return attenuated(
        correlation(a.mean[is_known], b.mean[is_known]),
        np.array([_known_correlation(x, y) for x, y in zip(*drawn, strict=True)]),
        n,
    )


def _known_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of those of a and b (c,) that are both known."""
    is_known = np.isfinite(a) & np.isfinite(b)
    return correlation(a[is_known], b[is_known])


def _changes(names: list[str], a: Effects, b: Effects) -> tuple[OptionChange, ...]:
    return tuple(
        OptionChange(
            option=name,
            kind=str(kind),
            source=float(a.mean[k]),
            target=float(b.mean[k]),
            size_source=float(a.size[k]),
            size_target=float(b.size[k]),
            p_source=float(a.p_value[k]),
            p_target=float(b.p_value[k]),
            n=int(a.n[k]),
        )
        for k, (name, kind) in enumerate(zip(names, kinds(a, b, corrected=True), strict=True))
    )


def importance_part(common: Common, source: Profile, target: Profile, _asked: Asked) -> Found:
    """M10."""
    if source.tree is None or target.tree is None or source.held_out is None or target.held_out is None:
        return Found({})
    found = {}
    for end, a, b in (("_published", source.tree, target.tree), ("", source.held_out, target.held_out)):
        for name, transform in (("pearson", np.asarray), ("spearman", stats.rankdata)):
            values = [correlation(transform(x), transform(y)) for x, y in zip(a, b, strict=True)]
            found[f"importance_{name}{end}"] = attenuated(values[0], np.array(values[1:]), len(common.source))
    return Found(found)


def interaction_part(common: Common, source: Profile, target: Profile, asked: Asked) -> Found:
    """M11 to M14, and what becomes of each interaction."""
    if source.published is None or source.corrected is None or target.published is None or target.corrected is None:
        return Found({})
    a, b = source.published.all_terms, target.published.all_terms
    both = [term for term in a if term in b]
    shared = correlation(np.array([a[term] for term in both]), np.array([b[term] for term in both]))
    counts = {
        "terms_source_published": len(a),
        "terms_target_published": len(b),
        "terms_common_published": len(both),
    }
    found = {name: Estimate(float(count)) for name, count in counts.items()}
    found["terms_correlation_published"] = Estimate(shared)
    changes, agreement = _interactions(common, source, target, asked)
    became = Counter(change.kind for change in changes)
    found["interactions_source"] = Estimate(float(became["agrees"] + became["flips"] + became["vanishes"]))
    found["interactions_target"] = Estimate(float(became["agrees"] + became["flips"] + became["appears"]))
    found["interactions_agree"] = Estimate(float(became["agrees"]))
    found["interactions_flip"] = Estimate(float(became["flips"]))
    found["interaction_correlation"] = agreement
    return Found(found, interactions=changes)


def _interactions(
    common: Common, source: Profile, target: Profile, asked: Asked
) -> tuple[tuple[InteractionChange, ...], Estimate]:
    """Interactions of either with their coefficients in one model of the terms of both, and how these correlate."""
    models = [model for model in (source.corrected, target.corrected) if model is not None]
    terms = sorted(set().union(*(model.terms for model in models)), key=lambda term: (len(term), term))
    is_pair = np.array([len(term) == 2 for term in terms], dtype=bool)
    if not is_pair.any():
        return (), Estimate(float("nan"))
    contrasts = asked.contrasts(common.source.X)
    D = columns(design(common.source.X, contrasts), terms)
    s, t = common.responses
    fits = [refitted(D, y)[is_pair] for y in (s, t)]

    draws, n = asked.draws("interaction", len(s)), len(s)
    rows = [draws.integers(n, size=n) for _ in range(asked.n_fits)]
    drawn = [correlation(*(refitted(D[some], y[some])[is_pair] for y in (s, t))) for some in rows]
    r = attenuated(correlation(*fits), np.array(drawn), n)
    pairs = [term for term in terms if len(term) == 2]
    changes = []
    for term, x, y in zip(pairs, *fits, strict=True):
        names = (contrasts[term[0]].name, contrasts[term[1]].name)
        kind = _kind(term, [model.interactions for model in models])
        changes.append(InteractionChange(options=names, kind=kind, source=float(x), target=float(y)))
    return tuple(changes), r


def _kind(term: Term, models: list[dict[Term, float]]) -> str:
    in_source, in_target = (term in model for model in models)
    if in_source and in_target:
        return "agrees" if models[0][term] * models[1][term] > 0 else "flips"
    return "vanishes" if in_source else "appears"


OF_PROFILES: dict[str, Callable[[Common, Profile, Profile, Asked], Found]] = {
    "influence": influence_part,
    "importance": importance_part,
    "interaction": interaction_part,
}
"""Parts that compare two profiles."""
