"""Names of the figures of a comparison: known without Matplotlib, which takes half a second to import."""

from __future__ import annotations

ALL = (
    "paths",
    "policy-gaps",
    "differences",
    "other-differences",
    "regions",
    "contrasts",
    "channels",
    "map",
    "survival",
    "cost-effect",
    "prices",
)
"""Names of the figures of a comparison, in their order."""
