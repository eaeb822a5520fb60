"""Figures: one function a figure, data in, Matplotlib figure out, without pyplot's global state."""

from __future__ import annotations

from sim.figures.drawing import draw_all, figures_of

__all__ = ["draw_all", "figures_of"]
