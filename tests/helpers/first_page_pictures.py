"""Pictures of first pages of special comparisons on a narrow screen: `poe first-page-pictures` renews the kept ones."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from sim.report.brief import briefs
from sim.scenario import load_scenario
from sim.studies.comparison import compare

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

KEPT = Path(__file__).parents[1] / "report" / "pictures"
WIDTH, CELL = 390, 13
"""Width of the screen, and side of the squares whose mean greys are compared, in pixels."""
TOLERANCE = 4.0
"""Largest mean difference of squares, of 255 greys; other fonts move letters, not blocks."""
A_SMALL_COUNTRY = {"population.scale": 0.1, "time.start": "2018-01"}
OUJDA = {"network.openings": [{"hub": "Oujda", "opens": "2026-10", "places": 60}]}


class Case(NamedTuple):
    """A comparison with today: what each policy sets, or a packaged policy; number of worlds; language of the page."""

    policies: Mapping[str, Mapping[str, Any]]
    worlds: int = 4
    parameters: str = "posterior"
    code: str = "en"


CASES = {
    "two-policies": Case({"ten-hubs-2027": {}, "six-hubs-deeper": {}}, worlds=32),
    "same-cost": Case({"ranked": {"admission.rule": "ranked", "name": "Places for the best"}}),
    "one-region": Case({"oujda": OUJDA | {"name": "مركز في وجدة"}}, code="ar"),
    "nobody-admitted": Case({"no-hubs": {}}),
    "two-worlds": Case({"ten-hubs-2027": {}}, worlds=2, parameters="fixed"),
}


def pages() -> Iterator[tuple[str, str]]:
    """The first page of each case, as `hubsim compare` leaves its folder in a country of a tenth of the founders."""
    today = load_scenario("builtin:today").with_values(A_SMALL_COUNTRY)
    with tempfile.TemporaryDirectory() as scratch:
        for name, case in CASES.items():
            policies = [
                (today if values else load_scenario(f"builtin:{key}")).with_values(values or A_SMALL_COUNTRY, key=key)
                for key, values in case.policies.items()
            ]
            folder = Path(scratch) / name
            compare([today, *policies], replications=case.worlds, parameters=case.parameters, workers=1, out=folder)
            yield name, next(briefs(folder, case.code, ""))


def pictures(playwright: Playwright, chromium: str) -> Iterator[tuple[str, Image.Image]]:
    """The picture of each first page, in grey."""
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    view = browser.new_page(viewport={"width": WIDTH, "height": 800})
    for name, page in pages():
        view.set_content(page)
        assert not view.locator(".missing").count(), f"{name}: the page lacks something"
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
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
        for name, picture in pictures(playwright, chromium):
            picture.quantize(16).save(KEPT / f"{name}.png", optimize=True)


if __name__ == "__main__":
    renew()
