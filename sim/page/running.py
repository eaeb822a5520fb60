"""How the page's processes run a model: month by month, as long as somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Stopped(Exception):  # noqa: N818 (a way out, not an error)
    """The visitor no longer wants it."""


def advance(model: Any, until: int, stopped: Callable[[], bool]) -> None:
    """Run a model month by month; raises `Stopped` when nobody waits for it any more."""
    for month in range(model.months_done + 1, until + 1):
        if stopped():
            raise Stopped
        model.run_until(month)
