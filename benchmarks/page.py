"""How long a visitor of the page waits: one after a slider, and twenty at once, on this machine.

    uv run python benchmarks/page.py [--url http://127.0.0.1:8765]

Without an address it starts a server of its own. `first` is the time from a request to the first picture (worlds
until 2027), `whole` to the first world that has reached its end, `all` to the last of 24 worlds; `drawn` is the time
from the last movement of a slider to the first picture in Chromium, where there is one. Appends one line to
benchmarks/page.csv, so that the history shows what a change costs.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import async_playwright

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


DRAWN = """value => new Promise(drawn => {
  const slider = document.getElementById("lever-accompaniment.hours_per_startup");
  const charts = document.getElementById("charts");
  const begun = performance.now();
  const seen = new MutationObserver(() => {
    if (!charts.dataset.query?.includes(`hours_per_startup=${value}&`)) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => drawn((performance.now() - begun) / 1000)));
  });
  seen.observe(charts, { attributes: true });
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new Event("change", { bubbles: true }));
})"""
"""Moves a slider; resolves with the seconds until the picture that follows has been painted."""


async def drawn(url: str, moves: int) -> float | None:
    """Median of what a person waits in a real browser; None where there is no Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        return None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page()
        await page.goto(f"{url}/compare?policy=ten-hubs-2027")
        await page.wait_for_selector("#charts[data-ended=true]", timeout=300_000)
        waits = [await page.evaluate(DRAWN, 1 + move / 2) for move in range(moves)]
        await browser.close()
    return statistics.median(waits)


async def measure(url: str | None, moves: int, visitors: int) -> dict[str, Any]:
    """One line of the history; starts a server of its own when no address is given."""
    server = None
    if url is None:
        command = [sys.executable, "-m", "sim.cli", "view", "--port", "0"]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        url = next(line for line in server.stderr if "the page is at" in line).split()[4]
    try:
        warm = await visit(url, 8.25)
        one = await slider(url, moves)
        seen = await drawn(url.rstrip("/"), moves)
        crowd = await asyncio.gather(*(visit(url, 20 + number / 4, "whole") for number in range(visitors)))
    finally:
        if server is not None:
            server.terminate()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "cold_first": round(warm["first"], 3),
        **{f"one_{name}": round(value, 3) for name, value in one.items()},
        "one_drawn": None if seen is None else round(seen, 3),
        "visitors": visitors,
        **{
            f"crowd_{name}": round(statistics.median(waited[name] for waited in crowd), 3)
            for name in ("first", "whole")
        },
        "crowd_slowest_first": round(max(waited["first"] for waited in crowd), 3),
    }


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--moves", type=int, default=5)
    parser.add_argument("--visitors", type=int, default=20)
    arguments = parser.parse_args()
    row = asyncio.run(measure(arguments.url, arguments.moves, arguments.visitors))
    new = not HISTORY.exists()
    with HISTORY.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(json.dumps(row, indent=2))


if __name__ == "__main__":
    main()
