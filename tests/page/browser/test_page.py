"""The page in a real browser: what a visitor sees, does and saves."""

from __future__ import annotations

import csv
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from accessibility import accessible
from laboratory import run
from page_pictures import events
from playwright.sync_api import Page, expect

import sim
from sim.model.outcomes import OUTCOMES
from sim.page.levers import MIX, sliders
from sim.page.words import words
from sim.parameters.draws import POSTERIOR, draws_of
from sim.studies.statistics import effect

PATIENCE = 180_000
LANGUAGES = ("en", "fr", "ar")


def compared(page: Page, done: bool = False) -> None:
    """Wait for a picture of the policy that the sliders show, to the end of its worlds, or of all of them."""
    what = "data-done" if done else "data-ended"
    expect(page.locator("#charts")).to_have_attribute(what, "true", timeout=PATIENCE)


def watching(page: Page) -> None:
    """Wait until the film can be played."""
    expect(page.locator("#play")).to_be_enabled(timeout=PATIENCE)


READ = """() => [...document.querySelectorAll("body *")].flatMap(one => {
  if (one.closest(".languages, code, script")) return [];
  const own = [...one.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data);
  return [...own, ...["aria-label", "aria-valuetext", "title"].map(name => one.getAttribute(name) ?? "")];
}).join(" ")"""
"""Everything that a person sees or hears."""
NAMES = {"CSV", "Mesa", "PNG", "Reset", "Threads", "Use", "YAML", "e", "hubsim", "n", "sweep"}
"""What keeps its Latin letters in Arabic: formats, options, commands, symbols, the labels of Mesa's page."""


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_room_speaks_every_language_and_is_accessible(visitor, address, code):
    """Mesa's page itself, which is the same in all of them, has a test of its own."""
    text = words(code)
    visitor.route("**/solara/**", lambda asked: asked.fulfill(body="<title>Mesa</title>", content_type="text/html"))
    for room in ("compare", "watch", "mesa"):
        visitor.goto(f"{address}/{room}?lang={code}")
        if room == "compare":
            compared(visitor)
        elif room == "watch":
            watching(visitor)
            visitor.locator("#year").click()
            visitor.locator("#legend button").nth(1).click()
            expect(visitor.locator("#told .plot")).to_have_count(3)
        visitor.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
        accessible(visitor)
        if code == "ar":
            read = re.sub("[0-9a-f]{4}(-[0-9a-f]{4}){3}", "", visitor.evaluate(READ))  # less its fingerprint
            assert set(re.findall(r"[A-Za-zÀ-ÿ]+", read)) <= NAMES
        expect(visitor.get_by_role("heading", level=1)).to_have_text(text[f"{room}.lead"])
        expect(visitor.locator("html")).to_have_attribute("lang", code)
        expect(visitor.locator("html")).to_have_attribute("dir", "rtl" if code == "ar" else "ltr")
        expect(visitor.locator("a[aria-current=page]")).to_have_text(text[room])
    visitor.goto(f"{address}/compare?lang={code}")
    visitor.locator("[data-language=fr]").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(words("fr")["compare.lead"])


def test_every_slider_is_there_and_acts(visitor, address):
    """On the page and in the file; what worlds then do is asked elsewhere."""
    body = events("en")
    visitor.route("**/api/compare*", lambda asked: asked.fulfill(body=body, content_type="text/event-stream"))
    visitor.goto(f"{address}/compare")
    visitor.get_by_text(words("en")["more.levers"]).click()
    found = sliders(sim.load_scenario("builtin:today"))
    assert len(found) == visitor.get_by_role("slider").count() >= 18
    for slider in found:
        label = visitor.get_by_label(words("en")[f"lever.{slider.path}"], exact=True)
        expect(label).to_be_visible()
        value = min(slider.reach, slider.usual + slider.step * 2) if slider.usual < slider.reach else slider.low
        label.fill(f"{value:.10g}")
        expect(visitor.locator("#yaml")).to_have_attribute("href", _sets(slider.path))
    expect(visitor.locator("#problem")).to_be_hidden()
    with visitor.expect_download() as download:
        visitor.locator("#yaml").click()
    policy = sim.load_scenario(download.value.path().rename(download.value.path().with_suffix(".yaml")))
    assert math.isclose(sum(policy.values[path] for path in MIX), 1)


def _sets(path: str) -> re.Pattern:
    return re.compile(f"[?&]{re.escape(path)}=")


def test_the_keyboard_goes_through_the_page_in_its_order(visitor, address):
    visitor.goto(f"{address}/compare")
    focus = "() => document.activeElement.id || document.activeElement.textContent"
    visitor.keyboard.press("Tab")
    assert visitor.evaluate(focus) == words("en")["skip"]
    visitor.keyboard.press("Enter")
    reached = []
    for _ in range(8):
        visitor.keyboard.press("Tab")
        reached.append(visitor.evaluate(focus))
    slider = ["lever-network.hubs_by_2027", ""]  # the last: typed in
    assert reached == ["policy", "against", "pin", "seed", "fixed", "reset", *slider]


def test_the_keyboard_moves_a_slider(visitor, address):
    visitor.goto(f"{address}/compare?policy=today")
    compared(visitor)
    slider = visitor.get_by_label(words("en")["lever.accompaniment.hours_per_startup"], exact=True)
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "8.5\u00a0h/month")
    expect(visitor.locator("#charts")).to_have_attribute("data-query", _sets("accompaniment.hours_per_startup"))
    compared(visitor)
    expect(visitor.locator("#sentences")).to_be_visible()


def test_numbers_of_a_comparison_are_those_of_python_and_the_file_gives_them_again(visitor, address, tmp_path):
    visitor.goto(f"{address}/compare?policy=ten-hubs-2027&fairs.places=250")
    with visitor.expect_download() as download:
        visitor.locator("#yaml").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    policy, today = sim.load_scenario(file), sim.load_scenario("builtin:today")
    wanted = sim.load_scenario("builtin:ten-hubs-2027").with_values({"fairs.places": 250})
    assert policy.digest == wanted.digest
    assert visitor.locator("#command").inner_text() in file.read_text(encoding="utf-8")
    compared(visitor)
    replications, values = visitor.evaluate(
        "() => [document.querySelector('#charts').dataset.replications, "
        "document.querySelector('#outcome-exporters').dataset.values]"
    )
    replications, shown = json.loads(replications), json.loads(values)
    draws = [draws_of(POSTERIOR).of(replication) for replication in replications]
    runs = [
        _outcomes([draw.under(one) for one in (policy, today)], replication)
        for draw, replication in zip(draws, replications, strict=True)
    ]
    values = [[run[side]["exporters"] for run in runs] for side in (0, 1)]
    found = effect(*values, [draw.number for draw in draws])
    assert shown[2] == pytest.approx(found.mean, rel=1e-9)
    assert shown[1] == pytest.approx(sum(values[0]) / len(runs), rel=1e-9)
    assert shown[-2:] == [found.n, found.draws]


def test_the_film_plays_steps_and_has_the_numbers_of_a_run(visitor, address):
    visitor.goto(f"{address}/watch?policy=ten-hubs-2027")
    watching(visitor)
    month = visitor.locator("#map")
    expect(month).to_have_attribute("data-month", "2016-01")
    visitor.locator("#step").click()
    expect(month).to_have_attribute("data-month", "2016-02")
    visitor.locator("#year").click()
    expect(month).to_have_attribute("data-month", "2017-02")
    visitor.locator("#play").click()
    expect(month).not_to_have_attribute("data-month", "2017-02")
    visitor.locator("#play").click()
    visitor.locator("#start").click()
    expect(month).to_have_attribute("data-month", "2016-01")
    expect(month).to_have_attribute("data-months", "228", timeout=PATIENCE)
    visitor.locator("#timeline").fill("227")
    expect(month).to_have_attribute("data-month", "2034-12")
    with visitor.expect_download() as download:
        visitor.locator("#chart-exporters").get_by_role("button", name="Table (CSV)").click()
    with download.value.path().open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    history = run(sim.load_scenario("builtin:ten-hubs-2027")).history
    assert [row[0] for row in rows[1:]] == history["month"].tolist()
    assert [float(row[1]) for row in rows[1:]] == history["exporters"].tolist()
    with visitor.expect_download() as picture:
        visitor.locator("#chart-exporters").get_by_role("button", name="Picture (PNG)").click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with visitor.expect_download() as picture:
        visitor.locator("#picture").click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")


def test_one_possible_country_is_chosen_by_a_switch_that_stays_in_the_address(visitor, address):
    text = words("en")
    visitor.goto(f"{address}/compare?policy=ten-hubs-2027")
    switch, status = visitor.get_by_label(text["one.country"]), visitor.locator("#status")
    compared(visitor, done=True)
    expect(status).to_contain_text("draws of the parameters: 2")
    expect(visitor.locator("#bands")).to_contain_text("over 2 draws")
    expect(visitor.locator("#means-drawn")).to_be_visible()
    expect(visitor.locator("#command")).not_to_contain_text("--parameters")
    assert "chance only" not in visitor.locator(".results").inner_text()
    drawn = visitor.locator("#outcome-exporters").get_attribute("data-values")
    switch.check()
    expect(visitor.locator("#charts")).to_have_attribute("data-query", re.compile("[?&]parameters=fixed"))
    compared(visitor, done=True)
    expect(status).to_contain_text("one possible country")
    expect(visitor.locator("#bands")).to_contain_text("chance only")
    expect(visitor.locator("#means-fixed")).to_be_visible()
    expect(visitor.locator("#command")).to_contain_text("--parameters fixed")
    assert visitor.locator("#outcome-exporters").get_attribute("data-values") != drawn
    visitor.reload()
    expect(switch).to_be_checked()
    visitor.locator("[data-language=fr]").click()
    expect(visitor.get_by_label(words("fr")["one.country"])).to_be_checked()


def test_a_comparison_says_where_its_differences_come_from_and_what_its_rates_are_about(visitor, address):
    visitor.goto(f"{address}/compare?policy=ten-hubs-2027")
    compared(visitor, done=True)
    for name in ("survivors_5y", "exporters"):
        expect(visitor.locator(f"#sentence-{name} .channels")).to_contain_text("because")
    for name in ("success_rate", "cohort_success_rate", "export_rate"):
        expect(visitor.locator(f"#sentence-{name}")).to_be_visible()
    expect(visitor.locator("#rates")).to_contain_text("different startups under each policy")
    visitor.goto(f"{address}/compare?policy=today&against=today")
    compared(visitor, done=True)
    expect(visitor.locator("#sentence-same")).to_be_visible()
    expect(visitor.locator("#rates")).to_be_empty()


def test_only_regions_of_which_a_direction_is_told_are_coloured(visitor, address):
    visitor.goto(f"{address}/compare?policy=ten-hubs-2027")
    compared(visitor, done=True)
    visitor.locator("#regions-numbers summary").click()
    rows = visitor.locator("#regions-numbers tbody tr").all()
    assert len(rows) == 12
    told = [row.locator("td").last.inner_text() in ("clear", "likely") for row in rows]
    assert visitor.locator("#regions polygon:not([fill='#efefef'])").count() == sum(told)
    assert 0 < sum(told) < 12


def test_figures_of_a_comparison_go_along_as_picture_and_table(visitor, address):
    visitor.goto(f"{address}/compare")
    compared(visitor)
    regions = visitor.locator("#regions")
    with visitor.expect_download() as picture:
        regions.get_by_role("button", name="Picture (PNG)").click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with visitor.expect_download() as numbers:
        regions.get_by_role("button", name="Table (CSV)").click()
    with numbers.value.path().open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 13 and {"Oriental", "Souss-Massa"} <= {row[0] for row in rows}
    visitor.locator("#outcomes summary").click()
    shown = json.loads(visitor.locator("#outcome-exporters").get_attribute("data-values"))
    with visitor.expect_download() as numbers:
        visitor.locator("#outcomes").get_by_role("button", name="Table (CSV)").click()
    with numbers.value.path().open(encoding="utf-8-sig") as file:
        saved = {row[0]: row[2:] for row in csv.reader(file)}
    row = [json.loads(value) if re.match(r"[-0-9]", value) else value for value in saved[OUTCOMES["exporters"].label]]
    assert row == shown


def test_a_startup_and_a_hub_tell_their_lives(visitor, address):
    visitor.goto(f"{address}/watch?policy=today")
    watching(visitor)
    visitor.locator("#year").click()
    visitor.locator("#legend button").nth(1).click()
    expect(visitor.locator("#told li").first).to_contain_text("Founded in")
    expect(visitor.locator("#told .plot")).to_have_count(3)
    visitor.locator("#hubs button", has_text="Rabat").click()
    expect(visitor.locator("#told h3")).to_have_text("Rabat")


def test_mesa_has_its_own_page_steps_plays_and_begins_again(visitor, address):
    visitor.goto(f"{address}/mesa")
    frame = visitor.frame_locator("iframe")
    time, map_of_agents = frame.get_by_text("Time:"), frame.locator("img").first

    def press(name):
        frame.get_by_role("button", name=name, exact=True).click(timeout=PATIENCE)

    press("Step")
    expect(time).to_have_text("Time: 85", timeout=PATIENCE)
    expect(visitor.locator("#status")).to_be_hidden()
    before = map_of_agents.get_attribute("src")
    press("▶")
    expect(time).to_have_text(re.compile("Time: (8[7-9]|9.|[1-9]..)"), timeout=PATIENCE)
    other = visitor.context.new_page()
    other.goto(f"{address}/compare?policy=ten-hubs-2027")
    compared(other)
    press("❚❚")
    assert map_of_agents.get_attribute("src") != before
    press("Reset")
    expect(time).to_have_text("Time: 84", timeout=PATIENCE)
    press("Step")
    expect(time).to_have_text("Time: 85", timeout=PATIENCE)


@pytest.mark.parametrize("room", ["compare", "watch"])
def test_the_page_fits_a_phone_and_a_projector(visitor, address, room):
    for width in (390, 1280, 1920):
        visitor.set_viewport_size({"width": width, "height": 844})
        visitor.goto(f"{address}/{room}?lang=ar")
        expect(visitor.get_by_role("heading", level=1)).to_be_visible()
        if room == "compare":
            compared(visitor)
        visitor.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
        assert visitor.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_bad_address_is_told_and_becomes_no_html(visitor, address, new_context):
    page = new_context().new_page()
    for room, ready in (("watch", watching), ("compare", compared)):
        answer = page.goto(f'{address}/{room}?lang=fr&network.openings=[{{"hub":"<b id=evil>","opens":"2026-01"}}]')
        assert answer.status == 400
        ready(page)
        expect(page.locator("#problem")).to_have_text(re.compile("C’est impossible.*Technopark inconnu"))
        expect(page.locator("#problem")).to_be_visible()
        expect(page.locator("#evil")).to_have_count(0)
    page.locator("#policy").select_option("today")
    expect(page.locator("#problem")).to_be_hidden()


@pytest.mark.parametrize("code", ["en", "fr", "ar"])
def test_a_full_server_is_asked_again(new_context, address, code):
    page = new_context().new_page()
    page.clock.install()
    turned_away = []

    def answer(route):
        if len(turned_away) < 2:
            turned_away.append(route.request.url)
            route.fulfill(status=503, headers={"Retry-After": "15"}, body="too many visitors at once")
        else:
            route.continue_()

    page.route("**/api/compare*", answer)
    page.goto(f"{address}/compare?lang={code}&utm_source=x")
    expect(page.locator("#ignored")).to_contain_text("utm_source")
    for _ in range(2):
        expect(page.locator("#status")).to_have_text(re.compile(r"seconds\.|secondes\.|بالثواني"))
        page.evaluate("() => { document.querySelector('#status').textContent = ''; }")
        page.clock.fast_forward(31_000)  # it waits for 15 to 30 seconds
    compared(page)
    assert len(turned_away) == 2


def test_twenty_at_once_see_their_own_picture_and_a_broken_one_hurts_nobody(address):
    ask = build_opener(ProxyHandler({})).open

    def first_picture(hours: float | str) -> dict | int:
        try:
            with ask(f"{address}/api/compare?policy=ten-hubs-2027&accompaniment.hours_per_startup={hours}") as stream:
                return json.loads(next(line for line in stream if line.startswith(b"data: "))[6:])
        except HTTPError as refused:
            return refused.code

    with ThreadPoolExecutor(21) as visitors:
        *pictures, broken = visitors.map(first_picture, [*(20 + number for number in range(20)), "many"])
    assert broken == 400
    assert all(picture["worlds"] >= 1 and not picture["same"] for picture in pictures)
    assert len({json.dumps(picture["series"]) for picture in pictures}) == 20


def test_other_sites_may_not_ask_in_a_visitors_name(address):
    for headers in ({"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}):
        with pytest.raises(HTTPError, match=r"40[03]"):
            build_opener(ProxyHandler({})).open(Request(f"{address}/scenario.yaml", headers=headers))


def _outcomes(scenarios, replication):
    trunk = sim.EcosystemModel(scenarios[0], rng=1, replication=replication)
    trunk.run_until(scenarios[0].present_months)
    found = []
    for scenario in scenarios:
        world = trunk.fork(scenario)
        world.run_until(scenario.months)
        found.append(sim.measure(world))
    return found
