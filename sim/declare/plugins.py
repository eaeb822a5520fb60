"""Processes from other packages, found by entry point: a user adds one without a fork.

A package names a module in its `pyproject.toml`; the entry's name is the name of the block in a scenario:

    [project.entry-points."hubsim.processes"]
    diaspora = "hubsim_diaspora"

The module is a process like those of `sim.processes`; `AFTER = "equity"` names the process after which it acts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.declare import Block, Column, Count, Payment
from sim.errors import Mistake

GROUP = "hubsim.processes"
RESERVED_KEYS = ("format", "extends", "name", "description", "same_cost_as", "time")
"""Keys of a scenario file that are not blocks: no process can have such a name."""
DECLARED: dict[str, type] = {"COLUMNS": Column, "COUNTS": Count, "PAYMENTS": Payment}
"""Names of the tables in which a process declares, with the type of their entries; each name is used once."""


class PluginError(Mistake):
    """A process of another package cannot be used; the message names the package and what to change."""


@dataclass(frozen=True)
class Plugin:
    """A process from another package.

    Args:
        name: name of its block in a scenario, and the part of its streams' names before the dot.
        package: the package that contains it, with the version.
        module: the module that declares and acts.
    """

    name: str
    package: str
    module: ModuleType

    @property
    def after(self) -> str:
        """Name of the process after which it acts."""
        after: str = self.module.AFTER
        return after

    def table(self, name: str) -> dict[Any, object]:
        """Its entries in one of the tables of `DECLARED`."""
        return getattr(self.module, name, {})

    def refuse(self, reason: str) -> PluginError:
        """An error that names this plug-in."""
        return PluginError(f"the process {self.name!r} of {self.package} cannot be used: {reason}")


def _entries() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


@cache
def installed() -> dict[str, str]:
    """Package and version of each plug-in, by the name of its process, without importing it."""
    return {entry.name: _package(entry) for entry in _entries()}


@cache
def sources() -> dict[str, frozenset[Path]]:
    """Python files of each plug-in, by the name of its process, without importing it."""
    found = {}
    for entry in _entries():
        spec = find_spec(entry.module.partition(".")[0])
        folders = [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []
        single = [Path(spec.origin)] if spec and spec.origin and not folders else []
        found[entry.name] = frozenset(single).union(*(folder.rglob("*.py") for folder in folders))
    return found


def load(month: Collection[str], blocks: Collection[str], taken: Mapping[str, Collection[Any]]) -> tuple[Plugin, ...]:
    """Import and check all plug-ins, sorted by name.

    Args:
        month: processes after which a plug-in may act.
        blocks: names that blocks of a scenario already have.
        taken: names that are already used in each of the tables of `DECLARED`.

    Raises:
        PluginError: a plug-in breaks the rules above; raised for the first one.
    """
    found: list[Plugin] = []
    for entry in _entries():
        try:
            module = entry.load()
        except Exception as error:
            raise PluginError(
                f"the process {entry.name!r} of {_package(entry)} cannot be imported: {type(error).__name__}: {error}"
            ) from error
        plugin = Plugin(entry.name, _package(entry), module)
        _check(plugin, month, {*blocks, *(other.name for other in found)})
        for table in DECLARED:
            earlier = (name for other in found for name in other.table(table))
            if twice := sorted({*taken[table], *earlier} & set(plugin.table(table))):
                raise plugin.refuse(f"{twice[0]!r} of its {table} exists already; choose another name")
        found.append(plugin)
    return tuple(found)


def _check(plugin: Plugin, month: Collection[str], taken: Collection[str]) -> None:
    module, name = plugin.module, plugin.name
    if name in taken or name in RESERVED_KEYS or not name.isidentifier():
        raise plugin.refuse("its name is taken, or no name for a block; choose another in the entry point")
    if not callable(getattr(module, "act", None)):
        raise plugin.refuse("it has no function act(model)")
    if getattr(module, "AFTER", None) not in month:
        raise plugin.refuse(f"AFTER must name the process after which it acts, one of {', '.join(month)}")
    parameters = getattr(module, "Parameters", None)
    if parameters is not None and not (isinstance(parameters, type) and issubclass(parameters, Block)):
        raise plugin.refuse("Parameters must be a class derived from sim.declare.Block or Mechanism")
    for table, kind in DECLARED.items():
        if not all(isinstance(entry, kind) for entry in plugin.table(table).values()):
            raise plugin.refuse(f"every entry of {table} must be a sim.declare.{kind.__name__}")
    if wrong := [stream for stream in getattr(module, "STREAMS", ()) if not stream.startswith(f"{name}.")]:
        raise plugin.refuse(f"its stream {wrong[0]!r} must begin with '{name}.'")
