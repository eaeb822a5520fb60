"""How long a visitor of the page waits: one after a slider, and twenty at once, on this machine.

    uv run python benchmarks/page.py [--url http://127.0.0.1:8765]

Without an address it starts a server of its own. `first` is the time from a request to the first picture (worlds
until 2027), `whole` to the first world that has reached its end, `all` to the last of 24 worlds. Appends one line to
benchmarks/page.csv, so that the history shows what a change costs.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

HISTORY = Path(__file__).with_name("page.csv")
SLIDER = "policy=ten-hubs-2027&accompaniment.hours_per_startup="


async def visit(url: str, value: float, until: str = "all", patience: float = 300) -> dict[str, float]:
    """Seconds until the first picture, the first whole world and (unless it leaves before) the last world."""
    place, begun, seen = urlsplit(url), time.perf_counter(), {}
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=2**24)
    writer.write(f"GET /api/compare?{SLIDER}{value} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    async with asyncio.timeout(patience):
        while line := await reader.readline():
            if line.startswith(b"event: done"):
                break
            if line.startswith(b'data: {"worlds"'):
                picture, now = json.loads(line[6:]), time.perf_counter() - begun
                seen.setdefault("first", now)
                if picture["ended"]:
                    seen.setdefault("whole", now)
                    seen["all"] = now
                if until != "all" and until in seen:
                    break
    writer.close()
    return seen


async def slider(url: str, moves: int) -> dict[str, float]:
    """Medians over several positions, one after another."""
    found = [await visit(url, 9 + move / 4) for move in range(moves)]
    return {name: statistics.median(one[name] for one in found) for name in ("first", "whole", "all")}


async def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--moves", type=int, default=5)
    parser.add_argument("--visitors", type=int, default=20)
    arguments = parser.parse_args()
    server = None
    if arguments.url is None:
        command = [sys.executable, "-m", "sim.cli", "view", "--port", "0"]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        arguments.url = next(line for line in server.stderr if "the page is at" in line).split()[4]
    try:
        warm = await visit(arguments.url, 8.25)
        one = await slider(arguments.url, arguments.moves)
        crowd = await asyncio.gather(
            *(visit(arguments.url, 20 + number / 4, "whole") for number in range(arguments.visitors))
        )
    finally:
        if server is not None:
            server.terminate()
    row = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "cold_first": round(warm["first"], 3),
        **{f"one_{name}": round(value, 3) for name, value in one.items()},
        "visitors": arguments.visitors,
        **{f"crowd_{name}": round(statistics.median(seen[name] for seen in crowd), 3) for name in ("first", "whole")},
        "crowd_slowest_first": round(max(seen["first"] for seen in crowd), 3),
    }
    new = not HISTORY.exists()
    with HISTORY.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(json.dumps(row, indent=2))


if __name__ == "__main__":
    asyncio.run(main())
