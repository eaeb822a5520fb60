"""The pictures that come along with the page: every policy against today's, in the worlds of `hubsim compare`.

    uv run python -m tools.kept_answers
    uv run python -m tools.kept_answers --search

computes them anew and writes them to `sim/page/kept`, in about two minutes on two idle cores. `first_worlds.json`
holds the outcomes of the first world in full precision, so that a test can tell whether a changed source still gives
the same numbers. What the reference search found for a sum of money is taken from `results/reference/search`, which
runs no world; with `--search` that is all.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sim.inference.frontier import Frontier
from sim.page.ensemble import Question, picture_of
from sim.page.kept import FOLDER, source, write
from sim.page.kept_search import search_data, write_search
from sim.page.picture import Picture
from sim.page.worker import REPLICATIONS, WorldPair, pairs_of
from sim.parameters.draws import POSTERIOR, draws_of
from sim.parameters.idle import idle_draws
from sim.scenario import Scenario, builtin_scenarios, load_scenario
from sim.studies.environment import source_revision
from sim.studies.lookup import BASE
from tools.reference import KEPT, MIXES

COMMAND = "uv run python -m tools.kept_answers"
FIRST, SEED = "first_worlds.json", 1


def world(policies: Sequence[Scenario], against: Scenario, replication: int) -> dict[str, WorldPair]:
    """One world under every policy, beside the world under the policy to compare with, by key."""
    return pairs_of(policies, against, (SEED, replication), draws_of(POSTERIOR).of(replication))


def pictures(
    policies: Sequence[Scenario], against: Scenario, worlds: Iterable[dict[str, WorldPair]]
) -> dict[str, Picture]:
    """The picture of each policy in these worlds, as the page computes it."""
    found, under = list(worlds), draws_of(POSTERIOR)
    idle = idle_draws(under.frame)
    return {
        policy.key: picture_of(
            {number: pairs[policy.key] for number, pairs in enumerate(found)},
            Question(policy, against), under, idle, len(found),
        )
        for policy in policies
    }  # fmt: skip


def outcomes_of(pairs: dict[str, WorldPair]) -> dict[str, dict[str, float]]:
    """The outcomes of a world by policy."""
    return {key: dict(pair.policy.outcomes or {}) for key, pair in pairs.items()}


def stamp(policies: Sequence[Scenario], against: Scenario, worlds: int) -> dict[str, Any]:
    """From what the pictures are computed now."""
    return {
        "command": COMMAND, "made": date.today().isoformat(), "revision": source_revision() or "",
        "seed": SEED, "worlds": worlds, "against": against.digest,
        "policies": {policy.key: policy.digest for policy in policies}, "source": source(),
    }  # fmt: skip


def keep_search(folder: Path = FOLDER) -> None:
    """Write what the page shows of the reference search."""
    write_search(folder, search_data(Frontier(KEPT / MIXES)))


def main(folder: Path = FOLDER) -> None:
    """Compute all pictures and write them, and what the search found."""
    keep_search(folder)
    policies = [load_scenario(path) for _, path in builtin_scenarios()]
    against = next(policy for policy in policies if policy.key == BASE)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        worlds = []
        for pairs in processes.map(partial(world, policies, against), range(REPLICATIONS)):
            worlds.append(pairs)
            print(f"\r{len(worlds)} of {REPLICATIONS} worlds", end="", flush=True)
    print()
    write(folder, pictures(policies, against, worlds), stamp(policies, against, len(worlds)))
    first = json.dumps(outcomes_of(worlds[0]), separators=(",", ":"))
    (folder / FIRST).write_text(first + "\n", encoding="utf-8")


if __name__ == "__main__":
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--search", action="store_true", help="only what the search found; no world is run")
    (keep_search if wanted.parse_args().search else main)()
