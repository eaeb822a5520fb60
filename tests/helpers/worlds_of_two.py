"""The same worlds under today's policy and under ten hubs, several replications, on two processors."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pandas as pd

REPLICATIONS = 24
POLICIES = ("today", "ten-hubs-2027")


def outcomes_of(replication: int) -> list[dict[str, float | str]]:
    """Outcomes of one world, one row per policy."""
    from laboratory import branch

    from sim.model.ecosystem import EcosystemModel
    from sim.model.outcomes import measure
    from sim.scenario import load_scenario

    policies = [load_scenario(f"builtin:{name}") for name in POLICIES]
    trunk = EcosystemModel(policies[0], replication=replication)
    trunk.run_until(policies[0].present_months)
    return [
        {"scenario": policy.key, "replication": replication, **measure(branch(trunk, policy))} for policy in policies
    ]


def outcomes() -> pd.DataFrame:
    """Outcomes by (scenario, replication)."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        rows = [row for rows in pool.map(outcomes_of, range(REPLICATIONS)) for row in rows]
    return pd.DataFrame(rows).set_index(["scenario", "replication"]).sort_index()
