"""From where to where founders move who found in the city of a hub instead of at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel


def moves(model: EcosystemModel, key: np.ndarray, region: np.ndarray, window: tuple[str, str]) -> np.ndarray:
    """How many founders moved from each region to each, (regions, regions): a row for each home.

    A startup has the region of its seat alone. Where its founder would have founded at home is told by the base
    founders of the world, whom no policy draws.

    Args:
        model: a world that has run.
        key: key of each startup whose founder has moved, (n,).
        region: the region of its seat, (n,).
        window: first and last month of their founding.
    """
    regions, (first, last) = len(model.geography.regions), map(model.months_until, window)
    home = model.bundle.base_founders(*np.clip((first, last + 1), 0, model.bundle.months).tolist())
    _, mine, theirs = np.intersect1d(key, home.key, assume_unique=True, return_indices=True)
    found = np.zeros((regions, regions))
    np.add.at(found, (home["region"][theirs].astype(int), region[mine]), 1.0)
    return found
