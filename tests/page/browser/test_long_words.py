"""A word of 120 letters without a space, in names and texts: nothing leaves the report, its page or the screen."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import expect
from report_folders import DRAWS, make

from sim.report.writing import write_report

LETTERS = {"en": "Rückversicherungsgesellschaft", "ar": "استقبالالشركات"}
TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll(".scroll, table, figure, h1, h2, h3, li")]
  .filter(one => one.scrollWidth - 1
      > Math.min(one.clientWidth, document.documentElement.clientWidth / (one.currentCSSZoom ?? 1))
    && getComputedStyle(one).display !== "inline")
  .map(one => `${one.tagName} ${one.scrollWidth} in ${one.clientWidth}: ${one.textContent.trim().slice(0, 40)}`)"""


def word(code):
    return (LETTERS[code] * 10)[:120]


@pytest.fixture
def reader(new_context):
    """Opens a file as on a screen or a printed page of A4."""

    def opened(path, width, media):
        page = new_context(viewport={"width": width, "height": 900}).new_page()
        page.emulate_media(media=media)
        page.goto(path.as_uri())
        return page

    return opened


@pytest.mark.parametrize("code", LETTERS)
def test_no_table_leaves_the_report_or_its_printed_page(reader, tmp_path, code):
    folder = make(tmp_path / "result", draws=DRAWS, name=word(code), description=word(code))
    for name in ("monthly", "hubs", "regions", "survival"):
        (folder / f"{name}.parquet").unlink()
    [path] = write_report(folder, code)
    for width, media in ((1200, "screen"), (665, "print")):
        page = reader(path, width, media)
        rows = page.locator("tbody th", has_text=word(code))
        assert rows.count() >= 3, "the word heads a row in several tables"
        assert rows.first.bounding_box()["width"] > 60, "and has room for some letters"
        assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("code", LETTERS)
def test_the_screen_of_a_comparison_stays_as_wide_as_it_is(visitor, address, code):
    visitor.goto(f"{address}/compare?lang={code}")
    expect(visitor.locator("#charts")).to_have_attribute("data-ended", "true", timeout=180_000)
    visitor.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    places = "#description, .key li, #outcomes thead th:nth-child(3), figcaption, #sentences li"
    put = "(places, text) => places.forEach(one => one.append(text))"
    visitor.locator(places).evaluate_all(put, word(code))
    for width in (1280, 390):
        visitor.set_viewport_size({"width": width, "height": 800})
        assert visitor.evaluate("document.documentElement.scrollWidth") == width
        assert visitor.locator("#outcomes thead th:nth-child(3)").bounding_box()["width"] < width / 2


def test_a_table_taken_along_holds_no_formula(visitor, address):
    visitor.goto(f"{address}/watch")
    with visitor.expect_download() as download:
        visitor.evaluate(
            """async () => (await import("/static/page.js")).saveTable("names", ["=1+1", "n"],
            [["-2+3", -2], ["@x", 0.5], ["'=a", null], ["today", 1], ["\\tb", 1]])"""
        )
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["'=1+1", "n"], ["'-2+3", "-2"], ["'@x", "0.5"], ["''=a", ""], ["today", "1"], ["'\tb", "1"]]
