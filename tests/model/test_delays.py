"""How late hubs open: the law, what is known of a hub, the same delay under every policy, and off without a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import beta, expon, gamma

from sim.country.data import table
from sim.declare.calendar import month_after, months_between
from sim.model.branches import branches
from sim.model.delays import GRACE, chances, delay, luck_of, still_closed, under_draw
from sim.model.ecosystem import EcosystemModel
from sim.model.outcomes import measure
from sim.parameters.draw import Draw
from sim.parameters.draws import draws_of
from sim.scenario import Scenario, load_scenario
from tools.opening_delays import PRIOR_MONTHS, posterior, sample

RANDOM = {"network.random_openings": True}
ROOT = Path(__file__).parents[2]
LOOK = "2026-11"


def policy(name: str, **values) -> Scenario:
    return load_scenario(f"builtin:{name}").with_values(RANDOM | values)


def months(scenario: Scenario) -> dict[str, str]:
    return {one.hub: one.opens for one in scenario.parameters.network.openings}


@pytest.fixture(scope="module")
def ten() -> Scenario:
    return policy("ten-hubs-2027")


@given(
    some.floats(0, 1), some.floats(0.1, 2000), some.floats(1e-12, 1, exclude_max=True), some.integers(-60, 400)
)  # fmt: skip
def test_a_delay_is_never_below_what_is_known(on_time, late_months, luck, bound):
    late = delay(on_time, late_months, luck, bound)
    assert late > bound and (late == 0 or late > GRACE)
    assert delay(on_time, late_months, luck / 2, bound) >= late, "less luck opens no earlier"


@given(some.floats(0, 0.99), some.floats(0.5, 300), some.integers(-24, 48), some.integers(-5, 120))
def test_delays_follow_their_distribution(on_time, late_months, bound, later):
    """The quantile is the inverse of the distribution: of equally spaced lucks the right share is late."""
    lucks = (np.arange(2000) + 0.5) / 2000
    late = np.array([delay(on_time, late_months, luck, bound) for luck in lucks])
    law = still_closed(np.array([on_time]), np.array([late_months]), bound + later, bound)
    assert np.mean(late > bound + later) == pytest.approx(law[0], abs=1.1 / 2000)


def test_the_posterior_is_that_of_a_simulation_of_the_seven_sites():
    """Parameters from the prior, weighted by how probable they make the sites, have the quantiles of the sample."""
    rng, sites = np.random.default_rng(5), table("opening_delays")
    on_time, rate = rng.random(400_000), rng.exponential(1 / PRIOR_MONTHS, 400_000)
    weight = np.ones(400_000)
    for site in sites.itertuples():
        if site.opened and site.months <= GRACE:
            weight *= on_time
        elif site.opened:
            weight *= (1 - on_time) * expon.pdf(site.months - GRACE, scale=1 / rate)
        else:
            weight *= (1 - on_time) * expon.sf(site.months - GRACE, scale=1 / rate)
    kept, levels = rng.choice(400_000, 20_000, p=weight / weight.sum()), [0.1, 0.5, 0.9]
    found = sample(sites, 4000)
    assert np.quantile(found["on_time"], levels) == pytest.approx(np.quantile(on_time[kept], levels), abs=0.02)
    simulated = np.quantile(np.log(1 / rate[kept]), levels)
    assert np.quantile(np.log(found["late_months"]), levels) == pytest.approx(simulated, abs=0.08)


def test_waiting_counts_and_is_not_an_opening():
    sites = table("opening_delays")
    (a, b), (shape, waited) = posterior(sites)
    assert (a, b, shape) == (1 + 3, 1 + 4, 1 + 1), "three on time, one of four late ones seen to open"
    assert waited == PRIOR_MONTHS + (24 - 1) + (17 - 1) + (16 - 1) + (28 - 1)
    longer = sites.assign(months=sites["months"] + 12 * (sites["opened"] == 0))
    assert posterior(longer)[1] == (shape, waited + 36)
    seen = sites.assign(opened=1)
    assert posterior(seen)[1] == (shape + 3, waited), "were they open, hubs would be less late"
    with pytest.raises(ValueError, match="may be on time"):
        posterior(sites.assign(months=0, opened=0))


def test_the_kept_table_is_what_the_tool_draws():
    kept, drawn = table("delay_law"), sample(table("opening_delays"))
    assert len(kept) == len(drawn) and len(draws_of("posterior").values) % len(kept) == 0, "each row counts as often"
    np.testing.assert_allclose(kept, drawn, rtol=5e-4)
    (a, b), (shape, waited) = posterior(table("opening_delays"))
    for level in (0.1, 0.5, 0.9):
        assert kept["on_time"].quantile(level) == pytest.approx(beta.ppf(level, a, b), abs=0.01)
        rate = gamma.ppf(1 - level, shape, scale=1 / waited)
        assert np.log(kept["late_months"].quantile(level)) == pytest.approx(np.log(1 / rate), abs=0.05)


def test_a_hub_is_as_late_under_every_policy_of_a_draw(ten):
    others = [policy(name) for name in ("ten-hubs-late", "ten-hubs-deeper")]
    five = policy("today", **{"network.openings": [
        {"hub": "Guelmim", "opens": "2026-05", "places": 30}, {"hub": "Tiznit", "opens": "2026-05"},
    ]})  # fmt: skip
    by_number = policy("today", **{"network.hubs_by_2027": 8})
    seen = set()
    for draw in range(40):
        found = months(under_draw(ten, draw))
        late, deeper = (months(under_draw(other, draw)) for other in others)
        assert deeper == found, "whatever else a policy does"
        for hub, opens in found.items():
            delayed = months_between(months(ten)[hub], opens)
            assert late[hub] == month_after(months(others[0])[hub], delayed)
        assert months(under_draw(five, draw))["Tiznit"] == found["Tiznit"], "another hub changes nobody's delay"
        assert months(under_draw(by_number, draw)) == {hub: found[hub] for hub in ("Fès", "Oujda")}
        assert min(found.values()) > LOOK
        seen.add(tuple(found.values()))
    assert len(seen) == 40, "and other draws have other delays"
    lucks = np.array([[luck_of(draw, hub) for hub in ("Fès", "Oujda")] for draw in range(4000)])
    assert abs(np.corrcoef(lucks.T)[0, 1]) < 0.06 and abs(lucks.mean(axis=0) - 0.5).max() < 0.02


def test_hubs_of_no_roadmap_are_known_not_to_be_open_too():
    found = [months(under_draw(policy("ten-hubs-underserved"), draw)) for draw in range(200)]
    assert min(min(each.values()) for each in found) > LOOK
    on_time = [each["Laâyoune"] == "2027-06" for each in found]
    assert 0.3 < np.mean(on_time) < 0.6, "a promise that is not yet due may be kept"
    assert max(max(each.values()) for each in found) <= "2199-12"


def test_the_chances_are_those_of_many_draws(ten):
    """Within four standard errors of 400 draws, for each number of hubs in two months."""
    found = [list(months(under_draw(ten, draw)).values()) for draw in range(400)]
    for by in ("2027-12", "2031-06"):
        law, seen = chances(ten, by), np.array([6 + sum(opens <= by for opens in each) for each in found])
        assert law.sum() == pytest.approx(1) and law[:6].sum() == 0
        for number, chance in enumerate(law):
            assert np.mean(seen == number) == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 400) + 1e-9)
    assert chances(ten, LOOK)[6] == 1.0


def test_a_hub_closed_before_it_opens_never_does(ten):
    closing = ten.with_values({"network.closures": [
        {"hub": "Fès", "closes": "2028-01"}, {"hub": "Rabat", "closes": "2027-01"},
    ]})  # fmt: skip
    kept = [under_draw(closing, draw) for draw in range(60)]
    for scenario in kept:
        closes = {one.hub: one.closes for one in scenario.parameters.network.closures}
        assert closes["Rabat"] == "2027-01" and ("Fès" in closes) == ("Fès" in months(scenario))
        assert months(scenario).get("Fès", "2027-12") < "2028-01"
    assert {"Fès" in months(scenario) for scenario in kept} == {True, False}
    assert chances(closing, "2028-06")[5 + 4] == 0, "Rabat and Fès are closed"


def test_fixed_months_stay(ten):
    announced = load_scenario("builtin:ten-hubs-2027")
    assert Draw(7, {}).under(announced).digest == announced.digest
    assert months(Draw(7, {}, alone=True).under(ten)) == months(announced), "a set of parameters is no draw of many"
    claiming = ten.with_values({"same_cost_as": "today"})
    assert months(Draw(7, {}).under(claiming)) == months(announced)
    once = Draw(7, {}).under(ten)
    assert Draw(8, {}).under(once) == once, "a draw acts once"
    assert load_scenario_text(once) == once.digest
    assert once.history_digest == Draw(7, {}).under(claiming).history_digest == announced.history_digest


def load_scenario_text(scenario: Scenario) -> str:
    """The digest of a scenario that goes through its file."""
    return scenario.with_values(scenario.as_dict()).digest


def test_policies_side_by_side_part_in_the_months_of_the_draw(ten):
    """One world under policies with shifted months gives each the numbers that it has alone, unopened hubs included."""
    short = {"time.start": "2022-01", "time.present": "2024-06", "time.end": "2028-12"}
    policies = [policy("today"), ten, policy("today", **{"network.hubs_by_2027": 8})]
    for number in (1, 3):
        living = [Draw(number, {}).under(one.with_values(short, f"policy {at}")) for at, one in enumerate(policies)]
        opened = months(living[1])
        assert any(opens > "2028-12" for opens in opened.values()), "some hub never opens"
        past = EcosystemModel(living[0], rng=3)
        past.run_until(living[0].present_months)
        for world in branches(past, living):
            alone = EcosystemModel(world.scenario, rng=3)
            alone.run_until(alone.scenario.months)
            found, expected = measure(world), measure(alone)
            assert found.keys() == expected.keys()
            np.testing.assert_equal(list(found.values()), list(expected.values()))
            planned = months(world.scenario) if world.scenario.parameters.network.openings else {}
            assert found["hubs_2027"] == 6 + sum(opens <= "2027-12" for opens in planned.values())
            assert {hub.name for hub in world.hubs if hub.is_open} - {hub.name for hub in past.hubs} == {
                name for name, opens in planned.items() if opens <= "2028-12"
            }


def test_a_country_without_the_table_has_the_months_announced():
    program = (
        "import sim; from sim.parameters.draw import Draw; from sim.model.delays import is_random\n"
        "two = sim.load_scenario('scenarios/two-hubs.yaml')\n"
        "random = two.with_values({'network.random_openings': True})\n"
        "assert two.parameters.network.openings and not is_random(random)\n"
        "assert Draw(3, {}).under(random).digest == two.digest"
    )
    asteria = ROOT / "examples" / "asteria"
    environment = os.environ | {"HUBSIM_DATA": str(asteria / "data"), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], cwd=asteria, env=environment, check=True)
