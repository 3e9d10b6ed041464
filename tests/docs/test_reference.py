"""The reference is complete."""

from pathlib import Path

import transferperf as tp
from transferperf.cli.app import VERBS

DOCS = Path(__file__).parents[2] / "docs"
HOUSE_WORDS = (
    "option, configuration, environment, metric, measurement, source, target, prediction, similarity, "
    "expert, gate, warping, status, repeat, space, design, budget, suggestion"
)


def test_every_public_name_stands_in_the_reference() -> None:
    """What `import transferperf as tp` offers is listed, and nothing of it is missing."""
    page = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    assert tp.__all__
    assert [name for name in tp.__all__ if f"`tp.{name}`" not in page] == []


def test_every_verb_stands_in_the_reference() -> None:
    """What the command line can do is listed, in the order of its help."""
    rows = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8").splitlines()
    listed = [row.split("`")[1].split()[1] for row in rows if row.startswith("| `transferperf ")]
    assert listed == [verb.__name__ for verb in VERBS]


def test_every_house_word_has_one_meaning() -> None:
    """The glossary explains each of our words, and each once."""
    rows = (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    words = [row.split("|")[1].strip(" *") for row in rows if row.startswith("| ")]
    assert set(HOUSE_WORDS.split(", ")) <= set(words)
    assert sorted(set(words)) == sorted(words)
