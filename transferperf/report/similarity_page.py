"""The page of a report of similarity: one file, with a script of its own that draws what the reader chooses."""

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from transferperf.data.files import replace_text
from transferperf.report.answer import answer
from transferperf.report.findings import Findings
from transferperf.report.page import templates
from transferperf.report.payload import payload

SCRIPTS = ("data", "chart", "heat", "overview", "pair", "interaction", "table", "main")
"""Parts of the script, in the order in which one needs the other."""
MAX_MARKED = 8
"""Values of a factor that marks on the map can tell apart."""


def render_similarity(findings: Findings) -> str:
    """The page as text; the same findings give the same text."""
    script = "\n" + "\n".join(_script(name) for name in SCRIPTS)
    counts = {name: len({e.as_mapping().get(name) for e in findings.environments}) for name in findings.factors}
    return (
        templates()
        .get_template("similarity.html")
        .render(
            title=f"Similarity in {findings.metric.label}",
            summary=_summary(findings),
            answer=answer(findings),
            factors=[name for name, n in counts.items() if n > 1],
            marked=[name for name, n in counts.items() if 1 < n <= MAX_MARKED],
            shown=findings.shown,
            severity=findings.dots,
            has_places=findings.places is not None,
            has_observed=findings.observed is not None,
            note=_note(findings),
            alone="; ".join(findings.alone()),
            data=Markup(payload(findings)),  # noqa: S704  # JSON without < and >
            script=Markup(script),  # noqa: S704  # ours
            digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def write_similarity(path: Path, findings: Findings) -> None:
    """Write the page; OutputError where that fails, and then the old file is still there."""
    replace_text(path, render_similarity(findings))


def _script(name: str) -> str:
    return (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")


def _summary(findings: Findings) -> str:
    e, observed = len(findings.environments), findings.observed
    measured = "" if observed is None else f", {observed.n_measured} configurations"
    return f"{e} environments, {e * (e - 1)} ordered pairs{measured}."


def _note(findings: Findings) -> str:
    """What the figures of a pair leave out."""
    observed = findings.observed
    if observed is None or not observed.levels or len(observed.levels[0].codes) == observed.n_measured:
        return ""
    n = len(observed.levels[0].codes)
    return (
        f"Figures of a pair show {n} of {observed.n_measured} configurations, drawn at random; the numbers are of all."
    )
