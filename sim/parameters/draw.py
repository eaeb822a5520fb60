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
    """One draw of the parameters: values by dotted path, and the number of the draw in its file.

    A draw that is `alone` in its file, such as a named set, leaves nothing open: hubs open in the months announced. If
    draws have weights, one that counts much is picked several times: `pick` numbers the picks of a study.
    """

    number: int
    values: Mapping[str, float]
    alone: bool = False
    pick: int | None = None

    @property
    def columns(self) -> dict[str, int]:
        """Columns of `runs` that tell the draw: its number and, if draws have weights, the number of the pick."""
        return {"draw": self.number} | ({} if self.pick is None else {"pick": self.pick})

    def under(self, scenario: Scenario) -> Scenario:
        """The scenario with these parameters; a value that differs from the declared default stays.

        Where openings are random, new hubs have the months of this draw.

        Raises:
            ScenarioError: a value is not allowed.
        """
        from sim.model.delays import under_draw
        from sim.scenario import Origin

        origins = dict.fromkeys(self.values, Origin(text=f"draw {self.number}"))
        return (scenario if self.alone else under_draw(scenario, self.number)).with_defaults(self.values, origins)
