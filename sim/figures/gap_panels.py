"""Small panels of a difference over months or ages, coloured only where its direction at the end is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from sim.figures.bands import Bands
from sim.figures.effects import CHANCE_WIDTH, chance_text, direction_of
from sim.figures.study import ShownStudy
from sim.figures.style import DARK, GROUND, LIGHT, MIDDLE, PALE, SMALL, typical
from sim.parameters.idle import zero_by_structure
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effect, effects
from sim.words.language import Language

MORE, LESS = "#0072B2", "#D55E00"
"""Colours of more and of less than under the reference."""


@dataclass(frozen=True)
class Gap:
    """A difference from the reference: its median and band at each place, and its effect at the end.

    Attributes:
        low, middle, high: shape (places,), in the unit shown.
        end: the effect at the end.
    """

    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray
    end: Effect

    @classmethod
    def of(cls, bands: Bands, row: int, end: Effect) -> Gap:
        """The gap of one scenario of some bands."""
        return cls(bands.low[row], bands.middle[row], bands.high[row], end)

    @property
    def limits(self) -> tuple[float, float]:
        """Limits that hold the band, with a little room."""
        return limits_of([self])


def limits_of(gaps: Sequence[Gap]) -> tuple[float, float]:
    """Limits that hold the bands of several gaps, with a little room."""
    drawn = np.concatenate([[0.0], *(part for gap in gaps for part in (gap.low, gap.middle, gap.high))])
    drawn = drawn[np.isfinite(drawn)]
    low, high = float(drawn.min()), float(drawn.max())
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def sharing(gaps: Sequence[Gap], plain: Sequence[bool]) -> np.ndarray:
    """Which gaps share one scale: not those that would flatten the others, nor those that the others would flatten.

    The latter are gaps whose direction is known, with less than a quarter of the shared scale; a `plain` gap has none.
    """
    reaches = np.array([max(map(abs, gap.limits)) for gap in gaps])
    large = typical(reaches.tolist())
    most = reaches[large].max(initial=0.0)
    known = [
        not grey and bool(direction_of(gap.end.verdict, gap.end.median)) for gap, grey in zip(gaps, plain, strict=True)
    ]
    found: np.ndarray = large & ~(np.array(known, dtype=bool) & (reaches < most / 4))
    return found


def end_effect(values: np.ndarray, reference: np.ndarray, study: ShownStudy, draws: np.ndarray | None) -> Effect:
    """The effect on one number of each world, (worlds,), with the draws of the worlds; idle draws have none."""
    pairs = (values - reference)[:, None]
    off = None if draws is None else zero_by_structure(pairs, draws, study.idle)
    most = None if study.weighted is None else int(study.weighted[0])
    return next(iter(effects(values[:, None], reference[:, None], draws, off=off, most_draws=most)))


def practically_none(effect: Effect, outcome: str, scale: float) -> bool:
    """Whether the interval of an effect in the unit shown lies inside the smallest size that matters."""
    size = smallest_of(outcome) * scale
    return bool(size and max(abs(effect.low), abs(effect.high)) < size)


def draw_gap(axes: Axes, x: np.ndarray, gap: Gap, *, apart: bool, plain: bool = False) -> None:
    """Draw a gap: in colour if its direction at the end is clear, paler if likely, grey if not known.

    Args:
        axes: the panel.
        x: months or ages.
        gap: the difference.
        apart: whether the panel has a scale of its own; then its ground is tinted.
        plain: draw in grey whatever the verdict.
    """
    way = 0 if plain else direction_of(gap.end.verdict, gap.end.median)
    colour = {1: MORE, -1: LESS, 0: MIDDLE}[way]
    clear = gap.end.verdict == "clear"
    shade = (0.3 if clear else 0.15) if way else 0.45
    axes.fill_between(x, gap.low, gap.high, color=colour if way else LIGHT, alpha=shade, linewidth=0)
    axes.axhline(0, color=DARK, linewidth=0.6)
    axes.plot(x, gap.middle, color=colour, linewidth=1.2 if clear and way else 0.9)
    axes.set_ylim(gap.limits)
    axes.set_facecolor(GROUND if apart else "white")
    axes.grid(axis="y", color=PALE)


def write_chance(axes: Axes, t: Language, gap: Gap, width: float) -> None:
    """Write the probability that the effect at the end is above zero, beside a panel of `width` millimetres."""
    axes.text(
        1 + (CHANCE_WIDTH - 0.3) / width, 0.5, chance_text(t, gap.end.p_positive), transform=axes.transAxes,
        size=SMALL, color=DARK, ha="right", va="center_baseline",
    )  # fmt: skip
