"""About thirty numbers of a small study that must not change unless somebody means it.

They are kept in `numbers.yaml`. After a change of the model that is meant, refresh them with
`uv run python -m tests.baseline` and say in the changelog what moved and why.
"""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

FILE = Path(__file__).with_name("numbers.yaml")
OUTCOMES = (
    "success_rate", "cohort_success_rate", "success_24m", "survival_5y", "survivors_5y", "export_rate",
    "cohort_export_rate", "exporters", "residents", "waiting", "turnover", "revenue", "jobs", "equity_amount",
    "regional_balance", "relocated", "cost",
)  # fmt: skip


def study() -> dict[str, float]:
    """Outcomes of one world under today's policy and under ten hubs, and a few numbers of its columns."""
    from sim.model.ecosystem import EcosystemModel
    from sim.model.outcomes import measure
    from sim.scenario import load_scenario

    policies = [load_scenario(f"builtin:{name}") for name in ("today", "ten-hubs-2027")]
    trunk = EcosystemModel(policies[0], rng=1)
    trunk.run_until(policies[0].present_months)
    numbers = {
        "present: active": trunk.startups.count,
        "present: ties": trunk.contacts.count,
        "present: cash": trunk.startups.cash.sum(),
    }
    for policy in policies:
        world = trunk.fork(policy)
        world.run_until(policy.months)
        values = measure(world)
        numbers |= {f"{policy.key}: {name}": values[name] for name in OUTCOMES}
    return {name: float(value) for name, value in numbers.items()}


def read() -> dict[str, float]:
    """The numbers that are kept."""
    return dict(YAML(typ="safe").load(FILE))


def write(numbers: dict[str, float]) -> None:
    """Keep these numbers from now on."""
    yaml = YAML()
    yaml.default_flow_style = False
    with FILE.open("w", encoding="utf-8") as file:
        file.write("# Written by `uv run python -m tests.baseline`.\n")
        yaml.dump(numbers, file)
