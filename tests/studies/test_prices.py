"""Prices at the ends of their ranges: the values that change, the values that stay, and the identity of a study."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from fake_worlds import FakeScenario, run_fake

import sim
from sim.country.data import table
from sim.errors import StudyError
from sim.model.ecosystem import EcosystemModel
from sim.model.outcomes import measure
from sim.processes.costs import Parameters, price_ranges
from sim.studies.prices import at_prices

PUBLISHED_PER_PLACE = [200, 260, 180, 360, 330, 650, 830, 1300]
PER_UNIT = {
    "costs.running_cost_per_place_year": "cost_running",
    "costs.mentor_hour": "cost_mentors",
    "costs.mission_place": "cost_missions",
    "costs.fair_place": "cost_fairs",
}
"""Kinds of cost that are one price times a quantity that does not depend on prices."""


def run_quickly(chunk, seed, record):
    """Run fake worlds of three numbers in place of the model."""
    yield from run_fake(replace(chunk, scenarios=[FakeScenario(one.key) for one in chunk.scenarios]), seed, record)


def test_every_price_lies_within_its_range_and_says_why():
    prices = table("prices")
    assert (prices["low"] < prices["value"]).all() and (prices["value"] < prices["high"]).all()
    assert prices["range_source"].str.len().min() > 30
    row = prices.set_index("name").loc["capital_per_place"]
    assert (row["low"], row["high"]) == (min(PUBLISHED_PER_PLACE), max(PUBLISHED_PER_PLACE))
    known = {f"costs.{name}" for name in Parameters.model_fields}
    assert known - set(price_ranges()) == {"costs.building_life", "costs.discount_rate"}


@pytest.mark.parametrize("end", ["low", "high"])
def test_all_prices_move_to_that_end_with_their_origin_but_for_those_that_a_scenario_sets(small, end):
    ours = small.with_values({"costs.mentor_hour": 0.45})
    [plain, own] = at_prices([small, ours], end)
    ends = {path: ends[end == "high"] for path, ends in price_ranges().items()}
    assert {path: value for path, _, value in small.diff(plain)} == ends
    assert {str(plain.origins[path]) for path in ends} == {f"--prices {end}"}
    assert own.values["costs.mentor_hour"] == 0.45 and own.values["costs.fair_place"] == ends["costs.fair_place"]
    assert at_prices([small], "median") == [small]


@pytest.mark.parametrize(("word", "near"), [("lo", "'low'"), ("medium", "'median'"), ("", None)])
def test_another_word_is_refused_with_the_nearest(small, word, near):
    with pytest.raises(StudyError, match="choose low, median or high") as caught:
        at_prices([small], word)
    assert near is None or f"did you mean {near}?" in str(caught.value)


def test_a_cost_is_its_quantity_times_its_price_and_a_published_fit_out_stays(small):
    roadmap = {
        "network.openings": [{"hub": "Fès", "opens": "2021-01"}, {"hub": "Safi", "opens": "2021-01", "places": 50}]
    }
    policy = small.with_values(roadmap | {"missions.per_year": 2, "fairs.subsidy": 1.0})
    found = {}
    for end in ("low", "median", "high"):
        [priced] = at_prices([policy], end)
        world = EcosystemModel(priced)
        world.run_until(priced.months)
        found[end] = measure(world) | {hub.name: hub.plan.capital for hub in world.hubs}
    for end in ("low", "high"):
        assert found[end]["Fès"] == found["median"]["Fès"] == 73_820
        assert found[end]["Safi"] == 50 * price_ranges()["costs.capital_per_place"][end == "high"]
        for path, kind in PER_UNIT.items():
            ratio = price_ranges()[path][end == "high"] / small.values[path]
            assert found[end][kind] == pytest.approx(found["median"][kind] * ratio), kind
        assert found[end]["cost_grants"] == found["median"]["cost_grants"]
    assert found["low"]["cost"] < found["median"]["cost"] < found["high"]["cost"]


def test_prices_are_part_of_what_a_study_is(small, tmp_path):
    policies = [
        small.with_values({}, key="today"),
        small.with_values({"accompaniment.hours_per_startup": 16}, key="more"),
    ]
    options = {"replications": 2, "parameters": "fixed", "workers": 1, "out": tmp_path / "study", "runner": run_quickly}
    median = sim.compare(policies, **options)
    low = sim.compare(policies, prices="low", **options)
    assert sim.compare(policies, prices="median", **options).folder == median.folder != low.folder
    assert low.manifest["options"]["prices"] == "low" and "prices" not in median.manifest["options"]
    assert "prices='low'" in low.manifest["command"]
    resolved = (low.folder / "resolved" / "more.yaml").read_text(encoding="utf-8")
    assert "mentor_hour: 0.15  # --prices low" in resolved
    again = sim.load_scenario(low.folder / "resolved" / "more.yaml")
    assert at_prices([again], "median")[0].digest == at_prices(policies, "low")[1].digest, (
        "it repeats without the option"
    )


def test_one_world_takes_prices_from_the_command_line(small, tmp_path, monkeypatch, capsys):
    from typer.main import get_command

    from sim.cli.main import app

    (tmp_path / "scenarios").mkdir()
    text = "time: {start: 2022-01, present: 2023-06, end: 2024-06}\n"
    (tmp_path / "scenarios" / "brief.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    costs = []
    for end in ("low", "high"):
        command = ["run", "brief", "--prices", end, "--out", f"results/{end}", "--json", "--quiet"]
        monkeypatch.setattr("sim.cli.publish.illustrate", lambda *_: None)
        get_command(app).main(command, standalone_mode=False)
        costs.append(json.loads(capsys.readouterr().out)["outcomes"]["cost_running"]["value"])
        manifest = json.loads((tmp_path / "results" / end / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["options"]["prices"] == end
    low, high = price_ranges()["costs.running_cost_per_place_year"]
    assert math.isclose(costs[1] / costs[0], high / low)
