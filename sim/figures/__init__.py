"""Figures: one function per figure takes data and returns a Matplotlib figure, without pyplot's global state."""

from __future__ import annotations

from sim.figures.drawing import draw_all, figures_of

__all__ = ["draw_all", "figures_of"]
