"""Statements of feature models ("!a & b => c", "x * 2 <= y") as the text of formulas."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from transferperf.errors import SpaceError

Spell = Callable[[str, str], str]
"""The text of a name in a formula, given the name and, where it is called as a function, its argument (else "")."""

_SIGNS = r"<=>|=>|<=|>=|==|!=|[!&|()+\-*/<>=,]"
_PLAIN = r"\d[\w.]*|'[^']*'|\"[^\"]*\"(?:\.\w+)?|[^\W\d](?:[\w.#§%?]*[\w#§%?])?"


def translate(text: str, spell: Spell, known: Iterable[str] = ()) -> str:
    """The text of the formula that a statement means.

    Parameters
    ----------
    known
        Names; those with signs in them are read as names where they stand whole.

    Raises
    ------
    SpaceError
        Where the statement cannot be read.

    Examples
    --------
    >>> translate("!a & b => c", lambda name, argument: name)
    '(not ((not a) and b) or c)'
    """
    odd = sorted((re.escape(name) for name in known if not re.fullmatch(_PLAIN, name)), key=len, reverse=True)
    whole = rf"(?<![\w.])(?:{'|'.join(odd)})(?![\w.])|" if odd else ""
    tokens = re.findall(rf"{whole}{_PLAIN}|{_SIGNS}|\S", text)
    reader = _Reader(text, tokens, spell, frozenset(known))
    found = reader.equivalence()
    if reader.place < len(tokens):
        raise reader.error()
    return found


@dataclass(slots=True)
class _Reader:
    """What is left of a statement; each method reads one kind of part, from the loosest to the tightest."""

    text: str
    tokens: list[str]
    spell: Spell
    known: frozenset[str]
    place: int = 0

    def error(self) -> SpaceError:
        """What to say of the token that is next."""
        came = f"'{self.next}'" if self.next else "the end"
        return SpaceError(f"statement '{self.text}' cannot be read at {came}; expected names joined by ! & | => <=>")

    @property
    def next(self) -> str:
        """The next token, "" at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *signs: str) -> str:
        """The next token where it is one of these, else ""."""
        if self.next not in signs or self.next in self.known:
            return ""
        self.place += 1
        return self.tokens[self.place - 1]

    def equivalence(self) -> str:
        """Sides that are true together."""
        left = self.implication()
        while self.take("<=>"):
            left = f"(({left} and 1 > 0) == ({self.implication()} and 1 > 0))"
        return left

    def implication(self) -> str:
        """What follows, to the right first."""
        left = self.joined("|", "or", lambda: self.joined("&", "and", self.negation))
        return f"(not {left} or {self.implication()})" if self.take("=>") else left

    def joined(self, sign: str, word: str, part: Callable[[], str]) -> str:
        """Parts with a sign between them."""
        parts = [part()]
        while self.take(sign):
            parts.append(part())
        return f"({f' {word} '.join(parts)})" if len(parts) > 1 else parts[0]

    def negation(self) -> str:
        """A comparison, or what is not."""
        return f"(not {self.negation()})" if self.take("!") else self.comparison()

    def comparison(self) -> str:
        """One sum, or two that are compared."""
        left = self.computed("+-", lambda: self.computed("*/", self.atom))
        sign = self.take("<=", ">=", "==", "!=", "<", ">", "=")
        if not sign:
            return left
        return f"({left} {'==' if sign == '=' else sign} {self.computed('+-', lambda: self.computed('*/', self.atom))})"

    def computed(self, signs: str, part: Callable[[], str]) -> str:
        """Parts with signs of arithmetic between them."""
        parts = [part()]
        while sign := self.take(*signs):
            parts += [sign, part()]
        return f"({' '.join(parts)})" if len(parts) > 1 else parts[0]

    def atom(self) -> str:
        """A number, a text, a name, a function of a name, or anything in brackets."""
        if self.take("-"):
            return f"(-{self.atom()})"
        if self.take("("):
            inner = self.equivalence()
            self.expect(")")
            return inner
        token = self.next
        if not token or (token not in self.known and not re.fullmatch(_PLAIN, token)):
            raise self.error()
        self.place += 1
        if token[0].isdigit() or token[0] == "'":
            return token
        if token not in self.known and self.take("("):
            argument = self.next
            self.place += 1
            self.expect(")")
            return self.spell(token, argument)
        return self.spell(token.replace('"', ""), "")

    def expect(self, sign: str) -> None:
        """Take a sign that has to be next."""
        if not self.take(sign):
            raise self.error()
