"""The map as a Mesa space: hexagons that show regions and contain hubs, funders and startups.

It is separate from `sim.country.geography`, so that reading the country's data does not load Mesa. Each run creates a
grid; what all grids share (positions, neighbours, the search tree) is computed once per process.
"""

from __future__ import annotations

import copyreg
import math
from collections.abc import Callable, Sequence
from functools import cache
from operator import getitem
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from mesa.agentset import AbstractAgentSet, _HardKeyAgentSet
from mesa.discrete_space import Cell, HexGrid, PropertyLayer
from scipy.spatial import KDTree

from sim.country.geography import Coordinate, Geography

if TYPE_CHECKING:
    from mesa.agent import Agent


class RegionalCell(Cell):
    """A cell that holds the agents fixed in it and returns the startups of its cities on request."""

    __slots__ = ("grid",)

    grid: RegionalGrid

    @property
    def agents(self) -> list[Agent]:
        """Hubs and funders of the cell, then the startups of its cities."""
        return [*self._agents, *self.grid.startups_in(self.coordinate)]

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies of a cell are the same cell of the copied grid, whichever is copied first.
        return getitem, (self.grid, self.coordinate)


class RegionalGrid(HexGrid):
    """Hexagons over the country, columns from the west and rows from the south.

    Property layers, arrays (columns, rows): `region` (index in `Geography.regions`, -1 outside the country),
    `potential` (share of the country's digital foundings) and `hub_distance` (km to the nearest open hub,
    infinite outside the country and while no hub is open).

    Mesa 3.5 places odd rows half a cell east (`Cell.position`, `find_nearest_cell`) but connects cells as if even rows
    were shifted; here each cell is connected to the cells that touch it.

    Attributes:
        startups_at: returns the startups of a city by its index; the model that owns them sets it.
    """

    def __init__(self, geography: Geography, random: Random) -> None:
        self.geography = geography
        self.startups_at: Callable[[int], Sequence[Agent]] = _no_startups
        columns, rows = (1 + max(axis) for axis in zip(*geography.cells, strict=True))
        super().__init__((columns, rows), random=random, cell_klass=RegionalCell)
        # Mesa registers every grid's cell class permanently: thousands of grids in a sweep would never be freed.
        copyreg.dispatch_table.pop(self.cell_klass)
        for cell in self._celllist:
            cell.grid = self
        self._inside = tuple(np.array(geography.cells).T)
        self._add_layer("region", -1)[self._inside] = geography.cell_region
        self._add_layer("potential", 0.0)[self._inside] = geography.cell_potential
        self._add_layer("hub_distance", math.inf)

    @property
    def agents(self) -> AbstractAgentSet:
        """All agents in the cells, startups included; Mesa's own property has only the fixed ones."""
        return _HardKeyAgentSet([agent for cell in self._celllist for agent in cell.agents], random=self.random)

    def update_hub_distance(self, open_hub_cities: Sequence[int]) -> None:
        """Set `hub_distance` for hubs open in these cities (indices in `Geography.cities`)."""
        distance = self.geography.cell_distance[:, list(open_hub_cities)]
        self.hub_distance.data[self._inside] = distance.min(axis=1, initial=math.inf)

    def cell_of(self, city: int) -> RegionalCell:
        """The cell that contains a city (index in `Geography.cities`)."""
        found: RegionalCell = self[self.geography.city_cell[city]]
        return found

    def startups_in(self, coordinate: Coordinate) -> list[Agent]:
        """The startups of a cell's cities, from the model."""
        cities = self.geography.cities_of.get(coordinate, ())
        return [startup for city in cities for startup in self.startups_at(city)]

    def _add_layer(self, name: str, default: float) -> np.ndarray:
        layer = PropertyLayer(name, self.dimensions, default_value=default, dtype=type(default))
        self.add_property_layer(layer)
        found: np.ndarray = layer.data
        return found

    def _connect_cells_2d(self) -> None:
        cells = self._celllist
        cells[0]._clear_cache()
        for cell, neighbours in zip(cells, _layout(*self.dimensions).neighbours, strict=True):
            cell.connections = {offset: cells[index] for offset, index in neighbours}

    def _init_hex_geometry(self) -> None:
        layout = _layout(*self.dimensions)
        for cell, position in zip(self._celllist, layout.positions, strict=True):
            cell.position = position
        self._kdtree, self._kdtree_coords = layout.tree, layout.coordinates

    def __reduce__(self) -> tuple[Any, ...]:
        state = {
            "layers": {name: layer.data for name, layer in self._mesa_property_layers.items()},
            "agents": {cell.coordinate: cell._agents for cell in self._celllist if cell._agents},
            "startups_at": self.startups_at,
        }
        return RegionalGrid, (self.geography, self.random), state

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, data in state["layers"].items():
            self._mesa_property_layers[name].data[:] = data
        for coordinate, agents in state["agents"].items():
            self[coordinate]._agents[:] = agents
        self.startups_at = state["startups_at"]


class _Layout(NamedTuple):
    """What all grids of one size share; positions in Mesa's units (side of a hexagon = 1)."""

    coordinates: list[Coordinate]
    positions: np.ndarray
    tree: KDTree
    neighbours: list[list[tuple[Coordinate, int]]]


@cache
def _layout(columns: int, rows: int) -> _Layout:
    coordinates = [(column, row) for column in range(columns) for row in range(rows)]
    column, row = np.array(coordinates).T
    positions = np.stack([math.sqrt(3) * (column + 0.5 * (row % 2)), 1.5 * row], axis=1)
    positions.setflags(write=False)
    index = {coordinate: number for number, coordinate in enumerate(coordinates)}
    neighbours = [
        [
            ((east, north), index[column + east, row + north])
            for east, north in _offsets(row)
            if (column + east, row + north) in index
        ]
        for column, row in coordinates
    ]
    return _Layout(coordinates, positions, KDTree(positions), neighbours)


def _offsets(row: int) -> list[Coordinate]:
    shift = row % 2
    return [(-1, 0), (1, 0), (shift - 1, -1), (shift, -1), (shift - 1, 1), (shift, 1)]


def _no_startups(city: int) -> Sequence[Agent]:
    return ()
