"""The chore that draws the map's cells, on outlines that are made up: the published ones are not kept here."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.country.data import table
from tools.map_cells import CODES, OUTSIDE, Rings, first_set, on_the_sphere, regions_of, second_set


def square(west, south, side):
    return [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]


def test_a_point_has_the_region_around_it_and_none_in_a_hole(tmp_path):
    """An outline of the first set with a hole, and the same square in the form of the second."""
    geometry = {"type": "Polygon", "coordinates": [square(-8, 30, 4), square(-7, 31, 1)]}
    features = [{"properties": {"id": "MA-06"}, "geometry": geometry}]
    (tmp_path / "map.js").write_text(f"const map = {json.dumps({'features': features})};", encoding="utf-8")
    east, north = (list(map(str, axis)) for axis in zip(*square(-8, 30, 4), strict=True))
    (tmp_path / "region_id.json").write_text('{"Here": 6}', encoding="utf-8")
    (tmp_path / "Maroc.json").write_text(json.dumps({"Here": {"Coordinates": [east, north]}}), encoding="utf-8")
    empty: dict[int, Rings] = {number: [] for number in CODES.values()}
    latitude, longitude = np.array([30.5, 31.5, 33.95, 29.0]), np.array([-6.5, -6.5, -6.5, -6.5])
    here = "Casablanca-Settat"
    found = regions_of(empty | first_set(tmp_path / "map.js"), latitude, longitude)
    assert found == [here, OUTSIDE, here, OUTSIDE]
    found = regions_of(empty | second_set(tmp_path), latitude, longitude)
    assert found == [here, here, OUTSIDE, OUTSIDE], "its northern edge is moved south"


def test_the_latitudes_of_the_two_mercator_maps_differ_by_a_fifth_of_a_degree_at_most():
    assert on_the_sphere(np.array([0.0]))[0] == 0
    moved = np.arange(1, 90) - on_the_sphere(np.arange(1.0, 90.0))
    assert (moved > 0).all() and moved.max() == pytest.approx(0.1925, abs=0.0005)


def test_every_region_has_a_number():
    assert set(CODES) == set(table("regions")["region"]) and sorted(CODES.values()) == list(range(1, 13))
