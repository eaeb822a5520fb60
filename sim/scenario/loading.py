# ruff: noqa: PTH100, PTH110, PTH117, PTH118, PTH119, PTH120 (pathlib would follow links, or keep `..`)
"""Loads a scenario file as one tree of values: follows `extends` inside the project's root, and merges the files.

A child's groups are merged into its parent's groups; its lists and values replace the parent's. `name`, `description`
and `same_cost_as` describe one file, so they are not inherited.
"""

from __future__ import annotations

import os
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path

from sim.errors import did_you_mean, nearest, said, shorten, suggestion
from sim.scenario.checks.values import check_format, shown_value
from sim.scenario.errors import Origin, Problems, ScenarioError
from sim.scenario.file_format import KEY
from sim.scenario.reader import Node, UnreadableError, YamlReader
from sim.system.paths import is_there
from sim.system.text import on_disk

BUILTIN = "builtin:"
MAX_FILES = 50
DESCRIBING_KEYS = ("name", "description", "same_cost_as")
"""Keys that describe one scenario and are not parameters."""

FOLDER = Path("scenarios")
"""The user's own scenarios, in the working folder."""


def builtin_folder(kind: str = "scenarios") -> Path:
    """Folder of the packaged `scenarios` or `experiments`: in `sim/builtin` if installed, beside `sim` in a clone."""
    package = Path(__file__).parent.parent
    packaged = package / "builtin" / kind
    return packaged if packaged.is_dir() else package.parent / kind


def is_own_folder() -> bool:
    """Whether `FOLDER` is the user's own: in a clone of hubsim it is that of the packaged scenarios."""
    return FOLDER.resolve() != builtin_folder().resolve()


def builtin_scenarios() -> list[tuple[str, str]]:
    """Key and path of each scenario that comes with the package, `today` first."""
    return _packaged("scenarios")


def builtin_experiments() -> list[tuple[str, str]]:
    """Key and path of each experiment that comes with the package."""
    return _packaged("experiments")


def _packaged(kind: str) -> list[tuple[str, str]]:
    folder = builtin_folder(kind)
    below_here = folder.is_relative_to(Path.cwd())
    shown_folder = folder.relative_to(Path.cwd()) if below_here else folder
    files = sorted(folder.glob("*.yaml"), key=lambda file: (file.stem != "today", file.stem))
    return [(file.stem, str(shown_folder / file.name)) for file in files]


def project_root(path: str) -> str:
    """The nearest folder above a file that holds `scenarios/`, or the file's own folder if there is none."""
    folder = Path(os.path.abspath(path)).parent
    return str(next((above for above in (folder, *folder.parents) if (above / "scenarios").is_dir()), folder))


def _root_and_reason(root: str) -> str:
    """The root, with the reason for it, for messages."""
    if (Path(root) / "scenarios").is_dir():
        return said("{root} (the nearest folder above this file that holds scenarios/)", root=root)
    return said("{root} (this file's own folder, because none above it holds scenarios/)", root=root)


def merge_trees(parent: Node, child: Node) -> Node:
    """Merge a child into its parent: groups are merged, everything else is replaced by the child's value."""
    if not (isinstance(parent.value, dict) and isinstance(child.value, dict)):
        return child
    members = dict(parent.value)
    for key, node in child.value.items():
        members[key] = merge_trees(members[key], node) if key in members else node
    return replace(child, value=members)


def load_tree(path: str | PathLike[str], problems: Problems) -> tuple[str, Node]:
    """Load a scenario file and the files that it extends; returns its key and tree, and adds mistakes to `problems`.

    Raises:
        UnreadableError: the file itself cannot be read.
    """
    file = find(path, problems)
    return _follow(file, project_root(file), None, problems)


def load_base(path: str, base: Node, problems: Problems) -> tuple[str, Node]:
    """Load the scenario that the experiment file at `path` names as its base; returns its key and tree.

    Raises:
        UnreadableError: the scenario cannot be read.
    """
    path, root = _named("base", base, path, project_root(path), problems)
    return _follow(path, root, base.origin, problems)


def load_alone(path: str | PathLike[str], problems: Problems) -> tuple[str, Node]:
    """Load one file without following `extends`; returns its path and tree.

    Raises:
        ScenarioError: the file cannot be read; the error lists all of `problems`.
    """
    try:
        file = find(path, problems)
        return file, _read(YamlReader(problems), file, project_root(file), None)
    except UnreadableError:
        raise ScenarioError(problems) from None


def _follow(path: str, root: str, asked_at: Origin | None, problems: Problems) -> tuple[str, Node]:
    """Read a file, then the file that it extends, and so on; merge them, beginning with the last parent."""
    reader, key = YamlReader(problems), Path(path).stem
    chain, opened = [_read(reader, path, root, asked_at)], [path]
    while (extends := chain[-1].at(("extends",))) is not None:
        try:
            path, root = _named("extends", extends, path, root, problems)
            _refuse_circles(path, opened, extends, problems)
            chain.append(_read(reader, path, root, extends.origin))
        except UnreadableError:
            break
        opened.append(path)
    tree = chain[-1]
    for child in reversed(chain[:-1]):
        tree = merge_trees(without(tree, *DESCRIBING_KEYS), child)
    return key, without(tree, "extends")


def without(tree: Node, *keys: str) -> Node:
    """Copy a group of keys without some of its keys."""
    return replace(tree, value={key: node for key, node in tree.value.items() if key not in keys})


def find(named: str | PathLike[str], problems: Problems) -> str:
    """Find the path of a file that is given as a path or as `builtin:<name>`.

    If `scenarios/today.yaml`, as the documentation writes it, does not exist here, it means the packaged file.

    Raises:
        UnreadableError: `named` is not a path, or there is no packaged file of that name.
    """
    path = fspath(named) if isinstance(named, PathLike) else named
    if not isinstance(path, str):
        kind = type(path).__name__
        message = said("this is of the kind {kind}, but must be the path of a file, or builtin:<name>", kind=kind)
        problems.note(Origin(text=shorten(str(path))), message)
        raise UnreadableError
    if path.startswith(BUILTIN):
        return _builtin(path, Origin(text=path), problems)
    path = on_disk(path)
    folder, name = os.path.split(path)
    if folder in ("scenarios", "experiments") and not is_there(path):
        packaged = str(builtin_folder(folder) / name)
        return packaged if is_there(packaged) else path
    return path


def file_label(path: str) -> str:
    """The name of a file in messages: its path as given, or `builtin:<name>` inside the installed package."""
    folder = Path(__file__).parent.parent / "builtin"
    return BUILTIN + Path(path).stem if Path(path).parent.parent == folder else path


def _builtin(name: str, asked_at: Origin, problems: Problems) -> str:
    """The path of `builtin:<name>`."""
    known = dict([*builtin_experiments(), *builtin_scenarios()])
    key = name.removeprefix(BUILTIN).strip()
    if key not in known:
        end = suggestion(key, known, said("they are"))
        problems.note(asked_at, said("no packaged scenario or experiment is called {name}", name=shorten(key)) + end)
        raise UnreadableError
    return known[key]


def _read(reader: YamlReader, path: str, root: str, asked_at: Origin | None) -> Node:
    """Read a file's values without its `format`; refuse a symbolic link that leads out of the root."""
    place, problems = asked_at or Origin(file_label(path), 1, 1), reader.problems
    try:
        outside = not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
    except (OSError, ValueError) as failure:
        problems.note(place, said("this is not a path ({reason})", reason=str(failure)))
        raise UnreadableError from None
    if outside:
        message = said(
            "{path} is a link to a file outside the project's root, which is {root}; copy the file there",
            path=shorten(path),
            root=_root_and_reason(root),
        )
        problems.note(place, message)
        raise UnreadableError
    if not os.path.exists(path):
        problems.note(place, _missing(path))
        raise UnreadableError
    before = len(problems)
    tree = reader.read(path, file_label(path), asked_at)
    check_format(tree, problems, before)
    return without(tree, KEY)


def _named(key: str, node: Node, child: str, root: str, problems: Problems) -> tuple[str, str]:
    """Find the file that `extends` or `base` names in the file at `child`; returns its path and root."""

    def refuse(message: str) -> UnreadableError:
        problems.note(node.place, f"{key} " + message)
        return UnreadableError()

    target = node.value
    if not isinstance(target, str) or not target.strip():
        shown = shown_value(target)
        raise refuse(said("is {value}, but must be the path of one scenario file, or builtin:<name>", value=shown))
    target = target.strip()
    if target.startswith(BUILTIN):
        path = _builtin(target, node.origin, problems)
        return path, project_root(path)
    if os.path.isabs(target) or target.startswith(("~", "\\")) or target[1:3] in (":\\", ":/"):
        raise refuse(said("{path} is an absolute path; write it relative to this file", path=shorten(target)))
    path = os.path.normpath(os.path.join(os.path.dirname(child), target))
    if not Path(os.path.abspath(path)).is_relative_to(root):
        raise refuse(
            said(
                "{path} leaves the project's root, which is {root}; keep the file below it",
                path=shorten(target),
                root=_root_and_reason(root),
            )
        )
    return on_disk(path), root


def _refuse_circles(path: str, opened: list[str], extends: Node, problems: Problems) -> None:
    """Refuse files that extend each other in a circle, and chains of more than `MAX_FILES` files."""
    message: str = ""
    if os.path.realpath(path) in [os.path.realpath(file) for file in opened]:
        circle = " → ".join(os.path.basename(file) for file in (*opened, path))
        message = said(
            "extends goes in a circle ({circle}); one of these files must not extend the next", circle=circle
        )
    elif len(opened) >= MAX_FILES:
        message = said("more than {n} files extend each other", n=MAX_FILES)
    if message:
        problems.note(extends.place, message)
        raise UnreadableError


def _missing(path: str) -> str:
    """The message for a missing file, with the nearest name in its folder or in the package."""
    folder, name = os.path.split(path)
    try:
        beside = [entry.name for entry in os.scandir(folder or ".") if entry.name.endswith((".yaml", ".yml"))]
    except OSError:
        return said("no such file: {path} (there is no folder {folder})", path=shorten(path), folder=shorten(folder))
    near = nearest(name, beside[:1000])
    if near is None and name in dict(builtin_scenarios()):
        return said("no such file: {path}; did you mean {name}?", path=shorten(path), name=BUILTIN + name)
    return said("no such file: {path}", path=shorten(path)) + did_you_mean(name, beside[:1000])
