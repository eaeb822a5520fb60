"""How long each command takes to begin, or to end where it only looks something up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from benchmarks.measuring import Measurement, command

ENDING = {
    "--help": ("--help",),
    "scenarios": ("scenarios",),
    "check": ("check", "scenarios/ten-hubs-2027.yaml"),
    "show": ("show", "ten-hubs-2027"),
    "schema": ("schema",),
}
BEGINNING = ("run", "compare", "sweep", "report", "view", "calibrate", "validate", "explain")


def measure(quick: bool) -> Iterator[Measurement]:
    """Least of several times; `run` is also timed to its end."""
    lines = ENDING | {f"{name} --help": (name, "--help") for name in BEGINNING}
    for name, line in lines.items():
        passed = min(command("-m", "sim.cli.main", *line)[0] for _ in range(1 if quick else 5))
        yield Measurement("commands", f"hubsim {name}", passed, "s")
    with tempfile.TemporaryDirectory() as folder:
        times = [
            command("-m", "sim.cli.main", "run", "ten-hubs-2027", "--quiet", "--out", f"{folder}/{turn}")[0]
            for turn in range(1 if quick else 3)
        ]
    yield Measurement("commands", "hubsim run ten-hubs-2027", min(times), "s", remark="with its figures")
