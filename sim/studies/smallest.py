"""The smallest effect that matters, by national outcome, with the reason.

An effect whose interval lies inside this size is *practically none*; without such a size one could only say "not
known". The sizes are judgements about decisions, not findings. Outcomes of regions, hubs and months have no such size,
so their effects are never called practically none.
"""

from __future__ import annotations

from typing import NamedTuple


class Smallest(NamedTuple):
    """A size in the outcome's unit (money in the country's currency), and the reason why less does not matter."""

    size: float
    reason: str


_ONE_A_YEAR = "one startup more a year of the five founding years, of some 600 founded each year"
_A_POINT = "one startup in a hundred; surveys of the operator do not resolve less"
_A_MILLION = "a million in ten years, two thousandths of what the hubs cost"

SMALLEST: dict[str, Smallest] = {
    "success_rate": Smallest(0.01, _A_POINT),
    "cohort_success_rate": Smallest(0.01, _A_POINT),
    "success_24m": Smallest(0.01, _A_POINT),
    "graduate_survival": Smallest(0.01, _A_POINT),
    "completion_rate": Smallest(0.01, _A_POINT),
    "survival_5y": Smallest(0.002, "about one startup more a year, as for the number of survivors"),
    "survivors_5y": Smallest(5.0, _ONE_A_YEAR),
    "export_rate": Smallest(0.01, _A_POINT),
    "export_rate_alumni": Smallest(0.01, _A_POINT),
    "cohort_export_rate": Smallest(0.01, _A_POINT),
    "ever_exported": Smallest(0.01, _A_POINT),
    "exporters": Smallest(5.0, "five exporters, two in a thousand of those in the country"),
    "hubs": Smallest(0.5, "half of a hub"),
    "residents": Smallest(5.0, "a hundredth of the startups in hubs today"),
    "occupancy": Smallest(0.01, "one place in a hundred"),
    "waiting": Smallest(5.0, "five startups on all lists together"),
    "turnover": Smallest(0.01, _A_POINT),
    "admissions": Smallest(2.0, "two startups a year, about one in a hundred of those admitted"),
    "revenue": Smallest(20.0, "one percent of the mean revenue that the operator reports"),
    "jobs": Smallest(25.0, "five jobs for each of five startups"),
    "grant_amount": Smallest(100.0, "a tenth of a million a year, about one grant"),
    "loan_amount": Smallest(500.0, "half a million a year, about one loan"),
    "equity_amount": Smallest(1000.0, "a million a year, about one seed ticket"),
    "deals": Smallest(0.5, "one deal in two years"),
    "funded_share": Smallest(0.002, "ten startups in five thousand"),
    "regional_balance": Smallest(0.01, _A_POINT),
    "theil_residents": Smallest(0.01, "about the change when one resident in a hundred moves"),
    "survivors_outside": Smallest(5.0, _ONE_A_YEAR),
    "relocated": Smallest(5.0, "one founder a year"),
    "cost": Smallest(1e6, _A_MILLION),
}


def smallest_of(outcome: str) -> float:
    """The smallest size that matters of a column of `runs`; 0 if it has none (regions, hubs).

    A column `…_2027` has the size of its outcome, and each kind of cost has the size of `cost`.
    """
    name = outcome.removesuffix("_2027")
    if name.startswith("cost_"):
        name = "cost"
    return SMALLEST[name].size if name in SMALLEST else 0.0
