"""How Compare shows an answer, with pictures of invented worlds: nothing here waits for a world."""

from __future__ import annotations

import csv
import re

import pytest
from accessibility import accessible
from charts import option
from page_pictures import events
from playwright.sync_api import Page, expect

from sim.page.words import words

CHARTS = ("cohort_success_rate", "survival_5y", "export_rate", "exporters", "outside_centre", "cost")
LISTEN = """() => {
  window.told = 0;
  const live = "[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off]), output:not([aria-live=off])";
  const watch = new MutationObserver((changes) => { window.told += changes.filter(({ target }) =>
    (target.nodeType === 1 ? target : target.parentElement)?.closest(live)).length; });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
"""Counts the changes of live regions, which a screen reader would say aloud."""


def opened(page: Page, address: str, query: str = "", code: str = "en", **invented: float) -> None:
    """Open Compare with a picture of invented worlds."""
    body = events(code, **invented)
    page.route("**/api/compare*", lambda asked: asked.fulfill(body=body, content_type="text/event-stream"))
    page.goto(f"{address}/compare?lang={code}{query}")
    expect(page.locator("#charts")).to_have_attribute("data-done", "true")


def test_differences_come_first_and_levels_are_a_choice_that_the_address_keeps(visitor, address):
    text = words("en")
    opened(visitor, address)
    expect(visitor.locator("#seen")).to_have_text("Ten hubs by 2027 minus Today, month by month in the same worlds.")
    expect(visitor.locator("#marks")).to_contain_text("▲ Fès opens in July 2026")
    expect(visitor.locator("#marks")).to_contain_text("2027: end of the roadmap")
    for name in CHARTS:
        chart = option(visitor, name)
        drawn = [one for one in chart["series"] if one.get("data")]
        assert [one.get("name") for one in drawn if "name" in one and one["id"] == "line 0"] == [text["difference"]]
        assert chart["yAxis"][0]["min"] <= 0 <= chart["yAxis"][0]["max"]
        marked = next(one for one in chart["series"] if one["id"] == "marks")["markLine"]["data"]
        assert {"2026-07", "2027-12"} <= {one.get("xAxis") for one in marked}
    expect(visitor.locator("#chart-export_rate small")).to_have_text("% points")
    visitor.get_by_label(text["view.levels"]).check()
    expect(visitor.locator("#chart-export_rate small")).to_have_text("%")
    expect(visitor).to_have_url(re.compile("show=levels"))
    visitor.reload()
    expect(visitor.get_by_label(text["view.levels"])).to_be_checked()
    expect(visitor.locator("#ignored")).to_have_count(0)


def test_a_page_names_all_its_scripts_and_asks_nothing_that_it_has_been_told(visitor, address):
    """Each script that is found only inside another one, and each question more, is a way to the server and back."""
    asked = []
    visitor.on("request", lambda request: asked.append(request.url))
    opened(visitor, address, "&accompaniment.hours_per_startup=9")
    tags = "link[rel=modulepreload], script[type=module]"
    named = visitor.locator(tags).evaluate_all("(found) => found.map((one) => one.href || one.src)")
    fetched = [url for url in asked if url.endswith(".js") and "/vendor/" not in url]
    assert sorted(set(named)) == sorted(fetched)
    assert not [url for url in asked if "/api/check" in url]


def test_policies_of_one_title_keep_their_own_bands(visitor, address):
    opened(visitor, address, "&policy=today&against=today&show=levels")
    for name in CHARTS:
        series = option(visitor, name)["series"]
        stacks = [one["stack"] for one in series if one.get("stack")]
        assert sorted(stacks) == ["band 0", "band 0", "band 1", "band 1"]
        names = {one["name"] for one in series if one["id"].startswith("line")}
        assert names == {"Today"}


def test_rates_of_both_policies_stand_on_top_with_one_interval_and_a_probability(visitor, address):
    opened(visitor, address)
    for name in ("success_rate", "cohort_success_rate", "export_rate"):
        tile = visitor.locator(f"#headline-{name}")
        expect(tile).to_contain_text(re.compile(r"Today: 50\.0\s%"))
        expect(tile).to_contain_text(re.compile(r"Ten hubs by 2027: 51\.\d\s%"))
        expect(tile.locator(".gap")).to_have_text(re.compile(r"^\+1\.\d\s% points \(\+\d\.\d to \+\d\.\d\)$"))
        expect(tile.locator(".note")).to_contain_text("a gain in more than 99 of 100")
    visitor.locator("#channels summary").click()
    rows = visitor.locator("#channels tbody tr").all_inner_texts()
    assert len(rows) == 6 and rows[0].startswith("extra founders\t"), "each channel, and all together"
    visitor.locator("#outcomes summary").click()
    row = visitor.locator("#outcome-export_rate")
    expect(row.locator("td").first).to_have_text("%; differences in % points")
    expect(row.locator("td").nth(1)).to_have_text("50.00")
    with visitor.expect_download() as numbers:
        visitor.locator("#outcomes").get_by_role("button", name="Table (CSV)").click()
    with numbers.value.path().open(encoding="utf-8-sig") as file:
        rows = {row[0]: row for row in csv.reader(file)}
    assert rows["Export rate of residents"][1] == "share" and float(rows["Export rate of residents"][2]) == 0.5


def test_a_sum_of_money_is_asked_for_in_words(visitor, address):
    opened(visitor, address, code="fr")
    visitor.locator("#sum").fill("1000")
    visitor.locator("#money button").click()
    expect(visitor.locator("#paid table").first.locator("tbody tr")).to_have_count(13)
    expect(visitor.locator("#paid")).to_contain_text("Le plus de startups en activité après cinq ans")
    expect(visitor.locator("#paid code")).to_have_text("hubsim search --extra 1000")
    mixes = visitor.locator("#paid table").last.locator("tbody tr")
    expect(visitor.locator("#paid")).to_contain_text("Ce qu’une recherche a trouvé")
    expect(visitor.locator("#paid li")).to_have_count(mixes.count())
    assert mixes.count() >= 4 and not visitor.evaluate("document.documentElement.scrollWidth > innerWidth")
    visitor.set_viewport_size({"width": 390, "height": 844})
    assert visitor.evaluate(
        "[...document.querySelectorAll('#paid .scroll')].every((one) => one.scrollWidth <= one.clientWidth)"
    )
    mixes.first.locator("a").click()
    expect(visitor.locator("#command")).to_contain_text("today-changed")


def test_labels_of_an_axis_differ_and_hold_what_is_drawn(visitor, address):
    opened(visitor, address, gap=0.0004)
    for name in CHARTS:
        axis = option(visitor, name)["yAxis"][0]
        assert axis["min"] < axis["max"] and (axis["max"] - axis["min"]) / axis["interval"] <= 8
    repeated = visitor.evaluate(
        """async () => {
          const { decimalsOf, evenAxis } = await import("/static/axis.js");
          const { number } = await import("/static/page.js"), found = [];
          for (const width of [1e-7, 3e-4, 0.013, 0.24, 1, 7, 33, 999, 12345, 6.02e8]) {
            for (const low of [0, -width / 3, 0.2319, 97.3, -5e6]) {
              const { min, max, interval } = evenAxis(low, low + width), labels = [];
              if (width < 1e-8 * Math.abs(low)) continue; // nothing that is counted is so even
              for (let value = min; value <= max + interval / 2; value += interval) {
                labels.push(number(value, decimalsOf(interval)));
              }
              const same = new Set(labels).size !== labels.length;
              const outside = min > low + 1e-6 * width || max < low + width * (1 - 1e-6);
              if (same || outside || labels.length < 3) found.push([low, width, labels]);
            }
          }
          return found;
        }"""
    )
    assert repeated == []


@pytest.mark.parametrize("code", ["en", "ar"])
def test_a_saved_picture_names_its_lines_in_the_direction_of_the_language(visitor, address, code):
    visitor.add_init_script(
        """const write = CanvasRenderingContext2D.prototype.fillText;
        window.written = [];
        CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
          window.written.push([text, this.direction, this.textAlign]); return write.call(this, text, ...place); };"""
    )
    opened(visitor, address, "&show=levels", code)
    visitor.evaluate("() => { window.written = []; }")
    with visitor.expect_download() as picture:
        visitor.locator("#chart-export_rate .tools button").first.click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    direction = "rtl" if code == "ar" else "ltr"
    header = " ".join(text for text, *how in visitor.evaluate("window.written") if how == [direction, "start"])
    text = words(code)
    names = visitor.locator("#chart-export_rate .key li").all_inner_texts()
    assert header.startswith(f"{text['series.export_rate']} ({text['unit.percent']})")
    assert len(names) == 2 and all(name in header for name in names)


def test_what_changes_many_times_a_second_is_said_once(visitor, address):
    """While a slider moves through forty places, and while a film plays."""
    opened(visitor, address)
    visitor.evaluate(LISTEN)
    visitor.evaluate(
        """() => { const slider = document.querySelector("#front input[type=range]");
        for (let step = 0; step < 40; step += 1) {
          slider.value = 6 + (step % 5);
          slider.dispatchEvent(new Event("input"));
        } }"""
    )
    for _ in range(50):  # until something was said
        if visitor.evaluate("window.told"):
            break
        visitor.wait_for_timeout(100)
    expect(visitor.locator("#said")).to_contain_text("worlds")
    visitor.wait_for_timeout(500)
    assert 1 <= visitor.evaluate("window.told") <= 4
    visitor.goto(f"{address}/watch")
    expect(visitor.locator("#play")).to_be_enabled(timeout=180_000)
    expect(visitor.locator("#said")).not_to_be_empty()
    visitor.evaluate(LISTEN)
    visitor.locator("#speed").select_option("24")
    visitor.locator("#play").click()
    expect(visitor.locator("#map")).to_have_attribute("data-month", re.compile("2017-.*"))
    visitor.locator("#play").click()
    assert visitor.evaluate("window.told") <= 3


@pytest.mark.parametrize("code", ["en", "ar"])
def test_a_phone_shows_it_all_and_a_keyboard_reaches_what_scrolls(visitor, address, code):
    visitor.set_viewport_size({"width": 390, "height": 844})
    opened(visitor, address, code=code)
    visitor.route("**/solara/**", lambda asked: asked.fulfill(body="<title>Mesa</title>", content_type="text/html"))
    for room in ("compare", "mesa"):
        if room == "mesa":
            visitor.goto(f"{address}/mesa?lang={code}")
        visitor.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
        accessible(visitor)
        assert visitor.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_paper_has_what_the_levers_are_set_to(visitor, address):
    opened(visitor, address, "&accompaniment.hours_per_startup=16")
    visitor.emulate_media(media="print")
    visitor.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    printed = visitor.locator("#printed")
    expect(printed).to_be_visible()
    expect(printed).to_contain_text(re.compile(r"Mentor hours per startup: 16\sh/month ●"))
    expect(printed).to_contain_text("Hubs by 2027: 10")
    expect(printed).to_contain_text("Random seed: 1")
    expect(visitor.locator(".levers")).to_be_hidden()
    expect(visitor.locator("#headline-export_rate")).to_be_visible()


BEYOND_PAPER = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  document.body.style.width = "1000px";  // with two charts in a row, as on a screen beside the levers
  await frame(); await frame();
  document.body.style.width = "760px";  // paper is laid out at once: no chart is drawn anew for it
  const within = (one, room) => one.left >= room.left - 1 && one.right <= room.right + 1;
  const found = [...document.querySelectorAll(".plot canvas")].filter(
    canvas => !within(canvas.getBoundingClientRect(), canvas.closest("figure").getBoundingClientRect()));
  const paper = document.body.getBoundingClientRect();
  for (const part of document.querySelectorAll("body *"))
    if (!part.closest("details, .scroll") && part.getBoundingClientRect().width)
      if (!within(part.getBoundingClientRect(), paper)) found.push(part);
  document.body.style.width = "";
  return found.map(part => part.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_nothing_leaves_the_paper(visitor, address, code):
    """Charts are as wide as on the screen, and what lies beside the page would move an Arabic one."""
    visitor.set_viewport_size({"width": 1440, "height": 1000})
    opened(visitor, address, code=code)
    visitor.emulate_media(media="print")
    assert visitor.evaluate("() => document.querySelectorAll('.plot canvas').length") == len(CHARTS)
    assert visitor.evaluate(BEYOND_PAPER) == []


def test_nearer_goes_to_the_startups(visitor, address):
    """From the whole country, whose middle is empty, and however often."""
    opened(visitor, address)
    seen = visitor.evaluate(
        """async () => {
          const { CountryMap } = await import("/static/map.js"), canvas = document.createElement("canvas");
          canvas.style = "width: 400px; height: 400px"; document.body.append(canvas);
          const map = new CountryMap(canvas, [[0, 0, 0], [20, 20, 1]], () => {}, () => {});
          const startup = (_, number) => [number, { number, x: 17 + number / 200, y: 18, state: 0 }];
          map.startups = new Map(Array.from({ length: 50 }, startup));
          const seen = [];
          for (let turn = 0; turn < 8; turn += 1) {
            map.zoomOnStartups(1.6);
            seen.push([...map.startups.values()].filter(({ x, y }) => { const [left, top] = map.place(x, y);
              return left >= 0 && left <= 400 && top >= 0 && top <= 400; }).length);
          }
          return seen;
        }"""
    )
    assert min(seen) > 25


def test_a_changed_policy_says_so_in_its_file(visitor, address):
    opened(visitor, address, "&policy=today&accompaniment.hours_per_startup=16")
    with visitor.expect_download() as download:
        visitor.locator("#yaml").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert "Today, changed by you" in text and "“Today” with Mentor hours per startup: 16" in text
    assert "accompanied as today" not in text, "its description is no longer true"
