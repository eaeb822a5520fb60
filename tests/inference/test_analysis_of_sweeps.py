"""Sensitivity, discovery and search find known structure, through the same path as every study."""

from __future__ import annotations

import numpy as np
import pytest
from design_worlds import ISHIGAMI, run_drawn, run_ishigami

from sim.errors import StudyError
from sim.figures.sweep_drawing import draw_sensitivity
from sim.inference.discovery import discover
from sim.inference.sensitivity import analyse, share_of_chance
from sim.report.text import as_dict, table
from sim.scenario.schema import schema
from sim.studies.experiment import load_experiment
from sim.studies.sweep import sweep

RANGES = "".join(f"  {path}: {{from: 0, to: 1}}\n" for path in ISHIGAMI)


def study(folder, design, samples, runner=run_ishigami, replications=2, factors=RANGES, more="", **how):
    folder.mkdir(exist_ok=True)
    path = folder / f"{design}.yaml"
    path.write_text(
        f"base: builtin:today\ndesign: {design}\nsamples: {samples}\nreplications: {replications}\n"
        f"{more}factors:\n{factors}",
        encoding="utf-8",
    )
    experiment = load_experiment(path)
    return sweep(experiment, workers=1, out=folder / design, runner=runner, **how), experiment


def test_sobol_indices_of_ishigami_are_within_their_intervals(tmp_path):
    """S1 = 0.3139, 0.4424, 0 and ST = 0.5576, 0.4424, 0.2437 (Ishigami and Homma 1990; a = 7, b = 0.1)."""
    found = analyse(*study(tmp_path, "sobol", 512))
    indices = found.indices.set_index("factor").loc[list(ISHIGAMI)]
    for name, truth in (("S1", (0.3139, 0.4424, 0.0)), ("ST", (0.5576, 0.4424, 0.2437))):
        low, high = (indices[f"{name}_{end}"].to_numpy() for end in ("low", "high"))
        assert (low <= np.array(truth)).all() and (high >= np.array(truth)).all(), indices
        assert (indices[f"{name}_high"] - indices[f"{name}_low"]).max() < 0.3
    assert found.chance["single"][0] < 0.01
    told = " ".join(table(found).split())
    assert "fairs.hub_share" in told and "draws of posterior, alike at all points" in told
    assert "What the level of each outcome depends on" in told and draw_sensitivity(found, tmp_path)
    assert as_dict(found)["parameters"] == "posterior"


def test_other_parameters_are_drawn_alike_at_all_points_or_fixed(tmp_path):
    """A drawn parameter shifts all points of a world equally, so it does not reduce the share that factors explain."""
    drawn, _ = study(tmp_path / "drawn", "sobol", 4, run_drawn, replications=4)
    fixed, experiment = study(tmp_path / "fixed", "sobol", 4, run_drawn, replications=4, parameters="fixed")
    gaps = [result.matrix("y").sub(result.matrix("y").iloc[0]) for result in (drawn, fixed)]
    np.testing.assert_allclose(*gaps, rtol=0, atol=1e-12)
    assert drawn.matrix("y").iloc[0].nunique() == 2 and fixed.matrix("y").iloc[0].nunique() == 1
    assert "all other parameters: at their defaults" in " ".join(table(analyse(fixed, experiment)).split())


def test_morris_screens_out_what_does_nothing(tmp_path):
    factors = RANGES + "  fairs.noise: {from: 0, to: 1}\n"
    found = analyse(*study(tmp_path, "morris", 20, factors=factors))
    ranked = found.ranked("y")
    assert ranked["factor"].iloc[-1] == "fairs.noise" and ranked["mu_star"].iloc[-1] == pytest.approx(0, abs=1e-9)
    assert (ranked["mu_star"].iloc[:3] > 1).all() and ranked["samples"].eq(20).all()


def test_other_designs_have_no_indices(tmp_path):
    with pytest.raises(StudyError, match="needs morris"):
        analyse(*study(tmp_path, "lhs", 4))


def test_the_share_of_chance_is_that_of_the_variance():
    chance = np.random.default_rng(5)
    points = chance.normal(size=(2000, 1))
    alone = points + chance.normal(size=(2000, 4))
    assert share_of_chance(alone)["single"] == pytest.approx(0.5, abs=0.03)
    assert share_of_chance(alone)["means"] == pytest.approx(0.2, abs=0.02)
    common = points + chance.normal(size=(1, 4)) + 0.1 * chance.normal(size=(2000, 4))
    assert share_of_chance(common)["means"] == pytest.approx(0.0025, abs=0.001), "common worlds move all points alike"
    assert np.isnan(share_of_chance(points)["single"])


def test_a_box_is_found_where_it_is(tmp_path):
    result, _ = study(tmp_path, "lhs", 300, replications=1)
    found = discover(result, "y", above=8.0)
    box = found.boxes.iloc[0]
    assert box["density"] > 2 * found.cases / found.points and box["coverage"] > 0.3
    limits = found.limits[found.limits["box"] == 1].set_index("factor")
    assert limits.loc[ISHIGAMI[0], "low"] > 0.45, "y is large where x1 is positive"
    assert not box["dense"] and as_dict(found)["wanted_density"] == 0.8
    assert "no box of enough points reaches 80 %; it is the densest there is" in " ".join(table(found).split())
    thin = discover(result, "y", above=8.0, density=0.3)
    assert thin.boxes["dense"][0] and thin.boxes["coverage"][0] > box["coverage"]
    assert "not the density asked for" not in table(thin).partition("Box 2")[0]
    assert "by their means over draws of posterior" in table(found) and found.parameters == "posterior"
    assert "coverage" in table(found) and f"against {100 * found.cases / 300:.0f} % anywhere" in table(found)
    for arguments, message in (
        ({}, "either --below"),
        ({"above": 1, "below": 2}, "either --below"),
        ({"above": 99}, "true at 0 of 300"),
        ({"above": 8, "density": 80}, "density is 80, but must be a number from 0.0001 to 1"),
    ):
        with pytest.raises(StudyError, match=message):
            discover(result, "y", **arguments)
    with pytest.raises(StudyError, match="there is no outcome"):
        discover(result, "yy", above=1)


def test_the_shipped_screening_names_every_uncertain_parameter():
    experiment = load_experiment("experiments/sensitivity.yaml")
    uncertain = {path for path, one in schema().declarations.items() if one.prior and not one.lever}
    assert {factor.path for factor in experiment.factors} == uncertain
