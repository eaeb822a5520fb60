"""Each outcome counts what its sentence says: in a world of twelve made by hand, and recounted in a large one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from laboratory import branch, everyone, series

from sim.declare.states import Cause, LeftHub
from sim.kernel.founders import Founders
from sim.kernel.randomness import combine
from sim.kernel.state import Leavers
from sim.model.ecosystem import EcosystemModel
from sim.model.outcomes import DEFINED, OF_REGIONS, OUTCOMES, measure, shown_of
from sim.model.shown import BY_NAME, Shown
from sim.model.survey import theil
from sim.model.survival import survival_columns
from sim.page.worker import COMPARED_SERIES, shown_series
from sim.processes.costs import KINDS, Parameters, to_date

CENTRE, NORTH = "Casablanca-Settat", "Tanger-Tétouan-Al Hoceïma"

BY_HAND = [
    # Month 12 is January 2025, month 71 December 2029; the world ends after month 131.
    # Founded and never admitted: alive, failed after 59, failed after 61 months, bought, failed after founding anew.
    {"founded": 12, "region": CENTRE},
    {"founded": 20, "region": CENTRE, "closed": 79, "cause": Cause.INSOLVENT},
    {"founded": 20, "region": NORTH, "closed": 81, "cause": Cause.CLOSED},
    {"founded": 30, "region": NORTH, "closed": 40, "cause": Cause.ACQUIRED, "relocated": True},
    {"founded": 30, "region": NORTH, "closed": 35, "cause": Cause.INSOLVENT, "kind": 2},
    # Founded before the window, graduated in it; one operates five years later, one was bought, one is dead.
    {"founded": 2, "admitted": 6, "left": 66, "left_reason": LeftHub.GRADUATED, "graduate_60": True,
     "operating_24": True},
    {"founded": 2, "admitted": 6, "left": 66, "left_reason": LeftHub.GRADUATED, "closed": 100, "cause": Cause.ACQUIRED},
    {"founded": 2, "admitted": 7, "left": 67, "left_reason": LeftHub.GRADUATED, "closed": 90, "cause": Cause.INSOLVENT},
    # Admitted in the window: a success that exports; dormant after five years; dead after 30 months; bought early.
    {"founded": 12, "admitted": 13, "operating_24": True, "operating_60": True, "left": 73,
     "left_reason": LeftHub.GRADUATED, "exporting_60": True, "first_export": 50},
    {"founded": 12, "admitted": 14, "operating_24": True, "first_export": 75},
    {"founded": 12, "admitted": 14, "operating_24": True, "closed": 44, "cause": Cause.CLOSED, "left": 44,
     "left_reason": LeftHub.FAILED, "first_export": 20},
    {"founded": 12, "admitted": 14, "closed": 30, "cause": Cause.ACQUIRED},
]  # fmt: skip

EXPECTED = {
    # Three operated after two years and one had been bought; of these one operated after five years, one was bought.
    "success_rate": (2, 4),
    "cohort_success_rate": (2, 4),
    "success_24m": (4, 4),
    "graduate_survival": (2, 3),
    "completion_rate": (1, 4),
    "cohort_export_rate": (1, 4),
    "ever_exported": (2, 4),
    # Founded in the window, first time: four in the first group and four admitted; failed within 60 months: two.
    "survival_5y": (6, 8),
    f"survival_5y:{NORTH}": (2, 2),
}


@pytest.fixture(scope="module")
def by_hand(today):
    """A country without founders, to which a dozen startups are added, with their lives as written above."""
    scenario = today.with_values(
        {"time.start": "2024-01", "time.present": "2024-06", "time.end": "2034-12", "population.scale": 0}
    )
    model = EcosystemModel(scenario)
    model.run_until(scenario.months)
    assert model.startups.founded_total == 0
    region = model.geography.region_index
    for number, life in enumerate(BY_HAND):
        columns = {"region": region[life.get("region", CENTRE)], "revenue": 10.0, "cash": 10.0}
        model.bundle.startups.found(Founders.bringing(combine(np.array([number])), **(life | columns)))
    rows = np.flatnonzero(model.startups.closed >= 0)
    model.bundle.startups.close(Leavers(np.zeros_like(rows), rows, model.startups.cause[rows].astype(np.int8)))
    return model


@pytest.mark.parametrize("name", EXPECTED)
def test_rates_of_a_world_made_by_hand(by_hand, name):
    values = measure(by_hand)
    part, whole = EXPECTED[name]
    assert values[name] == part / whole and values[f"{name}_n"] == whole


def test_counts_of_a_world_made_by_hand(by_hand):
    values = measure(by_hand)
    assert values["survivors_5y"] == 6 and values["survivors_outside"] == 2 and values["relocated"] == 1
    assert not values[f"relocated_in:{CENTRE}"], "where a founder that was added by hand comes from is not known"


def test_survival_by_age_of_a_world_made_by_hand(by_hand):
    table = pd.DataFrame(survival_columns(by_hand)).set_index(["population", "cohort", "age_months"]).sort_index()
    founded = table.loc["founded", "2025-2029"]
    assert founded["at_risk"].tolist() == [8] * 61
    assert founded["surviving"].tolist() == [1.0] * 32 + [7 / 8] * 27 + [6 / 8] * 2
    admitted = table.loc["admitted", "2025-2029"]
    assert admitted["surviving"].tolist() == [1.0] * 30 + [3 / 4] * 31
    assert table.loc["founded", "2016-2019"]["surviving"].isna().all()


def _recount(model: EcosystemModel) -> dict[str, tuple[int, int]]:
    """Successes and cases of every rate, one startup after another, as the sentences say it."""
    columns, done = everyone(model), model.months_done
    first, final = model.months_until("2025-01"), model.months_until("2029-12")
    found = dict.fromkeys(
        ("success_rate", "cohort_success_rate", "success_24m", "graduate_survival", "completion_rate",
         "cohort_export_rate", "ever_exported", "survival_5y"), (0, 0)
    )  # fmt: skip

    def count(name: str, success: bool) -> None:
        part, whole = found[name]
        found[name] = part + bool(success), whole + 1

    for row in range(columns["founded"].size):
        one = {name: column[row] for name, column in columns.items()}
        bought = one["closed"] if one["cause"] == Cause.ACQUIRED else math.inf
        since = one["admitted"]
        if first <= since <= final:
            after_two = one["operating_24"] or bought - since <= 24
            after_five = one["operating_60"] or bought - since <= 60
            if since + 24 < done:
                count("success_24m", after_two)
            if since + 60 < done:
                count("cohort_success_rate", after_five)
                if after_two:
                    count("success_rate", after_five)
                count("completion_rate", one["left_reason"] == LeftHub.GRADUATED)
                count("cohort_export_rate", one["exporting_60"])
                count("ever_exported", 0 <= one["first_export"] <= since + 60)
        left = one["left"]
        if one["left_reason"] == LeftHub.GRADUATED and first <= left <= final and left + 60 < done:
            count("graduate_survival", one["graduate_60"] or bought - left <= 60)
        if one["kind"] < 2 and first <= one["founded"] <= final and one["founded"] + 60 < done:
            failed = one["cause"] not in (Cause.ACTIVE, Cause.ACQUIRED) and one["closed"] - one["founded"] <= 60
            count("survival_5y", not failed)
    return found


def test_every_rate_of_a_large_world_recounted(world_today):
    values = measure(world_today)
    for name, (part, whole) in _recount(world_today).items():
        assert whole > 100
        assert values[f"{name}_n"] == whole and values[name] == part / whole, name


def test_follow_up_asks_at_the_right_month(world_now, today):
    """Operating after 24 months: revenue above 5 kMAD in each of three months, watched from outside."""
    model = world_now.fork(today)
    months = []
    for _ in range(3):
        model.step()
        months.append(dict(zip(model.startups.number.tolist(), model.startups.revenue.tolist(), strict=True)))
    startups = model.startups
    asked = np.flatnonzero((startups.admitted >= 0) & (model.month - startups.admitted == 24))
    assert asked.size >= 3
    for row in asked:
        number = int(startups.number[row])
        assert startups.operating_24[row] == all(month[number] > 5 for month in months)
    dormant = [number for number in months[-1] if not all(month.get(number, 9) > 5 for month in months)]
    above = dict(zip(startups.number.tolist(), startups.months_above.tolist(), strict=True))
    assert dormant and all(above[number] < 3 for number in dormant)


def test_rates_obey_their_identities(world_today, world_ten):
    for world in (world_today, world_ten):
        values = measure(world)
        assert values["success_24m"] >= values["cohort_success_rate"]
        assert values["success_rate"] >= values["cohort_success_rate"]
        assert values["ever_exported"] >= values["cohort_export_rate"]
        assert values["cohort_success_rate_n"] == values["completion_rate_n"] == values["ever_exported_n"]
        assert values["success_rate_n"] <= values["cohort_success_rate_n"]
        assert values["survivors_5y"] == round(values["survival_5y"] * values["survival_5y_n"])
        regions = world.geography.regions
        assert sum(values[f"survival_5y:{region}_n"] for region in regions) == values["survival_5y_n"]
        assert sum(values[f"survivors_5y:{region}"] for region in regions) == values["survivors_5y"]
        assert sum(values[f"residents:{region}"] for region in regions) == pytest.approx(values["residents"])
        hubs = sum(values[f"residents:{hub.name} (hub)"] for hub in world.hubs)
        assert hubs == pytest.approx(values["residents"])
        parts = sum(value for name, value in values.items() if name.startswith("cost_"))
        assert values["cost"] == pytest.approx(parts)
        for name, value in values.items():
            if name in OUTCOMES and OUTCOMES[name].kind == "rate":
                assert 0 <= value <= 1 and f"{name}_n" in values


def test_stocks_are_means_of_the_last_year(world_today):
    values, year = measure(world_today), world_today.history.tail(12)
    assert year["month"].tolist() == [f"2034-{month:02}" for month in range(1, 13)]
    for name in ("residents", "waiting", "jobs", "occupancy", "export_rate", "funded_share", "theil_residents"):
        assert values[name] == pytest.approx(year[name].mean(), rel=1e-12)
    assert values["regional_balance"] == pytest.approx(year["outside_centre"].mean())
    assert values["exporters"] == pytest.approx(year["exporters_counted"].mean())
    assert values["revenue"] == pytest.approx(12 * year["revenue_resident_mean"].mean())
    assert values["admissions"] == year["admissions"].sum() and values["deals"] == year["deals"].sum()
    assert values["equity_amount"] == pytest.approx(year["deal_amount"].sum())
    assert values["turnover"] == pytest.approx(year["leavers"].sum() / year["residents"].mean())
    assert values["export_rate_alumni"] == pytest.approx(year["exporters_graduate"].sum() / year["graduates"].sum())
    midway = world_today.history.set_index("month").loc["2027-12"]
    assert values["residents_2027"] == midway["residents"] and values["jobs_2027"] == midway["jobs"]


def test_the_last_month_recounted_from_the_columns(world_today):
    startups, last = world_today.startups, world_today.history.iloc[-1]
    inside = startups.hub >= 0
    assert last["active"] == len(startups) and last["residents"] == inside.sum()
    assert last["operating"] == (startups.months_above >= 3).sum()
    assert last["exporters_counted"] == (startups.exporter & (startups.kind < 2)).sum()
    assert last["export_rate"] == startups.exporter[inside].mean()
    assert last["revenue_resident_mean"] == pytest.approx(startups.revenue[inside].mean())
    assert last["jobs"] == pytest.approx(np.maximum(1, startups.revenue / 30).sum())
    assert last["funded_share"] == (startups.equity >= 0).mean()
    assert last["competence_finance"] == pytest.approx(startups.finance.mean())
    assert last["outside_centre"] == (~world_today.central_region[startups.region[inside]]).mean()
    frame = world_today.region_history
    frame = frame[frame["month"] == "2034-12"].set_index("region")
    for index, region in enumerate(world_today.geography.regions):
        assert frame.loc[region, "active"] == (startups.region == index).sum()
        assert frame.loc[region, "residents"] == (inside & (startups.region == index)).sum()
    hubs = world_today.hub_history
    hubs = hubs[hubs["month"] == "2034-12"].set_index("hub")
    for hub in world_today.hubs:
        assert hubs.loc[hub.name, "residents"] == (startups.hub == hub.index).sum() <= hubs.loc[hub.name, "places"]


def test_monthly_cohort_rates_recounted(world_today):
    columns, history = everyone(world_today), world_today.history.set_index("month")
    for month, born in (("2024-06", "2019-06"), ("2030-01", "2025-01"), ("2034-12", "2029-12")):
        cohort = (columns["founded"] == world_today.months_until(born)) & (columns["kind"] < 2)
        failed = (columns["cause"] > Cause.ACQUIRED) & (columns["closed"] - columns["founded"] <= 60)
        assert history.loc[month, "survival_5y"] == pytest.approx(1 - failed[cohort].mean())
        admitted = columns["admitted"] == world_today.months_until(born)
        bought = (columns["cause"] == Cause.ACQUIRED) & (columns["closed"] - columns["admitted"] <= 60)
        success = (columns["operating_60"] | bought)[admitted]
        assert history.loc[month, "cohort_success_rate"] == pytest.approx(success.mean())


def test_region_cohorts_recounted(world_today):
    columns, frame = everyone(world_today), world_today.region_history.set_index(["month", "region"])
    failed = (columns["cause"] > Cause.ACQUIRED) & (columns["closed"] - columns["founded"] <= 60)
    for born, month in (("2017-03", "2022-03"), ("2029-10", "2034-10")):
        for index, region in enumerate(world_today.geography.regions):
            cohort = (columns["founded"] == world_today.months_until(born)) & (columns["kind"] < 2)
            cohort &= columns["region"] == index
            assert frame.loc[(month, region), "founders_5y"] == cohort.sum()
            assert frame.loc[(month, region), "survivors_5y"] == (cohort & ~failed).sum()


def test_costs_are_discounted_from_present_to_end(world_today):
    history = world_today.history
    later = history[history["month"] > "2024-06"]
    years = (np.arange(len(later)) + 0.5) / 12
    rate = world_today.scenario.parameters.costs.discount_rate
    values = measure(world_today)
    for kind in ("running", "mentors", "fairs", "grants"):
        expected = 1000 * (later[f"cost_{kind}"] / (1 + rate) ** years).sum()
        assert expected > 0 and values[f"cost_{kind}"] == pytest.approx(expected)


def test_honour_loans_cost_what_is_not_repaid(world_today):
    """Over all months grants cost what was given, honour loans what was written off or is still owed at the end."""
    (grants,) = [funder for funder in world_today.funders if funder.kind == "grant"]
    (lender,) = [funder for funder in world_today.funders if funder.kind == "honour_loan"]
    owed = world_today.startups.honour_debt.sum()
    cost = series(world_today, "cost_grants").sum()
    assert cost == pytest.approx(grants.given + lender.written_off + owed)
    assert 0.3 * lender.given < lender.repaid < lender.given


def test_a_building_keeps_what_is_left_of_its_life():
    """By hand: 100 kMAD opened in the first month, 60 in the seventh; a year later, with a life of two years."""
    paid = np.zeros((12, len(KINDS)))
    paid[[0, 6], 0] = 100, 60
    prices = Parameters(building_life=2, discount_rate=0)
    assert to_date(paid, prices)[-1] == pytest.approx([160, 0, 0, 0, 0, 0, -(100 * 12 / 24 + 60 * 18 / 24)])
    assert to_date(paid, prices)[5, -1] == -100 * 18 / 24
    assert to_date(paid, Parameters(building_life=1, discount_rate=0))[-1, -1] == -60 * 6 / 12
    late = to_date(paid, Parameters(building_life=2, discount_rate=0.1))[-1]
    assert late[-1] == pytest.approx(-95 / 1.1)
    assert late[0] == pytest.approx(100 * 1.1 ** (-0.5 / 12) + 60 * 1.1 ** (-6.5 / 12))


def test_only_buildings_opened_since_the_present_have_a_residual_value(world_today, world_ten, world_now, ten_hubs):
    assert measure(world_today)["cost_residual"] == measure(world_today)["cost_capital"] == 0
    assert measure(world_now)["cost"] == measure(world_now)["cost_residual"] == 0
    values, years = measure(world_ten), world_ten.scenario.months / 12
    built = [(hub.plan.capital, years - hub.plan.opens / 12) for hub in world_ten.hubs[6:]]
    worth = 1000 * sum(capital * (1 - age / 20) for capital, age in built)
    discount = 1.04 ** -(years - world_ten.scenario.present_months / 12)
    assert values["cost_residual"] == pytest.approx(-worth * discount)
    assert -values["cost_capital"] < values["cost_residual"] < -0.3 * values["cost_capital"]
    closing = ten_hubs.with_values({"network.closures": [{"hub": "Fès", "closes": "2030-01"}]})
    assert measure(branch(world_now, closing))["cost_residual"] == values["cost_residual"]
    shown = shown_series(world_ten)[COMPARED_SERIES.index("cost")]
    assert shown[-1] == pytest.approx(values["cost"], rel=1e-6), "the page says the same"


def test_without_hubs_rates_of_the_admitted_are_not_defined(world_none):
    values = measure(world_none)
    for name in ("success_rate", "cohort_success_rate", "success_24m", "completion_rate", "cohort_export_rate"):
        assert math.isnan(values[name]) and values[f"{name}_n"] == 0
    for name in ("export_rate", "occupancy", "regional_balance", "turnover", "revenue", "theil_residents"):
        assert math.isnan(values[name])
    assert values["residents"] == values["waiting"] == values["admissions"] == values["cost_mentors"] == 0
    assert 0.3 < values["survival_5y"] < 0.9 and values["export_rate_alumni"] > 0


def test_a_short_world_has_no_cohorts_yet(world_short):
    values = measure(world_short)
    assert math.isnan(values["survival_5y"]) and values["survival_5y_n"] == 0
    assert math.isnan(values["survivors_5y"]) and math.isnan(values["success_rate"])
    assert 0 < values["success_24m"] < 1


def test_new_hubs_are_measured_by_their_first_two_years(world_ten):
    values, columns = measure(world_ten), everyone(world_ten)
    for hub in world_ten.hubs[6:]:
        early = (columns["home_hub"] == hub.index) & (columns["admitted"] < hub.plan.opens + 24)
        assert values[f"admissions:{hub.name} (hub)"] == early.sum() > 0
        bought = (columns["cause"] == Cause.ACQUIRED) & (columns["closed"] - columns["admitted"] <= 60)
        share = (columns["operating_60"] | bought)[early].mean()
        assert values[f"cohort_success_rate:{hub.name} (hub)"] == pytest.approx(share)
    assert "admissions:Rabat (hub)" not in values


def test_a_window_can_be_chosen(world_today):
    values = measure(world_today, ("2016-01", "2019-12"))
    cohort = (everyone(world_today)["founded"] >= 72) & (everyone(world_today)["founded"] < 120)
    assert values["survival_5y_n"] == (cohort & (everyone(world_today)["kind"] < 2)).sum()


def test_founders_who_move_are_counted_where_they_come_from_and_where_they_go(world_ten):
    """One founder after another: the keys of base founders say in which region they would have founded at home."""
    values, columns, names = measure(world_ten), everyone(world_ten), world_ten.geography.regions
    base = world_ten.bundle.base_founders()
    home = dict(zip(base.key.tolist(), base["region"].astype(int).tolist(), strict=True))
    first, final = world_ten.months_until("2025-01"), world_ten.months_until("2029-12")
    came, left, moved = dict.fromkeys(names, 0), dict.fromkeys(names, 0), 0
    for row in np.flatnonzero(columns["relocated"]):
        founded = columns["founded"][row]
        if first <= founded <= final and founded + 60 < world_ten.months_done:
            here, there = columns["region"][row], home[int(columns["key"][row])]
            moved += 1
            came[names[here]] += here != there
            left[names[there]] += here != there
    assert 0 < sum(came.values()) == sum(left.values()) <= moved == values["relocated"]
    for name in names:
        assert values[f"relocated_in:{name}"] == came[name] and values[f"relocated_out:{name}"] == left[name]
    assert not OF_REGIONS.keys() & values.keys()


def test_every_outcome_is_measured_and_every_denominator_named(world_ten):
    values = measure(world_ten)
    assert set(OUTCOMES) <= set(values)
    for name, outcome in OUTCOMES.items():
        assert outcome.name == name and outcome.sentence.endswith(".") and outcome.label
        assert isinstance(values[name], float)
        assert (f"{name}_n" in values) == (outcome.kind == "rate"), name


def test_theil_index_of_simple_cases():
    equal = np.array([10, 20, 30])
    assert theil(equal, equal * 7) == pytest.approx(0)
    assert theil(np.array([5, 0]), np.array([1.0, 1.0])) == pytest.approx(math.log(2))
    assert math.isnan(theil(np.zeros(3), equal))


def test_survival_falls_with_age_and_nobody_is_lost(world_today):
    table = pd.DataFrame(survival_columns(world_today))
    assert isinstance(table, pd.DataFrame) and set(table["population"]) == {"founded", "admitted"}
    for _, cohort in table.groupby(["population", "cohort"]):
        assert cohort["age_months"].tolist() == list(range(61))
        assert (cohort["surviving"].diff().dropna() <= 0).all() and (cohort["at_risk"].diff().dropna() == 0).all()
    founded = table[(table["population"] == "founded") & (table["cohort"] == "2025-2029")]
    values = measure(world_today)
    assert founded["at_risk"].iloc[-1] == values["survival_5y_n"]
    assert founded["surviving"].iloc[-1] == pytest.approx(values["survival_5y"])


def test_places_opened_late_count_only_when_open(world_now, ten_hubs):
    world = branch(world_now, ten_hubs, months=30)
    places = series(world, "places")[world.scenario.present_months :]
    assert places[0] == 624 and places[-1] == 624 + 66 + 60 + 28
    assert sorted(set(places.tolist())) == [624, 652, 718, 778]


def test_an_outcome_is_shown_alike_of_the_country_a_place_and_2027():
    for name, outcome in DEFINED.items():
        assert shown_of(name) == shown_of(f"{name}:Oriental") == shown_of(f"{name}_2027") == outcome.shown
    assert {name: shown_of(name) for name in BY_NAME if name not in DEFINED}.items() <= BY_NAME.items()
    assert shown_of("unheard-of") == Shown()
