"""The room of one world in a real browser: levers, the month, payments, towns, links, on a phone too."""

from __future__ import annotations

import json
import re

from accessibility import LEVEL_A_AND_AA, accessible
from charts import option, options, wait_until_drawn
from playwright.sync_api import Page, expect

import sim
from sim.page.words import words

PATIENCE = 180_000
HOURS = "accompaniment.hours_per_startup"
WORDS = words("en")


def watching(page: Page, whole: bool = False) -> None:
    """Wait until the film can be played, or is whole."""
    expect(page.locator("#play")).to_be_enabled(timeout=PATIENCE)
    if whole:
        expect(page.locator("#map")).to_have_attribute("data-months", "228", timeout=PATIENCE)


def exporters(page: Page) -> list[float | None]:
    """What the chart of exporters shows, month by month."""
    return option(page, "exporters")["series"][0]["data"]


def picture(page: Page, name: str) -> str:
    """What is drawn on a map."""
    wait_until_drawn(page)
    return page.evaluate("name => document.getElementById(name).toDataURL()", name)


def test_a_lever_moves_the_film_on_and_the_month_stays(visitor, address):
    """The name says that the policy was changed, the months before the present stay, and it can be put back."""
    visitor.goto(f"{address}/watch?policy=ten-hubs-2027&month=2030-06")
    watching(visitor, whole=True)
    month, title = visitor.locator("#map"), sim.load_scenario("builtin:ten-hubs-2027").title("en")
    expect(month).to_have_attribute("data-month", "2030-06")
    expect(visitor.locator("#named")).to_have_text(title)
    before = exporters(visitor)
    films = []
    visitor.on("request", lambda asked: films.append(asked.url) if "/api/film" in asked.url else None)
    visitor.get_by_label(WORDS[f"lever.{HOURS}"], exact=True).fill("30")
    changed = WORDS["changed"].replace("{name}", title)
    expect(visitor.locator("#named")).to_have_text(changed)
    expect(visitor.locator("#policy option:checked")).to_have_text(changed)
    expect(visitor).to_have_url(re.compile(re.escape(HOURS) + "=30"))
    expect(visitor.locator("body")).not_to_have_class(re.compile("outdated"), timeout=PATIENCE)
    watching(visitor, whole=True)
    expect(month).to_have_attribute("data-month", "2030-06")
    after, present = exporters(visitor), 12 * (2024 - 2016) + 6
    assert after[:present] == before[:present] and after != before
    assert all("future=1" in url for url in films) and films, "the past is not sent again"
    visitor.locator("#reset").click()
    expect(visitor.locator("#named")).to_have_text(title)
    expect(visitor).not_to_have_url(re.compile(re.escape(HOURS)))
    expect(visitor.locator("body")).not_to_have_class(re.compile("outdated"), timeout=PATIENCE)
    watching(visitor, whole=True)
    expect(visitor.locator("#policy option:checked")).to_have_text(title)
    assert exporters(visitor) == before
    _months_are_stepped_and_marked(visitor)
    _a_link_holds_month_and_startup(visitor)
    _funders_tell_their_payments(visitor)


def _months_are_stepped_and_marked(visitor):
    month = visitor.locator("#map")
    visitor.locator("#back").click()
    expect(month).to_have_attribute("data-month", "2030-05")
    for key, shown in (("ArrowRight", "2030-06"), ("Shift+ArrowLeft", "2029-06"), ("ArrowLeft", "2029-05")):
        visitor.locator("#back").press(key)
        expect(month).to_have_attribute("data-month", shown)
    visitor.locator("#hubs button").first.click()
    nows = [one for chart in options(visitor) for one in chart["series"] if one["id"] == "now"]
    marks = [one["markLine"]["data"][0]["xAxis"] for one in nows]
    assert marks == ["2029-05"] * 5, "four charts of the country and that of the hub"
    expect(visitor).to_have_url(re.compile("month=2029-05&hub=0"))


def _a_link_holds_month_and_startup(visitor):
    visitor.locator("#legend button").nth(1).click()
    expect(visitor.locator("#told .plot")).to_have_count(3)
    told = visitor.locator("#told").inner_text()
    assert re.search(r"In the hub .* (since|from) ", told), told
    expect(visitor).to_have_url(re.compile(r"month=2029-05&startup=\d+"))
    visitor.reload()
    watching(visitor, whole=True)
    expect(visitor.locator("#map")).to_have_attribute("data-month", "2029-05")
    expect(visitor.locator("#told h3")).to_have_text(told.splitlines()[0])
    assert all("month=2029-05" in link.get_attribute("href") for link in visitor.locator("a[data-language]").all())


def _funders_tell_their_payments(visitor):
    """Paid in this month: as many as the film says, and lines are drawn."""
    shown = visitor.evaluate(
        "async () => (await (await fetch('/api/film' + location.search)).text()).split('\\n')"
        ".filter(line => line.startsWith('data: {\"hubs')).flatMap(line => JSON.parse(line.slice(6)).frames)"
        ".find(frame => frame[0] === '2029-05')[6].length"
    )
    assert shown > 0
    expect(visitor.locator("#count-deals")).to_have_text(str(shown))
    canvas = visitor.locator("#map")
    visitor.locator("#whole").click()
    box, x, y = canvas.bounding_box(), *_place_of_a_funder(visitor)
    visitor.mouse.click(box["x"] + x, box["y"] + y)
    expect(visitor.locator("#told h3")).to_contain_text(re.compile("Grants|loans|capital"))
    expect(visitor.locator("#told p")).to_contain_text("Payments from January 2016 to May 2029")
    visitor.locator("#told button").first.click()
    expect(visitor.locator("#told h3")).to_contain_text("Startup")


def _place_of_a_funder(visitor) -> tuple[float, float]:
    """Where on the canvas the first active funder lies: the map of the whole country fills the canvas."""
    funders = visitor.evaluate(
        "async () => { const reader = (await fetch('/api/film' + location.search)).body.getReader(); let text = '';"
        " while (!text.includes('\\n')) text += new TextDecoder().decode((await reader.read()).value);"
        " reader.cancel(); return JSON.parse(text.split('\\n')[0].slice(6)).funders; }"
    )
    one = next(one for one in funders if one["from"] <= "2029-05" and not one["until"])
    cells = visitor.evaluate("() => JSON.parse(document.getElementById('data').textContent).map.cells")
    xs, ys = [cell[0] for cell in cells], [cell[1] for cell in cells]
    scale = float(visitor.locator("#map").get_attribute("data-scale"))
    box = visitor.locator("#map").bounding_box()
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return box["width"] / 2 + (one["x"] - middle[0]) * scale, box["height"] / 2 - (one["y"] - middle[1]) * scale


def test_on_a_phone_dots_can_be_told_apart(new_context, address):
    """It opens where most startups are: neighbours on the map's spiral lie 0.06 cells apart."""
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/watch?policy=today&lang=ar&month=2034-12")
    watching(page, whole=True)
    canvas = page.locator("#map")
    expect(canvas).to_have_attribute("data-month", "2034-12")
    page.locator("#whole").tap()
    country = json.loads(canvas.get_attribute("data-scale"))
    page.locator("#startups").tap()
    dots = {name: json.loads(canvas.get_attribute(f"data-{name}")) for name in ("scale", "dot")}
    assert dots["scale"] > 2 * country
    assert dots["dot"] >= 2 and 0.06 * dots["scale"] >= 1.5 * dots["dot"]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for _ in range(6):
        page.locator("#startups").tap()
        if json.loads(canvas.get_attribute("data-scale")) == country:
            break
    else:
        raise AssertionError("after the last town the whole country comes again")

    _stacked(page)


def _stacked(page):
    """On a phone one map stands above the other, and so do the lives."""
    page.locator("#beside").tap()
    watching_both(page)
    _, above, below = (page.locator(name).bounding_box() for name in ("#timeline", "#map", "#map-against"))
    assert above["x"] == below["x"] and above["width"] == below["width"]
    assert above["y"] + above["height"] < below["y"]
    page.locator("#legend-against button").nth(1).tap()
    same = words("ar")["life.same"].split("{n}")[0]
    expect(page.locator("#told > div").nth(0).locator("h3")).to_contain_text(same)
    first, second = (page.locator("#told > div").nth(place).bounding_box() for place in (0, 1))
    assert first["x"] == second["x"] and first["y"] + first["height"] <= second["y"]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def watching_both(page: Page) -> None:
    """Wait until the films of the policy and of its reference are whole."""
    watching(page, whole=True)
    expect(page.locator("#map-against")).to_have_attribute("data-months", "228", timeout=PATIENCE)


def test_two_policies_are_watched_side_by_side_in_step(visitor, address):
    visitor.goto(f"{address}/watch?policy=ten-hubs-2027&against=today&month=2030-06")
    watching(visitor, whole=True)
    expect(visitor.locator("#map-against")).to_be_hidden()
    visitor.locator("#beside").focus()
    visitor.keyboard.press("Space")
    watching_both(visitor)
    expect(visitor).to_have_url(re.compile("beside=1"))
    expect(visitor.locator("#named-against")).to_have_text(sim.load_scenario("builtin:today").title("en"))
    left, right = (visitor.locator(name).bounding_box() for name in ("#map", "#map-against"))
    assert left["y"] == right["y"] and left["width"] == right["width"] and left["x"] + left["width"] < right["x"]
    _both_show(visitor, "2030-06", same=False)
    visitor.locator("#step").press("Enter")
    _both_show(visitor, "2030-07", same=False)
    assert visitor.locator("#hubs tbody tr").count() == 10 and visitor.locator("#hubs-against tbody tr").count() == 6
    _before_the_present_both_are_one_world(visitor)
    _lives_are_compared(visitor)
    _the_policy_as_it_is_becomes_the_reference(visitor)


def _both_show(page, month, same):
    maps = [page.locator(name) for name in ("#map", "#map-against")]
    for one in maps:
        expect(one).to_have_attribute("data-month", month)
    assert maps[0].get_attribute("data-scale") == maps[1].get_attribute("data-scale")
    drawn = [picture(page, name) for name in ("map", "map-against")]
    assert (drawn[0] == drawn[1]) == same


def _before_the_present_both_are_one_world(visitor):
    """The same picture to the last pixel, wherever one looks; and it is another one after moving either map."""
    visitor.locator("#timeline").fill("60")
    _both_show(visitor, "2021-01", same=True)
    for move in ("#nearer", "#startups"):
        before = visitor.locator("#map").get_attribute("data-scale")
        visitor.locator(move).click()
        assert visitor.locator("#map").get_attribute("data-scale") != before
        _both_show(visitor, "2021-01", same=True)
    for one in ("#map", "#map-against"):
        before = picture(visitor, "map")
        visitor.locator(one).press("ArrowDown")
        assert picture(visitor, "map") != before
        _both_show(visitor, "2021-01", same=True)


ALONE_UNDER_THE_POLICY = """async () => {
    const text = await (await fetch('/api/film' + location.search)).text();
    const parts = text.split('\\n').filter(line => line.startsWith('data: {"hubs'));
    const frames = parts.flatMap(line => JSON.parse(line.slice(6)).frames);
    const late = frames.filter(([month]) => month >= '2029-01').flatMap(([, born]) => born.map(([number]) => number));
    for (const number of late) {
        const life = await (await fetch(`/api/life${location.search}&startup=${number}`)).json();
        const twin = await (await fetch(`/api/life${location.search}&side=against&founder=${life.key}`)).json();
        if (!twin.facts) return [number, life.facts.kind];
    }
}"""


def _lives_are_compared(visitor):
    """A founder has a startup under both, or is said to have none under one; and a link holds it."""
    columns = visitor.locator("#told > div")
    visitor.locator("#legend-against button").nth(1).click()
    expect(visitor.locator("#told .plot")).to_have_count(6)
    expect(columns.nth(0).locator("h3")).to_contain_text("The same founder: startup")
    told = [re.search(r"Founded in .*", text)[0] for text in columns.all_inner_texts()]
    assert told[0] == told[1]
    expect(visitor).to_have_url(re.compile(r"startup=\d+&map=against"))
    number, kind = visitor.evaluate(ALONE_UNDER_THE_POLICY)
    visitor.goto(re.sub(r"month=.*", f"month=2034-12&startup={number}", visitor.url))
    watching_both(visitor)
    reason = WORDS[{1: "life.not.induced", 2: "life.not.again"}[kind]].replace("{name}", "Today")
    expect(columns.nth(1)).to_contain_text(reason)
    expect(columns.nth(0).locator(".plot")).to_have_count(3)
    visitor.locator("#hubs button", has_text="Oujda").click()
    expect(columns.nth(0).locator("h3")).to_have_text("Oujda")
    expect(columns.nth(1)).to_contain_text(WORDS["hub.none"].replace("{name}", "Today"))
    accessible(visitor, LEVEL_A_AND_AA)


def _the_policy_as_it_is_becomes_the_reference(visitor):
    """Then a lever moves the policy alone; Back leads to the reference before."""
    title = sim.load_scenario("builtin:ten-hubs-2027").title("en")
    visitor.locator("#pin").click()
    watching_both(visitor)
    expect(visitor.locator("#named-against")).to_have_text(title)
    expect(visitor.locator("#hubs-against tbody tr")).to_have_count(10)
    _both_show(visitor, "2034-12", same=True)
    films = []
    visitor.on("request", lambda asked: films.append(asked.url) if "/api/film" in asked.url else None)
    visitor.get_by_label(WORDS[f"lever.{HOURS}"], exact=True).fill("30")
    expect(visitor).to_have_url(re.compile(re.escape(HOURS) + "=30"))
    expect(visitor.locator("#named")).to_have_text(WORDS["changed"].replace("{name}", title))
    expect(visitor.locator("body")).not_to_have_class(re.compile("outdated"), timeout=PATIENCE)
    watching_both(visitor)
    _both_show(visitor, "2034-12", same=False)
    assert films and not any("side=against" in url for url in films), "the reference stays as it is"


def test_a_dark_screen_is_drawn_dark_and_the_page_fills_the_screen(new_context, address):
    """The map, the lines of the charts and the ground; and words can still be read on it."""
    context = new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark", locale="fr-MA")
    page = context.new_page()
    page.goto(f"{address}/watch?policy=today")
    watching(page)
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    corner = "() => [...document.querySelector('#map').getContext('2d').getImageData(1, 1, 1, 1).data].slice(0, 3)"

    def line() -> str:
        return option(page, "active")["series"][0]["lineStyle"]["color"]

    assert max(page.evaluate(corner)) < 60 and line() == "#5DB7F0"
    accessible(page, LEVEL_A_AND_AA)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"({corner})().every(value => value > 240)")
    assert line() == "#0072B2"
    page.locator("#screen").click()
    expect(page.locator("#screen")).to_have_attribute("aria-pressed", "true")
