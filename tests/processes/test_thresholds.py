"""Where what one may have begins and ends, to the last bit, with startups made by hand."""

from __future__ import annotations

from collections import Counter
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from by_hand import BOTH, KEY, one, plain, two

from sim.declare.states import Cause
from sim.kernel.masks import everywhere
from sim.processes import (
    accompaniment,
    cash,
    closure,
    contacts,
    costs,
    encounters,
    equity,
    fairs,
    funding,
    grants,
    loans,
    meetings,
    refounding,
    revenue,
)
from sim.processes.revenue import OPERATING_REVENUE

SOLD = two(OPERATING_REVENUE, np.nextafter(OPERATING_REVENUE, 9))[:, None]
"""Revenue of one startup: at the limit under the first policy, above it under the second."""


def asking(
    monkeypatch: pytest.MonkeyPatch, process: ModuleType, *before: Any, sold: np.ndarray = SOLD, month: int = 20
) -> list[int]:
    """Policies under which the one startup asks for money: it meets the funder with the number of the policy."""
    asked: list[int] = []

    def meets(_: Any, policy: int, *__: Any) -> tuple[int, float]:
        return policy, 1.0

    def joins(_: Any, waiting: int, __: Any, row: int, met: int, ___: Any) -> int:
        asked.append(met)
        return waiting + 1

    found = {
        "callers": lambda _: np.array([0]), "pulls": lambda *_: np.zeros((1, 3)), "meeting": meets, "join": joins,
        "choose": lambda *_: 0,
    }  # fmt: skip
    for name, function in found.items():
        monkeypatch.setattr(process, name, function)
    seen = SimpleNamespace(alive=BOTH, hub=one(0, int), city=one(0, int), introduced=one(0))
    rule = SimpleNamespace(**dict.fromkeys(("enabled", "rate", "strength", "boost"), two(1, 1)))
    places = SimpleNamespace(reach=np.ones((1, 1)), attention=np.ones((2, 1)))
    desk = SimpleNamespace(
        seen=seen, rule=rule, places=places, before=SimpleNamespace(revenue=sold),
        offers=SimpleNamespace(funder=np.array([0]), kind=np.array([grants.GRANT, grants.HONOUR_LOAN])),
        staff=SimpleNamespace(lasts=np.array([2])),
    )  # fmt: skip
    process._decide(*before, month, desk)
    return asked


def test_loans_and_equity_are_for_those_above_their_smallest_revenue(monkeypatch):
    of = SimpleNamespace(founded=np.array([15]), loan_debt=one(0), loan=one(17, int))
    assert asking(monkeypatch, loans, of, SimpleNamespace(oldest=two(9, 9))) == [1]
    of.loan[:] = 18  # the lender takes two months to answer
    assert asking(monkeypatch, loans, of, SimpleNamespace(oldest=two(9, 9))) == []
    never = dict.fromkeys(("grant", "honour_loan", "equity"), one(-99, int))
    sellers = SimpleNamespace(in_due_diligence=one(False, bool), **never)
    limits = SimpleNamespace(smallest_revenue=two(OPERATING_REVENUE, OPERATING_REVENUE), pause=two(5, 5))
    assert asking(monkeypatch, equity, sellers, limits) == [1]
    assert asking(monkeypatch, equity, sellers, limits, sold=2 * SOLD) == [0, 1]


def test_each_kind_of_programme_funds_a_startup_once_also_in_the_first_month(monkeypatch):
    """Under the first policy it meets one that grants, under the second one that lends on its honour."""
    for granted, lent, asked in ((-1, -1, [0, 1]), (0, -1, [1]), (-1, 0, [0]), (0, 0, [])):
        young = SimpleNamespace(founded=np.zeros(1, int), grant=one(granted, int), honour_loan=one(lent, int))
        assert asking(monkeypatch, grants, young, SimpleNamespace(oldest=two(9, 9)), month=1) == asked


def test_weak_ideas_close_earlier_for_advice_and_those_at_the_mean_do_not(monkeypatch):
    monkeypatch.setattr(closure, "uniforms", lambda keys, _: np.full(keys.size, 0.5))  # an event at a rate of ln 2
    rates = SimpleNamespace(
        enabled=two(1, 1), rate=two(0.6, 0.6), quality_effect=two(0, 0), competence_effect=two(0, 0),
        advice_effect=two(1, 0),
    )  # fmt: skip
    for quality, closes in ((-np.nextafter(0, 1), [True, False]), (0.0, [False, False])):
        of = SimpleNamespace(used=1, alive=BOTH, key=KEY, quality=np.full(1, quality), hours=one(9))
        leaving, scale = one(Cause.ACTIVE, np.int8), SimpleNamespace(hours_scale=two(1, 1))
        plain(closure._close)(of, rates, scale, one(0.3), np.uint64(0), leaving)
        assert (leaving[:, 0] == Cause.CLOSED).tolist() == closes


def test_a_startup_operates_in_months_with_revenue_above_the_limit():
    """Where nothing grows, revenue stays."""
    same = {name: np.zeros(1, int) for name in ("founded", "sector", "quality", "year_volatility")}
    own = {name: one(0, int) for name in ("ties", "exporter", "hub", "city")}
    of = SimpleNamespace(used=1, alive=BOTH, key=KEY, **same, **own, months_above=one(7, int), revenue=SOLD.copy())
    rates = SimpleNamespace(**dict.fromkeys(revenue.Rates._fields, two(0, 0)) | {"fading": two(9, 9)})
    before = SimpleNamespace(log_revenue=np.log(SOLD), competence=np.zeros((2, 3, 1)))
    words = SimpleNamespace(year=np.uint64(0), shock=np.uint64(0))
    plain(revenue._grow)(30, of, before, rates, SimpleNamespace(hubs=1, cities=1), words)
    assert np.array_equal(of.revenue, SOLD) and of.months_above.tolist() == [[0], [8]]


@pytest.mark.parametrize(
    ("envelope", "number", "chosen"), [(6.0, 9, 2), (5.9, 9, 1), (99.0, 3, 3), (99.0, 0, 0), (99.0, 9, 5)]
)
def test_a_funder_gives_its_whole_envelope_and_its_whole_number_and_no_more(monkeypatch, envelope, number, chosen):
    """Each ticket is 3 kMAD; those come first who stand first in line."""
    monkeypatch.setattr(meetings, "drawn_normal", lambda *_: 0.0)
    size = {"median": 3.0, "log_sd": 1.0, "smallest": 0.0, "largest": 9.0}
    offers = {"funder": np.array([1]), "number": np.array([number]), "envelope": np.array([envelope])}
    desk = SimpleNamespace(
        rule=SimpleNamespace(factor=two(1), quota=two(0)), words=SimpleNamespace(ticket=0),
        offers=SimpleNamespace(**offers, **{name: np.array([value]) for name, value in size.items()}),
        funds=SimpleNamespace(**{name: np.zeros((1, 2)) for name in ("promised", "chosen", "central")}),
        places=SimpleNamespace(central=np.array([False]), month_of_year=11),
        seen=SimpleNamespace(region=np.zeros((1, 5), int), key=np.zeros(5)),
    )  # fmt: skip
    queue = meetings.Queue(np.arange(5), np.zeros(5, int), np.array([0.5, 0.1, 0.4, 0.2, 0.3]))
    found = meetings.first_of(room := meetings.nobody(5), meetings.choose(desk, 0, queue, 5, room, 0))
    assert found.rows.tolist() == [1, 3, 4, 2, 0][:chosen] and (found.tickets == 3).all()
    assert desk.funds.promised.tolist() == [[0, 3 * chosen]] and desk.funds.chosen.tolist() == [[0, chosen]]


def test_deals_are_paid_in_their_month_to_those_still_active_whatever_their_row():
    deals = {
        "policy": [0, 0, 1, 0, 0], "funder": [1, 1, 1, 1, 0], "number": [4, 5, 4, 4, 4], "month": [9, 9, 8, 10, 9],
        "amount": [3.0, 5.0, 7.0, 11.0, 13.0],
    }  # fmt: skip
    desk = SimpleNamespace(
        deals=SimpleNamespace(**{name: np.array(values) for name, values in deals.items()}),
        staff=SimpleNamespace(kind=np.array([-1, 0])), funds=SimpleNamespace(given=np.zeros((2, 2))),
        row_of=np.array([-1, -1, -1, -1, 0, -1]), seen=SimpleNamespace(alive=BOTH),
    )  # fmt: skip
    held = one(100)
    paid = funding.pay(9, desk, held)
    assert held.tolist() == [[103], [107]] and paid.total.tolist() == [3, 7] and paid.number.tolist() == [1, 1]
    assert paid.waiting.tolist() == [3, 4], "of a later month, and of another desk"
    assert desk.funds.given.tolist() == [[0, 3], [0, 7]] and paid.by_funder.tolist() == [[0, 0], [3, 7]]


def test_without_places_there_are_no_mentors_whatever_their_hours_in_all():
    hubs = SimpleNamespace(
        places=np.zeros((1, 2), int), planned_hours=np.full((1, 2), np.nan), is_open=np.zeros((1, 2), bool),
        mentor_hours=np.ones((1, 2)), residents=np.zeros((1, 2)),
    )  # fmt: skip
    attention = np.full((1, 3), 9.0)
    accompaniment._staff(hubs, SimpleNamespace(intensity=two(4), total=two(100)), attention)
    assert not hubs.mentor_hours.any() and attention.tolist() == [[1, 1, 0]]


def test_finance_saves_cost_of_those_that_have_less_than_trouble():
    fixed, held = np.empty(2), two(np.nextafter(12, 0), 12)[None]
    before = SimpleNamespace(cash=held, competence=np.full((1, 3, 2), 0.5))
    rates = SimpleNamespace(fixed_cost=two(4), relief=two(1), finance_saves=two(0.5), trouble=two(3))
    cash._fix(np.array([-1, 0]), rates, 0, before, fixed)
    assert fixed.tolist() == [3, 4]


def test_founders_whose_startup_is_bought_do_not_begin_again(monkeypatch):
    monkeypatch.setattr(refounding, "drawn", lambda *_: 0.0)
    causes = np.array([Cause.ACQUIRED, Cause.INSOLVENT, Cause.CLOSED])
    leavers = SimpleNamespace(rows=np.zeros(3, int), policies=np.arange(3), causes=causes)
    shared = dict.fromkeys(("sector", "quality", "attempt"), np.zeros(1))
    own = dict.fromkeys(("region", "city", "finance", "market_access", "skills"), np.zeros((3, 1)))
    rates = SimpleNamespace(enabled=np.ones(3), probability=np.ones(3))
    failed = plain(refounding._keep)(leavers, SimpleNamespace(key=KEY, **shared, **own), np.uint64(0), rates)
    assert failed.policy.tolist() == [1, 2]


def test_what_was_paid_by_a_month_is_not_what_is_paid_later():
    paid = np.random.default_rng(2).random((9, len(costs.KINDS)))
    whole = costs.to_date(paid, costs.Parameters())
    for month in range(1, 9):
        assert np.allclose(costs.to_date(paid[:month], costs.Parameters()), whole[:month])


@pytest.mark.parametrize(("month", "places"), [(8, 20), (9, 40)])
def test_the_fair_has_its_full_size_from_its_month_on_and_keeps_places_where_they_are_reserved(
    monkeypatch, month, places
):
    found: list[fairs.Seats] = []

    def choose(*given: Any) -> tuple[np.ndarray, np.ndarray]:
        found.append(given[4])
        return two(3, 4), two(1, 2)

    monkeypatch.setattr(fairs, "_choose", choose)
    numbers = {"places": 40, "first_year_share": 0.5, "hub_share": 0.25, "fee": 10, "subsidy": 0.2}
    rules = dict.fromkeys(fairs.Rules._fields, two(1, 1)) | {name: two(one, one) for name, one in numbers.items()}
    paid: dict[tuple[str, ...], np.ndarray] = {}
    world = SimpleNamespace(
        month=month, fair_due=two(True, True), months_until=lambda _: 9, tally=Counter(), programme=Counter(),
        by_policy=lambda _: fairs.Rules(**rules | {"reserved": two(0, 1)}), before=SimpleNamespace(competence=None),
        startups=SimpleNamespace(see=lambda _: None), streams={"fairs.score": SimpleNamespace(at=lambda _: 0)},
        ledger=SimpleNamespace(flow=lambda *flow: paid.update({flow[:3]: flow[3]})),
    )  # fmt: skip
    fairs.act(world)
    (seats,) = found
    assert seats.kept.tolist() == [False, True] and seats.reserved.tolist() == [0, places / 4]
    assert seats.other.tolist() == [places, 3 * places / 4] and seats.fee.tolist() == [8, 8]
    assert paid["startups", "organisers", "fair fees"].tolist() == [24, 32]
    assert world.programme["fairs"].tolist() == [6, 8]


# --- meetings ----------------------------------------------------------------------------------------------------


def test_those_attend_whose_position_is_below_the_share_that_attends():
    of = SimpleNamespace(alive=np.array([1, 1, 0], dtype=np.uint32))
    last = np.nextafter(contacts.ATTENDANCE, 0)
    assert contacts._attending(of, np.array([last, contacts.ATTENDANCE, 0.0])).tolist() == [0]


def test_a_partner_is_of_the_place_and_sector_on_whose_weight_the_draw_lies():
    weight, size = np.array([2.0, 4.0]), np.array([[1, 1, 0], [0, 2, 0]])
    draws = (0.0, np.nextafter(0.25, 0), 0.25, np.nextafter(0.5, 0), 0.5, np.nextafter(1, 0))
    groups = [encounters._group(weight, size, 2, 1.0, draw) for draw in draws]
    there = encounters.SECTORS
    assert groups == [0, 0, 1, 1, there + 1, there + 1]


def test_who_is_met_is_the_first_at_or_after_the_point_around_the_circle(monkeypatch):
    """Of those who can be met under the policy, and never oneself."""
    position = np.array([0.25, 0.5, 0.75, 0.5])
    of = SimpleNamespace(sector=np.zeros(5, int), key=np.arange(5))
    rows, there = np.arange(4), np.array([everywhere(1)] * 3 + [0, 0], dtype=np.uint32)
    circles = encounters.circles(of, np.zeros((1, 5), int), rows, there, position, 1)
    crowd = encounters.Crowd(np.zeros((1, 5), int), circles, encounters.weights_of(circles, np.eye(1), two(1)), two(1))

    def met(seeker: int, point: float) -> int:
        monkeypatch.setattr(encounters, "drawn", lambda *_: point)
        pairs = encounters.Pairs(*(np.full(1, -1) for _ in range(4)))
        wants = np.array([everywhere(1)] * 5, dtype=np.uint32)
        words = SimpleNamespace(group=0, member=0)
        assert encounters.find(pairs, 0, np.array([seeker]), wants, of, crowd, words) == 1
        return int(pairs.partners[0])

    points = (0.0, 0.25, np.nextafter(0.25, 1), 0.5, np.nextafter(0.5, 1), 0.75, np.nextafter(0.75, 1))
    assert [met(4, point) for point in points] == [0, 0, 1, 1, 2, 2, 0]
    assert [met(1, point) for point in points] == [0, 0, 2, 2, 2, 2, 0]


def test_two_who_look_for_each_other_under_one_policy_meet_once_as_the_earlier_says():
    policies = np.array([0b01, 0b11, 0b11], dtype=np.uint32)
    pairs = contacts.Pairs(np.array([0, 1, 2]), np.array([1, 0, 0]), policies, np.zeros(3))
    found = contacts._chained(pairs, SimpleNamespace(used=3, number=np.array([4, 5, 6])))
    assert found.policies.tolist() == [0b01, 0b10, 0b11]
    assert found.earlier.tolist() == [0, 0, 0] and found.later.tolist() == [1, 1, 2]


def test_ties_go_on_until_their_month_between_those_still_active_wherever_their_rows_are_now():
    """A pair that is tied already gets no second tie; partners of a coordinator are introduced."""
    month, all_of_one = 9, everywhere(1)
    rows_now = np.full(8, -1)
    rows_now[[4, 5, 6]] = 2, 0, 1  # the startup with number 7 has left
    rows = np.full((3, 9), -1)
    rows[:, :4] = [[0, 1, 0, 2], [1, 2, 2, 3], [10, month, 12, 20]]
    graph = contacts.Graph(rows, np.full(9, all_of_one), np.array([4, 5, 6, 7]), rows_now)
    of = SimpleNamespace(
        used=3, alive=np.full(3, all_of_one), number=np.array([5, 6, 4]), coordinator=np.array([[False, False, True]]),
        ties=np.zeros((1, 3), np.int16), introduced=np.ones((1, 3), bool),
    )  # fmt: skip
    pairs = contacts.Pairs(np.array([0, 1]), np.array([2, 0]), np.full(2, all_of_one), np.array([30, 40]))
    count = plain(contacts._renew)(month, graph, 4, pairs, of)
    assert rows[:, :count].T.tolist() == [[2, 0, 10], [2, 1, 12], [0, 1, 40]]
    assert of.ties.tolist() == [[2, 2, 2]] and of.introduced.tolist() == [[True, True, False]]
