"""Words of a command with placeholders: `{level}` is a name for other words; `{{` and `}}` are braces."""

import re
from collections.abc import Iterable, Mapping

from transferperf.errors import DataError, UnknownNameError

Words = tuple[str, ...]

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def fill(template: Iterable[str], names: Mapping[str, Words]) -> Words:
    """The words of a template; a word that is one placeholder alone becomes as many words as it stands for.

    Raises
    ------
    UnknownNameError
        Where a placeholder is no name.
    DataError
        Where a placeholder inside a word stands for no word, or for several.

    Examples
    --------
    >>> fill(["gzip", "{options}", "--suffix=.{kind}"], {"options": ("-k", "-9"), "kind": ("gz",)})
    ('gzip', '-k', '-9', '--suffix=.gz')
    """
    found: list[str] = []
    for word in template:
        alone = _PLACEHOLDER.fullmatch(word)
        found += _known(alone[1], names) if alone and alone[1] is not None else (fill_text(word, names),)
    return tuple(found)


def fill_text(text: str, names: Mapping[str, Words]) -> str:
    """A text with each placeholder replaced by its one word."""

    def replaced(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]
        words = _known(found[1], names)
        if len(words) != 1:
            came = " ".join(words) or "nothing"
            raise DataError(f"'{text}' has {{{found[1]}}} inside, which stands for {came}; expected one word")
        return words[0]

    return _PLACEHOLDER.sub(replaced, text)


def placeholders(template: Iterable[str]) -> set[str]:
    """Names that a template holds."""
    return {found[1] for word in template for found in _PLACEHOLDER.finditer(word) if found[1] is not None}


def _known(name: str, names: Mapping[str, Words]) -> Words:
    if name not in names:
        raise UnknownNameError("placeholder", name, names, remedy="A brace that is none is written twice.")
    return names[name]
