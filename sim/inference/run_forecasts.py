"""Runs worlds under policies and measures the quantities that are forecast: the runner of a registration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.inference.dated import DatedReader
from sim.studies.worlds import RunResult, run_families

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel
    from sim.scenario import Scenario
    from sim.studies.study import Chunk

LAST_YEAR = 2028
"""The last year that is forecast."""
LEVELS = ("residents", "hubs_open", "occupancy", "revenue", "turnover", "export_rate", "exporters")
"""National quantities in December, by the names that the facts use for them."""
YEARLY = ("deals", "deal_amount", "closures")
"""National quantities of a year."""
REGIONAL = ("residents", "exporters", "active")
"""Quantities of each region in December; those of `OF_HUBS` are of each hub."""
OF_HUBS = ("residents",)


def run_forecasts(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Run the scenarios of a chunk under its draw; yields values by `quantity@date`, such as `residents@2027-12`."""
    draw = chunk.draw
    scenarios = chunk.scenarios if draw is None else tuple(map(draw.under, chunk.scenarios))
    return run_families(scenarios, chunk, seed, _measured)


def _measured(model: EcosystemModel, scenario: Scenario) -> RunResult:
    reader, first = DatedReader(model), int(scenario.present[:4]) - 1
    places = [f"{name}:{region}" for name in REGIONAL for region in model.geography.regions]
    places += [f"{name}:{hub.name}" for name in OF_HUBS for hub in model.hubs]
    dates = {str(year): f"{year}-12" for year in range(first, LAST_YEAR + 1)}
    values = {f"{name}@{month}": reader.read(name, month) for name in (*LEVELS, *places) for month in dates.values()}
    return RunResult(
        scenario.key, values | {f"{name}@{year}": reader.read(name, year) for name in YEARLY for year in dates}
    )
