"""Systems from a file: what a system.toml alone can say, and what becomes of it."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from transferperf.data.csv import read_csv
from transferperf.data.measurement import Status
from transferperf.errors import DataError, MeasurementError
from transferperf.measure import CommandSystem, Outcome, choose_environment, load_system
from transferperf.space import Value

DECLARED = """
timeout_s = 20
[command]
run = ["{python}", "-S", "{system}/program.py", "{hardware}", "--size={size}", "{options}"]
ok_exit = [0, 10]
invalid_exit = [2]
words = ["--{name}", "{value}"]
env = { TP_WORKLOAD = "{workload}", TP_WORK = "{work}" }
where.hardware.slow = ["--slow", "--once"]
where.hardware.fast = []

[environments]
hardware = ["fast", "slow"]
workload = ["a", "b"]

[[metrics]]
name = "cpu_s"
[[metrics]]
name = "wall_s"
[[metrics]]
name = "memory_bytes"
[[metrics]]
name = "words"
read = "^words (.*)"

[[options]]
name = "size"
type = "integer"
levels = [0, 10, 100]
default = 0
[[options]]
name = "quick"
type = "binary"
words = "-q"
[[options]]
name = "mode"
levels = ["plain", "deep"]
words = { plain = [], deep = ["--mode", "deep"] }
[[options]]
name = "depth"
type = "integer"
levels = [1, 2, 4]
only_if = { mode = "deep" }
"""

PROGRAM = """
import os, sys, time
words = sys.argv[1:]
print("asked", os.environ["TP_WORKLOAD"], os.getcwd(), *words)
size = int(words[[word.startswith("--size") for word in words].index(True)].partition("=")[2])
content = bytearray(size * 1000000)
print("words", len(words))
with open(os.environ["TP_WORK"] + "/asked.txt", "a") as file:
    file.write(" ".join(words) + "|")
exec(os.environ.get("TP_ALSO", ""))
"""


class Small:
    """A system in a folder, its file made of what is declared above with some words replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "small"
        self.folder.mkdir()
        (self.folder / "program.py").write_text(PROGRAM, encoding="utf-8")

    def load(self, *replaced: tuple[str, str], timeout_s: float | None = None) -> CommandSystem:
        """The system."""
        text = DECLARED
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        (self.folder / "system.toml").write_text(text, encoding="utf-8")
        found = load_system("small", self.folder.parent, timeout_s=timeout_s)
        assert isinstance(found, CommandSystem)
        return found

    def run(self, system: CommandSystem, hardware: str = "fast", **asked: Value) -> Outcome:
        """One run of the default with the options asked for."""
        environment = choose_environment(system, {"hardware": hardware, "workload": "b"})
        system.prepare(environment)
        try:
            return system.measure({**system.space.default, **asked}, environment)
        finally:
            system.cleanup()


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A small system in an empty folder of systems."""
    return Small(tmp_path)


@pytest.mark.parametrize(
    ("hardware", "asked", "words"),
    [
        ("fast", {}, "--size=0"),
        ("slow", {"size": 10, "quick": 1}, "--slow --once --size=10 -q"),
        ("fast", {"mode": "deep"}, "--size=0 --mode deep --depth 1"),
        ("fast", {"depth": 4}, "--size=0"),
        ("fast", {"mode": "deep", "depth": 4}, "--size=0 --mode deep --depth 4"),
    ],
)
def test_a_configuration_becomes_words(small: Small, hardware: str, asked: dict[str, Value], words: str) -> None:
    """On and off, words for each level, the words of all, and none for an option that does not matter."""
    keep = ["{python}", "-c", "import shutil; shutil.copy('{work}/asked.txt', '{system}')"]
    system = small.load(("ok_exit", f"teardown = [{keep}]\nok_exit"))
    outcome = small.run(system, hardware, **asked)
    assert (outcome.status, outcome.reason) == (Status.OK, "")
    assert outcome.configuration == system.space.canonical({**system.space.default, **asked})
    assert (small.folder / "asked.txt").read_text(encoding="utf-8") == f"{words}|"
    assert outcome.values["words"] == len(words.split())


def test_what_a_run_uses_is_measured(small: Small) -> None:
    """A hundred megabytes more are seen as such, whatever this process holds; times are above zero."""
    held = bytearray(200_000_000)
    system = small.load()
    one, other = (small.run(system, size=size).values for size in (0, 100))
    assert len(held) > other["memory_bytes"] > 1e8
    assert other["memory_bytes"] - one["memory_bytes"] == pytest.approx(1e8, rel=0.05)
    assert min(one.values()) > 0


@pytest.mark.parametrize(
    ("also", "status", "reason"),
    [
        ("sys.exit(10)", Status.OK, ""),
        ("sys.exit(2)", Status.INVALID, "exit status 2"),
        ("sys.exit('no such thing')", Status.FAILED, "exit status 1: no such thing"),
        ("os.kill(os.getpid(), 11)", Status.FAILED, "killed by SIGSEGV"),
        ("bytearray(10**9)", Status.FAILED, "exit status 1: MemoryError"),
        ("open('big', 'wb').write(bytes(3 * 10**6))", Status.FAILED, "exit status 1: OSError: [Errno 27]"),
        ("print('words many')", Status.FAILED, "stdout has 'many' for a number"),
    ],
)
def test_every_end_is_an_outcome(
    small: Small, monkeypatch: pytest.MonkeyPatch, also: str, status: Status, reason: str
) -> None:
    """Exit statuses that mean success or refusal, errors, signals, limits, and output that cannot be read."""
    monkeypatch.setenv("TP_ALSO", also)
    outcome = small.run(small.load(("ok_exit", "memory_mb = 500\nfile_mb = 1\nok_exit")))
    assert outcome.status is status
    assert outcome.reason.startswith(reason)
    assert bool(outcome.values) is (status is Status.OK)
    assert outcome.cost_s > 0


def test_a_run_over_its_time_is_a_timeout(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a reason and no values."""
    monkeypatch.setenv("TP_ALSO", "time.sleep(600)")
    outcome = small.run(small.load(timeout_s=0.5))
    assert (outcome.status, dict(outcome.values)) == (Status.TIMEOUT, {})
    assert "stopped after" in outcome.reason


def test_what_really_applied_is_read_back(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that says to have used another value is recorded with that."""
    monkeypatch.setenv("TP_ALSO", "print('size is 10', 'quick is 1', 'mode is deep', 'depth is 2', sep='\\n')")
    outcome = small.run(small.load(("ok_exit", "applied = '{name} is (.*)'\nok_exit")), size=100)
    assert outcome.configuration == {"size": 10, "quick": 1, "mode": "deep", "depth": 2}


STEPS = ("setup", "prepare", "cleanup", "teardown")


@pytest.mark.parametrize("also", ["", "sys.exit(1)", "os.kill(os.getpid(), 9)"])
def test_cleaning_up_always_happens(small: Small, monkeypatch: pytest.MonkeyPatch, also: str) -> None:
    """Once around the environment, and around each run, whatever came of it."""
    monkeypatch.setenv("TP_ALSO", also)
    diary = small.folder / "diary"
    write = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + ' ')"
    lines = [f'{step} = [["{{python}}", "-c", "{write}", "{diary}", "{step}"]]' for step in STEPS]
    system = small.load(("ok_exit", "\n".join([*lines, "ok_exit"])))
    environment = choose_environment(system, {"hardware": "fast", "workload": "a"})
    system.prepare(environment)
    for _ in range(2):
        system.measure(system.space.default, environment)
    system.cleanup()
    assert diary.read_text(encoding="utf-8").split() == ["setup", *["prepare", "cleanup"] * 2, "teardown"]


def test_a_preparation_that_fails_is_a_failed_run(small: Small) -> None:
    """What a configuration makes impossible, such as to compile, is an outcome; a setup that fails is an error."""
    outcome = small.run(small.load(("ok_exit", 'prepare = [["sh", "-c", "echo no >&2; exit 3"]]\nok_exit')))
    assert (outcome.status, outcome.reason[:40]) == (Status.FAILED, "sh did not succeed (exit status 3: no); "[:40])
    with pytest.raises(MeasurementError, match="sh did not succeed"):
        small.run(small.load(("ok_exit", 'setup = [["sh", "-c", "exit 3"]]\nok_exit')))


def test_nothing_is_left_behind(small: Small) -> None:
    """After cleanup there are no more folders than before."""
    before = set(Path(tempfile.gettempdir()).glob("transferperf-small-*"))
    small.run(small.load())
    assert set(Path(tempfile.gettempdir()).glob("transferperf-small-*")) == before


def test_a_missing_program_says_what_brings_it(small: Small) -> None:
    """Before the first run."""
    missing = ('run = ["{python}"', 'install = "apt-get install it"\nrun = ["no-such-program"')
    with pytest.raises(MeasurementError, match="no-such-program of small is missing; apt-get install it"):
        small.run(small.load(missing))


def test_a_system_that_is_not_prepared_is_refused(small: Small) -> None:
    """There is no folder to run in."""
    system = small.load()
    with pytest.raises(MeasurementError, match="small is not prepared"):
        system.measure(system.space.default, choose_environment(system, {"hardware": "fast", "workload": "a"}))


def test_the_version_of_the_program_is_known(small: Small) -> None:
    """The first line that its command says; nothing where it is missing or not declared."""
    says = small.load(("ok_exit", 'version = ["{python}", "-V"]\nok_exit')).provenance()
    assert list(says.values()) == [f"Python {sys.version.split()[0]}"]
    assert small.load(("ok_exit", 'version = ["no-such-program"]\nok_exit')).provenance() == {}
    assert small.load().provenance() == {}


def test_the_file_also_declares_a_space(small: Small, tmp_path: Path) -> None:
    """Measurements are read with the same file, which says more than a space there."""
    system = small.load()
    (tmp_path / "runs.csv").write_text("size,quick,mode,depth,cpu_s\n0,0,plain,1,2.5\n", encoding="utf-8")
    table = read_csv(tmp_path / "runs.csv", space=small.folder / "system.toml")
    assert (table.space, table.metrics[0]) == (system.space, system.metrics[0])


@pytest.mark.parametrize(
    ("replaced", "text"),
    [
        (('"{options}"', '"{optoins}"'), "unknown placeholder 'optoins'"),
        ((', "{options}"', ""), "option 'quick' reaches no command"),
        (("words = [", "wrods = ["), "unknown key of .command. 'wrods'"),
        (('words = ["--{name}", "{value}"]\n', ""), "option 'depth' reaches no command"),
        (('read = "^words (.*)"', ""), "metric 'words' does not say how to read it"),
        (("{ plain = [], deep", "{ deep"), "words of option 'mode' lack level plain"),
        (('words = "-q"', 'words = "-q{vaule}"'), "unknown placeholder of option 'quick' 'vaule'"),
        (("where.hardware.fast", "where.hardware.quick"), "unknown hardware in where 'quick'"),
        (("where.hardware.fast", "where.colour.fast"), "unknown environment factor in where 'colour'"),
        (('run = ["', 'run = "a b"\nsetup = ["'), "is no list of commands"),
        (("run = [", "install = ["), "run"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_loaded(small: Small, replaced: tuple[str, str], text: str) -> None:
    """One line that names the file."""
    with pytest.raises(DataError, match=text) as caught:
        small.load(replaced)
    assert str(small.folder / "system.toml") in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_system_has_no_state_but_the_prepared_environment(small: Small) -> None:
    """Its fields cannot be set."""
    system: Any = small.load()
    with pytest.raises(AttributeError):
        system.timeout_s = 1.0
