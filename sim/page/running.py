"""How the page's processes run a model: month by month, while a visitor waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Stopped(Exception):  # noqa: N818 (a way out, not an error)
    """No visitor waits for the result any more."""


def advance(model: Any, until: int, stopped: Callable[[], bool]) -> None:
    """Run a model month by month; raises `Stopped` when `stopped` returns True."""
    for month in range(model.months_done + 1, until + 1):
        if stopped():
            raise Stopped
        model.run_until(month)
