"""A grid with points beside it: what an experiment file may say, and which points a sweep runs."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from site_worlds import EXPERIMENT
from sweeps import run, written

from sim.scenario import ScenarioError
from sim.studies.design import Design
from sim.studies.experiment import experiment_schema

SMALL = """\
base: builtin:today
replications: 2
factors:
  network.hubs_by_2027: [6, 8, 10]
  accompaniment.hours_per_startup: [2, 8]
fill:
  samples: 5
  factors:
    missions.per_year: {from: 1, to: 8}
    accompaniment.remote_fraction: {from: 0.1, to: 0.5}
reference: {network.hubs_by_2027: 6, accompaniment.hours_per_startup: 8}
outcomes: [survivors_5y]
"""


def test_points_beside_the_grid_vary_everything_and_the_grid_keeps_the_base(tmp_path):
    study = written(tmp_path, SMALL)
    points = list(study.points())
    assert study.size == len(points) == 6 + 5
    assert [(one["network.hubs_by_2027"], one["accompaniment.hours_per_startup"]) for one in points[:6]] == [
        (6, 2), (8, 2), (10, 2), (6, 8), (8, 8), (10, 8)
    ]  # fmt: skip
    base = study.base.values
    for path in ("missions.per_year", "accompaniment.remote_fraction"):
        assert {one[path] for one in points[:6]} == {base[path]}
    for one in points[6:]:
        assert one["network.hubs_by_2027"] in range(6, 11)
        assert 2 <= one["accompaniment.hours_per_startup"] <= 8
        assert one["missions.per_year"] in range(1, 9)
        assert 0.1 <= one["accompaniment.remote_fraction"] <= 0.5
    hours = sorted(one["accompaniment.hours_per_startup"] for one in points[6:])
    assert [int((one - 2) / 6 * 5 - 1e-9) for one in hours] == [0, 1, 2, 3, 4], "one in each fifth of the range"
    assert points[study.reference]["accompaniment.hours_per_startup"] == 8
    design = Design(study)
    assert [design.values(index) for index in range(design.size)] == points
    assert list(written(tmp_path, SMALL, "again").points()) == points
    other = written(tmp_path, SMALL + "seed: 2\n", "other")
    assert list(other.points())[:6] == points[:6] and list(other.points())[6:] != points[6:]
    assert Design(other).identity != design.identity


def test_a_study_without_such_points_stays_the_same_study(tmp_path):
    plain = SMALL[: SMALL.index("fill:")] + SMALL[SMALL.index("reference:") :]
    assert "fill" not in Design(written(tmp_path, plain)).identity


def test_lists_are_chosen_from_and_a_sweep_runs_all_points(tmp_path):
    study = written(tmp_path, EXPERIMENT)
    beside = list(study.points())[12:]
    for path in ("admission.rule", "network.openings"):
        assert len({repr(one[path]) for one in beside}) == 2
    result = run(written(tmp_path, SMALL), tmp_path / "result")
    assert len(result.points) == 11 and result.reference == "point-003" and len(result.compared) == 10


def test_the_schema_knows_the_group():
    schema = experiment_schema()
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    assert not list(check.iter_errors(json.loads(json.dumps(YAML(typ="safe").load(EXPERIMENT), default=str))))
    assert list(check.iter_errors({"base": "x", "factors": {"fairs.places": [1]}, "fill": {"points": 3}}))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("  samples: 5", "  sample: 5", "unknown key 'sample' in fill; did you mean 'samples'?"),
        ("  samples: 5", "  samples: 1", "fill.samples is 1, but must be"),
        (
            "    missions.per_year:",
            "    accompaniment.hours_per_startup:",
            "hours_per_startup is a factor of the grid already",
        ),
        ("    missions.per_year:", "    missions.per_yaer:", "did you mean 'missions.per_year'?"),
        ("{from: 1, to: 8}", "{from: 1, to: 99}", "missions.per_year is 99, but must be"),
        ("{from: 1, to: 8}", "{from: 1, to: 8, steps: 3}", "samples says how many points"),
        ("replications: 2", "replications: 2\ndesign: lhs\nsamples: 4", "fill has no meaning in the design lhs"),
    ],
)
def test_mistakes_have_their_place(tmp_path, before, after, says):
    with pytest.raises(ScenarioError) as error:
        written(tmp_path, SMALL.replace(before, after, 1))
    assert says in str(error.value)
    assert f"{tmp_path}/study.yaml:" in str(error.value)
