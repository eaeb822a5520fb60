"""Solve for the mentor hours of policies that must cost as much as another policy, and write them into their files.

    uv run python -m tools.equal_money

Run it whenever costs change. A policy of `scenarios/` with `same_cost_as: other` has the same expected cost as that
policy, over the posterior, at median prices, if hubs open in the months announced. Cost is nearly linear in
`accompaniment.hours_per_startup`, so the secant method takes two or three steps; all hours are tried in the same
worlds, one under each draw, so that chance cancels in the comparison.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from sim.parameters.draw import Draw
from sim.parameters.draws import POSTERIOR, draws_of
from sim.scenario import Scenario, load_scenario
from sim.studies.study import Chunk
from sim.studies.worlds import run_policies

HOURS = "accompaniment.hours_per_startup"
TOLERANCE = 0.0005
"""Relative difference in expected cost that remains: hours with four digits allow no less."""
STEP, TRIES = 1.02, 6


def first_draws(number: int) -> list[tuple[int, Draw]]:
    """The first replications of a study that live under different draws of the posterior, each with its draw."""
    draws = draws_of(POSTERIOR)
    found: dict[int, tuple[int, Draw]] = {}
    for replication in count():
        draw = draws.of(replication)
        if draw is None or len(found) == min(number, len(draws.values)):
            return list(found.values())
        found.setdefault(draw.number, (replication, draw))
    raise AssertionError


def costs(policies: Sequence[Scenario], draws: int) -> np.ndarray:
    """Cost of each policy in the same worlds, in the currency, shape (draws, policies).

    Raises:
        RuntimeError: a run fails.
    """
    rows = []
    policies = [policy.with_values({"network.random_openings": False}) for policy in policies]
    for replication, draw in first_draws(draws):
        cost = {}
        for run in run_policies(Chunk(f"draw-{draw.number}", replication, tuple(policies), draw), 1, ()):
            if run.error is not None:
                raise RuntimeError(f"{run.scenario} under draw {draw.number}: {run.error}")
            cost[run.scenario] = run.outcomes["cost"]
        rows.append([cost[policy.key] for policy in policies])
    return np.array(rows)


def solve(policy: Scenario, other: Scenario, draws: int) -> tuple[float, float]:
    """The hours, with four digits, at which `policy` costs as much as `other`, and the remaining relative difference.

    Raises:
        RuntimeError: hours do not change the cost, or no hours are found.
    """
    hours = float(policy.values[HOURS])
    low, high = policy.schema.declarations[HOURS].range
    for _ in range(TRIES):
        if not low <= hours <= high / STEP:
            break
        tried = [policy.with_values({HOURS: value}, key=f"{policy.key} at {value}") for value in (hours, hours * STEP)]
        wanted, cost, beside = costs([other, *tried], draws).mean(axis=0)
        if abs(cost / wanted - 1) <= TOLERANCE:
            return hours, cost / wanted - 1
        if beside == cost:
            break
        hours = float(f"{hours + (wanted - cost) * hours * (STEP - 1) / (beside - cost):.4g}")
    raise RuntimeError(f"no hours were found at which {policy.key} costs as much as {other.key}")


def with_hours(text: str, hours: float) -> str:
    """The text of a scenario file with these hours, otherwise unchanged.

    Raises:
        ValueError: the file does not set the hours exactly once.
    """
    changed, places = re.subn(r"(?m)^(\s+hours_per_startup: )[\d.]+", rf"\g<1>{hours:g}", text)
    if places != 1:
        raise ValueError(f"the file sets hours_per_startup {places} times, not once")
    return changed


def main() -> None:
    """Solve all policies that must cost as much as another, and print the changes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=40, help="draws of the posterior, one world each (40)")
    parser.add_argument("--folder", type=Path, default=Path("scenarios"), help="where the policies are (scenarios)")
    asked = parser.parse_args()
    files = {file.stem: file for file in sorted(asked.folder.glob("*.yaml"))}
    policies = {key: load_scenario(file) for key, file in files.items()}
    for key, policy in policies.items():
        if policy.same_cost_as is not None:
            hours, left = solve(policy, policies[policy.same_cost_as], asked.draws)
            text = files[key].read_text(encoding="utf-8")
            files[key].write_text(with_hours(text, hours), encoding="utf-8")
            print(f"{key}: {policy.values[HOURS]:g} -> {hours:g} hours, cost {left:+.3%} of {policy.same_cost_as}'s")


if __name__ == "__main__":
    main()
