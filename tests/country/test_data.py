"""The tables say where each value comes from, agree with each other and with what was published."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sim.country.data import TABLES, CountryError, table
from sim.country.data.columns import FOUNDED
from sim.declare.calendar import months_between

CONFIDENCE = {"high", "med", "low", "assumed"}
ADDRESS = re.compile(r"https?://[\w.-]+\.\w+(/\S*)?")
ASSUMPTION = re.compile(r"assumed: \w.{10,}")
MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_unit_date_source_and_confidence(name):
    frame = table(name)
    assert len(frame)
    for column in ("unit", "date", "source", "confidence"):
        assert frame[column].notna().all(), column
        assert (frame[column].astype(str).str.strip() != "").all(), column
    assert set(frame["confidence"]) <= CONFIDENCE


def _sources():
    for name in TABLES:
        frame = table(name)
        for column in frame.columns[frame.columns.str.endswith("source")]:
            yield from ((name, column, text) for text in frame[column].unique())


@pytest.mark.parametrize(("name", "column", "text"), list(_sources()))
def test_a_source_is_a_public_address_or_a_reasoned_assumption(name, column, text):
    for part in text.split(" ; "):
        assert ADDRESS.fullmatch(part) or ASSUMPTION.fullmatch(part), part


def test_tables_are_copies_and_unknown_tables_are_named():
    hubs = table("hubs")
    hubs["places"] = 0
    assert (table("hubs")["places"] > 0).all()
    with pytest.raises(CountryError, match="the tables are"):
        table("hub")


def test_census_and_registrations_add_up_to_the_published_totals():
    regions = table("regions")
    assert len(regions) == 12
    assert regions["population"].sum() == 36_828_330
    assert regions["created_2024"].sum() == 78_244
    assert regions["created_2023"].sum() == 86_427
    assert regions["exporters_new"].sum() == 4_425
    assert regions["unemployment_census"].notna().all()
    assert regions["gdp_share"].sum() == pytest.approx(100, abs=0.5)


def test_regional_ict_shares_give_the_national_one_and_tax_favoured_registrations_are_brought_to_the_mean():
    regions = table("regions")
    registrations = (regions["created_2023"] * 12 / 11 + regions["created_2024"] * 12 / 10) / 2
    counted = registrations * regions["registrations_counted"]
    national = (counted * regions["ict_intensity"]).sum() / registrations.sum()
    assert 2.53 <= national <= 2.79
    favoured = regions["registrations_counted"] < 1
    assert set(regions.loc[favoured, "main_city"]) == {"Laâyoune", "Dakhla"}
    rate = counted / regions["population"]
    usual = registrations[~favoured].sum() / regions.loc[~favoured, "population"].sum()
    np.testing.assert_allclose(rate[favoured], usual, rtol=0.05)


def test_establishments_add_up_to_those_of_the_country_and_stand_for_more_than_registered_firms():
    counted, regions = table("hcp_establishments"), table("regions")
    assert counted["region"].tolist() == regions["region"].tolist()
    assert counted["establishments"].sum() == 1_130_021 and counted["jobs"].sum() == 3_585_475
    assert (counted[list(FOUNDED)].sum(axis=1) == counted["establishments"]).all()
    value = table("facts").set_index("id")["value"]
    older, younger = counted["founded_2011_2019"].sum(), counted["founded_2020_plus"].sum()
    assert (older, younger) == (
        value["establishments_founded_2011_2019"],
        value["establishments_founded_2020_2024"],
    )
    assert value["establishments_older_to_younger"] == pytest.approx((older / 9) / (younger / 4.5), abs=0.005)
    registered = 4.5 * (regions["created_2023"] * 12 / 11 + regions["created_2024"] * 12 / 10) / 2
    assert (counted["founded_2020_plus"] > registered).sum() == 5, "as the README says: no rate of survival"


def test_every_region_has_two_cities_and_every_name_an_arabic_form():
    cities, regions = table("cities"), table("regions")
    assert set(cities["region"]) == set(regions["region"])
    assert cities.groupby("region").size().min() >= 2
    assert cities["city"].is_unique
    assert set(regions["main_city"]) <= set(cities["city"])
    for name in [*cities["name_ar"], *regions["name_ar"]]:
        assert re.fullmatch(r"[\u0600-\u06ff\s-]+", name), name
    population = cities.groupby("region")["population"].sum()
    assert (population < regions.set_index("region")["population"].loc[population.index]).all()


def test_hubs_are_the_six_open_ones_and_the_roadmap():
    hubs = table("hubs")
    assert hubs["hub"].tolist() == [
        "Casablanca", "Rabat", "Tanger", "Cité de l'innovation", "Agadir", "Essaouira",
        "Fès", "Oujda", "Tiznit", "Khémisset",
    ]  # fmt: skip
    assert hubs["status"].tolist() == ["open"] * 6 + ["announced"] * 4
    assert set(hubs["city"]) <= set(table("cities")["city"])
    assert all(MONTH.fullmatch(month) for month in hubs["opens"])
    opened = hubs["status"] == "open"
    assert (hubs.loc[opened, "opens"] <= "2024-06").all()
    assert (hubs.loc[~opened, "opens"] > "2024-06").all()
    assert hubs.loc[~opened, "capital_kmad"].notna().all()


def test_places_begin_with_the_opening_and_end_at_the_hub_s_full_size():
    hubs, steps = table("hubs").set_index("hub"), table("hub_places")
    assert set(steps["hub"]) == set(hubs.index)
    for hub, of_hub in steps.groupby("hub"):
        assert of_hub["from"].is_monotonic_increasing
        assert of_hub["from"].iloc[0] == hubs.loc[hub, "opens"]
        assert of_hub["places"].iloc[-1] == hubs.loc[hub, "places"]
    opened = hubs["status"] == "open"
    assert hubs.loc[opened, "places"].sum() == 624
    assert hubs.loc[~opened, "places"].sum() == 212


def test_the_price_of_a_place_is_the_median_of_the_published_ones():
    prices = table("prices").set_index("name")["value"]
    published = [200, 260, 270, 330, 650, 830, 1300]
    assert prices["capital_per_place"] == np.median(published)
    assert prices["running_cost_per_place_year"] == 1000 / 32
    assert 0.04 <= prices["discount_rate"] <= 0.05


def _mean_ticket(funder: pd.Series) -> float:
    """Mean of the log-normal ticket clipped to its limits, kMAD."""
    median, spread = funder["ticket_median_kmad"], funder["ticket_log_sd"]
    low, high = funder["ticket_min_kmad"], funder["ticket_max_kmad"]
    if spread == 0:
        return median
    below, above = math.log(low / median) / spread, math.log(high / median) / spread
    inside = norm.cdf(above - spread) - norm.cdf(below - spread)
    return low * norm.cdf(below) + high * norm.sf(above) + median * math.exp(spread**2 / 2) * inside


def test_an_envelope_pays_for_the_yearly_number_of_mean_tickets():
    funders = table("funders")
    for _, funder in funders.iterrows():
        assert funder["ticket_min_kmad"] <= funder["ticket_median_kmad"] <= funder["ticket_max_kmad"]
        ratio = funder["envelope_per_year_kmad"] / (funder["number_per_year"] * _mean_ticket(funder))
        assert 1 <= ratio <= 1.5, funder["funder"]


def test_a_funder_s_periods_follow_each_other_without_gap():
    funders = table("funders")
    assert set(funders["kind"]) == {"grant", "honour_loan", "loan", "seed", "venture"}
    assert set(funders["city"]) <= set(table("cities")["city"])
    assert (funders["kind"].isin({"honour_loan", "loan"}) == funders["repay_months"].notna()).all()
    for _, periods in funders.groupby("funder", sort=False):
        ends, starts = periods["until"].iloc[:-1], periods["from"].iloc[1:]
        assert all(months_between(end, start) == 1 for end, start in zip(ends, starts, strict=True))


def _rounds(year: int) -> int:
    funders = table("funders")
    equity = funders[funders["kind"].isin({"seed", "venture"})]
    month = f"{year}-12"
    return equity.loc[(equity["from"] <= month) & ~(equity["until"] < month), "number_per_year"].sum()


def test_the_yearly_numbers_of_rounds_follow_the_published_counts():
    counts = table("vc_deals").dropna(subset="deals")
    assert counts["year"].tolist() == [2020, 2021, 2023, 2024, 2025]
    for _, year in counts.iterrows():
        assert year["deals_low"] - 1 <= _rounds(year["year"]) <= year["deals_high"] + 1
    assert _rounds(2030) == 30


def test_the_national_ticket_law_of_rounds_has_a_median_of_four_to_five_million():
    funders = table("funders")
    today = funders[funders["kind"].isin({"seed", "venture"}) & funders["until"].isna()]
    share = today["number_per_year"] / today["number_per_year"].sum()

    def below(ticket: float) -> float:
        log_ratio = np.log(ticket / today["ticket_median_kmad"])
        inside = (ticket >= today["ticket_min_kmad"]) * norm.cdf(log_ratio / today["ticket_log_sd"])
        return float((share * np.where(ticket >= today["ticket_max_kmad"], 1, inside)).sum())

    assert below(4000) < 0.5 < below(5000)


def test_facts_have_a_band_around_their_value_and_every_pattern_is_there():
    facts = table("facts")
    assert facts["id"].is_unique
    assert set(facts["use"]) == {"fit", "holdout", "display"}
    assert set(facts["pattern"].dropna()) == {f"P{number}" for number in range(1, 16)}
    scored = facts[facts["use"] != "display"]
    assert scored["outcome"].notna().all()
    assert scored["low"].notna().all()
    assert not (facts["low"] > facts["high"]).any()
    assert not (facts["value"] < facts["low"]).any()
    assert not (facts["value"] > facts["high"]).any()
    shares = facts["unit"] == "share"
    assert facts.loc[shares, ["value", "low", "high"]].max().max() <= 1


def test_the_headline_facts_are_as_published():
    value = table("facts").set_index("id")["value"]
    assert value["success_90"] == 0.90
    assert value["success_24m"] == 0.86
    assert value["residents_2024"] == 500
    assert value["national_survival_5y"] == 0.53
    exporting = [value[f"export_share_{year}"] for year in (2021, 2023, 2024)]
    assert exporting == [0.25, 0.34, 0.35]
    assert value["fair_hub_startups"] == 0.25 * value["fair_places_2024"]
    assert value["hubs_2024"] == (table("hubs")["status"] == "open").sum()
    assert value["hubs_2027"] == len(table("hubs"))


def test_lines_of_reference_never_rise_with_age():
    facts = table("facts")
    lines = facts[facts["id"].str.startswith("reference_")].sort_values("id")
    for _, line in lines.groupby(lines["id"].str.removesuffix("y").str[:-1]):
        assert line["value"].is_monotonic_decreasing


def test_the_nine_claims_name_what_stands_for_them():
    claims, facts = table("claims"), set(table("facts")["id"])
    assert claims["claim"].tolist() == list(range(1, 10))
    assert set(claims["kind"]) <= {"outcome", "mechanism", "lever", "target"}
    for names in claims["names"]:
        for name in names.split("; "):
            kind, _, path = name.partition(":")
            assert kind in {"outcome", "mechanism", "lever", "fact"}, name
            assert path, name
            assert kind != "fact" or path in facts, name
