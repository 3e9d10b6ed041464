"""The catalogue of measures."""

from pathlib import Path

from transferperf.similarity import CATALOGUE, PARTS

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "similarity.md"


def test_every_part_stands_in_the_documentation() -> None:
    """The page lists the parts in the catalogue's order, each with the numbers of the study that it has."""
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [row[1].strip(" `") for row in rows] == list(PARTS)
    for part, row in zip(PARTS, rows, strict=True):
        studies = {measure.study for measure in CATALOGUE if measure.part == part and measure.study}
        ends = {f"M{n}" for n in (min(numbers), max(numbers))} if (numbers := [int(m[1:]) for m in studies]) else set()
        assert all(end in row[-2] for end in ends), part


def test_every_measure_says_what_it_means() -> None:
    """Names and texts are there, and no name ends as a column of an interval does."""
    assert all(measure.name and measure.text for measure in CATALOGUE)
    assert not [measure.name for measure in CATALOGUE if measure.name.endswith(("_low", "_high"))]
