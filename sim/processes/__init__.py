"""The processes: one file for each thing that happens in a month.

A file states the mechanism and its source, declares its parameters and columns, and has one function
`act(model)`. `MONTH` is the month in order; `BLOCKS` the parameters by name, from which scenario
schema, documentation and sliders are derived; `COLUMNS` what startups carry. To add a mechanism,
write one file and name it here; or, in a package of your own, see `sim.declare.plugins`.
"""

from __future__ import annotations

from itertools import chain
from types import ModuleType
from typing import Any

from sim.declare import Block, Column, plugins
from sim.kernel.records import undeclared
from sim.processes import (
    accompaniment,
    acquisition,
    admission,
    application,
    cash,
    closure,
    competence,
    contacts,
    coordinators,
    costs,
    equity,
    exports,
    fairs,
    follow_up,
    funding,
    graduation,
    grants,
    induced_entry,
    insolvency,
    loans,
    missions,
    network,
    population,
    referral,
    refounding,
    rent,
    revenue,
    spillovers,
)

FOUNDING: tuple[ModuleType, ...]
"""What happens before the state of the startups is taken as the start of the month."""

LIVING: tuple[ModuleType, ...]
"""What startups go through; everything but ranked choices uses values of the start of the month."""

LEAVING: tuple[ModuleType, ...]
"""What comes after those that leave the market have left."""

MONTH: tuple[ModuleType, ...]
"""The month, in order."""

BLOCKS: dict[str, type[Block]]
"""Parameters of every process by the name of its block in a scenario."""

COLUMNS: dict[str, Column]
"""State variables of a startup."""

STREAMS: tuple[str, ...]
"""Names of all random streams; each belongs to one decision of one process."""

_PARTS: dict[str, tuple[ModuleType, ...]] = {
    "FOUNDING": (network, population, induced_entry, refounding),
    "LIVING": (
        application,
        admission,
        accompaniment,
        competence,
        coordinators,
        contacts,
        spillovers,
        fairs,
        missions,
        exports,
        revenue,
        cash,
        grants,
        loans,
        equity,
        acquisition,
        insolvency,
        closure,
    ),
    "LEAVING": (graduation, follow_up, costs),
}
_HELPING = (rent, referral, funding)


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _columns(declaring: dict[str, ModuleType]) -> dict[str, Column]:
    return {name: column for module in declaring.values() for name, column in getattr(module, "COLUMNS", {}).items()}


def _tables() -> dict[str, Any]:
    """The tables above, with the processes of other packages in their places."""
    own = {_name(module): module for module in chain(*_PARTS.values(), _HELPING)}
    helping = {_name(module) for module in _HELPING}
    added = plugins.load([name for name in own if name not in helping], own, _columns(own))
    parts = {
        part: tuple(
            one
            for module in modules
            for one in (module, *(plugin.module for plugin in added if plugin.after == _name(module)))
        )
        for part, modules in _PARTS.items()
    }
    declaring = own | {plugin.name: plugin.module for plugin in added}
    columns = _columns(declaring)
    streams = tuple(name for module in declaring.values() for name in getattr(module, "STREAMS", ()))
    refusals = {plugin.module.__name__: plugin.refuse for plugin in added}
    for module, said in undeclared(("key", *columns), streams):
        raise refusals.get(module, TypeError)(said)
    return parts | {
        "MONTH": tuple(chain(*parts.values())),
        "BLOCKS": {name: module.Parameters for name, module in declaring.items() if hasattr(module, "Parameters")},
        "COLUMNS": columns,
        "STREAMS": streams,
    }


def __getattr__(name: str) -> Any:
    """Make the tables when one is first asked for: by then a plug-in may itself import processes."""
    if name not in ("FOUNDING", "LIVING", "LEAVING", "MONTH", "BLOCKS", "COLUMNS", "STREAMS"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(_tables())
    return globals()[name]
