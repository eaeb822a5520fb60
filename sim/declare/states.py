"""Names for the numbers in columns of startups, for compiled loops and for their readers.

Compiled loops use members as constants; arrays of floats take `member.value`. Arguments of compiled loops are
`int(member)`, because Numba needs long to recognize a member.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

NEVER = -10_000
"""Month of an event that never happened: so early that it has no effect left."""


class Cause(IntEnum):
    """Why a startup left the market; causes above `ACQUIRED` are failures."""

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
    """The kind of a founder: exogenous, induced by the access to a hub, or founding again after a failure."""

    BASE = 0
    INDUCED = 1
    REFOUNDED = 2


class Sector(IntEnum):
    """The sector in which a startup works."""

    ICT = 0
    GREEN = 1
    CREATIVE = 2


SECTORS = len(Sector)
"""Number of sectors, as a constant for compiled loops."""


def listed(states: type[IntEnum]) -> str:
    """All states with their numbers, for the meaning of a column: `0 active, 1 acquired, …`."""
    named = ((state.value, state.name if state is Sector.ICT else state.name.lower()) for state in states)
    return ", ".join(f"{number} {name.replace('_', ' ')}" for number, name in named)


def failed(cause: Any) -> Any:
    """Whether causes of leaving the market (numbers of any shape) are failures."""
    return cause > Cause.ACQUIRED


def first_founded(kind: Any) -> Any:
    """Whether founders of these kinds (numbers of any shape) found for the first time; national counts need it."""
    return kind != FounderKind.REFOUNDED
