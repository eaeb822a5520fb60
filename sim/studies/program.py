"""Finds the source files on which a function depends, and computes a digest of their code."""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
_WORDS = {"meaning", "origin"}
"""Arguments of declarations that have no effect on numbers."""


def source_files(*functions: Callable[..., Any]) -> frozenset[Path]:
    """Files that define the functions, and all files of this package that these import, directly or indirectly.

    For a callable object, the files are those of its class and of its attribute `runner`.
    """
    found: set[Path] = set()
    waiting = [path for function in functions for path in _homes(function)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_imports(path))
    return frozenset(found)


@cache
def digest_of(files: frozenset[Path]) -> str:
    """SHA-256 of the code of Python files, without comments, layout, docstrings and messages of errors."""
    digest = hashlib.sha256()
    for name, file in sorted((_name(file), file) for file in files):
        digest.update(name.encode() + b"\0" + _code(file) + b"\0")
    return digest.hexdigest()


@cache
def _code(file: Path) -> bytes:
    """What has an effect on numbers in a file; a file counts in several digests."""
    return ast.dump(_Wordless().visit(_tree(file))).encode()


class _Wordless(ast.NodeTransformer):
    """Removes the text that has no effect on numbers."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return ast.Raise(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        return None if node.arg in _WORDS else self.generic_visit(node)


def _homes(function: Any) -> Iterator[Path]:
    """Files that define a function or callable object; none for a function typed at a prompt."""
    function = inspect.unwrap(function.func if isinstance(function, partial) else function)
    plain = inspect.isroutine(function) or inspect.isclass(function)
    try:
        source = inspect.getsourcefile(function if plain else type(function))
    except TypeError:
        source = None
    if source and Path(source).exists():
        yield Path(source).resolve()
    if (held := getattr(function, "runner", None)) is not None:
        yield from _homes(held)


def _name(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix() if file.is_relative_to(PACKAGE) else file.name


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes())


@cache
def _imports(file: Path) -> tuple[Path, ...]:
    """Files of this package that a file imports anywhere in its code, except for type checking only."""
    found: dict[Path, None] = {}
    for node in _run(_tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:  # either a module of a package, or a name in a module
                found |= dict.fromkeys(_files_of(f"{node.module}.{name.name}") or _files_of(node.module))
        elif isinstance(node, ast.Import):
            for name in node.names:
                found |= dict.fromkeys(_files_of(name.name))
    return tuple(found)


def _files_of(module: str) -> list[Path]:
    """The file of a module of this package, as a list; empty if there is none."""
    root, *parts = module.split(".")
    whole = PACKAGE.joinpath(*parts)
    if root != PACKAGE.name or not parts:
        return []
    return [path for path in (whole.with_suffix(".py"), whole / "__init__.py") if path.exists()]


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all nodes below it, except those under `if TYPE_CHECKING`."""
    yield node
    skipped = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    for child in node.orelse if isinstance(node, ast.If) and skipped else ast.iter_child_nodes(node):
        yield from _run(child)
