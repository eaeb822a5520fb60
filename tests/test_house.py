"""The house stands: imports go down, nothing runs in circles, files are short, a world has no secret parts."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx
from record_fields import unread

import sim

PACKAGE = Path(sim.__file__).parent
TESTS = Path(__file__).parent
FLOORS = [
    "errors",
    "system",
    "declare",
    "country",
    "kernel",
    "words",
    "processes",
    "scenario",
    "model",
    "parameters",
    "studies",
    "inference",
    "figures",
    "report",
    "page",
    "cli",
]
"""From the ground up. Above them all stands `sim` itself, which names what users import."""

UPWARD: dict[tuple[str, str], str] = {}
"""Imports that go up, with the reason."""

LONGEST = 400


@cache
def modules() -> dict[str, Path]:
    found = {}
    for file in PACKAGE.rglob("*.py"):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(file: Path) -> Iterator[str]:
    """Modules of the package that a file imports: anywhere in it, also for types alone."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: an import must name the whole path"
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules() else str(node.module) for name in inside]
        else:
            continue
        yield from (name for name in names if name in modules())


@cache
def arrows() -> list[tuple[str, str]]:
    return [(module, name) for module, file in modules().items() for name in imported(file) if name != module]


def floor(module: str) -> int:
    parts = module.split(".")
    return FLOORS.index(parts[1]) if len(parts) > 1 else len(FLOORS)


def test_every_room_has_a_floor():
    rooms = {path.stem for path in PACKAGE.iterdir() if path.name[0] not in "._" and path.suffix in ("", ".py")}
    assert rooms - {"builtin"} == set(FLOORS)


def test_imports_go_down():
    up = {(one, other) for one, other in arrows() if floor(other) > floor(one)}
    assert up == set(UPWARD)


def test_no_imports_run_in_circles():
    graph = networkx.DiGraph(arrows())
    circles = [sorted(part) for part in networkx.strongly_connected_components(graph) if len(part) > 1]
    assert not circles


def test_files_are_short():
    roots = (PACKAGE, TESTS, *(TESTS.parent / name for name in ("tools", "benchmarks", "examples")))
    files = [file for root in roots for file in root.rglob("*.py")]
    long = {str(file): size for file in files if (size := file.read_text(encoding="utf-8").count("\n")) > LONGEST}
    assert not long


def test_tests_stand_where_their_subject_stands():
    rooms = {path.name for path in TESTS.iterdir() if path.is_dir() and any(path.rglob("test_*.py"))}
    assert rooms - {"tools", "baseline"} <= set(FLOORS)


def test_a_world_has_all_its_parts_from_the_start(today):
    from sim.model.ecosystem import EcosystemModel

    world = EcosystemModel(today)
    before = set(vars(world))
    world.run_until(14)
    assert set(vars(world)) == before


def test_processes_see_the_world_alone():
    """What processes name of their world stands in the protocol; a checker of types holds the kinds."""
    from sim.kernel.world import World

    known = set(World.__annotations__) | {name for name in vars(World) if name[0] != "_"}
    seen: dict[str, set[str]] = defaultdict(set)
    for file in (PACKAGE / "processes").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "world":
                seen[node.attr].add(file.name)
    assert not {name: files for name, files in seen.items() if name not in known}
    assert known <= set(seen), "the protocol names what nobody needs"


def test_records_name_what_their_loops_read(tmp_path):
    """Columns, parameters and words of streams that nobody reads would be carried into compiled loops for nothing."""
    assert not unread([file for room in ("processes", "model") for file in sorted((PACKAGE / room).glob("*.py"))])
    wasteful = tmp_path / "sim" / "processes" / "wasteful.py"
    wasteful.parent.mkdir(parents=True)
    wasteful.write_text(
        "@columns\nclass Seen(NamedTuple):\n    used: int\n    cash: float\n    debt: float\n    ties: int\n"
        "class Desk(NamedTuple):\n    seen: Seen\n"
        "def _paid(desk: Desk) -> float:\n    of, rate = desk.seen, 1.0\n    return of.cash * rate\n"
        "def act(world: World) -> None:\n    print(world.startups.see(Seen).used)\n    world.debt += world.ties\n",
        encoding="utf-8",
    )
    assert unread([wasteful]) == ["wasteful.Seen.debt", "wasteful.Seen.ties"]
