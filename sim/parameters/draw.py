"""The parameters of one world, and how they apply to a scenario."""

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
    """One draw of the parameters: values by dotted path, and the row number of the draw in its file."""

    number: int
    values: Mapping[str, float]

    def under(self, scenario: Scenario) -> Scenario:
        """The scenario with these parameters; a value that differs from the declared default stays.

        Raises:
            ScenarioError: a value is not allowed.
        """
        return scenario.with_defaults(self.values)
