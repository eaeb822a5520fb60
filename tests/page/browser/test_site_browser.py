"""The page without a server in a real browser, opened from a file: levers, languages, links, and no request."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from accessibility import accessible
from playwright.sync_api import expect

from sim.page.site.data import share_above_zero
from sim.page.site.interpolation import Form, predict
from sim.page.site.levers import levers_of
from sim.words.language import language

READ = """() => [...document.querySelectorAll("body *")].flatMap(one => {
  if (one.closest(".languages, code, script, noscript, #made, [data-key]")) return [];
  const own = [...one.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data);
  return [...own, ...["aria-label", "aria-valuetext", "title"].map(name => one.getAttribute(name) ?? "")];
}).join(" ")"""
HUBS, HOURS = "lever-network.hubs_by_2027", "lever-accompaniment.hours_per_startup"


@pytest.fixture
def opened(site, new_context):
    """A browser page with the site from its file; it fails when anything else is asked for, or an error is met."""
    address, trouble = site.file.as_uri(), []
    page = new_context(viewport={"width": 1280, "height": 800}, locale="fr-MA", accept_downloads=True).new_page()
    page.on("console", lambda message: message.type == "error" and trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda one: one.url.startswith((address, "data:", "blob:")) or trouble.append(one.url))
    page.goto(address)
    yield page, address
    assert trouble == []


def values(page, name: str) -> dict:
    return json.loads(page.locator(f"[id='outcome-{name}']").get_attribute("data-values"))


def at(page, key: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-point", key)


def test_the_site_works_from_a_file(site, opened):
    page, address = opened
    data = json.loads(page.locator("#site").text_content())
    expect(page.locator("html")).to_have_attribute("lang", "fr")  # the browser's language
    at(page, site.result.reference)
    assert values(page, "survivors_5y")["median"] == 0

    # At a computed point the numbers are those of the sweep; the arrow keys lead there, and a link keeps it.
    page.locator(f"[id='{HUBS}']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    key = "point-007"
    at(page, key)
    table = site.result.store.frame("differences.csv").set_index(["scenario", "outcome"])
    for name in data["outcomes"]:
        row, shown = table.loc[(key, name)], values(page, name)
        assert [shown[part] for part in ("mean", "median", "low", "high", "p_positive", "verdict")] == list(
            row[["difference", "median", "ci_low", "ci_high", "p_positive", "verdict"]]
        )
        assert shown["error"] is None
    assert page.url.endswith("network.hubs_by_2027=8")

    because = json.loads(page.locator("#data").text_content())["because"]["survivors_5y"]
    expect(page.locator("#front")).to_contain_text(because[data["keys"].index(key)])
    page.locator("#channels summary").click()
    total = page.locator("#channels tbody tr").last.locator("td").last
    expect(total).to_contain_text(f"{abs(values(page, 'survivors_5y')['mean']):.1f}".replace(".", ","))

    # While dragging, each movement is answered before the lever is let go; the link follows afterwards.
    slider = page.locator(f"[id='{HOURS}']")
    before, url = int(page.locator("body").get_attribute("data-drawn")), page.url
    seen = slider.evaluate(
        """async (slider) => {
          const seen = [];
          for (const hours of [9, 11.5, 13]) {
            slider.value = hours;
            slider.dispatchEvent(new Event("input"));
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            seen.push(JSON.parse(document.getElementById("outcome-survivors_5y").dataset.values).median);
          }
          return seen;
        }"""
    )
    assert len(set(seen)) == 3
    assert int(page.locator("body").get_attribute("data-drawn")) == before + 3
    assert page.url == url
    slider.dispatch_event("change")
    page.wait_for_url(lambda now: now.endswith("accompaniment.hours_per_startup=13"))

    # Between computed points the browser finds what Python finds, and shows the measured error.
    point, states = np.array([8.0, 13.0, 0, 0, 0, 0]), levers_of(site.result)
    here = np.concatenate([lever.coordinates(point[[index]])[0] for index, lever in enumerate(states)])
    points = np.array(data["points"])
    for name, outcome in data["outcomes"].items():
        form = Form(**outcome["form"])
        known = np.column_stack([outcome["at"][part] for part in ("median", "low", "high", "level")])
        median, low, high, level = predict(form, points, known, here[None], points[data["reference"]])[0]
        shown = values(page, name)
        scale = np.ptp(known[:, 0])
        assert [shown[part] for part in ("median", "low", "high")] == pytest.approx(
            [median, low, high], abs=1e-6 * scale
        )
        assert shown["level"] == pytest.approx(level, rel=1e-6)
        share = share_above_zero(*(np.array([one]) for one in (median, low, high)))[0]
        assert shown["p_positive"] == pytest.approx(share, abs=1e-5)
        assert shown["error"] == outcome["errors"]["median"]
    expect(page.locator("[id='outcome-exporters'] td").last).to_contain_text("±")

    expect(page.locator("#front .channels")).to_contain_text(
        language("fr")("At the nearest computed policy: {text}")[:20]
    )

    # Back undoes, a link leads to a state, a wrong one is mended; the nearest computed policy is one click away.
    page.go_back()
    at(page, key)
    page.goto(f"{address}#lang=en&network.openings=24&admission.rule=ranked&missions.per_year=999&x=1")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[id='lever-network.openings']")).to_have_value("24")
    expect(page.locator("[id='lever-missions.per_year']")).to_have_value("8")
    expect(page.locator("[id='lever-admission.rule']")).to_have_value("1")
    at(page, "")
    page.locator("#nearest").click()
    expect(page.locator("body")).to_have_attribute("data-point", re.compile("point-0(1[2-9])"))
    link = page.url
    page.reload()
    assert page.url == link
    expect(page.locator("body")).to_have_attribute("data-point", re.compile("point-0(1[2-9])"))
    with page.expect_download() as download:
        page.locator("#outcomes .tools button").click()
    assert download.value.path().read_text(encoding="utf-8-sig").count("\n") == 1 + len(data["outcomes"])

    # Every language is whole, accessible, and fits a telephone.
    page.set_viewport_size({"width": 390, "height": 800})
    for code in ("en", "fr", "ar"):
        page.locator(f"[data-language={code}]").click()
        expect(page.locator("html")).to_have_attribute("lang", code)
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if code == "ar" else "ltr")
        expect(page.locator("#rows tr")).to_have_count(4)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            language(code)("Move a lever: what it changes was computed beforehand.")
        )
        expect(page.get_by_role("slider")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        accessible(page)
    assert set(re.findall(r"[A-Za-zÀ-ÿ]+", page.evaluate(READ))) <= {"CSV", "PNG", "point"}
    page.locator("#reset").click()
    at(page, site.result.reference)
