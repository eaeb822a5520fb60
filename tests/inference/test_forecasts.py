"""Registered forecasts: kept as they were made, found by quantity and date, and called by what was known then."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm
from typer.testing import CliRunner

from sim.country.data import table
from sim.errors import StudyError
from sim.figures.forecasts import forecasts_and_facts, quantity_name
from sim.inference import registration as registry
from sim.inference.dated import DatedReader
from sim.inference.forecast_scores import coverage, skills
from sim.inference.forecasts import against_facts, scored_rows
from sim.inference.registration import COLUMNS, LEVELS, Registration, errors_of_observation, quantiles, registrations
from sim.model.ecosystem import EcosystemModel
from sim.report.text.forecasts import forecasts as text
from sim.words.language import LANGUAGES, language

NORMAL = norm.ppf(LEVELS)
TODAY, Z = "2030-06", norm.ppf(0.95)


def registered(rows: list[tuple[str, str, str, float, float]], known: tuple[str, ...] = ()) -> Registration:
    """A registration of June 2027 with normal forecasts: policy, quantity, date, mean and standard deviation."""
    numbers = [(*head, *(mean + sd * NORMAL)) for *head, mean, sd in rows]
    about = {"format": 1, "registered": "2027-06-15", "facts": list(known), "hubsim": "0.1.0", "revision": None}
    about |= {"worlds": 4, "draws": 2, "parameters": "posterior", "draws_digest": "0123456789abcdef"}
    frame = pd.DataFrame(numbers, columns=["scenario", "quantity", "date", *COLUMNS])
    return Registration("2027-06-15", about, frame)


def fact(name: str, outcome: str, date: str, value: float, tolerance: float = 1.0, unit: str = "firms"):
    ends = {"low": value - 2 * tolerance, "high": value + 2 * tolerance}
    return {"id": name, "outcome": outcome, "date": date, "value": value, "unit": unit, **ends}


@pytest.fixture
def desks() -> Registration:
    rows = [("plan", "desks", f"{year}-12", mean, 2.0) for year, mean in ((2026, 10.0), (2027, 20.0), (2028, 26.0))]
    rows += [("plan", "rounds", str(year), 5.0, 1.0) for year in (2026, 2027)]
    return registered(rows, known=("desks_2025", "desks_2026", "planned"))


def test_a_fact_is_found_by_quantity_and_date_and_scored(desks):
    """One row a fact: the score is the mean quantile loss, doubled; another month is interpolated."""
    facts = pd.DataFrame(
        [
            fact("desks_2025", "desks", "2025-12", 8.0),
            fact("rounds_2027", "rounds", "2027", 7.0),
            fact("desks_june", "desks", "2028-06", 24.0),
            fact("desks_2028", "desks", "2028", 21.0),
            fact("other", "hubs", "2027-12", 9.0),
        ]
    )
    board = against_facts(desks, facts, TODAY).set_index("fact")
    curve = 5.0 + NORMAL
    loss = np.where(curve <= 7, LEVELS * (7 - curve), (1 - LEVELS) * (curve - 7))
    row = board.loc["rounds_2027"]
    assert row["crps"] == pytest.approx(2 * loss.mean()) and not row["inside"]
    assert row["interval_score"] == pytest.approx(2 * Z + 20 * (2 - Z))
    assert board.loc["desks_june", "median"] == pytest.approx(23.0) and board.loc["desks_june", "inside"]
    assert board.loc["desks_2028", "median"] == pytest.approx(20 + 6 * 6.5 / 12), "a year is compared with its middle"
    assert "desks_2025" not in board.index, "it lies before what was registered"
    assert board.loc["rounds_2027", "date"] == "2027" and (board["quantity"] != "hubs").all()
    assert board.index.isna().sum() == 4, "what has no fact yet is shown without a score"


def test_what_was_known_is_a_hindcast_and_a_plan_is_no_fact(desks):
    facts = pd.DataFrame(
        [
            fact("desks_2025", "desks", "2025-12", 8.0),
            fact("desks_2026", "desks", "2026-12", 11.0),
            fact("rounds_2026", "rounds", "2026", 5.0),
            fact("rounds_2027", "rounds", "2027", 5.0),
            fact("planned", "desks", "2027-12", 99.0),
            fact("desks_2027", "desks", "2027-12", 21.0),
            fact("far", "desks", "2028-12", 30.0),
        ]
    )
    board = against_facts(desks, facts, "2028-03")
    kinds = board.dropna(subset="fact").set_index("fact")["kind"]
    assert kinds.to_dict() == {
        "desks_2026": "hindcast", "rounds_2026": "nowcast", "rounds_2027": "forecast", "desks_2027": "forecast",
    }  # fmt: skip
    without = against_facts(desks, facts.iloc[:0], "2028-03").set_index(["quantity", "date"])["kind"]
    assert without["desks", "2026-12"] == "nowcast" and without["desks", "2027-12"] == "forecast"
    rules = board.set_index("fact")[["crps_nothing", "crps_trend"]]
    assert rules.loc["desks_2026"].isna().all(), "a rule would be told what it forecasts"
    assert rules.loc["desks_2027", "crps_nothing"] > rules.loc["desks_2027", "crps_trend"] > 0, "desks were growing"
    assert rules.loc["rounds_2027"].isna().all(), "nothing was known of rounds"
    scored = scored_rows(board, "forecast", "plan")
    assert set(scored["fact"]) == {"desks_2027", "rounds_2027"} and skills(scored).iloc[0]["facts"] == 1
    said = text(desks, board)
    assert "nowcast, plan: 1 of 1 facts" in said and "skill against nothing changes" in said


def test_forecasts_that_are_right_cover_what_they_say():
    """Facts drawn from the forecasts' own laws: each statement is false in one of 1,000 samples of facts.

    The expected loss of a standard normal quantile is the density there.
    """
    count, rng = 600, np.random.default_rng(7)
    means, sds = rng.uniform(10, 100, count), rng.uniform(1, 9, count)
    rows = [("plan", f"q{k}", "2027-12", means[k], sds[k]) for k in range(count)]
    values = means + sds * rng.standard_normal(count)
    facts = pd.DataFrame([fact(f"f{k}", f"q{k}", "2027-12", values[k], sds[k]) for k in range(count)])
    scored = scored_rows(against_facts(registered(rows), facts, TODAY), "forecast", "plan")
    fewest, most = binom.ppf([0.0005, 0.9995], count, 0.9)
    assert fewest <= coverage(scored).inside <= most
    error = scored["crps"].std() / math.sqrt(count)
    wide = registered([(*head, 2 * sd) for *head, sd in rows])
    wider = scored_rows(against_facts(wide, facts, TODAY), "forecast", "plan")
    assert abs(scored["crps"].mean() - 2 * norm.pdf(NORMAL).mean()) < norm.ppf(0.9995) * error
    gain = wider["crps"].to_numpy() - scored["crps"].to_numpy()
    assert gain.mean() > norm.ppf(0.9995) * gain.std() / math.sqrt(count), "a law that is too wide scores worse"


def test_quantiles_hold_chance_and_the_error_of_the_latest_fact():
    facts = pd.DataFrame(
        [
            fact("new", "desks", "2026-12", 100.0, 5.0),
            fact("old", "desks", "2020-12", 50.0, 10.0),
            fact("hubs", "hubs", "2026", 6.0, 0.0),
        ]
    )
    errors = errors_of_observation(facts)
    assert errors == {"desks": 0.05}
    rng = np.random.default_rng(1)
    runs = pd.DataFrame(
        {"scenario": "plan", "desks@2027-12": 200 + 10 * rng.standard_normal(4000), "hubs@2027-12": 7.0}
    )
    found = quantiles(runs.assign(seed=1), errors).set_index("quantity")
    sd = math.hypot(10, 200 * 0.05)
    assert found.loc["desks", "q0.950"] - found.loc["desks", "q0.050"] == pytest.approx(2 * 1.645 * sd, rel=0.05)
    assert (found.loc["hubs", COLUMNS] == 7.0).all() and found.loc["hubs", "date"] == "2027-12"


@pytest.fixture(scope="module")
def world(today):
    model = EcosystemModel(today.with_values({"time.end": "2024-12"}), rng=1)
    model.run_until(model.scenario.months)
    return model


def test_quantities_are_what_the_record_shows_at_their_dates(world):
    reader, history = DatedReader(world), world.history.set_index("month")
    regions = world.region_history.set_index(["month", "region"])
    year = history.loc["2023-01":"2023-12"]
    assert reader.read("closures", "2023") == year["failed"].sum()
    assert reader.read("deal_amount", "2023") == pytest.approx(year["deal_amount"].sum())
    assert reader.read("deals", "2023") == pytest.approx(year["deals"].sum())
    assert reader.read("exporters", "2023-12") == history.loc["2023-12", "exporters"]
    assert reader.read("hubs_open", "2023-12") == 6
    region = world.geography.regions[0]
    assert reader.read(f"active:{region}", "2023-12") == regions.loc[("2023-12", region), "active"]
    by_hub = [reader.read(f"residents:{hub.name}", "2023-12") for hub in world.hubs]
    assert sum(by_hub) == reader.read("residents", "2023-12")
    assert math.isnan(reader.read("residents", "2025-01")), "the world ends before"
    with pytest.raises(KeyError):
        reader.read("residents:Atlantis", "2023-12")


@pytest.fixture
def small_policies(small):
    """Two short policies, so that a registration takes seconds."""
    return [small.with_values({}, key="ten-hubs-2027"), small.with_values({}, key="today")]


def test_what_is_registered_is_read_as_it_was_and_never_written_again(small_policies, tmp_path):
    options = {"replications": 2, "folder": tmp_path / "forecasts", "scenarios": small_policies, "workers": 1}
    made = registry.register(tmp_path / "runs", **options)
    [read] = registrations(tmp_path / "forecasts")
    assert read.name == made.name == made.about["registered"] and read.about == made.about
    pd.testing.assert_frame_equal(read.table, made.table, rtol=1e-5)
    assert set(table("facts")["id"]) == set(read.about["facts"])
    with pytest.raises(StudyError, match=f"is registered as {made.name} already"):
        registry.register(tmp_path / "runs", **options)
    second = registry.register(tmp_path / "more", **options | {"seed": 2})
    assert second.name == f"{made.name}-2"
    assert [one.name for one in registrations(tmp_path / "forecasts")] == [made.name, second.name]
    with pytest.raises(StudyError, match=r"is one point, which forecasts nothing"):
        registry.register(tmp_path / "fixed", **options | {"parameters": "fixed"})
    file = tmp_path / "forecasts" / f"{made.name}.csv"
    file.write_text("scenario,quantity\n", encoding="utf-8")
    with pytest.raises(StudyError, match="is no registered forecast: it is not of format 1"):
        registrations(tmp_path / "forecasts")


def test_the_command_shows_the_latest_and_says_what_is_not_there(desks, tmp_path, monkeypatch):
    from sim.cli.main import app

    monkeypatch.setattr(registry, "forecasts_folder", lambda: tmp_path)
    run = CliRunner()
    nothing = run.invoke(app, ["forecast"])
    assert nothing.exit_code == 2 and "hubsim forecast --register" in nothing.output
    desks.table.to_csv(tmp_path / "2027-06-15.csv", index=False)
    (tmp_path / "2027-06-15.json").write_text(json.dumps(desks.about), encoding="utf-8")
    said = run.invoke(app, ["forecast", "--quiet", "--out", str(tmp_path / "out"), "--lang", "fr"])
    assert said.exit_code == 0 and "registered 2027-06-15" in said.output and "no fact yet" in said.output
    assert (tmp_path / "out" / "figures" / "forecasts.png").exists()
    found = json.loads(run.invoke(app, ["forecast", "2027-06-15", "--json", "--quiet"]).stdout)
    assert found["about"]["worlds"] == 4 and len(found["forecasts"]) == 5
    wrong = run.invoke(app, ["forecast", "2027-06-16"])
    assert wrong.exit_code == 2 and "2027-06-15" in wrong.output
    assert run.invoke(app, ["forecast", "2027-06-15", "--register"]).exit_code == 2
    assert run.invoke(app, ["forecast", "--register", "--replications", "0"]).exit_code == 2


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_figure_speaks_every_language(desks, code):
    t = language(code)
    assert forecasts_and_facts(against_facts(desks, table("facts"), TODAY), "plan", code).get_label()
    names = {name: quantity_name(t, name) for name in ("hubs_open", "closures", "deal_amount", "residents:Oriental")}
    assert len(set(names.values())) == 4 and not any("_" in name for name in names.values())
