"""The processes: one file for each thing that happens in a month.

A file states the mechanism and its source, declares its parameters and columns, and has one function
`act(model)`. `MONTH` is the month in order; `BLOCKS` the parameters by name, from which scenario
schema, documentation and sliders are derived; `COLUMNS` what startups carry. To add a mechanism,
write one file and name it here.
"""

from __future__ import annotations

from types import ModuleType

from sim.declaration import Block, Column
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

FOUNDING: tuple[ModuleType, ...] = (network, population, induced_entry, refounding)
"""What happens before the state of the startups is taken as the start of the month."""

LIVING: tuple[ModuleType, ...] = (
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
)
"""What startups go through; everything but ranked choices uses values of the start of the month."""

LEAVING: tuple[ModuleType, ...] = (graduation, follow_up, costs)
"""What comes after those that leave the market have left."""

MONTH: tuple[ModuleType, ...] = FOUNDING + LIVING + LEAVING
"""The month, in order."""

_DECLARING: tuple[ModuleType, ...] = (*MONTH, rent, referral, funding)


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


BLOCKS: dict[str, type[Block]] = {
    _name(module): module.Parameters for module in _DECLARING if hasattr(module, "Parameters")
}
"""Parameters of every process by the name of its block in a scenario."""

COLUMNS: dict[str, Column] = {
    name: column for module in _DECLARING for name, column in getattr(module, "COLUMNS", {}).items()
}
"""State variables of a startup."""

STREAMS: tuple[str, ...] = tuple(name for module in _DECLARING for name in getattr(module, "STREAMS", ()))
"""Names of all random streams; each belongs to one decision of one process."""
