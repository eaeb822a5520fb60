"""Colours of effects: by direction, as strong as the verdict on it."""

from __future__ import annotations

import math

GOOD, BAD, NEUTRAL = "#9fc5e8", "#f6b26b", "#d9d9d9"
"""Colours of what is wanted, of what is not, and of changes that are neither."""
STRENGTHS = {"clear": 1.0, "likely": 0.5}
"""Strength of a colour, by the verdicts that name a direction."""


def tone(value: float, better: str) -> str:
    """The colour of an effect on an outcome whose better direction is `up`, `down` or `none`."""
    if better == "none" or value == 0 or not math.isfinite(value):
        return NEUTRAL
    return GOOD if (value > 0) == (better == "up") else BAD
