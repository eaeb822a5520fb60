"""The parameters of one world, and what a scenario is under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario import Scenario


@dataclass(frozen=True)
class Draw:
    """Parameters of one world, by dotted path, and the number of the draw in its file."""

    number: int
    values: Mapping[str, float]

    def under(self, scenario: Scenario) -> Scenario:
        """The scenario with these parameters; a value that it sets itself, other than the default, stays.

        Raises:
            ScenarioError: when a value is not allowed.
        """
        declared, own = scenario.schema.declarations, scenario.values
        free = {path: value for path, value in self.values.items() if own[path] == declared[path].default}
        return scenario.with_values(free)
