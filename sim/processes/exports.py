"""Exports: entry with a sunk cost, exit that is most likely in the first year.

A startup that does not export attempts it at yearly rate `x_a` (more often after a mission). With the
market access s, k ties, and the effect f of a fair that fades from 1 to 0 in T_f months:

    P(attempt) = 1 - exp(-x_a / 12)
    P(success) = 1 / (1 + exp(-v / v_0))
    v = ln(pi x R H_x) + v_s (s - s_ref) + psi f - ln S_i,   S_i = S exp(-v_k k)
    R *= 1 + x / 2  on entry,   R /= 1 + x / 2  on exit

Entry costs at most C_x in cash; the rest of S is effort. Exporters stop at monthly rate e1 in
the first year and e2 later; there is no memory after stopping (Roberts and Tybout 1997: after a year
out, re-entry costs as much as first entry).
"""

from __future__ import annotations

from math import expm1, log
from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.kernel.compiled import compiled
from sim.kernel.randomness import drawn, uniforms
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


class Parameters(Mechanism):
    """Parameters of exporting."""

    attempts: float = parameter(
        0.7704,
        unit="1/year",
        symbol="x_a",
        low=0,
        high=20,
        meaning="Rate at which a startup tries to export.",
        origin="calibrated: the typical draw, at percentile 28. Fitted to: 25-35 % exporters among residents",
        prior=(0.1, 1.2),
    )
    sunk_cost: float = parameter(
        959.2,
        unit="kMAD",
        symbol="S",
        low=1,
        high=100_000,
        meaning="Cost of entering a foreign market, effort included.",
        origin="calibrated: the typical draw, at percentile 60. Fitted to: 25-35 % exporters among residents; "
        "sunk costs as in Roberts and Tybout 1997, AER 87",
        prior=(200, 3000),
    )
    cash_cost: float = parameter(
        100.0,
        unit="kMAD",
        symbol="C_x",
        low=0,
        high=10_000,
        meaning="Most that entry costs in cash.",
        origin="assumed: digital exports need little equipment",
    )
    stop_first_year: float = parameter(
        0.06405,
        unit="1/month",
        symbol="e1",
        low=0,
        high=1,
        meaning="Monthly rate of stopping in the first year.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 43. Range: 57 % of "
        "new exporters stop within a year, World Bank Exporter Dynamics Database 2012 (0.068 a month), "
        "rounded down for services",
        prior=(0.05, 0.09),
    )
    stop_later: float = parameter(
        0.02242,
        unit="1/month",
        symbol="e2",
        low=0,
        high=1,
        meaning="Monthly rate of stopping after the first year.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 69. Range: "
        "established exporters survive longer; range 0.01-0.03",
        prior=(0.01, 0.03),
    )
    fair_effect: float = parameter(
        1.187,
        unit="log points",
        symbol="psi",
        low=0,
        high=5,
        meaning="How much a fair raises the value of exporting just after it.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 77. Range: direction "
        "from Makioka 2020 (RIETI 20-E-007), size not known",
        prior=(0, 1.5),
    )
    fair_fades: int = parameter(
        36,
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
        unit="share",
        symbol="x",
        low=0,
        high=1,
        meaning="Part of revenue that exports can make up.",
        origin="assumed: small digital firms export a part of what they sell",
    )
    horizon: float = parameter(
        24.0,
        unit="month",
        symbol="H_x",
        low=1,
        high=240,
        meaning="Months of export profit that a founder counts on.",
        origin="assumed: two years",
    )
    competence_effect: float = parameter(
        0.8,
        unit="log points",
        symbol="v_s",
        low=0,
        high=10,
        meaning="How much market access raises the value of exporting.",
        origin="assumed: a rise by 0.3 is worth a quarter more",
    )
    ties_effect: float = parameter(
        0.08,
        unit="log points/tie",
        symbol="v_k",
        low=0,
        high=1,
        meaning="How much each tie lowers the sunk cost.",
        origin="assumed: partners share what they know of markets",
    )
    score_scale: float = parameter(
        0.9,
        unit="log points",
        symbol="v_0",
        low=0.01,
        high=10,
        meaning="Spread of what the model does not know of an entry.",
        origin="assumed: about the spread of log revenue",
    )


STREAMS = ("exports.stop", "exports.attempt", "exports.success")


def act(model: World) -> None:
    """Let exporters stop, then let others attempt to enter; revenue jumps by ln(1 + x / 2) either way."""
    parameters, startups, month = model.parameters.exports, model.startups, model.month
    if not parameters.enabled:
        return
    missions, streams = model.parameters.missions, model.streams
    factor = missions.attempt_factor if missions.enabled else 1.0
    stake = model.parameters.cash.margin * parameters.export_share * parameters.horizon
    stops, attempts, entries, cost = _trade(
        month,
        startups.key,
        streams["exports.stop"].at(month),
        -expm1(-parameters.stop_first_year),
        -expm1(-parameters.stop_later),
        streams["exports.attempt"].at(month),
        startups.mission,
        missions.lasts,
        -expm1(-parameters.attempts / 12),
        -expm1(-parameters.attempts / 12 * factor),
        streams["exports.success"].at(month),
        log(max(stake, 1e-12)),
        model.before.log_revenue,
        parameters.competence_effect,
        model.before.competence[1],
        parameters.fair_effect,
        startups.fair,
        parameters.fair_fades,
        parameters.sunk_cost,
        parameters.ties_effect,
        startups.ties,
        parameters.score_scale,
        parameters.cash_cost,
        1 + parameters.export_share / 2,
        startups.exporter,
        startups.export_since,
        startups.first_export,
        startups.revenue,
        startups.cash,
    )
    model.tally["export_stops"] += stops
    model.tally["export_attempts"] += attempts
    model.tally["export_entries"] += entries
    model.ledger.flow("startups", "abroad", "export entry", cost)


@compiled
def _trade(
    month: int,
    key: np.ndarray,
    stop_word: np.uint64,
    stop_first_year: float,
    stop_later: float,
    attempt_word: np.uint64,
    mission: np.ndarray,
    mission_lasts: int,
    attempt: float,
    attempt_after_mission: float,
    success_word: np.uint64,
    log_stake: float,
    log_revenue: np.ndarray,
    competence_effect: float,
    market_access: np.ndarray,
    fair_effect: float,
    fair: np.ndarray,
    fair_fades: int,
    sunk_cost: float,
    ties_effect: float,
    ties: np.ndarray,
    score_scale: float,
    cash_cost: float,
    jump: float,
    exporter: np.ndarray,
    since: np.ndarray,
    first_export: np.ndarray,
    revenue: np.ndarray,
    cash: np.ndarray,
) -> tuple[int, int, int, float]:
    """Stops, attempts and entries, and what these cost in cash; brings the last five columns up to date."""
    rows = np.empty((2, key.size), dtype=np.int32)
    exporting = trying = stops = attempts = entries = 0
    likeliest = max(attempt, attempt_after_mission)
    drawn_attempts = uniforms(key, attempt_word)
    for row in range(key.size):
        rows[0, exporting] = rows[1, trying] = row
        exporting += exporter[row]
        trying += (not exporter[row]) & (drawn_attempts[row] < likeliest)

    for row in rows[0, :exporting]:
        if drawn(key[row], stop_word) < (stop_first_year if month - since[row] < 12 else stop_later):
            exporter[row] = False
            revenue[row] /= jump
            stops += 1

    paid = 0.0
    for row in rows[1, :trying]:
        lately = month - mission[row] < mission_lasts
        if drawn_attempts[row] >= (attempt_after_mission if lately else attempt):
            continue
        attempts += 1
        sunk = sunk_cost * np.exp(-ties_effect * ties[row])
        fading = max(0.0, 1 - (month - fair[row]) / fair_fades)
        value = log_stake + log_revenue[row] + competence_effect * (market_access[row] - REFERENCE)
        value = value + fair_effect * fading - np.log(sunk)
        if drawn(key[row], success_word) < 1 / (1 + np.exp(-value / score_scale)):
            exporter[row] = True
            since[row] = month
            if first_export[row] < 0:
                first_export[row] = month
            revenue[row] *= jump
            cash[row] -= min(cash_cost, sunk)
            paid += min(cash_cost, sunk)
            entries += 1
    return stops, attempts, entries, paid
