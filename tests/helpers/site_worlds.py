"""A sweep of 20 points over six levers, with fake worlds that have months, and the site that is made of it."""

from __future__ import annotations

import numpy as np

from sim.declare.calendar import month_after
from sim.studies.worlds import RunResult

EXPERIMENT = """\
format: 1
name: {en: Six levers, fr: Six leviers, ar: ست رافعات}
base: builtin:ten-hubs-2027
replications: 36
design: grid
factors:
  network.hubs_by_2027: [6, 8, 10]
  accompaniment.hours_per_startup: [0, 4, 8, 16]
fill:
  samples: 8
  factors:
    missions.per_year: {from: 0, to: 8}
    accompaniment.remote_fraction: {from: 0, to: 0.5}
    admission.rule: [queue, ranked]
    network.openings:
      - [{hub: Fès, opens: 2026-07, places: 66}, {hub: Oujda, opens: 2026-10, places: 60},
         {hub: Tiznit, opens: 2026-05, places: 28}, {hub: Khémisset, opens: 2027-06, places: 58}]
      - [{hub: Fès, opens: 2028-07, places: 66}, {hub: Oujda, opens: 2028-10, places: 60},
         {hub: Tiznit, opens: 2028-05, places: 28}, {hub: Khémisset, opens: 2029-06, places: 58}]
reference: {network.hubs_by_2027: 6, accompaniment.hours_per_startup: 8}
outcomes: [export_rate, survivors_5y, exporters, cost]
record: [monthly]
"""
SHARES = {"extra_founders": 0.5, "founded_again": 0.0, "relocated": 0.125, "housed": 0.5, "never_housed": -0.125}
"""Share of each channel in the difference of survivors."""
_MONTHS = np.array([month_after("2024-01", month) for month in range(132)], dtype=object)


def run_levers(chunk, seed, record):
    """Outcomes and a monthly series that depend on all six levers, on the draw and on the world's chance."""
    luck = np.random.default_rng([seed, chunk.replication]).normal(size=3)
    country = np.random.default_rng([seed, chunk.replication // 2]).normal(size=3)
    grown = np.clip(np.arange(len(_MONTHS)) - 6, 0, 60) / 60
    origin: dict[str, float] = {}
    for scenario in sorted(chunk.scenarios, key=lambda one: one.key != chunk.reference):
        of = scenario.values
        hubs, hours = of["network.hubs_by_2027"] - 6, 1 - np.exp(-of["accompaniment.hours_per_startup"] / 6)
        late = int(of["network.openings"][0]["opens"][:4]) - 2026
        own = np.random.default_rng([seed, chunk.replication, int(100 * hours) + hubs]).normal(size=2)
        helped = (12 * hubs * (1 - 0.3 * late) + 20) * hours * (1 + 0.3 * country[0])
        helped += 40 * of["accompaniment.remote_fraction"] * hours - 3 * (of["admission.rule"] == "ranked")
        abroad = 3 * of["missions.per_year"] * (1 + 0.1 * hubs) * (1 + 0.3 * country[1]) + 0.1 * helped
        outcomes = {
            "export_rate": 0.3 + 0.0005 * abroad + 0.01 * luck[0] + 0.0005 * own[0],
            "export_rate_n": 200.0,
            "survivors_5y": 1500 + helped + 20 * luck[1] + own[1],
            "exporters": 300 + abroad + 5 * luck[0] + own[0],
            "cost": 1e6 * (300 + 40 * hubs + 30 * hours * (6 + hubs) + 6 * of["missions.per_year"] + luck[2]),
        }
        months = {"month": _MONTHS, "exporters": 300 + abroad * grown + 5 * luck[0] + own[0] * grown}
        origin = origin or outcomes
        more = outcomes["survivors_5y"] - origin["survivors_5y"]
        channels = {f"survivors_5y/{part}": share * more for part, share in SHARES.items()}
        channels = {} if scenario.key == chunk.reference else channels
        yield RunResult(scenario.key, outcomes, dict.fromkeys(record, months), channels=channels)
