"""What the numbers in columns of startups stand for: one name each, for compiled loops and for whoever reads them.

Compiled loops take members as constants; into an array of floats goes `member.value`. What a loop is called with is
`int(member)`, because Numba takes long to recognize a member.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

NEVER = -10_000
"""Month of an event that has not happened, so long ago that no effect of it is left."""


class Cause(IntEnum):
    """Why a startup left the market; those above `ACQUIRED` are failures."""

    ACTIVE = 0
    ACQUIRED = 1
    INSOLVENT = 2
    CLOSED = 3


class LeftHub(IntEnum):
    """Why a startup left its hub."""

    NOT_YET = 0
    GRADUATED = 1
    HUB_CLOSED = 2
    FAILED = 3
    ACQUIRED = 4


class FounderKind(IntEnum):
    """How a founder came to found: exogenously, drawn by the access to a hub, or again after a failure."""

    BASE = 0
    INDUCED = 1
    REFOUNDED = 2


class Sector(IntEnum):
    """What a startup works in."""

    ICT = 0
    GREEN = 1
    CREATIVE = 2


SECTORS = len(Sector)
"""How many there are, as a constant of compiled loops."""


def listed(states: type[IntEnum]) -> str:
    """All states with their numbers, for the meaning of a column: `0 active, 1 acquired, …`."""
    named = ((state.value, state.name if state is Sector.ICT else state.name.lower()) for state in states)
    return ", ".join(f"{number} {name.replace('_', ' ')}" for number, name in named)


def failed(cause: Any) -> Any:
    """Whether causes of leaving the market (numbers, any shape) are failures."""
    return cause > Cause.ACQUIRED


def first_founded(kind: Any) -> Any:
    """Whether founders of these kinds (numbers, any shape) found for the first time: national counts take only them."""
    return kind != FounderKind.REFOUNDED
