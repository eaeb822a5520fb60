"""How soon the page without a server answers while a visitor drags a slider, in a real browser, from its file.

The site has the points, outcomes and charts of `experiments/main-levers.yaml`, from few worlds for each point: what a
movement costs does not depend on their number. The wait ends when the numbers of the movement have been painted.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.measuring import Measurement
from benchmarks.parts.page import chromium

EXPERIMENT = Path(__file__).parents[2] / "experiments" / "main-levers.yaml"
MOST_SECONDS = 0.05
WINDOWS = {"1,440 px": (1440, 900), "390 px": (390, 844)}
DRAGGED = """async ([path, moves]) => {
  const slider = document.getElementById(`lever-${path}`), waits = [];
  const low = Number(slider.min), high = Number(slider.max);
  slider.scrollIntoView();
  for (let move = 0; move < moves; move++) {
    await new Promise((rest) => setTimeout(rest, 120));
    const painted = new Promise((done) => {
      const seen = new MutationObserver(() => { seen.disconnect(); setTimeout(() => done(performance.now())); });
      seen.observe(document.body, { attributeFilter: ["data-drawn"] });
    });
    const begun = performance.now();
    slider.value = low + (high - low) * (move + 0.37) / moves;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    waits.push((await painted - begun) / 1000);
  }
  return waits;
}"""
"""Moves a slider in steps; resolves with the seconds from each step to the painted numbers."""


def published(folder: Path, worlds: int) -> Path:
    """The site, from `worlds` worlds for each point."""
    text = EXPERIMENT.read_text(encoding="utf-8").replace("../scenarios/ten-hubs-2027.yaml", "builtin:ten-hubs-2027")
    experiment = folder / "main-levers.yaml"
    experiment.write_text(text.replace("replications: 100", f"replications: {worlds}"), encoding="utf-8")
    command = [sys.executable, "-m", "sim.cli.main", "publish", str(experiment), "--out", str(folder / "site")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "site" / "index.html"


def dragged(browser: Browser, address: str, size: tuple[int, int], moves: int) -> list[float]:
    """Seconds until the answer to each movement has been painted, for two sliders in turn."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    page.wait_for_selector("body[data-drawn]")
    paths = "accompaniment.hours_per_startup", "missions.per_year"
    return [wait for path in paths for wait in page.evaluate(DRAGGED, [path, moves])]


def measure(quick: bool) -> Iterator[Measurement]:
    """Medians and the slowest movements, in a large window and on a phone's."""
    program = chromium()
    if program is None:
        yield Measurement("site", "movement of a slider", None, "s", MOST_SECONDS, remark="not measured: no Chromium")
        return
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        file = published(Path(scratch), 2 if quick else 4)
        yield Measurement("site", "size of the file", file.stat().st_size / 1e6, "MB", at_most=15)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for window, size in WINDOWS.items():
            waits = dragged(browser, file.as_uri(), size, 3 if quick else 20)
            median = statistics.median(waits)
            yield Measurement("site", f"movement of a slider at {window}, painted, median", median, "s", MOST_SECONDS)
            yield Measurement("site", f"movement of a slider at {window}, painted, slowest", max(waits), "s")
        browser.close()
