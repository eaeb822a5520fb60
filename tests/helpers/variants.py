"""A small country in which everything goes on, and for each declared parameter policies that differ in it alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.model.ecosystem import EcosystemModel
from sim.model.side_by_side import SideBySide
from sim.scenario import Scenario, load_scenario
from sim.scenario.schema import schema

DECLARED = schema().declarations
SHARED = schema().shared
FREE = tuple(path for path in DECLARED if path not in SHARED)
"""Parameters in which policies side by side may differ."""
SERVICES = tuple(f"accompaniment.mix.{name}" for name in ("finance", "market_access", "skills"))
LIVELY = {path: True for path in DECLARED if path.endswith(".enabled")} | {
    "time.start": "2020-01", "time.present": "2022-12", "time.end": "2025-06",
    "population.entries_per_year": 600, "population.scale": 0.2,
    "induced_entry.response": 1.0, "induced_entry.answers_hours": True,
    "refounding.probability": 0.5, "refounding.delay": 6,
    "application.rate": 1.0, "application.oldest": 20, "admission.threshold": 0.0, "admission.rule": "ranked",
    "exports.fair_effect": 1.0,
    "admission.stay": 20, "admission.patience": 4, "accompaniment.remote_fraction": 0.4,
    "accompaniment.remote_oldest": 30, "coordinators.seniority": 6, "missions.per_year": 6, "missions.places": 3,
    "fairs.places": 40, "exports.fair_fades": 12, "cash.finance_saves": 0.1, "cash.reserve": 6,
    "revenue.market_access_effect": 0.005, "grants.rate": 0.2, "grants.oldest": 30, "grants.regional_quota": 0.3,
    "loans.rate": 0.1, "loans.oldest": 40, "loans.grace": 6, "equity.rate": 0.1, "equity.smallest_revenue": 30,
    "equity.pause": 4, "equity.regional_quota": 0.3, "acquisition.rate": 0.2, "closure.rate": 0.01,
    "network.openings": [
        {"hub": "F\u00e8s", "opens": "2023-02", "places": 9},
        {"hub": "Settat", "opens": "2023-09", "places": 12, "mentor_hours": 40},
    ],
    "network.closures": [{"hub": "Rabat", "closes": "2024-02"}],
}  # fmt: skip
"""Values of a world in which every mechanism acts within five and a half years."""
OF_DRAWS = ("network.random_openings",)
"""Parameters that act where a draw is applied to a scenario, before there is a world."""
CHOSEN: dict[str, list[Any]] = {
    "time.present": ["2022-05", "2023-01"],
    "time.end": ["2025-02", "2025-09"],
    "network.openings": [[], [{"hub": "Nador", "opens": "2023-05", "places": 9}]],
    "network.hubs_by_2027": [6, 7],
    "network.closures": [[], [{"hub": "Tanger", "closes": "2023-09"}, {"hub": "F\u00e8s", "closes": "2024-01"}]],
    "accompaniment.mentor_hours_total": [300.0, 2000.0],
}
"""Values of parameters that are neither numbers, words nor switches."""


def lively(**values: Any) -> Scenario:
    """That world; `values` by path."""
    return load_scenario("builtin:today").with_values(LIVELY | values, "lively")


def others(path: str, base: Scenario) -> list[Scenario]:
    """Policies that differ from `base` in one parameter: a lower and a higher number, or each other word or switch."""
    now, declared = base.values[path], DECLARED[path]
    low, high = declared.range
    if path in SERVICES:
        rest = [one for one in SERVICES if one != path]
        given = [{path: share, **dict.fromkeys(rest, (1 - share) / 2)} for share in (0.1, 0.7)]
    elif path in CHOSEN:
        given = [{path: value} for value in CHOSEN[path]]
    elif isinstance(now, bool):
        given = [{path: not now}]
    elif declared.choices:
        given = [{path: word} for word in declared.choices if word != now]
    else:
        assert isinstance(now, int | float), f"choose other values of {path} in CHOSEN"
        numbers = [min(max(now * factor, low), high) for factor in (0.4, 1.8)] if now else [min(0.3, high)]
        numbers = [round(number) for number in numbers] if isinstance(now, int) else numbers
        given = [{path: number} for number in numbers if number != now]
    return [base.with_values(values, f"other-{number}") for number, values in enumerate(given)]


def jumbled(base: Scenario, count: int, seed: int, width: float) -> list[Scenario]:
    """Policies that differ in all free numbers at once: each between 1 / `width` and `width` times that of `base`.

    Those of growth differ less, because revenue grows exponentially.
    """
    random, found = np.random.default_rng(seed), []
    for number in range(count):
        values: dict[str, Any] = {}
        for path in FREE:
            now, (low, high) = base.values[path], DECLARED[path].range
            if path in (*SERVICES, *CHOSEN) or isinstance(now, bool) or not isinstance(now, int | float):
                continue
            most = min(width, 1.5) if path.startswith(("revenue.", "equity.revenue_lift")) else width
            value = min(max((now or min(0.3, high)) * most ** random.uniform(-1, 1), low), high)
            values[path] = round(value) if isinstance(now, int) else float(value)
        shares = random.dirichlet(np.ones(3)).tolist()
        values |= dict(zip(SERVICES, shares, strict=True))
        found.append(base.with_values(values, f"jumbled-{number}"))
    return found


def beside(scenarios: Sequence[Scenario]) -> dict[str, EcosystemModel]:
    """Worlds that begin together and live side by side: each at its end, by its key."""
    worlds, found = SideBySide.begin(scenarios, 1, 0, check_accounts=True), {}
    while len(found) < len(scenarios):
        worlds.live()
        for place, one in enumerate(scenarios):
            if one.months == worlds.now:
                found[one.key] = EcosystemModel.of(worlds.bundle.taken([place], [one]))
    return found
