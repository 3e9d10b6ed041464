"""The report in a few sentences."""

from transferperf.report.findings import Findings

MAX_SENTENCES = 3
"""Targets that are told one by one; more are summed up."""


def answer(findings: Findings) -> list[str]:
    """What to measure and where to transfer from, as paragraphs; of many targets the medians and the clearest case."""
    sources, best = findings.sources, findings.best()
    if len(sources) <= MAX_SENTENCES:
        return [f"{_sentences(sources['answer'].tolist())}"]
    if not len(best):
        return [f"None of the {len(sources)} environments has a source that is known to help: measure each on its own."]
    n = best["n_advised"].fillna(best["n_rows"]).median()
    errors = best["error_advised"].fillna(best["error"])
    many = f"{len(best)} of {len(sources)} environments have a source worth transferring from"
    which = best["source"].value_counts()
    most = f"{findings.labels[which.index[0]]} is the best source of {which.iloc[0]} of them"
    clearest = best.loc[errors.sort_values(kind="stable").index[0], "answer"]
    error = f"an expected error of {100 * errors.median():.2g} % (medians)"
    text = f"{many}: {n:.0f} measured configurations of the target then give {error}"
    return [_sentences([text, *([most] if which.iloc[0] > 1 else []), f"The clearest case: {clearest}"])]


def _sentences(parts: list[str]) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in parts)
