"""What a system.toml says of commands: their words, what options and environments become in them, what is read."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from transferperf.errors import DataError, UnknownNameError
from transferperf.measure.reading import Reading
from transferperf.measure.words import Words, fill, placeholders
from transferperf.space import BinaryOption, Configuration, ConfigurationSpace, Environment, Option, Value

BUILT_IN = ("wall_s", "cpu_s", "memory_bytes")
"""Metrics that need no reading: what the run used."""

GIVEN = ("options", "system", "work", "run", "python")
"""Placeholders besides options and factors: words of all options, the system's folder, the one of the environment, the
one of the run, and this Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Commands with placeholders, as words without a shell.

    Parameters
    ----------
    run
        What is measured.
    setup, teardown
        Commands before the first run in an environment, and after the last.
    prepare, cleanup
        Commands before each run, and after it, whatever came of it.
    words
        What an option without words of its own becomes, with {name} and {value}.
    env
        Environment variables.
    where
        Factor -> value -> words that it stands for; the value itself where nothing is said.
    ok_exit, invalid_exit
        Exit statuses of a run that succeeded, and of one that refused its configuration.
    memory_mb, file_mb
        Limits: address space, and size of a file that is written.
    version
        Command whose first line says which program it is.
    install
        What brings the program where it is missing.
    own
        Option -> its words: {value} filled in, nothing where a binary option is off; or for each level.
    readings, applied
        How metrics and options that really applied are read off a run.
    """

    run: Words
    setup: tuple[Words, ...] = ()
    prepare: tuple[Words, ...] = ()
    cleanup: tuple[Words, ...] = ()
    teardown: tuple[Words, ...] = ()
    words: Words = ()
    env: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, Mapping[str, Words]] = field(default_factory=dict)
    ok_exit: tuple[int, ...] = (0,)
    invalid_exit: tuple[int, ...] = ()
    memory_mb: float = math.inf
    file_mb: float = math.inf
    version: Words = ()
    install: str = ""
    own: Mapping[str, Words | Mapping[str, Words]] = field(default_factory=dict)
    readings: Mapping[str, Reading] = field(default_factory=dict)
    applied: Mapping[str, Reading] = field(default_factory=dict)

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Self:
        """What the tables `command`, `options` and `metrics` of a system.toml say."""
        table = dict(content["command"])
        for key in table:
            if key not in (*_KEYS, "applied"):
                raise UnknownNameError("key of [command]", key, (*_KEYS, "applied"))
        applied = table.pop("applied", None)
        entries = content.get("options", ())
        return cls(
            **{key: _KEYS[key](value) for key, value in table.items()},
            own={entry["name"]: _own(entry["words"]) for entry in entries if "words" in entry},
            applied={
                entry["name"]: Reading.parse(entry.get("read", applied))
                for entry in entries
                if "read" in entry or applied is not None
            },
            readings={entry["name"]: Reading.parse(entry["read"]) for entry in content["metrics"] if "read" in entry},
        )

    def check(self, space: ConfigurationSpace, factors: Mapping[str, Sequence[str]], metrics: Iterable[str]) -> None:
        """DataError or UnknownNameError where something declared is of no effect, or not known how to be had."""
        if not self.run:
            raise DataError("[command] has no run; give the words of the command that is measured")
        known = {name: (name,) for name in (*space.names, *factors, *GIVEN)}
        for template in self._templates:
            for name in placeholders(template):
                if name not in known:
                    raise UnknownNameError("placeholder", name, known, remedy="A brace that is none is written twice.")
        for option in space.options:
            self._check_reaches(option)
        self._check_where(factors)
        for name in metrics:
            if name not in self.readings and name not in BUILT_IN:
                built_in = ", ".join(BUILT_IN)
                raise DataError(f"metric '{name}' does not say how to read it, and is none of {built_in}; give it read")

    def names(self, space: ConfigurationSpace, asked: Configuration, environment: Environment) -> dict[str, Words]:
        """What options, `{options}` and factors stand for in one run; options that do not matter stand for nothing."""
        idle = {condition.option for condition in space.conditions if not condition.is_active(asked)}
        words = {
            option.name: () if option.name in idle else self._words(option, asked[option.name])
            for option in space.options
        }
        named = self._named
        together = tuple(word for name, found in words.items() if name not in named for word in found)
        alone = {name: words[name] if name in self.own else (str(asked[name]),) for name in words}
        where = {
            factor: self.where.get(factor, {}).get(value, (value,))
            for factor, value in environment.as_mapping().items()
        }
        return {**alone, **where, "options": together}

    @property
    def _templates(self) -> tuple[Iterable[str], ...]:
        return (self.run, *self.setup, *self.prepare, *self.cleanup, *self.teardown, self.version, self.env.values())

    @property
    def _named(self) -> set[str]:
        return set().union(*map(placeholders, self._templates))

    def _words(self, option: Option, value: Value) -> Words:
        own = self.own.get(option.name, self.words)
        if isinstance(own, Mapping):
            return own[str(value)]
        is_off = isinstance(option, BinaryOption) and value == option.levels[0] and "value" not in placeholders(own)
        return () if is_off else fill(own, {"name": (option.name,), "value": (str(value),)})

    def _check_reaches(self, option: Option) -> None:
        own = self.own.get(option.name, self.words)
        if isinstance(own, Mapping):
            missing = [str(level) for level in option.levels if str(level) not in own]
            if missing:
                raise DataError(f"words of option '{option.name}' lack level {missing[0]}; give words for each level")
        elif unknown := placeholders(own) - {"name", "value"}:
            raise UnknownNameError(f"placeholder of option '{option.name}'", min(unknown), ("name", "value"))
        named = self._named
        if option.name not in named and not (own and "options" in named):
            raise DataError(
                f"option '{option.name}' reaches no command; put {{{option.name}}} into run, or give it words and put "
                "{options} there"
            )

    def _check_where(self, factors: Mapping[str, Sequence[str]]) -> None:
        for factor, values in self.where.items():
            if factor not in factors:
                raise UnknownNameError("environment factor in where", factor, factors)
            for value in values:
                if value not in factors[factor]:
                    raise UnknownNameError(f"{factor} in where", value, factors[factor])


def _words_of(value: object) -> Words:
    """Words from a list, or one word from a text."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise DataError(f'{value!r} is no list of words; write ["program", "--option"]')
    return tuple(words)


def _commands(value: object) -> tuple[Words, ...]:
    """Several commands, each a list of words."""
    if not isinstance(value, list) or any(isinstance(command, str) for command in value):
        raise DataError(f'{value!r} is no list of commands; write [["program", "--option"]]')
    return tuple(map(_words_of, value))


def _own(value: Any) -> Words | dict[str, Words]:
    return {level: _words_of(words) for level, words in value.items()} if isinstance(value, dict) else _words_of(value)


def _texts(value: Mapping[str, object]) -> dict[str, str]:
    return {name: str(text) for name, text in value.items()}


def _where(value: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, Words]]:
    return {factor: {name: _words_of(words) for name, words in values.items()} for factor, values in value.items()}


_KEYS: dict[str, Any] = {
    "run": _words_of,
    **dict.fromkeys(("setup", "prepare", "cleanup", "teardown"), _commands),
    **dict.fromkeys(("words", "version"), _words_of),
    "env": _texts,
    "where": _where,
    **dict.fromkeys(("ok_exit", "invalid_exit"), tuple),
    **dict.fromkeys(("memory_mb", "file_mb"), float),
    "install": str,
}
"""How each key of [command] is read."""
