"""The house holds: what a reader may rely on without looking is read from the syntax trees of all files."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("transferperf", "systems", "experiments", "tests")
MAY_IMPORT_LATE = ("transferperf/__init__.py", "transferperf/cli/")
SYSTEMS_MAY_IMPORT = tuple(f"transferperf.{name}" for name in ("measure", "data", "space", "metric", "errors"))
NEW_RANDOM = {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64"}

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> dict[str, str]:
    """Text of every Python file of these folders, by path; programs that a system installed for itself are not ours."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    names = {path: path.relative_to(ROOT).as_posix() for path in paths if "releases" not in path.parts}
    return {name: path.read_text(encoding="utf-8") for path, name in names.items()}


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Syntax tree of every file, by path."""
    return {name: ast.parse(text) for name, text in sources(*FOLDERS).items()}


def functions(trees: dict[str, ast.Module]) -> Iterator[tuple[str, FunctionNode]]:
    """Every function with the place where it stands."""
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, FunctionNode):
                yield f"{name}:{node.lineno} {node.name}", node


def imported(tree: ast.Module) -> set[str]:
    """Modules that a file imports, in full."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def n_lines(function: FunctionNode) -> int:
    """Lines from `def` to the end, without the docstring."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    skipped = docstring.end_lineno - docstring.lineno + 1 if docstring and docstring.end_lineno else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - skipped


def n_parameters(function: FunctionNode) -> int:
    """Parameters that a caller can give."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return sum(argument.arg not in ("self", "cls") for argument in named)


def is_within(module: str, packages: tuple[str, ...]) -> bool:
    """Whether a module is one of these packages or stands in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_every_file_has_at_most_300_lines() -> None:
    """A file can be read in one sitting."""
    lengths = {name: text.count("\n") for name, text in sources(*FOLDERS).items()}
    assert {name: n for name, n in lengths.items() if n > 300} == {}


def test_every_function_has_at_most_40_lines(trees: dict[str, ast.Module]) -> None:
    """A function can be seen whole; its docstring is not counted."""
    assert [(place, n_lines(node)) for place, node in functions(trees) if n_lines(node) > 40] == []


def test_every_function_has_at_most_7_parameters(trees: dict[str, ast.Module]) -> None:
    """A call can be understood without counting."""
    assert [place for place, node in functions(trees) if n_parameters(node) > 7] == []


def test_imports_stand_at_the_head_of_a_file(trees: dict[str, ast.Module]) -> None:
    """What a file needs is seen at its head; only the lazy public names and the verbs import late."""
    strict = {name: tree for name, tree in trees.items() if not name.startswith(MAY_IMPORT_LATE)}
    late = [place for place, node in functions(strict) if imported(ast.Module(node.body, []))]
    assert late == []


def test_public_functions_are_documented(trees: dict[str, ast.Module]) -> None:
    """Every function, method and class whose name has no underscore says what it is."""
    public = {
        f"{name}:{node.lineno} {node.name}": ast.get_docstring(node)
        for name, tree in trees.items()
        if not name.startswith("tests/")
        for scope in ast.walk(tree)
        if isinstance(scope, ast.Module | ast.ClassDef)
        for node in scope.body
        if isinstance(node, FunctionNode | ast.ClassDef) and not node.name.startswith("_")
        if "overload" not in map(ast.unparse, node.decorator_list)  # the one that they overload is documented
    }
    assert [place for place, docstring in public.items() if not docstring] == []


def test_every_test_states_its_claim(trees: dict[str, ast.Module]) -> None:
    """A test has a docstring: the claim that it holds."""
    tests = [(place, node) for place, node in functions(trees) if node.name.startswith("test_")]
    assert len(tests) > 9
    assert [place for place, node in tests if not ast.get_docstring(node)] == []


def test_chance_comes_from_a_generator(trees: dict[str, ast.Module]) -> None:
    """Nothing draws from numpy's global state: that could not be repeated."""
    legacy = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random")
        if node.attr not in NEW_RANDOM
    ]
    assert legacy == []


def test_systems_see_only_what_measuring_needs(trees: dict[str, ast.Module]) -> None:
    """A system knows measurements, spaces, metrics and errors, and no model."""
    foreign = {
        (name, module)
        for name, tree in trees.items()
        if name.startswith("systems/")
        for module in imported(tree)
        if is_within(module, ("transferperf",)) and not is_within(module, SYSTEMS_MAY_IMPORT)
    }
    assert foreign == set()


def test_the_package_knows_no_system(trees: dict[str, ast.Module]) -> None:
    """Systems are found by folder or entry point; none is special."""
    package = {name: tree for name, tree in trees.items() if name.startswith("transferperf/")}
    knowing = {name for name, tree in package.items() if any(is_within(m, ("systems",)) for m in imported(tree))}
    assert package
    assert knowing == set()


def test_importing_the_package_loads_no_heavy_library() -> None:
    """`import transferperf` is immediate: heavy libraries are loaded by the first name that needs them."""
    program = "import sys, transferperf; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "transferperf" in run.stdout.split()
    assert {"torch", "sklearn", "pandas", "numpy", "matplotlib"}.isdisjoint(run.stdout.split())
