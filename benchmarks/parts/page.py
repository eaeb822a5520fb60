"""How long a visitor of the page waits: one after a slider, and twenty at once, on this machine.

The first picture shows worlds until 2027; a whole world has reached its end. What a person sees in a real browser is
measured where there is a Chromium.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.async_api import async_playwright

from benchmarks.measuring import Measurement
from sim.scenario import builtin_scenarios

FEW = 24
"""Worlds of a picture that an earlier page called whole."""
SLIDER = "policy=ten-hubs-2027&accompaniment.hours_per_startup="


async def visit(url: str, value: float, until: str = "all", patience: float = 300) -> dict[str, float]:
    """Seconds until the first picture, the first whole world, `FEW` and (unless it leaves before) all worlds."""
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
                    if picture["worlds"] >= FEW:
                        seen.setdefault("few", now)
                    seen["all"] = now
                if until != "all" and until in seen:
                    break
    writer.close()
    return seen


async def slider(url: str, moves: int) -> dict[str, float]:
    """Medians over several positions, one after another."""
    found = [await visit(url, 9 + move / 4) for move in range(moves)]
    return {name: statistics.median(one[name] for one in found) for name in ("first", "whole", "few", "all")}


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


KEPT = """
  new MutationObserver((_, watching) => {
    if (!document.getElementById("charts")?.dataset.query) return;
    watching.disconnect();
    setTimeout(() => {
      window.waited = (performance.now() - performance.getEntriesByType("navigation")[0].responseEnd) / 1000;
    });
  }).observe(document, { attributes: true, childList: true, subtree: true });
"""
"""Notes the seconds from the page's answer until its first picture has been painted."""


def chromium() -> str | None:
    """The program of a Chromium, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


async def kept() -> dict[str, float]:
    """Seconds from the page's answer to a painted picture, by policy, on a server that has just begun.

    Without Chromium, {}.

    These pictures are kept with the program: no world has been run when the first one is shown.
    """
    program, waits = chromium(), {}
    if program is None:
        return {}
    with served() as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            for key, _ in builtin_scenarios():
                page = await browser.new_page()
                await page.add_init_script(KEPT)
                await page.goto(f"{url}/compare?policy={key}")
                await page.wait_for_selector("#charts[data-query]", timeout=300_000)
                await page.wait_for_timeout(500)  # painting follows
                waits[key] = await page.evaluate("window.waited")
                await page.close()
            await browser.close()
    return waits


async def drawn(url: str, moves: int) -> float | None:
    """Median of what a person waits in a real browser; None where there is no Chromium."""
    program = chromium()
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


@contextmanager
def served() -> Iterator[str]:
    """The address of a server of our own."""
    command = [sys.executable, "-m", "sim.cli.main", "view", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield next(line for line in server.stderr or () if "the page is at" in line).split()[4].rstrip("/")
    finally:
        server.terminate()


async def waited(moves: int, visitors: int) -> dict[str, float | None]:
    """Seconds that visitors of a server of our own wait, by what they wait for."""
    with served() as url:
        cold = await visit(url, 8.25)
        one = await slider(url, moves)
        seen = await drawn(url, moves)
        crowd = await asyncio.gather(*(visit(url, 20 + number / 4, "whole") for number in range(visitors)))
    shown = await kept()
    return {
        "first picture of a cold server": cold["first"],
        "first picture after a slider": one["first"],
        "first picture after a slider, painted in Chromium": seen,
        "first whole world after a slider": one["whole"],
        f"picture of at least {FEW} worlds after a slider": one["few"],
        "all worlds after a slider": one["all"],
        "kept picture, painted, of the first policy on a cold server": next(iter(shown.values()), None),
        f"kept picture, painted, slowest of {len(shown)} policies": max(shown.values(), default=None),
        f"first picture, median of {visitors} visitors at once": statistics.median(one["first"] for one in crowd),
        f"first picture, slowest of {visitors} visitors at once": max(one["first"] for one in crowd),
    }


def measure(quick: bool) -> Iterator[Measurement]:
    """A visitor alone after a slider, and many at once."""
    for what, seconds in asyncio.run(waited(*(1, 2) if quick else (5, 20))).items():
        yield Measurement("page", what, seconds, "s", remark="" if seconds else "not measured: no Chromium")
