"""Finds the source files on which a function depends, and computes a digest of their code."""

from __future__ import annotations

import ast
import gc
import hashlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""The fields of statements that hold statements."""
_WORDS = {"meaning", "origin", "short"}
"""Arguments of declarations that have no effect on numbers."""


def source_files(*functions: Callable[..., Any]) -> frozenset[Path]:
    """Files that define the functions, and all files of this package that these import, directly or indirectly.

    For a callable object, the files are those of its class and of its attribute `runner`.
    """
    found: set[Path] = set()
    waiting = [path for function in functions for path in _homes(function)]
    with _without_collector():
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting.extend(_read(path)[1])
    return frozenset(found)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Syntax trees have no cycles, but so many parts that to look for cycles takes twice as long as to parse them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@cache
def digest_of(files: frozenset[Path]) -> str:
    """SHA-256 of the code of Python files, without comments, layout, docstrings and messages of errors."""
    digest = hashlib.sha256()
    with _without_collector():
        for name, file in sorted((_name(file), file) for file in files):
            digest.update(name.encode() + b"\0" + _read(file)[0] + b"\0")
    return digest.hexdigest()


@cache
def _read(file: Path) -> tuple[bytes, tuple[Path, ...]]:
    """What has an effect on numbers in a file, and the files that it imports; a file counts in several digests."""
    tree = _tree(file)
    parts: list[str] = []
    _spell(tree, parts.append)
    return "\0".join(parts).encode("utf-8", "surrogatepass"), _imports(tree)


def _spell(value: Any, add: Callable[[str], None]) -> None:
    """Add the parts of a syntax tree, without text that has no effect on numbers; `ast.dump` takes twice as long."""
    if isinstance(value, list):
        add("[")
        for item in value:
            if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant):
                continue  # a docstring
            if isinstance(item, ast.keyword) and item.arg in _WORDS:
                continue
            if isinstance(item, ast.Raise):
                item = ast.Raise(item.exc.func if isinstance(item.exc, ast.Call) else item.exc)
            _spell(item, add)
        add("]")
    elif isinstance(value, ast.AST):
        add(type(value).__name__)
        for name in value._fields:
            inner = getattr(value, name, None)
            if inner is not None or isinstance(value, ast.Constant):
                add(name)
                _spell(inner, add)
        add(")")
    else:
        add(repr(value))


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


def _imports(tree: ast.Module) -> tuple[Path, ...]:
    """Files of this package that a module imports anywhere in its code, except for type checking only."""
    found: dict[Path, None] = {}
    for node in _run(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:  # either a module of a package, or a name in a module
                found |= dict.fromkeys(_files_of(f"{node.module}.{name.name}") or _files_of(node.module))
        elif isinstance(node, ast.Import):
            for name in node.names:
                found |= dict.fromkeys(_files_of(name.name))
    return tuple(found)


@cache
def _files_of(module: str) -> tuple[Path, ...]:
    """The file of a module of this package, alone; nothing if there is none."""
    root, *parts = module.split(".")
    whole = PACKAGE.joinpath(*parts)
    if root != PACKAGE.name or not parts:
        return ()
    return tuple(path for path in (whole.with_suffix(".py"), whole / "__init__.py") if path.exists())


def _run(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield all statements of a module, also inside others, except those under `if TYPE_CHECKING`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        skipped = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for block in _BLOCKS[1:] if skipped else _BLOCKS:
            waiting.extend(getattr(node, block, ()))
