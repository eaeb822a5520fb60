"""Pictures of first pages of special comparisons on a narrow screen: `poe first-page-pictures` renews the kept ones."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from test_first_page import CHEAP, DEAR, FREE, GAIN, LITTLE, LOSS, MORE, NOBODY, effects, study

from sim.report.brief import briefs

KEPT = Path(__file__).parents[1] / "report" / "pictures"
WIDTH, CELL = 390, 13
"""Width of the screen, and side of the squares whose mean greys are compared, in pixels."""
TOLERANCE = 4.0
"""Largest mean difference of squares, of 255 greys; other fonts move letters, not blocks."""
ONE_REGION = {"survivors_5y:Oriental": (3.0, 1.0, 5.0, *MORE)}
CLOSED = effects(LOSS, CHEAP) | {"cohort_success_rate": NOBODY, "export_rate": NOBODY}
CASES = {
    "two-policies": ({"ours": effects(GAIN, DEAR), "theirs": effects(LITTLE, CHEAP)}, 60, "en"),
    "same-cost": ({"ours": effects(GAIN, FREE)}, 60, "en"),
    "one-region": ({"ours": effects(GAIN, DEAR) | ONE_REGION}, 60, "ar"),
    "nobody-admitted": ({"closed": CLOSED}, 60, "en"),
    "two-worlds": ({"ours": effects((2.0, -9.0, 13.0, "open", 0.7, 1.0), DEAR)}, 0, "en"),
}
"""Differences from today, number of draws, and language."""


def pictures(chromium: str) -> Iterator[tuple[str, Image.Image]]:
    """The first page of each case, in grey."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": WIDTH, "height": 800})
        for name, (changes, draws, code) in CASES.items():
            view.set_content(next(briefs(study(Path(scratch) / name, changes, draws), code, "")))
            yield name, Image.open(BytesIO(view.screenshot(full_page=True))).convert("L")
        browser.close()


def apart(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the greys of squares; what one picture lacks below counts as white."""
    size = (WIDTH, -(-max(one.height, other.height) // CELL) * CELL)
    greys = []
    for picture in (one, other):
        sheet = Image.new("L", size, 255)
        sheet.paste(picture, (0, 0))
        greys.append(np.asarray(sheet, float).reshape(size[1] // CELL, CELL, WIDTH // CELL, CELL).mean(axis=(1, 3)))
    return float(np.abs(greys[0] - greys[1]).mean())


def renew() -> None:
    """Write the kept pictures anew."""
    for name, picture in pictures(shutil.which("chromium") or shutil.which("google-chrome") or "chromium"):
        picture.quantize(16).save(KEPT / f"{name}.png", optimize=True)


if __name__ == "__main__":
    renew()
