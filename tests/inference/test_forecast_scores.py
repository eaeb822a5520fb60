"""Scores of forecasts are what their formulas say; a series counts once; rules see what the model saw."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest, norm

from sim.inference.forecast_scores import (
    FEWEST_CLUSTERS,
    Past,
    coverage,
    pasts,
    relative_spread,
    rule_forecast,
    scored,
    skills,
    wilson,
)

FACTS = pd.DataFrame(
    [
        ("desks_2019", "desks", "2019-12", 10.0, 8.0, 12.0, "firms"),
        ("desks_2020", "desks", "2020-12", 14.0, 12.0, 16.0, "firms"),
        ("desks_2022", "desks", "2022-12", 20.0, 18.0, 22.0, "firms"),
        ("share_2020", "share", "2020-12", 0.9, 0.86, 0.94, "share"),
        ("share_2021", "share", "2021-12", 0.8, 0.76, 0.84, "share"),
        ("hubs_2020", "hubs", "2020-12", 6.0, 6.0, 6.0, "hubs"),
        ("shown", "desks", "2020", 99.0, math.nan, math.nan, "firms"),
    ],
    columns=["id", "outcome", "date", "value", "low", "high", "unit"],
)


def row(name: str, low: float, high: float, observed: float | None = None) -> dict[str, object]:
    fact = FACTS.set_index("id").loc[name]
    seen = fact["value"] if observed is None else observed
    head = {"id": name, "date": fact["date"], "band_low": fact["low"], "band_high": fact["high"]}
    return head | {"observed": seen, "low": low, "high": high, "inside": low <= seen <= high}


def test_scores_are_those_of_the_formulas():
    """CRPS of two points: mean distance 3 less half of their mean distance from each other, 3 (of 0, 0, 6, 6)."""
    board = pd.DataFrame([row("desks_2022", 15.0, 19.0)])
    found = scored(board, {"desks_2022": np.array([17.0, 23.0])}, FACTS, "2020-12").iloc[0]
    assert found["crps"] == pytest.approx(3 - 1.5), "the tolerance is 1"
    assert found["interval"] == pytest.approx(4 + 2 / 0.1 * 1), "the width, and 20 for each unit above the end"
    sd = math.sqrt(4**2 * 2 + 1)
    z = (20 - 14) / sd
    crps = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / math.sqrt(math.pi))
    assert found["crps_nothing"] == pytest.approx(crps)
    assert found["interval_nothing"] == pytest.approx(2 * 1.644854 * sd, rel=1e-6)
    assert found["interval_trend"] == pytest.approx(found["interval_nothing"]), "22 is as sure, and 20 is within reach"
    assert (found["cut"], found["series"], found["known"]) == ("2020-12", "desks", True)


def test_a_band_alone_has_no_score_and_decisions_are_no_series():
    board = pd.DataFrame([row("desks_2022", 15.0, 19.0, math.nan)])
    found = scored(board, {"desks_2022": np.array([17.0])}, FACTS, "2020-12").iloc[0]
    assert found[["crps", "interval", "crps_nothing", "crps_trend"]].isna().all()
    assert set(pasts(FACTS, "2021-12")) == {"desks", "share"}
    assert pasts(FACTS, "2020-12")["desks"].values.tolist() == [10.0, 14.0], "what is shown only does not count"


def test_rules_forecast_the_last_value_and_the_line_through_the_last_two():
    past = pasts(FACTS, "2020-12")
    assert rule_forecast("nothing", past["desks"], 2023.0, 1.0, math.nan) == pytest.approx((14, math.sqrt(33)))
    assert rule_forecast("trend", past["desks"], 2023.0, 1.0, math.nan) == pytest.approx((22, math.sqrt(33)))
    spread = relative_spread(past)
    assert spread == pytest.approx(0.4), "desks grew by 40 % in a year"
    single = rule_forecast("nothing", past["share"], 2021.0 + 4, 0.01, spread)
    assert single == pytest.approx((0.9, math.hypot(0.4 * 0.1 * 2, 0.01))), "a share, relative to the rest of it"
    assert math.isnan(rule_forecast("trend", past["share"], 2022.0, 0.01, spread).sd)
    assert math.isnan(rule_forecast("nothing", None, 2022.0, 0.01, spread).sd)
    assert math.isnan(relative_spread({"one": Past(np.array([2020.0]), np.array([1.0]))}))


def table_of(model: np.ndarray, rule: np.ndarray, series: list[str]) -> pd.DataFrame:
    scores = {
        f"{score}{end}": values for score in ("crps", "interval") for end, values in (("", model), ("_nothing", rule))
    }
    return pd.DataFrame(
        {"series": series, "inside": model < 2, "crps_trend": math.nan, "interval_trend": math.nan, **scores}
    )


def test_facts_of_one_series_count_once():
    table = table_of(np.array([1.0, 3.0, 4.0]), np.array([2.0, 6.0, 8.0]), ["a", "a", "b"])
    first = skills(table).iloc[0]
    assert first[["facts", "clusters", "model", "rule", "skill"]].tolist() == [3, 2, 3.0, 6.0, 0.5]
    assert math.isnan(first["low"]) and len(table["series"].unique()) < FEWEST_CLUSTERS
    assert skills(table).iloc[2]["facts"] == 0, "a rule without a forecast is not compared"
    found = coverage(table)
    assert (found.inside, found.facts, found.clusters, found.share) == (1, 3, 2, 0.25)


@pytest.mark.parametrize(("inside", "count"), [(0, 4), (8, 10), (23, 23)])
def test_the_interval_of_coverage_is_wilsons(inside, count):
    expected = binomtest(inside, count).proportion_ci(0.9, "wilson")
    assert wilson(inside / count, count) == pytest.approx(tuple(expected))
    assert wilson(math.nan, 0) == (0.0, 1.0)


def test_scores_of_a_forecast_that_is_right_are_as_expected():
    """Facts drawn from the forecast's own law: each statement is false in one of 1,000 samples of facts.

    Nine of ten lie inside the interval, and the mean CRPS of a standard normal law is 1 / sqrt(pi).
    """
    count, rng = 2000, np.random.default_rng(3)
    sample = norm.ppf((np.arange(999) + 0.5) / 999)
    low, high = norm.ppf([0.05, 0.95])
    names = [f"fact_{number}" for number in range(count)]
    facts = pd.DataFrame({"id": names, "outcome": names, "date": "2022-12", "value": rng.standard_normal(count)})
    facts = facts.assign(low=-2.0, high=2.0, unit="-")
    board = facts.rename(columns={"low": "band_low", "high": "band_high", "value": "observed"})
    board = board.assign(low=low, high=high, inside=board["observed"].between(low, high))
    found = scored(board, dict.fromkeys(names, sample), facts, "2020-12")
    fewest, most = binom.ppf([0.0005, 0.9995], count, 0.9)
    assert fewest <= coverage(found).inside <= most
    error = found["crps"].std() / math.sqrt(count)
    assert abs(found["crps"].mean() - 1 / math.sqrt(math.pi)) < norm.ppf(0.9995) * error


def test_the_interval_of_skill_holds_the_truth():
    """An interval of 90 % misses in 12 % of samples of eight skewed scores at most; a wrong alarm in 10,000 tests."""
    rng, trials, missed = np.random.default_rng(5), 300, 0
    for _ in range(trials):
        common = rng.lognormal(0, 0.5, 8)
        model, rule = common * rng.lognormal(-0.3, 0.4, 8), common * rng.lognormal(0, 0.4, 8)
        found = skills(table_of(model, rule, list("abcdefgh"))).iloc[0]
        missed += not found["low"] <= 1 - math.exp(-0.3) <= found["high"]
    assert missed <= binom.ppf(0.9999, trials, 0.12)
