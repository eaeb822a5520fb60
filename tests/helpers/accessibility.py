"""Whether a page of the browser can be used by everybody: the rules of axe-core."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVEL_A_AND_AA = ["wcag2a", "wcag2aa"]
ALL_RULES = [*LEVEL_A_AND_AA, "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def accessible(page: Page, rules: list[str] = ALL_RULES) -> None:
    """Assert that a page breaks none of the rules; of those that it keeps nothing is asked for, which is slow."""
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
