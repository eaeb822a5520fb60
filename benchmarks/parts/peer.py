"""A peer: a Starsim SIS model of the same number of agents and steps, the best-known agents in arrays.

Starsim lives in an environment of its own that uv makes, so that hubsim's stays as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import worlds
from benchmarks.measuring import Measurement, alone
from benchmarks.parts.loop import world_of

STARSIM = "starsim>=3.2,<4"
SCRIPT = Path(__file__).with_name("starsim_sis.py")


def starsim(agents: int, rounds: int) -> dict[str, float | str]:
    """Least ns per agent and month, and the version."""
    line = [
        "uv",
        "run",
        "--no-project",
        "--quiet",
        "--python",
        sys.executable,
        "--with",
        STARSIM,
        "python",
        str(SCRIPT),
    ]
    done = subprocess.run([*line, str(agents), str(rounds)], capture_output=True, text=True, timeout=1800)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.splitlines()[-1])


def measure(quick: bool) -> Iterator[Measurement]:
    """Processes that take turns: one with Starsim, one with hubsim."""
    rounds = worlds.rounds_of(quick)
    for size in worlds.sizes(quick, 4_000, 100_000):
        try:
            peer, ours = starsim(size, rounds), alone(world_of, size, rounds)[0]
        except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
            yield Measurement("peer", f"Starsim SIS, {size:,} agents", None, "", remark=f"not measured: {error}")
            continue
        remark = f"Starsim {peer['version']}, one disease, one random network"
        unit = "ns per agent and month"
        yield Measurement("peer", f"Starsim SIS, {size:,} agents", float(peer["ns"]), unit, remark=remark)
        yield Measurement("peer", f"{size:,} agents, Starsim : hubsim", float(peer["ns"]) / ours, "times")
