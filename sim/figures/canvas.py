"""The hexagonal grid on paper: cells, borders between regions, and room for a number in each region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path
from scipy.spatial import KDTree

from sim.country.data import table
from sim.country.geography import Geography

CORNERS = np.array([(math.sin(math.pi / 3 * k), math.cos(math.pi / 3 * k)) for k in range(6)])
"""Corners of a pointy-top hexagon of radius 1, clockwise from the top."""
CLEAR = 0.5
"""Room in millimetres that a region's label leaves around discs."""


def centres(cells: Sequence[tuple[int, int]]) -> np.ndarray:
    """Centres of cells (column, row) on paper, shape (cells, 2); the unit is the radius of a cell."""
    column, row = np.array(cells, dtype=float).T
    return np.column_stack([math.sqrt(3) * (column + 0.5 * (row % 2)), 1.5 * row])


class Canvas:
    """The country's cells on a panel of `width` × `height` millimetres."""

    def __init__(self, country: Geography, width: float, height: float) -> None:
        self.country = country
        self.places = centres(country.cells)
        low, high = self.places.min(axis=0) - 1.2, self.places.max(axis=0) + 1.2
        high[1] += 1.5
        span = max((high[0] - low[0]) / width, (high[1] - low[1]) / height)
        self.unit = 1 / span
        middle = (low + high) / 2
        self.width, self.height = width, height
        self.left, self.bottom = middle[0] - width * span / 2, middle[1] - height * span / 2
        self.cities = dict(zip(country.cities, centres(country.city_cell), strict=True))

    def on_paper(self, point: np.ndarray) -> np.ndarray:
        """Millimetres from the panel's lower left corner."""
        found: np.ndarray = (point - (self.left, self.bottom)) * self.unit
        return found

    def frame(self, axes: Axes) -> None:
        """Set the limits of a panel and hide everything but the map."""
        axes.set_xlim(self.left, self.left + self.width / self.unit)
        axes.set_ylim(self.bottom, self.bottom + self.height / self.unit)
        axes.set_axis_off()

    def area(self, region: int) -> Path:
        """All cells of a region as one path."""
        points = self.places[self.country.cell_region == region]
        return Path.make_compound_path(*(Path(centre + CORNERS[[*range(6), 0]], closed=True) for centre in points))

    def borders(self) -> Path:
        """Edges between cells of different regions, and the outline."""
        owner = {
            tuple(cell): int(region) for cell, region in zip(self.country.cells, self.country.cell_region, strict=True)
        }
        edges = []
        for cell, centre in zip(self.country.cells, self.places, strict=True):
            for k, neighbour in enumerate(_neighbours(*cell)):
                if owner.get(neighbour, -1) < owner[tuple(cell)]:
                    edges.append(centre + CORNERS[[k, (k + 1) % 6]])
        return Path(np.concatenate(edges), [Path.MOVETO, Path.LINETO] * len(edges))

    def number_places(
        self, avoid: Sequence[tuple[np.ndarray, float]], sizes: Sequence[Sequence[tuple[float, float]]]
    ) -> list[tuple[np.ndarray, int]]:
        """Where each region's label stands, and in which of its forms: in the region, deep inside, clear of discs.

        Args:
            avoid: centre on the map and radius in millimetres of discs.
            sizes: of each region, width and height in millimetres of every form of its label, the preferred one first.
        """
        found = []
        for region, forms in enumerate(sizes):
            points = self.places[self.country.cell_region == region]
            points = (points + np.array([(0, 0), (0.87, 0), (-0.87, 0), (0, 0.75), (0, -0.75)])[:, None]).reshape(-1, 2)
            depth = np.hypot(*(points - points.mean(axis=0)).T)
            costs = [
                depth + 60 * self._outside(points, region, form) + self._near(points, form, avoid) + place
                for place, form in enumerate(forms)
            ]
            form, best = divmod(int(np.argmin(costs)), len(points))
            found.append((points[best], form))
        return found

    def _near(
        self, points: np.ndarray, size: tuple[float, float], avoid: Sequence[tuple[np.ndarray, float]]
    ) -> np.ndarray:
        """Cost of a box of `size` millimetres around each point (n, 2) by what it lacks of `CLEAR` of discs, (n,)."""
        cost = np.zeros(len(points))
        for centre, radius in avoid:
            apart = np.clip(np.abs(points - centre) * self.unit - np.array(size) / 2, 0, None)
            cost += 60 * np.clip(CLEAR - (np.hypot(*apart.T) - radius), 0, None)
        return cost

    def _outside(self, points: np.ndarray, region: int, size: tuple[float, float]) -> np.ndarray:
        """Share of a box of `size` millimetres around each point (n, 2) that lies outside a region, (n,)."""
        across, along = np.meshgrid(np.linspace(-0.5, 0.5, 7), np.linspace(-0.5, 0.5, 4))
        spots = np.column_stack([across.ravel(), along.ravel()]) * size / self.unit
        away, cell = self._cells.query(points[:, None] + spots)
        found: np.ndarray = ((self.country.cell_region[cell] != region) | (away > 1)).mean(axis=1)
        return found

    @cached_property
    def _cells(self) -> KDTree:
        return KDTree(self.places)


def _neighbours(column: int, row: int) -> list[tuple[int, int]]:
    """The cells across each edge, in the order of `CORNERS`: edge k joins corners k and k + 1."""
    shift = row % 2
    return [
        (column + shift, row + 1),
        (column + 1, row),
        (column + shift, row - 1),
        (column - 1 + shift, row - 1),
        (column - 1, row),
        (column - 1 + shift, row + 1),
    ]


def from_north_to_south(country: Geography) -> list[int]:
    """Indices of the regions in the order of their numbers on the map."""
    latitude = table("regions").set_index("region")["latitude"].loc[country.regions]
    return [int(index) for index in np.argsort(-latitude.to_numpy(float), kind="stable")]
