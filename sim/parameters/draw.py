"""The parameters of one world, and what a scenario is under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario import Scenario


Values = dict[str, float]
"""Values of the free parameters by dotted path."""


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
        return scenario.with_defaults(self.values)
