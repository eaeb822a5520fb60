"""Agents fixed on the cell of their city; the grid is built when somebody first asks for a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa.discrete_space import FixedAgent

if TYPE_CHECKING:
    from sim.country.grid import RegionalCell
    from sim.model.parts import Whole


class PlacedAgent(FixedAgent):
    """An agent that stays in its city.

    Attributes:
        city: index of its city in `Geography.cities`.
    """

    model: Whole
    city: int

    @property
    def cell(self) -> RegionalCell:
        """The cell of the regional grid in which its city lies."""
        return self.model.space.cell_of(self.city)

    def settle(self, cell: RegionalCell) -> None:
        """Enter the cell, when the grid is built."""
        cell.add_agent(self)
