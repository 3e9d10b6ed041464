"""From nothing to the first measurement: init drafts a system, measure runs it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import transferperf as tp
from transferperf.measure import load_system

TOOL = """
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--level", type=int, choices=[1, 2, 3], default=2, help="how hard to try (default: 2)")
parser.add_argument("--fast", action="store_true", help="be fast")
parser.add_argument("--output", help="where to write")
asked = parser.parse_args()
print(len(open(asked.file).read()) * asked.level)
print("score:", 10 - asked.level - asked.fast)
"""


@pytest.fixture
def tool(tmp_path: Path) -> str:
    """A program and its content in the current folder."""
    (tmp_path / "tool.py").write_text(TOOL, encoding="utf-8")
    (tmp_path / "content.txt").write_text("content", encoding="utf-8")
    return "tool.py"


def test_two_commands_lead_from_a_program_to_its_measurements(call: Any, tool: str) -> None:
    """All six configurations are drafted from the help text and measured, in an environment that says so."""
    drafted = call("init", "mine", "--json", "--", sys.executable, tool, "content.txt", "--help")
    assert (drafted.code, drafted.err) == (0, "")
    said = json.loads(drafted.out)
    assert (said["options"], said["left_out"]) == (["level", "fast"], ["--help", "--output"])
    assert said["next"] == "transferperf measure mine -n 6"
    measured = call(*said["next"].split()[1:], "--repeats", "1", "-o", "runs.csv")
    assert (measured.code, measured.err) == (0, "")
    table = tp.read_csv("runs.csv")
    assert [metric.name for metric in table.metrics] == ["cpu_s", "wall_s", "memory_bytes"]
    assert len(table) == 6
    assert table.frame["cpu_s"].min() > 0
    assert set(table.frame["status"]) == {"ok"}
    assert "level" in call("systems").out


def test_a_draft_is_to_be_read(call: Any, tool: str) -> None:
    """It says so, which flags it leaves out, and people are told the next command."""
    ended = call("init", "mine", "--systems-path", "all", "--", sys.executable, tool, "--help", "content.txt")
    assert "Read it, then: transferperf measure mine -n 6 --systems-path all" in ended.out
    text = Path("all/mine/system.toml").read_text(encoding="utf-8")
    assert text.startswith("# Drafted by `transferperf init`: read it")
    assert "# Left out: --help --output" in text
    assert '"{options}", "{system}/../../content.txt"]' in text


PRINTS = """
import sys
asked = {name: int(value) for name, value in (word[2:].split("=") for word in sys.argv[1:])}
print("score:", 10 - asked["level"] - asked["fast"])
"""


def test_the_columns_of_a_file_become_a_system(call: Any) -> None:
    """Options, environments and metrics of a CSV; metrics are looked for in what the program prints."""
    Path("prints.py").write_text(PRINTS, encoding="utf-8")
    rows = ["hardware,level,fast,score,cpu_s", "h1,1,0,9,1.5", "h2,3,1,6,2.5", "h2,2,0,8,2.0"]
    Path("runs.csv").write_text("\n".join(rows), encoding="utf-8")
    words = ("init", "mine", "--data", "runs.csv", "--metrics", "score,cpu_s")
    assert call(*words, "--", sys.executable, "prints.py").code == 0
    system = load_system("mine", Path("systems"))
    assert dict(system.factors) == {"hardware": ("h1", "h2")}
    assert system.space == tp.read_csv("runs.csv", metrics=["score", "cpu_s"]).space
    where = ("--environment", "hardware=h2", "-o", "new.csv", "--repeats", "1", "-n", 3, "--design", "one-option")
    assert call("measure", "mine", *where).code == 0
    table = tp.read_csv("new.csv")
    assert len(table) == 3
    assert (table.frame["score"] == 10 - table.frame["level"] - table.frame["fast"]).all()


def test_a_file_alone_becomes_a_space(call: Any) -> None:
    """Without a command it cannot be measured, which is said, but it can be a --space."""
    Path("runs.csv").write_text("level,fast,$<score\n1,0,9\n3,1,6\n", encoding="utf-8")
    ended = call("init", "mine", "--data", "runs.csv")
    assert "no [command] yet" in ended.out
    assert tp.read_csv("runs.csv", space="systems/mine/system.toml").space.names == ("level", "fast")
    refused = call("measure", "mine")
    assert (refused.code, "needs a [command]" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("mine",), "got none; expected a program after --, or --data FILE"),
        (("my/own", "--", "ls"), "got 'my/own'; expected letters"),
        (("mine", "--", "no-such-program", "--help"), "no-such-program cannot be started"),
        (("mine", "--", sys.executable, "-c", "pass", "--help"), "--help' names no option"),
        (("mine", "--data", "no.csv"), "no.csv: no such file"),
    ],
)
def test_what_cannot_be_drafted_is_refused(call: Any, words: tuple[str, ...], text: str) -> None:
    """Exit code 2, one line, and nothing is written."""
    ended = call("init", *words)
    assert (ended.code, ended.out) == (2, "")
    assert text in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not Path("systems").exists()


def test_what_is_there_is_kept(call: Any, tool: str) -> None:
    """A second draft of the same name is refused."""
    words = ("init", "mine", "--", sys.executable, tool, "--help")
    assert call(*words).code == 0
    Path("systems/mine/system.toml").write_text("mine", encoding="utf-8")
    ended = call(*words)
    assert (ended.code, "is there already" in ended.err) == (2, True)
    assert Path("systems/mine/system.toml").read_text(encoding="utf-8") == "mine"
