"""Figures: one function per figure takes data and returns a Matplotlib figure, without pyplot's global state."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.figures.drawing import draw_all, figures_of

__all__ = ["draw_all", "figures_of"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, and Matplotlib with it, when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("sim.figures.drawing"), name)
