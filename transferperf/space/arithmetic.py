"""Formulas over options: "threads * buffer_mb <= 512 or journal == 'wal'", read safely and computed for many rows.

Python's own syntax of numbers, names, text, + - * / // % **, comparisons, `in`, and, or, not; a name that is no Python
name stands in backticks. Nothing else is read, and nothing is ever run.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np

from transferperf.errors import SpaceError, UnknownNameError

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.LtE: operator.le,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

WANTED = "expected comparisons of options and numbers such as 'threads * `buffer-mb` <= 512'"

_TOKEN = re.compile(r"`(?P<quoted>[^`]+)`|'[^']*'|\"[^\"]*\"|\d[\w.]*|(?P<word>[^\W\d]\w*)")
_WORDS = ("and", "or", "not", "in", "True", "False")


def parse_formula(text: str) -> ast.expr:
    """Syntax tree of a formula, its names as options are called; SpaceError where it is none.

    Examples
    --------
    >>> tree = parse_formula("2 * `cache-mb` <= limit")
    >>> names_in(tree), bool(evaluate(tree, {"cache-mb": np.array(3.0), "limit": np.array(7.0)}))
    (('cache-mb', 'limit'), True)
    """
    names: dict[str, str] = {}

    def placeholder(token: re.Match[str]) -> str:
        name = token["quoted"] or token["word"]
        return token[0] if name is None or token[0] in _WORDS else names.setdefault(name, f"_{len(names)}")

    try:
        tree = ast.parse(_TOKEN.sub(placeholder, text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SpaceError(f"formula '{text}' cannot be read; {WANTED}") from error
    by_placeholder = {spelt: name for name, spelt in names.items()}
    for node in ast.walk(tree):
        _check_syntax(node, text)
        if isinstance(node, ast.Name):
            node.id = by_placeholder[node.id]
    if isinstance(tree, ast.BinOp | ast.Constant | ast.Tuple | ast.List):
        raise SpaceError(f"formula '{text}' states nothing; {WANTED}")
    return tree


def names_in(tree: ast.expr) -> tuple[str, ...]:
    """Options that a formula reads, each once, sorted."""
    return tuple(sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}))


def evaluate(tree: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Value of a formula for each row; a comparison with what is no number (1 / 0 - 1 / 0) does not hold.

    Parameters
    ----------
    values
        Numbers or text (as objects) of each option, of shapes that broadcast.
    """
    with np.errstate(all="ignore"):
        return _value(tree, values)


def is_true(values: np.ndarray) -> np.ndarray:
    """Whether each value is true: a comparison that holds, or a number other than 0."""
    return values if values.dtype == bool else values != 0


def check_kinds(tree: ast.expr, text_levels: Mapping[str, tuple[str, ...]], text: str) -> None:
    """SpaceError where a formula computes with text or compares it with a number.

    Parameters
    ----------
    text_levels
        Levels of each option whose levels are not all numbers.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                for (left, right), op in zip(pairwise(sides), node.ops, strict=True):
                    _check_comparison((left, right), op, text_levels, text)
            case ast.BinOp() | ast.UnaryOp() | ast.BoolOp():
                for child in ast.iter_child_nodes(node):
                    if _is_text(child, text_levels):
                        raise SpaceError(
                            f"formula '{text}' computes with the text {_spell(child)}; expected a number. "
                            "Compare text with == or != only"
                        )
    if _is_text(tree, text_levels):
        raise SpaceError(f"formula '{text}' states nothing of the text {_spell(tree)}; compare it with == or !=")


def _value(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    match node:
        case ast.Constant():
            return np.asarray(node.value, dtype=object if isinstance(node.value, str) else float)
        case ast.Name():
            return values[node.id]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            return _number(node.operand, values) * (-1 if isinstance(node.op, ast.USub) else 1)
        case ast.BinOp():
            return np.asarray(BINARY[type(node.op)](_number(node.left, values), _number(node.right, values)))
    return _statement(node, values)


def _statement(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Where a statement holds."""
    match node:
        case ast.UnaryOp():
            return ~is_true(_value(node.operand, values))
        case ast.BoolOp():
            join = operator.and_ if isinstance(node.op, ast.And) else operator.or_
            return reduce(join, (is_true(_value(part, values)) for part in node.values))
        case ast.Compare():
            pairs = zip(pairwise([node.left, *node.comparators]), node.ops, strict=True)
            return reduce(operator.and_, (_compare(op, pair, values) for pair, op in pairs))
    raise SpaceError(f"a formula cannot hold {type(node).__name__}; {WANTED}")  # not reached: the syntax was checked


def _number(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.asarray(_value(node, values), dtype=float)


def _compare(op: ast.cmpop, sides: tuple[ast.expr, ast.expr], values: Mapping[str, np.ndarray]) -> np.ndarray:
    left, right = sides
    if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
        among = [compare_values(ast.Eq(), _value(left, values), _value(item, values)) for item in right.elts]
        found = reduce(operator.or_, among)
        return ~found if isinstance(op, ast.NotIn) else found
    return compare_values(op, _value(left, values), _value(right, values))


def compare_values(op: ast.cmpop, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Whether each comparison holds; text is equal or not."""
    if "O" in (left.dtype.kind, right.dtype.kind):
        left, right = _as_text(left), _as_text(right)
    is_number = left.dtype.kind != "O"
    held = np.asarray(COMPARISONS[type(op)](left, right), dtype=bool)
    return held & ~(np.isnan(left) | np.isnan(right)) if is_number and isinstance(op, ast.NotEq) else held


def _as_text(values: np.ndarray) -> np.ndarray:
    """Values as text objects; whole numbers without a point."""
    if values.dtype == object:
        return values
    spelt = [str(int(v)) if float(v).is_integer() else str(v) for v in values.ravel()]
    return np.array(spelt, dtype=object).reshape(values.shape)


def _check_syntax(node: ast.AST, text: str) -> None:
    """SpaceError where a formula holds what none may hold."""
    known = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.expr_context, ast.boolop)
    match node:
        case ast.Tuple() | ast.List():
            is_fine = bool(node.elts) and all(isinstance(item, ast.Constant) for item in node.elts)
        case ast.operator():
            is_fine = type(node) in BINARY
        case ast.unaryop():
            is_fine = not isinstance(node, ast.Invert)
        case ast.cmpop():
            is_fine = not isinstance(node, ast.Is | ast.IsNot)
        case ast.Constant():
            is_fine = isinstance(node.value, str) or (isinstance(node.value, int | float) and abs(node.value) < 1e300)
        case _:
            is_fine = isinstance(node, known)
    if isinstance(node, ast.Compare):
        pairs = zip(node.ops, node.comparators, strict=True)
        is_fine = all(isinstance(op, ast.In | ast.NotIn) == isinstance(c, ast.Tuple | ast.List) for op, c in pairs)
    if not is_fine:
        raise SpaceError(f"formula '{text}' holds what a formula cannot ({type(node).__name__}); {WANTED}")


def _check_comparison(
    sides: tuple[ast.expr, ast.expr], op: ast.cmpop, text_levels: Mapping[str, tuple[str, ...]], text: str
) -> None:
    left, right = sides
    items = [left, *(right.elts if isinstance(right, ast.Tuple | ast.List) else [right])]
    if not any(_is_text(item, text_levels) for item in items):
        return
    options = [item.id for item in items if isinstance(item, ast.Name) and item.id in text_levels]
    if not options or not all(isinstance(item, ast.Name | ast.Constant) for item in items):
        raise SpaceError(
            f"formula '{text}' compares numbers with text; compare text with options whose levels are text"
        )
    if not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        raise SpaceError(f"formula '{text}' orders the text option '{options[0]}'; compare it with == or != only")
    if any(isinstance(item, ast.Name) and item.id not in text_levels for item in items):
        raise SpaceError(
            f"formula '{text}' compares the text option '{options[0]}' with a number; compare text with text"
        )
    for item in items:
        if isinstance(item, ast.Constant) and str(item.value) not in text_levels[options[0]]:
            raise UnknownNameError(
                f"level of option '{options[0]}' in formula \"{text}\"", str(item.value), text_levels[options[0]]
            )


def _is_text(node: ast.AST, text_levels: Mapping[str, tuple[str, ...]]) -> bool:
    match node:
        case ast.Name():
            return node.id in text_levels
        case ast.Constant():
            return isinstance(node.value, str)
    return False


def _spell(node: ast.AST) -> str:
    return f"option '{node.id}'" if isinstance(node, ast.Name) else ast.unparse(node)
