"""Exports: entry with a sunk cost, exit that is most likely in the first year.

A share K of founders has something that can be sold abroad; one of them that does not export attempts it
at yearly rate `x_a` (more often after a mission). With the market access s, k ties, and the effect f of a
fair that fades from 1 to 0 in T_f months:

    P(attempt) = 1 - exp(-x_a / 12)
    P(success) = 1 / (1 + exp(-v / v_0))
    v = ln(pi x R H_x) + v_s (s - s_ref) + psi f - ln S_i,   S_i = S exp(-v_k k)
    R *= 1 + x / 2  on entry,   R /= 1 + x / 2  on exit

With K below 1, those who can export do so soon: most Moroccan exporters began right after they were founded,
and old firms rarely switch (Fafchamps, El Hamine and Zeufack 2002, World Bank WPS 2827). Entry costs at most
C_x in cash; the rest of S is effort. Exporters stop at monthly rate e1 in
the first year and e2 later; there is no memory after stopping (Roberts and Tybout 1997: after a year
out, re-entry costs as much as first entry).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.kernel.compiled import inlined
from sim.kernel.masks import bit, holds
from sim.kernel.mathematics import exp, exp_each, log
from sim.kernel.randomness import drawn, rows_below
from sim.kernel.records import booked, by_policy, columns, draws, kernel
from sim.kernel.state import Start
from sim.kernel.sums import PAYMENT, from_steps, steps
from sim.processes.competence import AT_REFERENCE, REFERENCE

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "exporter": Column(bool, "-", "Whether it exports now.", False),
    "export_since": Column(Short, "month", "Month of the last start of exporting; -1 if never.", -1),
    "first_export": Column(Short, "month", "Month of the first start of exporting; -1 if never.", -1),
}

COUNTS = {
    "export_attempts": Count("startups", "Attempts to start exporting."),
    "export_entries": Count("startups", "Starts of exporting."),
    "export_stops": Count("startups", "Ends of exporting."),
}

PAYMENTS = {("startups", "abroad", "export entry"): Payment("What entering a foreign market costs in cash.")}


CONSTANTS = {"s_ref": AT_REFERENCE}

SYMBOLS = {
    "v": "log points", "R": "revenue", "s": "market_access", "k": "ties", "f": "share", "S_i": "kMAD",
    "pi": "cash.margin",
}  # fmt: skip


class Parameters(Mechanism):
    """Parameters of exporting."""

    attempts: float = parameter(
        1.001,
        short="Attempts to export",
        unit="1/year",
        symbol="x_a",
        low=0,
        high=20,
        meaning="Rate at which a startup tries to export.",
        origin="calibrated: the typical draw, at percentile 56. Fitted to: 25-35 % exporters among residents",
        prior=(0.1, 1.2),
    )
    exportable: float = parameter(
        0.7583,
        short="Products that can be exported",
        unit="share",
        symbol="K",
        low=0,
        high=1,
        meaning="Share of founders whose product can be sold abroad.",
        origin="calibrated: the typical draw, at percentile 22. Range: between a fifth and all; no Moroccan source "
        "counts them",
        prior=(0.2, 1),
    )
    sunk_cost: float = parameter(
        472.6,
        short="Cost of entering a market",
        unit="kMAD",
        symbol="S",
        low=1,
        high=100_000,
        meaning="Cost of entering a foreign market, effort included.",
        origin="calibrated: the typical draw, at percentile 48. Fitted to: 25-35 % exporters among residents; sunk "
        "costs as in Roberts and Tybout 1997, AER 87",
        prior=(200, 3000),
    )
    cash_cost: float = parameter(
        100.0,
        short="Cash for entering a market",
        unit="kMAD",
        symbol="C_x",
        low=0,
        high=10_000,
        meaning="Most that entry costs in cash.",
        origin="assumed: digital exports need little equipment",
    )
    stop_first_year: float = parameter(
        0.06578,
        short="Exports given up in the first year",
        unit="1/month",
        symbol="e1",
        low=0,
        high=1,
        meaning="Monthly rate of stopping in the first year.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 48. Range: 57 % of new "
        "exporters stop within a year, World Bank Exporter Dynamics Database 2012 (0.068 a month), rounded down "
        "for services",
        prior=(0.05, 0.09),
    )
    stop_later: float = parameter(
        0.02367,
        short="Exports given up later",
        unit="1/month",
        symbol="e2",
        low=0,
        high=1,
        meaning="Monthly rate of stopping after the first year.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 65. Range: established "
        "exporters survive longer; range 0.01-0.03",
        prior=(0.01, 0.03),
    )
    fair_effect: float = parameter(
        0.03712,
        short="Effect of a fair on exports",
        unit="log points",
        symbol="psi",
        low=0,
        high=5,
        meaning="How much a fair raises the value of exporting just after it.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 3. Range: direction from "
        "Makioka 2020 (RIETI 20-E-007), size not known",
        prior=(0, 1.5),
    )
    fair_fades: int = parameter(
        36,
        short="How long a fair acts",
        unit="month",
        symbol="T_f",
        low=1,
        high=240,
        meaning="Months until the effect of a fair is gone, linearly.",
        origin="source: gains gone after three years, Cadot, Fernandes, Gourdon and Mattoo 2015, "
        "Journal of International Economics 97",
    )
    export_share: float = parameter(
        0.30,
        short="Share of revenue from exports",
        unit="share",
        symbol="x",
        low=0,
        high=1,
        meaning="Part of revenue that exports can make up.",
        origin="assumed: small digital firms export a part of what they sell",
    )
    horizon: float = parameter(
        24.0,
        short="Export profits counted on",
        unit="month",
        symbol="H_x",
        low=1,
        high=240,
        meaning="Months of export profit that a founder counts on.",
        origin="assumed: two years",
    )
    competence_effect: float = parameter(
        1.033,
        short="Effect of market access on exports",
        unit="log points",
        symbol="v_s",
        low=0,
        high=10,
        meaning="How much market access raises the value of exporting.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 62. Range: a rise by 0.3 is "
        "worth a quarter more; from nothing to more than twice that",
        prior=(0, 2),
    )
    ties_effect: float = parameter(
        0.06037,
        short="Effect of ties on exports",
        unit="log points/tie",
        symbol="v_k",
        low=0,
        high=1,
        meaning="How much each tie lowers the sunk cost.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 69. Range: partners share what "
        "they know of markets, or know nothing of use",
        prior=(0, 0.1),
    )
    score_scale: float = parameter(
        0.9,
        short="What is unknown of an entry",
        unit="log points",
        symbol="v_0",
        low=0.01,
        high=10,
        meaning="Spread of what the model does not know of an entry.",
        origin="assumed: about the spread of log revenue",
    )


STREAMS = ("exports.stop", "exports.attempt", "exports.success", "exports.product")


@columns
class Traders(NamedTuple):
    """Columns of startups that it reads, and the last five, which it brings up to date."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    mission: np.ndarray
    fair: np.ndarray
    ties: np.ndarray
    exporter: np.ndarray
    export_since: np.ndarray
    first_export: np.ndarray
    revenue: np.ndarray
    cash: np.ndarray


@by_policy
class Rates(NamedTuple):
    """What exports depend on, (policies,) each.

    Attributes:
        exportable: share of founders whose product can be sold abroad.
        attempt, attempt_after_mission, stop_first_year, stop_later: probabilities of a month.
        mission_lasts (month): how long a mission raises attempts.
        stake: what exporting brings, as a multiple of monthly revenue.
        others: parameters of the process.
    """

    enabled: Any
    exportable: Any
    attempt: Any
    attempt_after_mission: Any
    stop_first_year: Any
    stop_later: Any
    mission_lasts: Any
    stake: Any
    export_share: Any
    sunk_cost: Any
    cash_cost: Any
    competence_effect: Any
    ties_effect: Any
    fair_effect: Any
    fair_fades: Any
    score_scale: Any


def _rates(parameters: Any) -> Rates:
    own, missions = parameters.exports, parameters.missions
    factor = missions.attempt_factor if missions.enabled else 1.0
    monthly = np.array([own.attempts / 12, own.attempts / 12 * factor, own.stop_first_year, own.stop_later])
    attempt, after_mission, stop_first_year, stop_later = 1 - exp_each(-monthly)
    return Rates(
        own.enabled,
        own.exportable,
        attempt,
        after_mission,
        stop_first_year,
        stop_later,
        missions.lasts,
        parameters.cash.margin * own.export_share * own.horizon,
        own.export_share,
        own.sunk_cost,
        own.cash_cost,
        own.competence_effect,
        own.ties_effect,
        own.fair_effect,
        own.fair_fades,
        own.score_scale,
    )


@draws("exports")
class Words(NamedTuple):
    """This month's words of the process's streams."""

    stop: np.uint64
    attempt: np.uint64
    success: np.uint64


@booked(cost=("startups", "abroad", "export entry"))
class Booked(NamedTuple):
    """Stops, attempts and entries of the month, and what the entries cost in kMAD, (policies,) each."""

    export_stops: np.ndarray
    export_attempts: np.ndarray
    export_entries: np.ndarray
    cost: np.ndarray


def act(world: World) -> None:
    """Exporters may stop, then others may enter; revenue jumps by ln(1 + x / 2) either way."""
    if not world.acts(_rates):
        return
    traders, words = world.startups.see(Traders), world.streams.words(Words, world.month)
    product = world.streams["exports.product"].at(0)  # drawn once for each startup
    _trade(world.month, traders, world.before, world.by_policy(_rates), words, product, world.books(Booked))


@inlined
def _stop(month: int, of: Traders, rates: Rates, word: np.uint64, to: Booked) -> None:
    """Draw who stops exporting."""
    policies, highest = rates.enabled.size, max(rates.stop_first_year.max(), rates.stop_later.max())
    for row in rows_below(of.key[: of.used], word, highest):
        draw = drawn(of.key[row], word)
        for policy in range(policies):
            if of.exporter[policy, row] and rates.enabled[policy] and holds(of.alive[row], policy):
                young = month - of.export_since[policy, row] < 12
                if draw < (rates.stop_first_year[policy] if young else rates.stop_later[policy]):
                    of.exporter[policy, row] = False
                    of.revenue[policy, row] /= 1 + rates.export_share[policy] / 2
                    to.export_stops[policy] += 1


@kernel
def _trade(
    month: int, of: Traders, before: Start, rates: Rates, words: Words, product_word: np.uint64, to: Booked
) -> None:
    """Stops, attempts and entries, and what these cost in cash; those who stop this month do not try again."""
    policies = rates.enabled.size
    highest, cost = max(rates.attempt.max(), rates.attempt_after_mission.max()), np.zeros(policies, dtype=np.int64)
    trying = rows_below(of.key[: of.used], words.attempt, highest)
    exported, log_stakes = np.empty(trying.size, dtype=np.uint32), np.empty(policies)
    for policy in range(policies):
        log_stakes[policy] = log(max(rates.stake[policy], 1e-12) / rates.sunk_cost[policy])
    for place in range(trying.size):
        exported[place] = 0
        for policy in range(policies):
            exported[place] |= bit(policy) if of.exporter[policy, trying[place]] else np.uint32(0)
    _stop(month, of, rates, words.stop, to)
    for place in range(trying.size):
        row = trying[place]
        able, draw = of.alive[row] & ~exported[place], drawn(of.key[row], words.attempt)
        product = drawn(of.key[row], product_word)
        for policy in range(policies):
            if not (holds(able, policy) and rates.enabled[policy] and product < rates.exportable[policy]):
                continue
            lately = month - of.mission[policy, row] < rates.mission_lasts[policy]
            if draw >= (rates.attempt_after_mission[policy] if lately else rates.attempt[policy]):
                continue
            to.export_attempts[policy] += 1
            fading = max(0.0, 1 - (month - of.fair[policy, row]) / rates.fair_fades[policy])
            relief = rates.ties_effect[policy] * of.ties[policy, row]
            value = log_stakes[policy] + before.log_revenue[policy, row] + relief
            value += rates.competence_effect[policy] * (before.competence[policy, 1, row] - REFERENCE)
            value += rates.fair_effect[policy] * fading
            if drawn(of.key[row], words.success) < 1 / (1 + exp(-value / rates.score_scale[policy])):
                paid = steps(min(rates.cash_cost[policy], rates.sunk_cost[policy] * exp(-relief)), PAYMENT)
                of.exporter[policy, row] = True
                of.export_since[policy, row] = month
                if of.first_export[policy, row] < 0:
                    of.first_export[policy, row] = month
                of.revenue[policy, row] *= 1 + rates.export_share[policy] / 2
                of.cash[policy, row] -= from_steps(paid, PAYMENT)
                cost[policy] += paid
                to.export_entries[policy] += 1
    for policy in range(policies):
        to.cost[policy] += from_steps(cost[policy], PAYMENT)
