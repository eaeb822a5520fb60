"""The regions of the country, their cities, the distances between cities, and the cells of the map.

Distances are great-circle kilometres between city coordinates. The map is a table of hexagons
(pointy top, neighbours 50 km apart, row 0 in the south) on an equirectangular projection; `map.csv` gives the position
of cell (0, 0) and the parallel on which the projection is true to scale. Cells show and hold agents. Distances use
the coordinates of cities, not the centres of cells, because cells of 50 km would blur a catchment of 60 km.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.country.data import table

if TYPE_CHECKING:
    import pandas as pd

EARTH_RADIUS = 6371.0
"""Mean radius in km."""
CELL_DISTANCE = 50.0
"""Distance between the centres of neighbouring cells, km."""

_KM_PER_DEGREE = math.pi * EARTH_RADIUS / 180
_ROW_HEIGHT = CELL_DISTANCE * math.sqrt(3) / 2

Coordinate = tuple[int, int]
"""Column (from the west) and row (from the south) of a cell."""


def east_north(latitude: ArrayLike, longitude: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places on the map, in distances between cells east and north of cell (0, 0), from coordinates in degrees."""
    south, west, km_per_degree_east = _projection()
    east = (np.asarray(longitude, float) - west) * km_per_degree_east / CELL_DISTANCE
    return east, (np.asarray(latitude, float) - south) * _KM_PER_DEGREE / CELL_DISTANCE


def great_circle(
    latitude: ArrayLike, longitude: ArrayLike, other_latitude: ArrayLike, other_longitude: ArrayLike
) -> NDArray[np.float64]:
    """Distance in km between points in degrees, by the haversine formula; arguments broadcast."""
    north, east = np.radians(latitude), np.radians(longitude)
    other_north, other_east = np.radians(other_latitude), np.radians(other_longitude)
    haversine = (
        np.sin((other_north - north) / 2) ** 2
        + np.cos(north) * np.cos(other_north) * np.sin((other_east - east) / 2) ** 2
    )
    found: NDArray[np.float64] = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(haversine))
    return found


@cache
def _projection() -> tuple[float, float, float]:
    """Latitude and longitude of the centre of cell (0, 0), and kilometres per degree of longitude."""
    value = table("map").set_index("name")["value"]
    latitude, longitude, parallel = value["origin_latitude"], value["origin_longitude"], value["true_parallel"]
    return float(latitude), float(longitude), _KM_PER_DEGREE * math.cos(math.radians(parallel))


def cell_centre(column: ArrayLike, row: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude (degrees) of a cell's centre; odd rows lie half a cell further east."""
    column, row = np.asarray(column), np.asarray(row)
    east = CELL_DISTANCE * (column + 0.5 * (row % 2))
    latitude, longitude, km_per_degree_east = _projection()
    return latitude + _ROW_HEIGHT * row / _KM_PER_DEGREE, longitude + east / km_per_degree_east


@dataclass(frozen=True, eq=False)
class Geography:
    """The facts about the country that no policy changes. A process has one: call `geography()`.

    R regions, C cities and K cells inside the country; the arrays are read-only.

    Attributes:
        regions (text): R names, in the order of `regions.csv`.
        population (persons): (R,) census of 2024.
        potential (share): (R,) of the country's digital foundings; sums to 1 (see `founding_potential`).
        central (yes or no): (R,) whether the region belongs to the centre, to which quotas and regional balance refer.
        cities (text): C names, by region and falling population.
        latitude (degrees): (C,) of the city, north positive.
        longitude (degrees): (C,) of the city, east positive.
        city_region (-): (C,) index of the city's region.
        city_share (share): (C,) of its region's city population; sums to 1 in each region.
        city_potential (share): (C,) of the country's digital foundings; sums to 1.
        city_cell (column, row): C coordinates of the city's cell.
        distance (km): (C, C) great circle between cities.
        cells (column, row): K coordinates.
        cell_region (-): (K,) index of the cell's region.
        cell_potential (share): (K,) of the country's potential, summed over the cell's cities; sums to 1.
        cell_distance (km): (K, C) to each city from the cell's largest city, or from its centre if it has none.
    """

    regions: list[str]
    population: NDArray[np.float64]
    potential: NDArray[np.float64]
    central: NDArray[np.bool_]
    cities: list[str]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    city_region: NDArray[np.int64]
    city_share: NDArray[np.float64]
    city_potential: NDArray[np.float64]
    city_cell: list[Coordinate]
    distance: NDArray[np.float64]
    cells: list[Coordinate]
    cell_region: NDArray[np.int64]
    cell_potential: NDArray[np.float64]
    cell_distance: NDArray[np.float64]

    @cached_property
    def region_index(self) -> dict[str, int]:
        """Index of a region by its name."""
        return {name: index for index, name in enumerate(self.regions)}

    @cached_property
    def city_index(self) -> dict[str, int]:
        """Index of a city by its name."""
        return {name: index for index, name in enumerate(self.cities)}

    @cached_property
    def cities_of(self) -> dict[Coordinate, list[int]]:
        """Indices of the cities in each cell that has any, the largest first."""
        return _cities_of(self.city_cell)

    def draw_city(self, region: NDArray[np.int64], chance: NDArray[np.float64]) -> NDArray[np.int64]:
        """City of each founder in a region, drawn in proportion to population with a chance in [0, 1)."""
        first = np.searchsorted(self.city_region, region)
        last = np.searchsorted(self.city_region, region, side="right") - 1
        # Rounding may lead to the last city of the region before or to the first of the next one.
        return np.clip(np.searchsorted(self._city_order, region + chance, side="right"), first, last)

    @cached_property
    def _city_order(self) -> NDArray[np.float64]:
        cumulative = np.cumsum(self.city_share)
        before = np.concatenate([[0.0], cumulative])[np.searchsorted(self.city_region, self.city_region)]
        found: NDArray[np.float64] = self.city_region + cumulative - before
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        # A copied or pickled model uses the geography of its process instead of its own copy.
        return geography, ()


def _cities_of(city_cell: list[Coordinate]) -> dict[Coordinate, list[int]]:
    # `cities.csv` lists each region's cities by falling population; no cell holds cities of two regions.
    found: dict[Coordinate, list[int]] = {}
    for city, cell in enumerate(city_cell):
        found.setdefault(cell, []).append(city)
    return found


def founding_potential(regions: pd.DataFrame) -> NDArray[np.float64]:
    """Each region's share of digital foundings: yearly registrations times the ICT share among them.

    Registrations are the mean of 2023 (11 months) and 2024 (10 months), each scaled to a year. In the two regions whose
    registrations follow a tax advantage, only the share `registrations_counted` of them counts.
    """
    registrations = (regions["created_2023"] * 12 / 11 + regions["created_2024"] * 12 / 10) / 2
    potential = registrations * regions["registrations_counted"] * regions["ict_intensity"]
    return (potential / potential.sum()).to_numpy(float)


@cache
def geography() -> Geography:
    """Read the country from `regions.csv`, `cities.csv`, `cells.csv` and `map.csv`, once per process."""
    regions, cities, cells = table("regions"), table("cities"), table("cells")
    names = regions["region"].tolist()
    index = {name: number for number, name in enumerate(names)}
    potential = founding_potential(regions)

    latitude, longitude = cities["latitude"].to_numpy(float), cities["longitude"].to_numpy(float)
    city_region = cities["region"].map(index).to_numpy(int)
    city_population = cities["population"].to_numpy(float)
    city_share = city_population / np.bincount(city_region, city_population)[city_region]
    city_potential = potential[city_region] * city_share
    distance = great_circle(latitude[:, None], longitude[:, None], latitude, longitude)

    coordinates = list(zip(cells["column"].tolist(), cells["row"].tolist(), strict=True))
    cell_latitude, cell_longitude = cell_centre(cells["column"], cells["row"])
    nearest = _nearest(latitude, longitude, cell_latitude, cell_longitude)
    cell_distance = great_circle(cell_latitude[:, None], cell_longitude[:, None], latitude, longitude)
    city_cell = [coordinates[cell] for cell in nearest]
    for largest, *_ in _cities_of(city_cell).values():
        cell_distance[nearest[largest]] = distance[largest]

    return Geography(
        regions=names,
        population=_frozen(regions["population"].to_numpy(float)),
        potential=_frozen(potential),
        central=_frozen(regions["central"].to_numpy(bool)),
        cities=cities["city"].tolist(),
        latitude=_frozen(latitude),
        longitude=_frozen(longitude),
        city_region=_frozen(city_region),
        city_share=_frozen(city_share),
        city_potential=_frozen(city_potential),
        city_cell=city_cell,
        distance=_frozen(distance),
        cells=coordinates,
        cell_region=_frozen(cells["region"].map(index).to_numpy(int)),
        cell_potential=_frozen(np.bincount(nearest, city_potential, len(coordinates))),
        cell_distance=_frozen(cell_distance),
    )


def _nearest(
    latitude: NDArray[Any], longitude: NDArray[Any], cell_latitude: NDArray[Any], cell_longitude: NDArray[Any]
) -> NDArray[np.int64]:
    """Index of the cell whose centre is nearest on the map: the hexagon that contains the point."""
    north = (latitude[:, None] - cell_latitude) * _KM_PER_DEGREE
    east = (longitude[:, None] - cell_longitude) * _projection()[2]
    return np.argmin(north**2 + east**2, axis=1)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    copied = np.array(array)
    copied.setflags(write=False)
    return copied
