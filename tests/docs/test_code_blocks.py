"""What is documented runs: Python blocks, shell blocks that only call `transferperf`, and spaces in TOML."""

import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from transferperf.space import parse_space

ROOT = Path(__file__).parents[2]
PAGES = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if path.exists()]
WRITTEN = [path for name in ("docs", "experiments", "measurements", "systems") for path in (ROOT / name).rglob("*.md")]
LINKED = sorted({*ROOT.glob("*.md"), *(path for path in WRITTEN if "releases" not in path.parts)})
FENCE = re.compile(
    r"^(?P<skip><!-- not run: .+ -->\n)?```(?P<language>python|console|sh|toml)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)(?P<path>[^)#\s]+)")


class Block(NamedTuple):
    """One block of code, and the line of its page on which it begins."""

    language: str
    code: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """Blocks of a page, in order, but for those under a comment `<!-- not run: reason -->`."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if not match["skip"]:
            yield Block(match["language"], match["code"], text.count("\n", 0, match.start("code")))


def commands(block: Block) -> list[str]:
    """Commands of a shell block; in a `console` block they stand behind `$ `, the rest is what they print."""
    lines = block.code.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [line for line in lines if line.strip() and not line.startswith("#")]


def run_commands(block: Block, cwd: Path) -> None:
    """Run a shell block whose every command calls `transferperf`; others (make, git) set up a machine."""
    lines = commands(block)
    if not all(line.startswith("transferperf ") for line in lines):
        return
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    script = "\n".join(["set -eu", *lines])
    run = subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, f"line {block.line}: {script}\n{run.stdout}\n{run.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_code_block_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page run in order, in one namespace and one folder, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    for folder in ("measurements", "systems"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    namespace: dict[str, Any] = {}
    for block in blocks(page):
        if block.language == "python":
            script = tmp_path / f"{page.stem}.py"
            script.write_text("\n" * block.line + block.code, encoding="utf-8")  # an error names the line of the page
            namespace = runpy.run_path(str(script), init_globals=namespace)
        elif block.language == "toml":
            parse_space(tomllib.loads(block.code))
        else:
            run_commands(block, tmp_path)


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """A link to another page or file of this repository points at one that is there."""
    links = {match["path"] for match in LINK.finditer(page.read_text(encoding="utf-8"))}
    assert {link for link in links if not (page.parent / link).exists()} == set()


def test_blocks_are_found_with_their_line() -> None:
    """A page's blocks come in order, without those that say why they are not run."""
    folder = Path(__file__).parent
    found = list(blocks(folder / "page_with_blocks.md"))
    assert [(block.language, block.line) for block in found] == [("python", 3), ("console", 12), ("sh", 17)]
    assert [commands(block) for block in found[1:]] == [["transferperf --help"], ["make demo"]]
