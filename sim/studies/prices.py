"""Sets the prices of a study to the low end, the median or the high end of their ranges: `--prices`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.errors import StudyError, did_you_mean, said
from sim.scenario.arguments import word

if TYPE_CHECKING:
    from sim.scenario import Scenario

MEDIAN = "median"
ENDS = ("low", "high")


def at_prices(scenarios: Sequence[Scenario], prices: str) -> list[Scenario]:
    """Set all prices of scenarios to `low`, `median` or `high`.

    Prices that a scenario sets to other values than the default stay. So do the published fit-out of known hubs, the
    life of buildings, and the discount rate.

    Raises:
        StudyError: `prices` is not one of these words.
    """
    from sim.processes.costs import price_ranges
    from sim.scenario import Origin

    if word("prices", prices) == MEDIAN:
        return list(scenarios)
    if prices not in ENDS:
        raise StudyError(
            said(
                "--prices {prices}: choose low, median or high{near}",
                prices=prices,
                near=did_you_mean(prices, (*ENDS, MEDIAN)),
            )
        )
    end = {path: ends[ENDS.index(prices)] for path, ends in price_ranges().items()}
    origins = dict.fromkeys(end, Origin(text=f"--prices {prices}"))
    return [scenario.with_defaults(end, origins) for scenario in scenarios]


def price_option(prices: str) -> dict[str, str]:
    """Entries of a study's options that identify its prices; empty at the median."""
    return {} if prices == MEDIAN else {"prices": prices}
