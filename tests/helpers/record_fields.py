"""Fields of records that no loop reads, found in the source: they are carried for nothing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

BOUND = {"columns", "by_policy", "read_from", "draws"}
"""Decorators of the records that are filled by name."""
FILLED_BY = {"see", "rates", "words", "by_policy"}
"""What gives a record, or one of what is read by the function that it is given."""


def _name(node: ast.expr | None) -> str:
    """The name that an expression is or calls, empty if it has none."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


class _Sources:
    """The records and functions of some modules, by name."""

    def __init__(self, paths: list[Path]):
        trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
        self.fields: dict[tuple[Path, str], dict[str, str]] = {}
        self.bound: list[tuple[Path, str]] = []
        self.functions: list[tuple[Path, ast.FunctionDef]] = []
        self.imported: dict[Path, dict[str, tuple[Path, str]]] = {path: {} for path in trees}
        by_module = {".".join(path.with_suffix("").parts[-3:]): path for path in trees}
        for path, tree in trees.items():
            self.functions += [(path, node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    parts = [one for one in node.body if isinstance(one, ast.AnnAssign)]
                    self.fields[path, node.name] = {_name(one.target): _name(one.annotation) for one in parts}
                    if any(_name(one) in BOUND for one in node.decorator_list):
                        self.bound.append((path, node.name))
                elif isinstance(node, ast.ImportFrom) and node.module in by_module:
                    for one in node.names:
                        self.imported[path][one.asname or one.name] = by_module[node.module], one.name
        self.returns = {(path, one.name): _name(one.returns) for path, one in self.functions}

    def find(self, path: Path, name: str) -> tuple[Path, str]:
        """Where a name of a module is from."""
        return self.imported[path].get(name, (path, name))

    def kind(self, path: Path, node: ast.expr, known: dict[str, tuple[Path, str]]) -> tuple[Path, str] | None:
        """The record that an expression is, as far as names and annotations tell it."""
        if isinstance(node, ast.Name):
            return known.get(node.id)
        if isinstance(node, ast.Attribute):
            inside = self.kind(path, node.value, known)
            found = self.fields.get(inside, {}).get(node.attr) if inside else None
            return self.find(inside[0], found) if inside and found else None
        if not isinstance(node, ast.Call):
            return None
        asked = node.args[0] if _name(node) in FILLED_BY and node.args else node.func
        place = self.find(path, _name(asked))
        return place if place in self.fields else self.find(place[0], self.returns.get(place, ""))


def _pairs(targets: list[ast.expr], value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment gives, each with its value."""
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, part in zip(target.elts, value.elts, strict=False):
                yield from _pairs([one], part)


def unread(paths: list[Path]) -> list[str]:
    """Fields of bound records that no function of these modules reads, as `module.Record.field`.

    What is read of an argument without a kind (`Any`) counts as read of every record.
    """
    sources = _Sources(paths)
    read: dict[tuple[Path, str], set[str]] = defaultdict(set)
    of_any: set[str] = set()
    for path, function in sources.functions:
        arguments = function.args.args
        known = {one.arg: sources.find(path, _name(one.annotation)) for one in arguments}
        loose = {one.arg for one in arguments if _name(one.annotation) == "Any"}
        nodes = list(ast.walk(function))
        for node in nodes:
            if isinstance(node, ast.Assign):
                for name, value in _pairs(node.targets, node.value):
                    if found := sources.kind(path, value, known):
                        known[name] = found
        for node in nodes:
            if isinstance(node, ast.Attribute):
                if isinstance(node.value, ast.Name) and node.value.id in loose:
                    of_any.add(node.attr)
                elif found := sources.kind(path, node.value, known):
                    read[found].add(node.attr)
    return [
        f"{path.stem}.{name}.{field}"
        for path, name in sources.bound
        for field in sources.fields[path, name]
        if field not in read[path, name] | of_any
    ]
