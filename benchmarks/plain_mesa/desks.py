"""Where money is asked for: grants and honour loans, bank loans, seed and venture capital."""

from __future__ import annotations

from math import exp, expm1, log
from typing import TYPE_CHECKING

from sim.processes.meetings import ticket_size
from sim.processes.revenue import OPERATING_REVENUE

if TYPE_CHECKING:
    from benchmarks.object_model import ObjectModel
    from benchmarks.plain_mesa.funder import Funder
    from benchmarks.plain_mesa.startup import Startup

LOG_20 = log(20.0)


class Desk:
    """The funders of some kinds: whom they meet, whom they choose, whom they pay.

    Attributes:
        funders: those that work this month; empty when all have used up their numbers.
        candidates: startups that may meet a funder this month, and their draws.
    """

    name: str
    kinds: tuple[str, ...]
    near = True
    quota = 0.0

    def __init__(self, model: ObjectModel):
        self.model = model
        self.all_funders = [funder for funder in model.funders if funder.kind in self.kinds]
        self.funders: list[Funder] = []
        self.candidates: list[tuple[Startup, float]] = []
        self.meeting, self.choice, self.ticket = (f"{self.name}.{draw}" for draw in ("meeting", "choice", "ticket"))

    def open(self) -> bool:
        """Begin the month; whether anybody can be chosen."""
        self.parameters = getattr(self.model.parameters, self.name)
        self.candidates = []
        self.funders = self._working()
        self.highest = self.highest_rate() * (1 + 1e-9)
        return bool(self.funders) and self.parameters.enabled

    def _working(self) -> list[Funder]:
        """The funders that work this month; their yearly numbers are renewed in January."""
        month, month_of_year = self.model.month, self.model.month_of_year
        funders = [funder for funder in self.all_funders if funder.terms_at(month)]
        if month_of_year == 0:
            for funder in funders:
                funder.new_year()
        factor = self.parameters.envelope_factor
        return funders if any(funder.allowance(month, month_of_year, factor) for funder in funders) else []

    def highest_rate(self) -> float:
        """Monthly rate of a meeting that no startup exceeds."""
        return self.parameters.rate

    def admits(self, startup: Startup) -> bool:
        """Whether age and revenue of the startup allow it to come."""
        raise NotImplementedError

    def eligible(self, startup: Startup) -> bool:
        """Whether the startup's money allows it to come, after this month's payments."""
        return True

    def rate(self, startup: Startup) -> float:
        """Monthly rate of a meeting at distance zero and full merit."""
        return self.parameters.rate * self.boost(startup)

    def serves(self, funder: Funder, startup: Startup) -> bool:
        """Whether this funder may give to this startup."""
        return True

    def promised(self, funder: Funder, startup: Startup) -> None:
        """The funder has chosen the startup."""
        raise NotImplementedError

    def paid(self, funder: Funder, startup: Startup, ticket: float) -> None:
        """The startup has received the money."""
        raise NotImplementedError

    def boost(self, startup: Startup) -> float:
        """Factor on meetings through a recommendation."""
        referral = self.model.parameters.referral
        if not referral.enabled:
            return 1.0
        attention = startup.hub.attention if startup.hub else 0.0
        return 1 + referral.strength * max(attention, startup.introduced)

    def approach(self, startup: Startup) -> None:
        """Come to the desk, by chance."""
        if self.admits(startup):
            draw = self.model.luck.uniform(self.meeting, startup.key)
            if draw < self.highest:
                self.candidates.append((startup, draw))

    def flow(self, funder: Funder) -> str:
        """Name of its payments in the ledger."""
        return f"{funder.kind} paid"

    def pay(self) -> None:
        """Pay what is due; the deals of startups that have closed meanwhile lapse."""
        for funder in self.all_funders:
            for startup, ticket in funder.due(self.model.month):
                if startup.cause == 0:
                    startup.cash += ticket
                    funder.given += ticket
                    self.model.flows[self.flow(funder)] += ticket
                    self.paid(funder, startup, ticket)

    def choose(self) -> None:
        """Let each funder choose among those it meets, by a race that merit speeds up."""
        model, luck, factor = self.model, self.model.luck, self.parameters.envelope_factor
        race = []
        for startup, draw in self.candidates:
            if self.eligible(startup):
                position, merit = self._meeting(startup, draw)
                if position is not None and self.serves(self.funders[position], startup):
                    time = luck.exponential(self.choice, startup.key) / merit
                    race.append((time, startup.number, startup, position))
        if not race:
            return
        allowance = [funder.allowance(model.month, model.month_of_year, factor) for funder in self.funders]
        room = [
            funder.room(model.month, model.month_of_year, (1 - self.quota) * factor) - funder.central_this_year
            for funder in self.funders
        ]
        for _, _, startup, position in sorted(race):
            funder = self.funders[position]
            terms, central = funder.terms_at(model.month), bool(model.central_region[startup.region])
            room[position] -= central
            if terms is None or allowance[position] == 0 or (central and room[position] < 0):
                continue
            allowance[position] -= 1
            money = float(ticket_size(*terms.law, luck.normal(self.ticket, startup.key)))
            if funder.spent_this_year + money <= terms.envelope * factor:
                funder.promise(startup, money, model.month, central=central)
                self.promised(funder, startup)

    def _meeting(self, startup: Startup, draw: float) -> tuple[int | None, float]:
        """Position of the funder that the startup meets, if any, and its merit."""
        weights = self.model.rules.funding
        judged = (
            weights.quality_weight * startup.quality
            + weights.finance_weight * (startup.finance_before - 0.35)
            + weights.revenue_weight * (startup.log_revenue_before - LOG_20)
        )
        merit = 1 / (1 + exp(-judged))
        numbers = [funder.number_at(self.model.month) for funder in self.funders]
        reach = [self.model.reach[funder.index][startup.city] if self.near else 1.0 for funder in self.funders]
        pull = [number / sum(numbers) * near for number, near in zip(numbers, reach, strict=True)]
        total = sum(pull)
        probability = -expm1(-total * self.rate(startup) * merit)
        met = None
        if draw < probability:
            left = draw / probability * total
            for position, weight in enumerate(pull):
                if weight > 0:
                    met = position
                    left -= weight
                if left < 0:
                    break
        return met, merit


class Grants(Desk):
    """Innov Idea and Innov Start, for young startups, each once."""

    name, kinds = "grants", ("grant", "honour_loan")

    @property
    def quota(self) -> float:
        """Share of the grants kept for the other regions."""
        return self.parameters.regional_quota

    def highest_rate(self) -> float:
        """A recommendation multiplies the rate."""
        referral = self.model.parameters.referral
        return self.parameters.rate * (1 + referral.strength if referral.enabled else 1.0)

    def admits(self, startup: Startup) -> bool:
        """Young, and without one of the two."""
        young = self.model.month - startup.founded < self.parameters.oldest
        return young and (startup.grant < 0 or startup.honour_loan < 0)

    def serves(self, funder: Funder, startup: Startup) -> bool:
        """Each kind is given once."""
        return getattr(startup, funder.kind) < 0

    def promised(self, funder: Funder, startup: Startup) -> None:
        """Note the month."""
        setattr(startup, funder.kind, self.model.month)

    def paid(self, funder: Funder, startup: Startup, ticket: float) -> None:
        """An honour loan is to be repaid; both cost the programme."""
        if funder.kind == "honour_loan":
            startup.honour_debt, startup.honour_instalment = ticket, ticket / funder.repay_months
            self.model.debtors["honour"].append(startup)
        self.model.tally["grants"] += 1
        self.model.tally["grant_amount"] += ticket
        self.model.programme["grants"] += ticket


class Loans(Desk):
    """Guaranteed bank loans, for startups with revenue and without an open loan, wherever they are."""

    name, kinds, near = "loans", ("loan",), False

    def admits(self, startup: Startup) -> bool:
        """Younger than five years, and selling."""
        young = self.model.month - startup.founded < self.parameters.oldest
        return young and startup.revenue_before > OPERATING_REVENUE

    def eligible(self, startup: Startup) -> bool:
        """No loan is open or on its way."""
        patience = max(funder.due_diligence for funder in self.funders)
        return startup.loan_debt <= 0 and self.model.month - startup.loan > patience

    def boost(self, startup: Startup) -> float:
        """Banks know no recommendation."""
        return 1.0

    def promised(self, funder: Funder, startup: Startup) -> None:
        """Note the month."""
        startup.loan = self.model.month

    def paid(self, funder: Funder, startup: Startup, ticket: float) -> None:
        """The loan is to be repaid."""
        startup.loan_debt, startup.loan_instalment = ticket, ticket / funder.repay_months
        self.model.debtors["loan"].append(startup)
        self.model.tally["loans"] += 1
        self.model.tally["loan_amount"] += ticket

    def collect(self) -> None:
        """Take this month's interest and instalments of all loans, as far as the cash goes."""
        model, granted_before = self.model, self.model.month - self.parameters.grace
        for funder in model.funders:
            if funder.kind in ("honour_loan", "loan"):
                kind = "honour" if funder.kind == "honour_loan" else "loan"
                still = [one for one in model.debtors[kind] if one.cause == 0 and getattr(one, f"{kind}_debt") > 0]
                model.debtors[kind] = still
                for startup in still:
                    if getattr(startup, funder.kind) < granted_before:
                        self._collect_from(startup, funder, kind)

    def _collect_from(self, startup: Startup, funder: Funder, kind: str) -> None:
        debt, instalment = getattr(startup, f"{kind}_debt"), getattr(startup, f"{kind}_instalment")
        able = max(startup.cash, 0.0)
        interest = min(debt * funder.interest_rate / 12, able)
        repaid = min(instalment, debt, able - interest)
        startup.cash -= interest + repaid
        setattr(startup, f"{kind}_debt", debt - repaid)
        funder.repaid += repaid
        funder.interest += interest
        if funder.kind == "honour_loan":
            self.model.programme["grants"] -= repaid
        self.model.flows["repayments"] += repaid
        self.model.flows["interest"] += interest


class Equity(Desk):
    """Seed and venture capital, for startups with revenue, twice as often after a grant."""

    name, kinds = "equity", ("seed", "venture")

    @property
    def quota(self) -> float:
        """Share of the deals kept for the other regions."""
        return self.parameters.regional_quota

    def highest_rate(self) -> float:
        """A recommendation and a grant multiply the rate."""
        referral = self.model.parameters.referral
        recommended = 1 + referral.strength if referral.enabled else 1.0
        return self.parameters.rate * recommended * self.parameters.grant_factor

    def admits(self, startup: Startup) -> bool:
        """Large enough to be looked at."""
        return startup.revenue_before > self.parameters.smallest_revenue

    def eligible(self, startup: Startup) -> bool:
        """Not in another round."""
        paused = self.model.month - startup.equity < self.parameters.pause
        return not (startup.in_due_diligence or paused)

    def rate(self, startup: Startup) -> float:
        """A grant doubles it."""
        helped = startup.grant >= 0 or startup.honour_loan >= 0
        return super().rate(startup) * (self.parameters.grant_factor if helped else 1.0)

    def flow(self, funder: Funder) -> str:
        """Both kinds stand in one line."""
        return "equity paid"

    def promised(self, funder: Funder, startup: Startup) -> None:
        """Due diligence begins."""
        startup.in_due_diligence = True

    def paid(self, funder: Funder, startup: Startup, ticket: float) -> None:
        """The money is spent on sales."""
        startup.in_due_diligence = False
        startup.equity, startup.equity_total = self.model.month, startup.equity_total + ticket
        startup.revenue *= exp(self.model.parameters.equity.revenue_lift)
        self.model.tally["deals"] += 1
        self.model.tally["deal_amount"] += ticket
