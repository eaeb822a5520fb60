"""Measure how fast the simulator is, and add the numbers to the history.

uv run python -m benchmarks [--quick] [--dry] [PART …], where a part is loop, objects, floor, peer, compare, worker,
tail, sweep, commands, page, site, classroom, before
"""

from __future__ import annotations

import argparse
from importlib import import_module

from rich.console import Console

from benchmarks.measuring import append, machine, table

PARTS = (
    "loop", "objects", "floor", "peer", "compare", "worker", "tail", "sweep", "commands", "page", "site",
    "classroom", "before",
)  # fmt: skip


def main() -> None:
    """Measure the parts one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="small sizes and one repetition, to see that it works")
    parser.add_argument("--dry", action="store_true", help="do not add to the history")
    arguments = parser.parse_args()
    if unknown := [part for part in arguments.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    console = Console()
    console.width = max(console.width, 120)
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()), highlight=False)
    for part in arguments.parts or PARTS:
        measured = list(import_module(f"benchmarks.parts.{part}").measure(arguments.quick))
        console.print(table(measured), highlight=False)
        if not arguments.dry:
            append(measured, arguments.quick)


if __name__ == "__main__":
    main()
