"""Rules at their edges, with startups made by hand: a draw that equals its probability, a first month, nobody to meet.

Loops run as plain Python here, so that a draw can be set to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from by_hand import BOTH, KEY, one, plain, two

from sim.declare.states import Cause, LeftHub
from sim.kernel.masks import everywhere, holds
from sim.kernel.mathematics import exp
from sim.processes import (
    acquisition,
    admission,
    application,
    closure,
    contacts,
    encounters,
    exports,
    follow_up,
    insolvency,
    loans,
    meetings,
    refounding,
)

# --- a draw that equals its probability --------------------------------------------------------------------------

RATE = np.log(2)
HALF = 0.5
"""Probability of an event in a month at this rate; under the second policy it is more probable."""
Drawing = Callable[..., None]


def leavers_of(loop: Any, rates: Any, *between: Any, **columns: Any) -> np.ndarray:
    of = SimpleNamespace(used=1, alive=BOTH, key=KEY, **columns)
    leaving = one(Cause.ACTIVE, np.int8)
    plain(loop)(of, rates, *between, np.uint64(0), leaving)
    return leaving[:, 0] != Cause.ACTIVE


def bought(draws: Drawing) -> np.ndarray:
    draws(acquisition)
    rates = SimpleNamespace(enabled=two(1, 1), rate=two(12 * RATE, 24 * RATE))
    return leavers_of(acquisition._buy, rates, equity=one(0))


def insolvent(draws: Drawing, cash: float = -1) -> np.ndarray:
    draws(insolvency)
    rates = SimpleNamespace(enabled=two(1, 1), grace=two(1 / HALF, 1))
    return leavers_of(insolvency._fail, rates, cash=one(cash))


def closed(draws: Drawing) -> np.ndarray:
    draws(closure)
    rates = SimpleNamespace(
        enabled=two(1, 1), rate=two(RATE, 2 * RATE), quality_effect=two(1, 1), competence_effect=two(1, 1),
        advice_effect=two(0, 0),
    )  # fmt: skip
    between = SimpleNamespace(hours_scale=two(1, 1)), one(closure.REFERENCE)
    return leavers_of(closure._close, rates, *between, quality=np.zeros(1), hours=one(0))


def founds_again(draws: Drawing) -> np.ndarray:
    draws(refounding)
    leavers = SimpleNamespace(rows=np.zeros(2, int), policies=np.arange(2), causes=np.full(2, Cause.CLOSED))
    shared = dict.fromkeys(("sector", "quality", "attempt"), np.zeros(1))
    own = dict.fromkeys(("region", "city", "finance", "market_access", "skills"), one(0))
    rates = SimpleNamespace(enabled=two(1, 1), probability=two(HALF, 1))
    failed = plain(refounding._keep)(leavers, SimpleNamespace(key=KEY, **shared, **own), np.uint64(0), rates)
    return np.isin([0, 1], failed.policy)


def applies(draws: Drawing, threshold: float = 0.0) -> np.ndarray:
    return applicants(draws, threshold).applied[:, 0] == 7


def applicants(draws: Drawing, threshold: float) -> SimpleNamespace:
    """One of quality 2 whose hub sees half of it, and makes no error: a score of 1."""
    draws(application, drawn_normal=0.0)
    rates = SimpleNamespace(
        enabled=two(1, 1), rate=two(RATE, 2 * RATE), oldest=two(7, 7), self_selection=two(0, 0),
        screening_skill=two(0.5, 0.5),
    )  # fmt: skip
    of = SimpleNamespace(
        used=1, alive=BOTH, key=KEY, founded=np.zeros(1, int), quality=np.full(1, 2.0), applied=one(-1, int),
        city=one(0, int), score=one(0), waiting_at=one(-1, int),
    )  # fmt: skip
    nearest = SimpleNamespace(access=np.ones((2, 1)), hub=one(0, int))
    to = SimpleNamespace(applications=np.zeros(2))
    above = SimpleNamespace(threshold=two(threshold, threshold))
    plain(application._apply)(7, of, rates, above, nearest, SimpleNamespace(decision=KEY[0], error=KEY[0]), to)
    assert np.array_equal(to.applications, of.applied[:, 0] == 7)
    return of


def meets_a_funder(draws: Drawing) -> np.ndarray:
    draw = draws(meetings)
    return np.array([meetings._met(draw, factor * RATE, 1.0, np.ones(2)) == 0 for factor in (1, 2)])


def seeks(draws: Drawing, hub: int) -> np.ndarray:
    of = SimpleNamespace(alive=BOTH, hub=one(hub, int))
    rate = np.array([[RATE, RATE], [2 * RATE, 2 * RATE]])
    wishes = contacts._wishes(of, rate, SimpleNamespace(inside_hubs=two(1, 1)), np.array([draws(contacts)]))
    inside, outside = ([holds(words[0], policy) for policy in range(2)] for words in (wishes.inside, wishes.outside))
    assert not any(outside if hub >= 0 else inside)
    return np.array(inside if hub >= 0 else outside)


def trade(
    draws: Drawing, exporter: bool, streams: dict[int, float], months: int = 5, mission: int = -99,
    exported: int = -1, **rates: Any,
) -> SimpleNamespace:  # fmt: skip
    """The books of a month in which one startup, which sells as much abroad as it must pay for, has these draws.

    Streams 0 to 3 are of stops, attempts, successes and products; those that are not given are 0.
    """
    draws(exports, drawn=lambda _, word: streams.get(int(word), 0.0), rows_below=lambda *_: np.array([0]))
    columns = {"export_since": 20 - months, "first_export": exported, "mission": mission, "fair": -99, "ties": 0}
    of = SimpleNamespace(
        used=1, alive=BOTH, key=KEY, exporter=one(exporter, bool), revenue=one(1), cash=one(0),
        **{name: one(value, int) for name, value in columns.items()},
    )  # fmt: skip
    laws = dict.fromkeys(exports.Rates._fields, two(1, 1)) | {"fair_effect": two(0, 0), "mission_lasts": two(0, 0)}
    before = SimpleNamespace(log_revenue=one(0), competence=np.full((2, 3, 1), exports.REFERENCE))
    to = SimpleNamespace(**{name: np.zeros(2) for name in exports.Booked._fields})
    words = SimpleNamespace(stop=0, attempt=1, success=2)
    plain(exports._trade)(20, of, before, SimpleNamespace(**laws | rates), words, 3, to)
    assert np.array_equal(of.exporter[:, 0], to.export_entries > 0 if not exporter else to.export_stops == 0)
    first = exported if exported >= 0 else 20
    assert np.array_equal(of.first_export[:, 0], np.where(to.export_entries > 0, first, exported))
    return to


def stops(draws: Drawing, months: int) -> np.ndarray:
    name = "stop_first_year" if months < 12 else "stop_later"
    return trade(draws, True, {0: draws(exports), 1: 2.0}, months, **{name: two(HALF, 1)}).export_stops > 0


def tries(draws: Drawing, lately: bool) -> np.ndarray:
    name, lasts = ("attempt_after_mission", 200) if lately else ("attempt", 0)
    draw = draws(exports)
    rates: dict[str, Any] = {name: two(HALF, 1), "mission_lasts": two(lasts, lasts)}
    return trade(draws, False, {1: draw}, **rates).export_attempts > 0


def can_export(draws: Drawing) -> np.ndarray:
    return trade(draws, False, {3: draws(exports)}, exportable=two(HALF, 1)).export_attempts > 0


def enters(draws: Drawing) -> np.ndarray:
    return trade(draws, False, {2: draws(exports)}, stake=two(1, 9)).export_entries > 0


EVENTS = {
    "an acquisition": bought, "an insolvency": insolvent, "a closure": closed, "a second start": founds_again,
    "an application": applies, "a meeting with a funder": meets_a_funder, "a search in a hub": partial(seeks, hub=0),
    "a search outside": partial(seeks, hub=-1), "a stop in the first year": partial(stops, months=11),
    "a stop later": partial(stops, months=12), "an attempt": partial(tries, lately=False),
    "an attempt after a mission": partial(tries, lately=True), "a product": can_export, "an entry": enters,
}  # fmt: skip


@pytest.fixture
def drawing(monkeypatch) -> Callable[[float], Drawing]:
    """Lets all draws of a process be one number, and returns it."""

    def with_draw(draw: float) -> Callable[..., Any]:
        def draws(process: ModuleType, **others: Any) -> float:
            found = {
                "drawn": lambda *_: draw, "uniforms": lambda keys, _: np.full(keys.size, draw),
                "rows_below": lambda keys, _, bound: np.flatnonzero(np.full(keys.size, draw) < bound),
            } | {name: one if callable(one) else lambda *_, one=one: one for name, one in others.items()}  # fmt: skip
            for name, function in found.items():
                if hasattr(process, name):
                    monkeypatch.setattr(process, name, function)
            return draw

        return draws

    return with_draw


@pytest.mark.parametrize("event", EVENTS)
def test_what_happens_is_drawn_below_its_probability_not_at_it(drawing, event):
    assert 1 - exp(-RATE) == HALF
    happens = EVENTS[event]
    assert happens(drawing(HALF)).tolist() == [False, True]
    assert happens(drawing(np.nextafter(HALF, 0))).tolist() == [True, True]


def test_who_is_listed_scores_above_the_threshold_not_at_it(drawing):
    draws = drawing(0.0)
    assert applicants(draws, threshold=1.0).waiting_at.tolist() == [[-1], [-1]]
    assert applicants(draws, threshold=np.nextafter(1.0, 0)).waiting_at.tolist() == [[0], [0]]


def test_who_has_nothing_left_is_not_insolvent_before_it_owes(drawing):
    assert insolvent(drawing(0.0), cash=0.0).tolist() == [False, False]
    assert insolvent(drawing(0.0), cash=-np.nextafter(0, 1)).tolist() == [True, True]


def test_a_mission_raises_attempts_for_as_many_months_as_it_lasts(drawing):
    lasting = {"attempt": two(0, 0), "mission_lasts": two(3, 4)}
    assert trade(drawing(0.0), False, {}, mission=17, **lasting).export_attempts.tolist() == [0, 1]


@pytest.mark.parametrize("exported", [-1, 0, 7])
def test_the_first_export_is_noted_once_also_that_of_the_first_month(drawing, exported):
    assert trade(drawing(0.0), False, {}, exported=exported).export_entries.all()


def test_a_meeting_is_with_the_funder_on_whose_share_the_draw_lies():
    near, rate = np.array([0.25, 0.0, 0.75, 1.0]), RATE  # a meeting has a probability of one half
    draws = [0.0, np.nextafter(0.125, 0), 0.125, np.nextafter(HALF, 0), HALF]
    assert [meetings._met(draw, rate, 1.0, near) for draw in draws] == [0, 0, 2, 2, -1]


# --- the first months of a world ---------------------------------------------------------------------------------


def test_those_never_admitted_are_never_asked_and_those_of_the_first_month_are():
    """Also those who graduated in it."""
    never, first = 0, 1
    answers = ("operating_24", "operating_60", "exporting_60", "graduate_60")
    when = {name: [] for name in answers}
    for month in range(80):
        of = SimpleNamespace(
            used=2, alive=np.full(2, everywhere(1)), months_above=np.full((1, 2), 9), exporter=np.ones((1, 2), bool),
            admitted=np.array([[-1, 0]]), left=np.array([[-1, 0]]),
            left_reason=np.full((1, 2), LeftHub.GRADUATED), **{name: np.zeros((1, 2), bool) for name in answers},
        )  # fmt: skip
        success = {24: np.zeros((1, 80)), 60: np.zeros((1, 80))}
        plain(follow_up._ask)(month, of, success[24], success[60])
        for name in answers:
            assert not getattr(of, name)[0, never]
            when[name] += [month] * bool(getattr(of, name)[0, first])
        assert {age: counts[0, 0] for age, counts in success.items()} == {24: month == 24, 60: month == 60}
        assert sum(counts.sum() for counts in success.values()) == (month in (24, 60))
    assert when == {"operating_24": [24], "operating_60": [60], "exporting_60": [60], "graduate_60": [60]}


def test_a_loan_of_the_first_month_is_repaid_and_nobody_repays_what_was_not_granted():
    for granted, pays in ((0, True), (-1, False)):
        of = SimpleNamespace(
            used=1, alive=BOTH, cash=one(100), loan=one(granted, int), honour_loan=one(granted, int),
            **{f"{kind}_{what}": one(amount) for kind in ("loan", "honour") for what, amount in
               {"debt": 10, "instalment": 2}.items()},
        )  # fmt: skip
        lenders = SimpleNamespace(lends=np.array([-1, loans.BANK, 1 - loans.BANK]), interest=np.zeros(3))
        funds = SimpleNamespace(repaid=np.zeros((2, 3)), interest=np.zeros((2, 3)))
        to = SimpleNamespace(repayments=np.zeros(2), interest=np.zeros(2), cost_grants=np.zeros(2))
        loans._repay(1, of, SimpleNamespace(grace=two(0, 0)), lenders, funds, to)
        assert funds.repaid.tolist() == [[0, 2 * pays, 2 * pays]] * 2 and to.repayments.tolist() == [4 * pays] * 2
        assert of.loan_debt.tolist() == of.honour_debt.tolist() == [[10 - 2 * pays]] * 2
        assert of.cash.tolist() == [[100 - 4 * pays]] * 2 and to.cost_grants.tolist() == [-2 * pays] * 2


def test_those_that_close_owe_nothing_and_others_what_they_owed():
    of = SimpleNamespace(loan_debt=np.array([[5.0, 7.0], [11.0, 13.0]]), honour_debt=np.array([[2.0, 0.0], [3.0, 4.0]]))
    leavers = SimpleNamespace(rows=np.array([0, 1]), policies=np.array([1, 0]))
    written_off = np.zeros((2, 3))
    lenders = SimpleNamespace(lends=np.array([-1, loans.BANK, 1 - loans.BANK]))
    plain(loans._drop)(leavers, of, lenders, written_off)
    assert of.loan_debt.tolist() == [[5, 0], [0, 13]] and of.honour_debt.tolist() == [[2, 0], [0, 4]]
    assert written_off.tolist() == [[0, 7, 0], [0, 11, 3]]


# --- admissions --------------------------------------------------------------------------------------------------


def lists() -> tuple[SimpleNamespace, SimpleNamespace, admission.Counts]:
    """Four startups under two policies: one is in the first of three hubs, the others wait for it; and the counts."""
    of = SimpleNamespace(
        used=4, alive=np.full(4, everywhere(2)), key=np.arange(10, 14, dtype=np.uint64), score=np.zeros((2, 4)),
        applied=np.full((2, 4), 4), hub=np.array([[0, -1, -1, -1]] * 2), home_hub=np.array([[0, -1, -1, -1]] * 2),
        admitted=np.array([[2, -1, -1, -1]] * 2), waiting_at=np.array([[-1, 0, 0, 0]] * 2),
    )  # fmt: skip
    hubs = SimpleNamespace(
        residents=np.full((2, 3), 9), waiting=np.full((2, 3), 9), places=np.array([[2, 0, 0], [3, 0, 0]])
    )
    return of, hubs, admission.Counts(np.zeros((2, 3), int), np.zeros((2, 8), int), np.zeros(2, int))


def test_admissions_are_counted_by_hub_by_month_and_in_all():
    of, hubs, to = lists()
    rules = SimpleNamespace(enabled=two(1, 1), ranked=two(0, 0), patience=two(9, 9))
    plain(admission._admit)(5, of, hubs, rules, np.uint64(0), to, 2)
    new = of.admitted == 5
    assert new.sum(axis=1).tolist() == to.total.tolist() == to.by_month[:, 5].tolist() == [1, 2]
    assert to.by_hub.tolist() == [[1, 0, 0], [2, 0, 0]] and to.by_month.sum() == 3
    assert hubs.residents.tolist() == [[2, 0, 0], [3, 0, 0]] and hubs.waiting.tolist() == [[2, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("month", [5, 6])
def test_a_replay_admits_those_of_the_log_under_each_policy_and_empties_all_lists(monkeypatch, month):
    """Also in a month in which the log admits nobody."""
    of, hubs, to = lists()
    world = SimpleNamespace(
        month=month, hubs=hubs, hub_tally={"admissions": to.by_hub}, tally={"admissions": to.total},
        cohorts=SimpleNamespace(admitted=to.by_month), startups=SimpleNamespace(used=4, key=of.key, see=lambda _: of),
    )  # fmt: skip
    monkeypatch.setattr(admission, "_house_all", plain(admission._house_all))
    admission._replay(world, {5: (np.array([9, 11, 13], dtype=np.uint64), np.array([0, 2, 0]))})
    new = month == 5
    assert of.hub.tolist() == of.home_hub.tolist() == [[0, 2, -1, 0] if new else [0, -1, -1, -1]] * 2
    assert of.admitted.tolist() == [[2, 5, -1, 5] if new else [2, -1, -1, -1]] * 2
    assert (of.waiting_at == -1).all() and not hubs.waiting.any()
    assert to.by_hub.tolist() == [[new, 0, new]] * 2 and to.by_month[:, month].tolist() == to.total.tolist()
    assert to.total.tolist() == [2 * new] * 2 and hubs.residents.tolist() == [[1 + new, 0, new]] * 2


# --- meetings ----------------------------------------------------------------------------------------------------


def test_who_wants_nobody_of_the_own_sector_meets_nobody_where_there_is_nobody_else():
    alone, size = np.zeros(2), np.array([[2, 0, 0], [1, 0, 0]])
    assert encounters._group(alone, size, 0, 0.0, 0.5) == -1
    assert encounters._group(np.array([2.0, 3.0]), size, 1, 0.0, 0.9) == encounters.SECTORS


@pytest.mark.parametrize("seed", range(3))
def test_whom_seekers_meet_beside_other_policies_is_whom_they_meet_alone(monkeypatch, seed):
    random, policies, rows, places = np.random.default_rng(seed), 3, 30, 4
    draws = random.random((2, rows))
    monkeypatch.setattr(encounters, "drawn", lambda key, word: draws[int(word), int(key)])
    same, closeness, position = random.random(policies), random.random((places, places)), random.random(rows)
    common = random.integers(0, places, rows)
    place = np.where(random.random((policies, rows)) < 0.6, common, random.integers(0, places, (policies, rows)))
    sector, there, wants = random.integers(0, 3, rows), *random.integers(0, 2**policies, (2, rows)).astype(np.uint32)
    words = SimpleNamespace(group=0, member=1)

    def pairs_of(mine: list[int]) -> list[set[tuple[int, int]]]:
        def word_of(all_words: np.ndarray) -> np.ndarray:
            return sum(((all_words >> policy) & 1) << bit for bit, policy in enumerate(mine)).astype(np.uint32)

        of = SimpleNamespace(sector=sector, key=np.arange(rows, dtype=np.uint64))
        circles = encounters.circles(of, place[mine], np.arange(rows), word_of(there), position, places)
        weights = encounters.weights_of(circles, closeness, same[mine])
        crowd = encounters.Crowd(place[mine], circles, weights, same[mine])
        pairs = encounters.Pairs(*(np.zeros(rows * len(mine), kind) for kind in (int, int, np.uint32, int)))
        count = encounters.find(pairs, 0, np.arange(rows), word_of(wants), of, crowd, words)
        found = [
            {(int(pairs.seekers[at]), int(pairs.partners[at])) for at in range(count) if holds(pairs.policies[at], bit)}
            for bit in range(len(mine))
        ]
        assert all((1 << bit) & word_of(wants)[one] for bit, some in enumerate(found) for one, _ in some)
        assert all((1 << bit) & word_of(there)[other] for bit, some in enumerate(found) for _, other in some)
        return found

    beside = pairs_of([0, 1, 2])
    assert beside == [pairs_of([policy])[0] for policy in range(policies)]
    assert beside[0] != beside[1] and all(len(some) > 5 for some in beside)
