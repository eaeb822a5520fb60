"""The months in which policies open hubs, as marks on time axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.country.hubs import open_hubs, roadmap
from sim.declare.calendar import ordinal


def opening_years(network: Mapping[str, Any] | None) -> tuple[float, ...]:
    """The months in which a policy opens hubs, in decimal years; none where they are random or not known.

    Args:
        network: the section `network` of a scenario as plain data.
    """
    if not isinstance(network, Mapping) or network.get("random_openings"):
        return ()
    listed = network.get("openings")
    if listed is not None:
        months = [str(opening["opens"]) for opening in listed if isinstance(opening, Mapping) and "opens" in opening]
    else:
        count = network.get("hubs_by_2027")
        new = count - len(open_hubs()) if isinstance(count, int) else 0
        months = list(roadmap().values())[: max(0, new)]
    return tuple(sorted(ordinal(month) / 12 for month in months))
