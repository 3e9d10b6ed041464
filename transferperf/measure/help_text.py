"""Options in a program's help text: flags, their values, and what the text says of levels and defaults."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transferperf.measure.levels import Bounds, choices, spread
from transferperf.space import Value

NAME = re.compile(r"--?\[no-\]\w[\w-]*|--?\w[\w-]*")
VALUE = re.compile(
    r"\s*=\s*(\S+)|\[=([^\]]+)\]"
    r"|[ ](<[^>]+>|\{[^}]+\}|[A-Z][A-Z0-9_.-]*(?=[\s,]|$)|(?:int|uint|float|number|num|string)\b)"
)
BETWEEN = re.compile(r"\s*[,|/]\s*(?=-)|\s(?=-)")
DEFAULT = re.compile(r"\bdefault(?:s to| is| value)?\s*[:=]?\s*[`'\"]?([\w.+-]*\w)|\[([\w.+-]+)\]\s*$", re.IGNORECASE)
BOOL: list[Value] = ["false", "true"]
ON = ("on", "true", "yes", "enabled", "1")
NOT_TUNED = re.compile(
    r"help|version|usage|licen[sc]e|copyright|verb|quiet|silent|debug|log|color|colour|out|file|dir|path|config|list"
    r"|test|check|dry|delete|remove|force|keep|stdin|stdout|input|print|report|profile|seed|name|recursive|interactive"
)
"""What is about files, about talking, or does something else instead."""
TALKS = re.compile(r"(?:print|show|display|list|be (?:quiet|verbose)|(?:increase )?verbos|output)", re.IGNORECASE)
"""How the text of such a flag begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One entry of a help text.

    Parameters
    ----------
    word
        The longest of its names, with its dashes.
    off
        The name that turns it off, "" where there is none.
    value
        What stands for its value, "" where it takes none.
    is_joined
        Whether the value follows after "=".
    text
        What is said about it.
    """

    word: str
    off: str = ""
    value: str = ""
    is_joined: bool = False
    text: str = ""

    @property
    def name(self) -> str:
        """Its name as an option."""
        return self.word.strip("-").replace("-", "_")


def flags(text: str) -> Iterator[Flag]:
    r"""The entries of a help text, one for each line that begins with a dash and what is indented below it.

    Examples
    --------
    >>> [flag.word for flag in flags("  -f, --fast  be fast\n  -t N, --threads N  how many (default: 4)")]
    ['--fast', '--threads']
    """
    entry, indent = "", 0
    for line in [*text.expandtabs().splitlines(), "-"]:
        here = len(line) - len(line.lstrip())
        if line.lstrip().startswith("-"):
            yield from _flag(entry)
            entry, indent = line.strip(), here
        elif line.strip() and here > indent:
            entry += f"  {line.strip()}"
        elif line.strip():
            yield from _flag(entry)
            entry = ""


def _flag(entry: str) -> Iterator[Flag]:
    """What an entry declares; nothing where it begins with no name."""
    names, value, is_joined, at = [], "", False, 0
    while found := NAME.match(entry, at):
        names.append(found[0])
        at = found.end()
        if given := VALUE.match(entry, at):
            value = next(group for group in given.groups() if group)
            is_joined, at = is_joined or "=" in given[0], given.end()
        if not (between := BETWEEN.match(entry, at)):
            break
        at = between.end()
    if not names:
        return
    offs = {name: _off(name) for name in names}
    word = max([name for name in names if name not in offs.values()], key=lambda name: name.startswith("--"))
    off = offs[word] if "[no-]" in word or offs[word] in names else ""
    yield Flag(word=word.replace("[no-]", ""), off=off, value=value, is_joined=is_joined, text=entry[at:].strip())


def _off(name: str) -> str:
    """How a flag would be turned off: `--fast` by `--no-fast`."""
    plain = name.replace("[no-]", "")
    dashes = plain[: len(plain) - len(plain.lstrip("-"))]
    return f"{dashes}no-{plain.lstrip('-')}"


def draft_option(flag: Flag) -> dict[str, object] | None:
    """An entry of [[options]]; None for a flag whose values nobody says, or that is not for tuning."""
    if flag.name.isdigit() or NOT_TUNED.search(flag.name.lower()) or TALKS.match(flag.text):
        return None
    said = DEFAULT.search(flag.text)
    default = (said[1] or said[2]) if said else ""
    entry: dict[str, object] = {"name": flag.name}
    if not flag.value:
        words = {"0": [flag.off], "1": [flag.word]} if flag.off else [flag.word]
        is_on = bool(flag.off) and default.lower() in ON
        return {**entry, "type": "binary", "default": int(is_on), "words": words}
    entry["words"] = [f"{flag.word}={{value}}"] if flag.is_joined else [flag.word, "{value}"]
    levels = _levels(flag, default)
    if len(levels) < 2:
        return None
    by_text = {str(level): level for level in levels}
    kind = "binary" if levels == BOOL else "choice"
    if not any(isinstance(level, str) for level in levels):
        kind = "integer" if all(isinstance(level, int) for level in levels) else "real"
    chosen = _nearest(levels, default) if kind in ("integer", "real") else by_text.get(default, levels[0])
    return {**entry, "type": kind, "levels": levels, "default": chosen}


def _levels(flag: Flag, default: str) -> list[Value]:
    if flag.value.strip("<>") == "bool":
        return [*BOOL]
    listed = choices(flag.value, flag.text)
    is_whole = not re.search("double|float|real", flag.value.lower())
    return listed or spread(Bounds.find(f"{flag.value} {flag.text}"), default, is_whole=is_whole)


def _nearest(levels: list[Value], default: str) -> Value:
    try:
        wanted = float(default)
    except ValueError:
        return levels[0]
    return min(levels, key=lambda level: abs(float(level) - wanted))
