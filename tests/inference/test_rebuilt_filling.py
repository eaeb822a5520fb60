"""A grid with points beside it can be run again from its folder."""

from __future__ import annotations

from site_worlds import EXPERIMENT, run_levers
from sweeps import run, written

from sim.inference.rebuilt import rebuild
from sim.studies.design import Design


def test_points_beside_a_grid_are_built_again(tmp_path):
    text = EXPERIMENT.replace("record: [monthly]\n", "").replace("replications: 36", "replications: 1")
    study = written(tmp_path, text)
    result = run(study, tmp_path / "result", runner=run_levers)
    [make] = rebuild(result.store).chunks.values()
    assert [dict(point.values) for point in make().scenarios] == [
        Design(study).values(index) for index in range(study.size)
    ]
