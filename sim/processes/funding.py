"""How startups and funders meet, and how funders choose.

A startup meets a funder at a rate that falls with distance, `D(d) = (max(d, 10) / 10)^(-theta)`
(venture capitalists invest at 10 miles twice as often as at 100: Sorenson and Stuart 2001), rises
with a recommendation (see `referral`) and with merit,
`logistic(0.6 q + 3 (finance - 0.35) + 0.5 ln(R / 20))`. Funders of one kind share the meetings in
proportion to their yearly numbers. Each funder chooses among those it met, up to its allowance, by
one exponential key per candidate divided by merit, smallest first; a regional quota limits the part
of the yearly number that the regions of Casablanca and Rabat can take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Block, parameter
from sim.randomness import smallest

if TYPE_CHECKING:
    from sim.agents import Funder
    from sim.model import EcosystemModel


class Parameters(Block):
    """Parameters of meeting and judging."""

    distance_elasticity: float = parameter(
        0.30,
        unit="-",
        low=0,
        high=3,
        meaning="How fast meetings become rarer with distance (theta).",
        origin="source: log10(2), Sorenson and Stuart 2001, American Journal of Sociology 106",
        prior=(0.1, 0.6),
    )
    quality_weight: float = parameter(
        0.6,
        unit="1/s.d.",
        low=0,
        high=5,
        meaning="Weight of quality in merit.",
        origin="assumed: funders see quality with noise",
    )
    finance_weight: float = parameter(
        3.0,
        unit="-",
        low=0,
        high=20,
        meaning="Weight of competence in finance in merit.",
        origin="assumed: a well-made plan counts as much as quality",
    )
    revenue_weight: float = parameter(
        0.5,
        unit="1/log point",
        low=0,
        high=5,
        meaning="Weight of log revenue in merit.",
        origin="assumed: traction counts",
    )


def merit(model: EcosystemModel, rows: np.ndarray) -> np.ndarray:
    """Merit in the eyes of funders, in (0, 1); shape of `rows`."""
    before = model.before
    if before.merit is None:
        parameters = model.parameters.funding
        index = parameters.revenue_weight * (before.log_revenue - np.log(20.0))
        index += parameters.quality_weight * model.startups.quality
        index += parameters.finance_weight * (before.competence[0] - 0.35)
        before.merit = 1 / (1 + np.exp(-index))
    return before.merit[rows]


def active_funders(model: EcosystemModel, kinds: tuple[str, ...]) -> list[Funder]:
    """Funders of the given kinds that work this month; their yearly numbers are renewed in January."""
    funders = [funder for funder in model.funders if funder.kind in kinds and funder.terms_at(model.month) is not None]
    if model.month_of_year == 0:
        for funder in funders:
            funder.new_year()
    return funders


def meetings(
    model: EcosystemModel, funders: list[Funder], rows: np.ndarray, rate: np.ndarray, stream: str, near: bool = True
) -> np.ndarray:
    """Position in `funders` of the one that each startup meets this month, -1 for none; shape of `rows`.

    `rate` is the monthly rate at distance zero; `near` says whether distance matters.
    """
    shares = np.array([funder.number_at(model.month) for funder in funders])
    met = np.full(rows.size, -1)
    if shares.sum() <= 0:
        return met
    pull = np.repeat((shares / shares.sum())[:, None], len(model.geography.cities), axis=1)
    if near:
        pull *= model.reach[[funder.index for funder in funders]]
    cumulative = np.cumsum(pull, axis=0)
    city = model.startups.city[rows]
    probability = -np.expm1(-cumulative[-1][city] * rate)
    uniform = model.streams[stream].uniform(model.month, model.startups.key[rows])
    hits = np.flatnonzero(uniform < probability)
    reached = cumulative[:, city[hits]]
    met[hits] = (reached <= uniform[hits] / probability[hits] * reached[-1]).sum(axis=0)
    return met


def award(
    model: EcosystemModel,
    funder: Funder,
    rows: np.ndarray,
    stream: str,
    *,
    factor: float,
    quota: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The startups among `rows` that a funder chooses this month, and their tickets in kMAD.

    `factor` multiplies its yearly number and envelope; `quota` is the share of the number that is
    kept for startups outside the regions of Casablanca and Rabat.
    """
    terms = funder.terms_at(model.month)
    allowance = funder.allowance(model.month, model.month_of_year, factor)
    if terms is None or allowance == 0 or rows.size == 0:
        return rows[:0], np.empty(0)
    streams, key = model.streams, model.startups.key
    race = streams[f"{stream}.choice"].exponential(model.month, key[rows]) / merit(model, rows)
    ranked = rows[smallest(race, rows.size)]
    central = model.central_region[model.startups.region[ranked]]
    room = int((1 - quota) * terms.number * factor * (model.month_of_year + 1) / 12 + 1e-9)
    allowed = ~central | (np.cumsum(central) <= room - funder.central_this_year)
    chosen = ranked[allowed][:allowance]
    tickets = funder.tickets(terms, streams[f"{stream}.ticket"].normal(model.month, key[chosen]))
    paid = funder.within_envelope(tickets, terms.envelope * factor)
    chosen, tickets = chosen[paid], tickets[paid]
    funder.funded_this_year += chosen.size
    funder.central_this_year += int(model.central_region[model.startups.region[chosen]].sum())
    funder.spent_this_year += tickets.sum()
    return chosen, tickets


def promise(model: EcosystemModel, funder: Funder, rows: np.ndarray, tickets: np.ndarray) -> None:
    """Put the chosen startups into the funder's due diligence."""
    payment = model.month + funder.due_diligence
    deals = zip(model.startups.number[rows].tolist(), tickets.tolist(), strict=True)
    funder.pipeline.extend((payment, number, ticket) for number, ticket in deals)


def pay(model: EcosystemModel, funder: Funder, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Pay what is due this month; the deals of startups that have closed meanwhile lapse.

    Returns the rows that are paid and the amounts in kMAD. `kind` names the flow in the ledger.
    """
    due = [deal for deal in funder.pipeline if deal[0] <= model.month]
    if not due:
        return np.empty(0, dtype=np.intp), np.empty(0)
    funder.pipeline = [deal for deal in funder.pipeline if deal[0] > model.month]
    row_of = model.startups.row_of
    alive = [(row_of[number], ticket) for _, number, ticket in due if row_of[number] >= 0]
    rows = np.array([row for row, _ in alive], dtype=np.intp)
    tickets = np.array([ticket for _, ticket in alive], dtype=float)
    model.startups.cash[rows] += tickets
    funder.given += tickets.sum()
    model.ledger.flow("funders", "startups", kind, tickets.sum())
    return rows, tickets
