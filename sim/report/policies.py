"""What a policy changes against the reference, from the differences between the two scenarios."""

from __future__ import annotations

from sim.figures.values import written
from sim.figures.words import phrase
from sim.scenario import Scenario
from sim.words.language import Language


def changed_values(t: Language, policy: Scenario, reference: Scenario) -> list[str]:
    """One phrase per value that differs: `mentor hours offered …: 16 hours a month instead of 8 hours a month`."""
    found = []
    for path, value, other in policy.diff(reference):
        declaration = policy.schema.declarations[path]
        now, then = written(t, value, declaration), written(t, other, declaration)
        if path == "network.openings" and value:
            found.append(t("new hubs: {hubs}", hubs=now))
        elif path == "network.closures" and value:
            found.append(t("hubs that close: {hubs}", hubs=now))
        else:
            found.append(t("{what}: {value} instead of {other}", what=phrase(t, declaration), value=now, other=then))
    return found
