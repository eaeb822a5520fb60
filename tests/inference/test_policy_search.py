"""A search proposes what the money allows, judges by paired differences, and answers with how sure it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from design_worlds import run_numbers

from sim.cli.publish import draw, drawn
from sim.errors import StudyError, StudyInterrupted
from sim.inference.affordable import Affordable
from sim.inference.frontier import Aim, Fresh, Frontier, frontier_of, non_dominated, on_frontier
from sim.inference.planned_cost import planned_cost, remote_price
from sim.inference.policy_search import named_policies, search
from sim.inference.policy_space import PolicySpace
from sim.inference.proposals import SAMPLERS, Proposals
from sim.model.outcomes import OUTCOMES
from sim.parameters.draws import Draws, draws_of
from sim.report.best_policies import BestPolicies, best_policies_of
from sim.report.related_results import Companions
from sim.report.rendering import environment
from sim.report.text import as_dict, table
from sim.report.text.frontier import table as told
from sim.scenario import ScenarioError, load_scenario
from sim.studies.columns import OF_SEARCH
from sim.studies.experiment import load_experiment
from sim.studies.study import Chunk
from sim.studies.worlds import run_policies
from sim.words.language import LANGUAGES, language

FACTORS = (
    "  network.hubs_by_2027: [6, 7, 8, 9, 10]\n  accompaniment.hours_per_startup: {from: 2, to: 20}\n"
    "  accompaniment.mix.finance: {from: 0, to: 1}\n  accompaniment.mix.market_access: {from: 0, to: 1}\n"
    "  accompaniment.mix.skills: {from: 0, to: 1}\n"
)
NAMED = ("ten-hubs-2027", "six-hubs-deeper")
AIMS = "outcomes: [exporters, survivors_5y, cost]\n"


def written(folder: Path, more: str = "budget: 500\n", factors: str = FACTORS, outcomes: str = AIMS) -> Path:
    path = folder / "search.yaml"
    path.write_text(
        f"base: builtin:today\ndesign: search\nsamples: 60\nreplications: 2\n{more}{outcomes}factors:\n{factors}",
        encoding="utf-8",
    )
    return path


def run_priced(chunk, seed, record):
    """As `run_numbers`, at the planned cost plus a little that differs by world."""
    scenarios = {scenario.key: scenario for scenario in chunk.scenarios}
    for run in run_numbers(chunk, seed, record):
        cost = sum(planned_cost(scenarios[run.scenario]).values()) + 1e5 * chunk.replication
        yield replace(run, outcomes=run.outcomes | {"cost": cost})


def searched(folder, name, runner=run_priced, more="budget: 500\n", **arguments):
    return search(load_experiment(written(folder, more)), workers=1, out=folder / name, runner=runner, **arguments)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Frontier:
    return searched(tmp_path_factory.mktemp("search"), "whole")


def test_the_plan_tells_what_a_policy_costs_before_it_is_run():
    """Capital, running cost, hours and buildings are exact; missions and fairs cost at most what was planned."""
    base = load_scenario("builtin:today").with_values({"time.start": "2023-01", "time.end": "2031-06"})
    opened = [
        {"hub": "Fès", "opens": "2026-07", "places": 33},
        {"hub": "Agadir", "opens": "2025-01", "places": 40, "mentor_hours": 90},
    ]
    policies = [
        base,
        base.with_values({"network.openings": opened[:1], "missions.per_year": 3}, key="opened"),
        base.with_values({"network.closures": [{"hub": "Rabat", "closes": "2028-03"}]}, key="closed"),
        base.with_values({"accompaniment.mentor_hours_total": 4000, "fairs.places": 300}, key="hours"),
        base.with_values({"accompaniment.enabled": False, "network.enabled": False}, key="nothing"),
        load_scenario("builtin:ten-hubs-2027").with_values({"time.start": "2023-01", "time.end": "2031-06"}),
    ]
    runs = {run.scenario: run for run in run_policies(Chunk("world", 0, tuple(policies)), 1, ())}
    for policy in policies:
        plan, found = planned_cost(policy), runs[policy.key].outcomes
        for part in ("capital", "running", "mentors", "residual"):
            assert plan[part] == pytest.approx(found[f"cost_{part}"], rel=1e-9, abs=1e-3), (policy.key, part)
        for part in ("missions", "fairs"):
            assert plan[part] >= found[f"cost_{part}"] - 1e-3, (policy.key, part)
    assert runs["opened"].outcomes["cost_missions"] > 0


def test_proposals_are_mended_until_the_money_allows_them(tmp_path):
    experiment = load_experiment(written(tmp_path))
    space, affordable = PolicySpace(experiment), Affordable(experiment, Draws(), range(2))
    affordable.limit = 50e6

    def cost(chosen):
        return affordable.beyond(space.values(chosen))

    dear = {choice.name: 1.0 if choice.levels is None else choice.levels - 1 for choice in space.choices}
    assert cost(dear) > 50e6
    for seed in range(8):
        found = space.mended(dear, cost, 50e6, np.random.default_rng(seed))
        assert found is not None and 40e6 < cost(found) <= 50e6, "the money is used, and no more"
    assert len({str(space.mended(dear, cost, 50e6, np.random.default_rng(seed))) for seed in range(8)}) > 1
    assert space.mended(dear, cost, -1e12, np.random.default_rng(0)) is None
    least = cost(space.cheapest(cost))
    assert space.mended(dear, cost, least, np.random.default_rng(0)) is not None


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_proposes_what_can_be_paid(tmp_path, sampler):
    experiment = load_experiment(written(tmp_path))
    affordable = Affordable(experiment, Draws(), range(2))
    affordable.limit = 60e6
    space = PolicySpace(experiment)
    aims = [Aim("exporters", 1), Aim("cost", -1)]
    proposed = []
    proposals = Proposals(space, aims, 1, sampler)
    for _ in range(3):
        batch = [space.values(one) for one in proposals.batch(20, affordable)]
        proposals.learn([[values["accompaniment.hours_per_startup"], affordable.beyond(values)] for values in batch])
        proposed += batch
    assert max(map(affordable.beyond, proposed)) <= affordable.spendable < 60e6
    assert len({str(values) for values in proposed}) == 60 and proposals.mended > 0


def test_what_no_plan_tells_is_measured_by_pilots(tmp_path):
    factors = "  accompaniment.remote_fraction: [0, 0.25]\n  fairs.places: {from: 0, to: 400}\n"
    experiment = load_experiment(written(tmp_path, factors=factors))
    affordable = Affordable(experiment, Draws(), range(2))
    [pilot] = affordable.pilots
    assert pilot.key == "pilot-remote" and pilot.values == {"accompaniment.remote_fraction": 0.25}
    price = remote_price(experiment.scenario(dict(pilot.values)))
    cost = pd.DataFrame({"today": [1e8, 2e8], "pilot-remote": [1e8 + 100 * price, 2e8 + 300 * price]})
    affordable.learn_pilots(cost)
    assert affordable.by_world(pilot.values, [0, 1]) == pytest.approx([100 * price, 300 * price])
    assert affordable.beyond(pilot.values) == pytest.approx(200 * price)
    dearer = pd.Series([150 * price], [0])
    assert affordable.expected(pilot.values, dearer) == pytest.approx(250 * price), "the draws of all worlds count"
    affordable.limit = 1e9
    assert affordable.spendable == pytest.approx(1e9 - max(0.01e9, 50 * price)), "later proposals leave more"


def test_a_search_keeps_to_its_budget_and_is_resumed_by_its_ledger(whole, tmp_path):
    front = whole.frontier[whole.frontier["state"] == "frontier"]
    limit = whole.manifest["limit"]
    assert limit == pytest.approx(500e6 - whole.manifest["base_cost"])
    tried = whole.frontier[~whole.frontier["named"] & (whole.frontier["policy"] != "today")]
    assert len(tried) == 60 and (tried["cost"] <= limit).all() and whole.manifest["over_budget"] == 0
    assert 1 < len(front) < 60 and (front["worlds"] == 6).all()
    mix = whole.policies.loc[tried["policy"]].filter(like="mix")
    assert mix.sum(axis=1).to_numpy() == pytest.approx(1)
    assert draw(whole) and drawn(whole)
    best = load_scenario(whole.folder / "resolved" / f"{whole.best('exporters')}.yaml")
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
    assert set(front["draws"]) == {3}
    for name in ("runs.parquet", "frontier.csv"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_the_codebook_says_what_the_columns_of_a_search_hold(whole):
    book = whole.store.frame("codebook.csv").fillna("")
    assert (book["meaning_fr"] != book["meaning"]).all() and (book["meaning_ar"] != book["meaning"]).all()
    book = book[book["file"] == "frontier.csv"].set_index("column")
    assert set(book.index) == set(whole.frontier)
    for ending in ("", "_fr", "_ar"):
        assert not book[f"label{ending}"].duplicated().any() and (book[f"meaning{ending}"] != "").all()
    t = language("en")
    for outcome in ("exporters", "survivors_5y", "cost"):
        known = OUTCOMES[outcome]
        assert all(
            t(known.label) in book.loc[f"{outcome}{end}", "label"]
            for end in OF_SEARCH
            if f"{outcome}{end}" in book.index
        )
        assert book.loc[f"{outcome}_regret", "unit"] == book.loc[outcome, "unit"] == t.unit(known.unit)
        assert book.loc[f"{outcome}_p_best", "unit"] == "share" and book.loc[f"{outcome}_verdict", "type"] == "text"
    assert book.loc["named", "type"] == "truth value" and book.loc["worlds", "unit"] == "worlds"


def test_today_the_roadmap_and_the_equal_money_stand_beside_what_is_found(whole, tmp_path):
    rows = whole.frontier.set_index("policy")
    assert rows.loc["today", "state"] == "reference" and rows.loc["today", "exporters"] == 0
    assert set(rows.index[rows["named"]]) == set(NAMED)
    assert (rows.loc[[*NAMED], "worlds"] == 6).all()
    roadmap = load_scenario(whole.folder / "resolved" / "ten-hubs-2027.yaml")
    assert roadmap.digest == load_scenario("builtin:ten-hubs-2027").digest
    other = tmp_path / "mine.yaml"
    other.write_text("extends: builtin:today\n", encoding="utf-8")
    path = written(tmp_path)
    path.write_text(path.read_text().replace("builtin:today", "mine.yaml"), encoding="utf-8")
    assert named_policies(load_experiment(path)) == []


def test_the_answer_is_in_words_of_three_languages(whole):
    for code in LANGUAGES:
        t = language(code)
        best_policies = BestPolicies(whole, t)
        text = " ".join(told(whole, 120, t).split())
        rows = best_policies.table().rows
        assert len(best_policies.sentences) == 4 and len(rows) == 1 + len(best_policies.lines())
        assert [name for name, _ in rows[:3]] == list(map(best_policies.title, ("today", *NAMED)))
        assert [cell.text for cell in rows[0][1]] == ["0"] * 3 and rows[0][1][1].note.startswith("– · "), "its regret"
        assert best_policies.title(whole.gives_up_least) in text and "policy-" not in text.split("policy-…")[0]
    assert "simulated, 0 (0.0 %) cost more" in " ".join(table(whole).replace("\N{NO-BREAK SPACE}", " ").split())
    plain = as_dict(whole)
    assert plain["over_budget"] == 0 and plain["base"] == "today" and plain["best"]["exporters"]
    assert (
        best_policies_of(whole.folder, language("fr"))
        and best_policies_of(whole.folder / "nowhere", language("fr")) is None
    )


def test_a_report_shows_the_search_beside_its_comparison(whole, tmp_path):
    shutil.copytree(whole.folder, tmp_path / "search")
    t = language("fr")
    beside = Companions(tmp_path, {"options": {"reference": "today"}}, t, {})
    assert beside.best_policies is not None and beside.commands == [whole.manifest["command"]]
    assert "frontier" in beside.figures()
    assert Companions(tmp_path, {"options": {"reference": "no-hubs"}}, t, {}).best_policies is None, (
        "it has another base"
    )
    page = environment().from_string(
        '{% from "macros.jinja" import grid with context %}{% include "best_policies.jinja" %}'
    )
    text = page.render(companions=beside, t=t, pictures={})
    assert "Ce que l’argent pourrait acheter" in text and text.count("<tr>") == 1 + len(beside.best_policies.shown())


def test_money_that_buys_nothing_is_refused_before_the_first_run(tmp_path):
    def never(chunk, seed, record):
        raise AssertionError("nothing may be run")
        yield

    with pytest.raises(StudyError, match=r"the cheapest policy of search costs .* raise the budget"):
        searched(tmp_path, "none", never, "budget: 100\n")
    with pytest.raises(ScenarioError, match=r"search\.yaml:6:1: extra and budget exclude each other"):
        load_experiment(written(tmp_path, "budget: 500\nextra: 20\n"))
    found = searched(tmp_path, "extra", more="extra: 40\n")
    assert found.manifest["limit"] == 40e6


def test_effects_ranks_and_states_follow_from_the_pairs():
    """A policy that is better in every world by the same amount is surely better, and nothing is given up by it."""
    chance = np.random.default_rng(3)
    luck = chance.normal(size=20)
    rows = pd.DataFrame(
        [
            {"scenario": key, "replication": world, "draw": world // 2, "y": luck[world] + gain, "cost": 1e8 + cost}
            for key, gain, cost in (("today", 0, 0), ("good", 5, 1e7), ("dear", 9, 9e7), ("bad", -1, 2e7))
            for world in range(20)
        ]
    )
    means = pd.DataFrame({"y": [4.0, 1.0], "cost": [1e7, 9e7]}, index=["good", "other"])
    found = frontier_of(Fresh(rows, "today"), means, [Aim("y", 1), Aim("cost", -1)], 5e7).set_index("policy")
    assert found["state"].to_dict() == {
        "today": "reference", "good": "frontier", "bad": "dominated", "dear": "over budget", "other": "over budget",
    }  # fmt: skip
    assert found.loc["good", ["y", "y_p_positive", "y_p_best", "y_regret"]].tolist() == pytest.approx([5, 1, 1, 0])
    assert found.loc["today", "y_regret"] == pytest.approx(5) and found.loc["bad", "y_p_positive"] == pytest.approx(0)
    assert np.isnan(found.loc["dear", "y_p_best"]) and found.loc["good", "y_verdict"] in ("clear", "likely")


def test_the_frontier_is_what_no_other_beats():
    values = np.array([[1, 5], [2, 4], [2, 3], [0, 6], [1, 5]])
    assert non_dominated(values).tolist() == [True, True, False, True, True]
    cube = np.stack([values, values], axis=1).astype(float)
    assert on_frontier(cube, None).tolist() == [1, 1, 0, 1, 1] == on_frontier(cube, np.array([0, 1])).tolist()


def test_a_search_needs_aims(tmp_path):
    path = tmp_path / "search.yaml"
    head = "base: builtin:today\ndesign: search\nsamples: 4\nfactors: {fairs.places: {from: 0, to: 400}}\n"
    for outcomes, message in (("[exporters]", "two outcomes"), ("[residents, cost]", "residents is no aim")):
        path.write_text(f"{head}outcomes: {outcomes}\n")
        with pytest.raises(StudyError, match=message):
            search(load_experiment(path), out=tmp_path / "x")
