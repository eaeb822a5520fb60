"""The processes: one file for each thing that happens in a month.

A file states the mechanism and its source, declares its parameters and columns, and has one function
`act(model)`. `MONTH` is the month in order; `BLOCKS` the parameters by name, from which scenario
schema, documentation and sliders are derived; `COLUMNS` what startups carry, `COUNTS` what is
counted each month, `PAYMENTS` what the ledger knows. To add a mechanism, write one file and name it
here; or, in a package of your own, see `sim.declare.plugins`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from types import ModuleType
from typing import Any

from sim.declare import Block, Column, Count, Flow, Payment, plugins
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
    levels,
    loans,
    missions,
    network,
    population,
    referral,
    refounding,
    rent,
    reporting,
    revenue,
    reversion,
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

COUNTS: dict[str, Count]
"""What is counted each month in the whole country."""

PAYMENTS: dict[Flow, Payment]
"""What is paid, by source, target and kind."""

STREAMS: tuple[str, ...]
"""Names of all random streams; each belongs to one decision of one process."""

_TABLES = ("FOUNDING", "LIVING", "LEAVING", "MONTH", "BLOCKS", "COLUMNS", "COUNTS", "PAYMENTS", "STREAMS")

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
        reversion,
        exports,
        levels,
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
_HELPING = (rent, referral, funding, reporting)
_COUNTED_FIRST = (
    population,
    acquisition,
    application,
    admission,
    graduation,
    equity,
    grants,
    loans,
    fairs,
    missions,
    accompaniment,
    exports,
)
"""Their counts open the tables of monthly series, in this order; those of others follow in the order of the month."""


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _declared(table: str, declaring: Iterable[ModuleType]) -> dict[Any, Any]:
    """The entries of a table, such as `COLUMNS`, of all these processes."""
    return {name: entry for module in declaring for name, entry in getattr(module, table, {}).items()}


def _tables() -> dict[str, Any]:
    """The tables above, with the processes of other packages in their places."""
    own = {_name(module): module for module in chain(*_PARTS.values(), _HELPING)}
    helping = {_name(module) for module in _HELPING}
    taken = {table: _declared(table, own.values()) for table in plugins.DECLARED}
    added = plugins.load([name for name in own if name not in helping], own, taken)
    parts = {
        part: tuple(
            one
            for module in modules
            for one in (module, *(plugin.module for plugin in added if plugin.after == _name(module)))
        )
        for part, modules in _PARTS.items()
    }
    declaring = own | {plugin.name: plugin.module for plugin in added}
    columns = _declared("COLUMNS", declaring.values())
    streams = tuple(name for module in declaring.values() for name in getattr(module, "STREAMS", ()))
    refusals = {plugin.module.__name__: plugin.refuse for plugin in added}
    counts = _declared("COUNTS", (*_COUNTED_FIRST, *declaring.values()))
    payments = _declared("PAYMENTS", declaring.values())
    booked = (*counts, *map(costs.series_of, costs.KINDS), *payments)
    for module, said in undeclared(("key", *columns), streams, booked):
        raise refusals.get(module, TypeError)(said)
    return parts | {
        "MONTH": tuple(chain(*parts.values())),
        "BLOCKS": {name: module.Parameters for name, module in declaring.items() if hasattr(module, "Parameters")},
        "COLUMNS": columns,
        "COUNTS": counts,
        "PAYMENTS": payments,
        "STREAMS": streams,
    }


def __getattr__(name: str) -> Any:
    """Make the tables when one is first asked for: by then a plug-in may itself import processes."""
    if name not in _TABLES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(_tables())
    return globals()[name]
