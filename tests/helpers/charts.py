"""What charts and maps of a page show in a browser: they are drawn with its next frame, not when their numbers come."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

_DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"
_OPTIONS = "plots => [...document.querySelectorAll(plots)].map(plot => echarts.getInstanceByDom(plot).getOption())"


def wait_until_drawn(page: Page) -> None:
    """Let the browser draw what has come."""
    page.evaluate(_DRAWN)


def options(page: Page, plots: str = ".chart .plot") -> list[dict[str, Any]]:
    """What all charts hold that have been drawn, in the order of the page."""
    wait_until_drawn(page)
    return page.evaluate(_OPTIONS, plots)


def option(page: Page, name: str) -> dict[str, Any]:
    """What the chart of a series holds."""
    [found] = options(page, f"#chart-{name} .plot")
    return found
