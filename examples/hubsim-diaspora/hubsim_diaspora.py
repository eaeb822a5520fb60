"""Diaspora investors: people abroad put small sums into exporters, whom they can hear of.

An exporter that has no such investor finds one, the sooner the more ties k it has, because acquaintances pass on names:

    P(found in a month) = 1 - exp(-r (1 + b ln(1 + k)))
    ln ticket ~ N(ln T, sd^2)

An invented mechanism with invented numbers, to show how one is written; nothing here is a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, parameter

if TYPE_CHECKING:
    from sim.kernel.world import World

AFTER = "equity"

COLUMNS = {"diaspora_total": Column(float, "kMAD", "Money from investors abroad so far.", 0.0)}

COUNTS = {"diaspora_investors": Count("startups", "Exporters that found an investor abroad.")}
PAYMENTS = {("diaspora", "startups", "investment"): Payment("Sums of investors abroad.", "diaspora_total")}


class Parameters(Mechanism):
    """Parameters of diaspora investors."""

    rate: float = parameter(
        0.01,
        short="Investors abroad",
        unit="1/month",
        symbol="r",
        low=0,
        high=1,
        meaning="Rate at which an exporter without ties finds an investor abroad.",
        origin="assumed: an example; a hundred months on average",
        lever=True,
    )
    ties_effect: float = parameter(
        0.5,
        unit="-",
        symbol="b",
        low=0,
        high=10,
        meaning="How much the log of partners raises that rate.",
        origin="assumed: an example",
    )
    ticket: float = parameter(
        200.0,
        unit="kMAD",
        symbol="T",
        low=1,
        high=10_000,
        meaning="Median sum of an investor.",
        origin="assumed: an example, the size of a small grant",
    )
    ticket_log_sd: float = parameter(
        0.6,
        unit="log points",
        symbol="sd",
        low=0,
        high=3,
        meaning="Standard deviation of the log of that sum.",
        origin="assumed: an example",
    )


STREAMS = ("diaspora.meeting", "diaspora.ticket")


def act(model: World) -> None:
    """Let exporters find their investors, and enter the money in the ledger."""
    parameters, startups, month = model.parameters.diaspora, model.startups, model.month
    if not parameters.enabled:
        return
    rows = np.flatnonzero(startups.exporter & (startups.diaspora_total == 0))
    rate = parameters.rate * (1 + parameters.ties_effect * np.log1p(startups.ties[rows]))
    met = model.streams["diaspora.meeting"].below(month, startups.key[rows], -np.expm1(-rate))
    rows = rows[met]
    normal = model.streams["diaspora.ticket"].normal(month, startups.key[rows])
    tickets = parameters.ticket * np.exp(parameters.ticket_log_sd * normal)
    startups.diaspora_total[rows] = tickets
    startups.cash[rows] += tickets
    model.tally["diaspora_investors"] += rows.size
    model.ledger.flow("diaspora", "startups", "investment", tickets.sum())
