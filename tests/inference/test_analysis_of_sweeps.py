"""Sensitivity, discovery and search find known structure, through the same path as every study."""

from __future__ import annotations

import numpy as np
import pytest
from design_worlds import ISHIGAMI, run_drawn, run_ishigami, run_numbers

from sim.cli.publish import draw, drawn
from sim.errors import StudyError, StudyInterrupted
from sim.figures.sweep_drawing import draw_sensitivity
from sim.inference.discovery import discover
from sim.inference.frontier import Frontier, non_dominated
from sim.inference.policy_search import search
from sim.inference.sensitivity import analyse, share_of_chance
from sim.parameters.draws import draws_of
from sim.report.text import as_dict, table
from sim.scenario import load_scenario
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
    assert "no box of enough points reaches 80%; it is the densest there is" in " ".join(table(found).split())
    thin = discover(result, "y", above=8.0, density=0.3)
    assert thin.boxes["dense"][0] and thin.boxes["coverage"][0] > box["coverage"]
    assert "not the density asked for" not in table(thin).partition("Box 2")[0]
    assert "by their means over draws of posterior" in table(found) and found.parameters == "posterior"
    assert "coverage" in table(found) and f"against {found.cases / 300:.0%} anywhere" in table(found)
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


def test_the_frontier_is_what_no_other_beats():
    values = np.array([[1, 5], [2, 4], [2, 3], [0, 6], [1, 5]])
    assert non_dominated(values).tolist() == [True, True, False, True, True]


SEARCH = (
    "  network.hubs_by_2027: [6, 7, 8, 9, 10]\n  accompaniment.hours_per_startup: {from: 2, to: 20}\n"
    "  accompaniment.mix.finance: {from: 0, to: 1}\n  accompaniment.mix.market_access: {from: 0, to: 1}\n"
    "  accompaniment.mix.skills: {from: 0, to: 1}\n"
)


def searched(folder, name, runner=run_numbers, **arguments):
    path = folder / "search.yaml"
    path.write_text(
        "base: builtin:today\ndesign: search\nsamples: 60\nreplications: 2\nbudget: 500\n"
        f"outcomes: [exporters, survivors_5y, cost]\nfactors:\n{SEARCH}",
        encoding="utf-8",
    )
    return search(load_experiment(path), workers=1, out=folder / name, runner=runner, **arguments)


def test_a_search_keeps_to_its_budget_and_is_resumed_by_its_ledger(tmp_path):
    whole = searched(tmp_path, "whole")
    front = whole.frontier[whole.frontier["state"] == "frontier"]
    assert len(whole.frontier) == 60 and 3 < len(front) < 60
    assert (front["cost"] <= 500e6).all() and (front["worlds"] == 6).all()
    assert whole.policies.filter(like="mix").sum(axis=1).to_numpy() == pytest.approx(1)
    assert draw(whole) and drawn(whole) and "on the frontier" in table(whole)
    best = load_scenario(whole.folder / "resolved" / f"{front['policy'].iloc[0]}.yaml")
    assert best.values["network.hubs_by_2027"] == whole.policies.loc[best.key, "network.hubs_by_2027"]

    def stop(progress):
        if progress.done >= 70:
            raise KeyboardInterrupt

    with pytest.raises(StudyInterrupted):
        searched(tmp_path, "again", progress=stop)
    resumed = searched(tmp_path, "again")
    assert isinstance(resumed, Frontier) and len(resumed.manifest["sessions"]) == 2
    runs = whole.store.frame("runs")
    draws = {world: draws_of("posterior").of(world).number for world in range(8)}
    assert (runs["draw"] == runs["replication"].map(draws)).all(), "all policies of a world under the same draw"
    assert set(front["draws"]) == {3} and "chance taken out" in " ".join(table(whole).split())
    for name in ("runs.parquet", "frontier.csv"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_a_search_needs_aims(tmp_path):
    path = tmp_path / "search.yaml"
    head = "base: builtin:today\ndesign: search\nsamples: 4\nfactors: {fairs.places: {from: 0, to: 400}}\n"
    for outcomes, message in (("[exporters]", "two outcomes"), ("[residents, cost]", "residents is no aim")):
        path.write_text(f"{head}outcomes: {outcomes}\n")
        with pytest.raises(StudyError, match=message):
            search(load_experiment(path), out=tmp_path / "x")


def test_the_shipped_screening_names_every_uncertain_parameter():
    experiment = load_experiment("experiments/sensitivity.yaml")
    uncertain = {path for path, one in schema().declarations.items() if one.prior and not one.lever}
    assert {factor.path for factor in experiment.factors} == uncertain
