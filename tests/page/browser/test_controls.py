"""The controls of the page in a real browser: every parameter, the hubs on the map, the way back, own references."""

from __future__ import annotations

import re

from accessibility import accessible
from playwright.sync_api import Page, expect

from sim.cli.check_file import check_file
from sim.page.words import words
from sim.scenario.schema import schema
from sim.studies.experiment import load_experiment

PATIENCE = 180_000
TEXT = words("en")


def settled(page: Page, *names: str) -> None:
    """Wait until the picture is that of an address with these names, and of no others among the parameters."""
    expect(page.locator("#charts")).to_have_attribute("data-ended", "true", timeout=PATIENCE)
    for name in names:
        expect(page.locator("#charts")).to_have_attribute("data-query", re.compile(re.escape(f"&{name}=")))


def control(page: Page, path: str):
    return page.locator(f"[id='parameter-{path}']")


def test_every_parameter_is_found_changed_refused_and_set_back(visitor, address):
    visitor.goto(f"{address}/compare?policy=today&against=today")
    visitor.locator("#every > summary").click()
    expect(visitor.locator(".parameter")).to_have_count(len(schema().declarations))
    visitor.get_by_label(TEXT["find"]).fill("closing rate hazard")
    assert visitor.locator(".parameter:visible code").all_inner_texts()[0] == "closure.rate"
    visitor.locator(".parameter:visible summary").first.click()
    about = visitor.locator(".parameter:visible dl").first
    for told in ("from 0 to 0.2", "1/month", "calibrated", "h0 exp("):
        expect(about).to_contain_text(told)
    rate, wrong = control(visitor, "closure.rate"), visitor.locator("[id='parameter-closure.rate-wrong']")
    before = visitor.url
    rate.fill("9")
    rate.press("Enter")
    expect(wrong).to_have_text(re.compile("closure.rate is 9, but must be a number from 0 to 0.2"))
    expect(visitor.locator("#problem")).to_be_hidden()
    assert rate.input_value() == "9" and "closure.rate=9" in visitor.url
    settled(visitor)
    rate.fill("0.004")
    rate.press("Enter")
    expect(wrong).to_be_hidden()
    settled(visitor, "closure.rate", "against.closure.rate")
    visitor.get_by_label(TEXT["find"]).fill("admission.rule")
    control(visitor, "admission.rule").select_option("ranked")
    settled(visitor, "closure.rate", "admission.rule")
    assert "against.admission.rule" not in visitor.url, "a lever is the policy's alone"
    visitor.get_by_label(TEXT["find"]).fill("fairs.enabled")
    visitor.get_by_label(TEXT["in.both"]).uncheck()
    control(visitor, "fairs.enabled").uncheck()
    settled(visitor, "fairs.enabled")
    assert "against.fairs.enabled" not in visitor.url
    accessible(visitor)
    visitor.get_by_label(TEXT["find"]).fill("")
    for path in ("closure.rate", "admission.rule", "fairs.enabled"):
        back = visitor.locator(".parameter", has=control(visitor, path)).locator(".back")
        back.click()
        expect(back).to_be_hidden()
    expect(visitor.locator("#undo")).to_be_enabled()
    assert visitor.url == before


def test_hubs_are_dragged_added_closed_and_dated_on_the_map(visitor, address):
    visitor.goto(f"{address}/compare?policy=ten-hubs-2027")
    visitor.locator("#network > summary").click()
    hubs = visitor.locator(".new-hub")
    expect(hubs).to_have_count(4)
    visitor.locator("#network-map").scroll_into_view_if_needed()
    first, target = hubs.first.bounding_box(), visitor.locator(".city", has_text="Taza").bounding_box()
    visitor.mouse.move(first["x"] + first["width"] / 2, first["y"] + first["height"] / 2)
    visitor.mouse.down()
    visitor.mouse.move(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2, steps=3)
    expect(hubs.first).to_have_attribute("data-hub", "Taza")
    expect(visitor.locator("#charts")).to_have_attribute("data-query", re.compile("Taza"), timeout=PATIENCE)
    expect(visitor.locator("#charts")).to_have_attribute("data-worlds", "1")
    visitor.mouse.up()
    settled(visitor, "network.openings")
    hubs.first.focus()
    visitor.keyboard.press("ArrowLeft")
    expect(hubs.first).not_to_have_attribute("data-hub", "Taza")
    visitor.locator("#undo").click()
    expect(hubs.first).to_have_attribute("data-hub", "Taza")
    visitor.locator("#redo").click()
    expect(hubs.first).not_to_have_attribute("data-hub", "Taza")
    visitor.go_back()
    expect(hubs.first).to_have_attribute("data-hub", "Taza")
    hubs.nth(3).focus()
    visitor.keyboard.press("Delete")
    expect(hubs).to_have_count(3)
    visitor.locator("#hub-add").click()
    expect(hubs).to_have_count(4)
    expect(visitor.locator("#hub-3-hub")).to_be_visible()
    hubs.first.press("Enter")
    expect(visitor.locator("#hub-0-opens")).to_be_focused()
    expect(visitor.locator("#hub-3-hub")).to_be_hidden()
    visitor.locator("#hub-0-opens").fill("2023-01")
    visitor.locator("#hub-0-opens").blur()
    expect(visitor.locator("#network-wrong")).to_have_text(re.compile("opens is 2023-01, but a policy acts after"))
    visitor.locator("#hub-0-opens").fill("2028-03")
    visitor.locator("#hub-0-places").fill("33")
    visitor.locator("#hub-0-places").blur()
    hours = visitor.locator("#hub-0-mentor_hours")
    expect(hours).to_have_attribute("placeholder", str(33 * 8))
    hours.fill("100")
    hours.blur()
    expect(visitor.locator("#network-wrong")).to_be_hidden()
    visitor.locator("#hub-open-Tanger-closes").fill("2029-01")
    visitor.locator("#hub-open-Tanger-closes").blur()
    settled(visitor, "network.openings", "network.closures")
    visitor.reload()
    visitor.locator("#network > summary").click()
    expect(visitor.locator("#hub-0-hub")).to_have_value("Taza")
    expect(visitor.locator("#hub-0-opens")).to_have_value("2028-03")
    expect(visitor.locator("#hub-0-places")).to_have_value("33")
    expect(hours).to_have_value("100")
    expect(visitor.locator("#hub-open-Tanger-closes")).to_have_value("2029-01")


def test_a_finger_drags_hubs_opens_their_values_and_adds_them(new_context, address):
    """On a phone in Arabic, with the touches that a browser gets from a screen."""
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="ar-MA")
    page = context.new_page()
    page.goto(f"{address}/compare?policy=ten-hubs-2027")
    page.locator("#network > summary").tap()
    hubs, touch = page.locator(".new-hub"), context.new_cdp_session(page)
    page.locator("#network-map").scroll_into_view_if_needed()

    def middle(where) -> dict[str, float]:
        box = where.bounding_box()
        return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}

    def finger(*path: dict[str, float]) -> None:
        for kind, at in zip(("touchStart", *["touchMove"] * (len(path) - 1)), path, strict=True):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    first, taza, scrolled = middle(hubs.first), middle(page.locator(".city", has_text="تازة")), "() => scrollY"
    before = page.evaluate(scrolled)
    finger(first, {"x": (first["x"] + taza["x"]) / 2, "y": (first["y"] + taza["y"]) / 2}, taza)
    expect(hubs.first).to_have_attribute("data-hub", "Taza")
    assert page.evaluate(scrolled) == before, "the finger moved the hub, not the page"
    expect(page.locator("#hub-0-places")).to_be_hidden()
    finger(middle(hubs.first))
    expect(page.locator("#hub-0-places")).to_be_in_viewport()
    page.locator("#hub-0-mentor_hours").fill("250")
    page.locator("#hub-0-mentor_hours").blur()
    expect(page).to_have_url(re.compile("Taza.*mentor_hours%22%3A250"))
    page.locator("#network-map").scroll_into_view_if_needed()
    page.touchscreen.tap(*middle(page.locator(".city", has_text="زاكورة")).values())
    expect(hubs).to_have_count(5)
    expect(hubs.nth(4)).to_have_attribute("data-hub", "Zagora")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_any_state_becomes_the_reference(visitor, address):
    visitor.goto(f"{address}/compare?policy=today&accompaniment.hours_per_startup=4")
    settled(visitor, "accompaniment.hours_per_startup")
    visitor.get_by_role("button", name=TEXT["pin"]).click()
    settled(visitor, "against.accompaniment.hours_per_startup")
    expect(visitor.locator("#sentence-same")).to_be_visible()
    hours = visitor.get_by_label(TEXT["lever.accompaniment.hours_per_startup"], exact=True)
    hours.fill("12")
    hours.dispatch_event("change")
    expect(visitor.locator("#sentence-same")).to_have_count(0)
    expect(visitor.locator("#against option:checked")).to_have_text(TEXT["changed"].replace("{name}", "Today"))
    expect(visitor.locator("#command")).to_contain_text("hubsim compare today-reference.yaml today-changed.yaml")
    visitor.locator("#against").select_option("today")
    expect(visitor.locator("#command")).to_contain_text("hubsim compare today today-changed.yaml")


def test_files_are_brought_and_taken_along(visitor, address, tmp_path):
    visitor.goto(f"{address}/compare?lang=fr&policy=today")
    file, upload = tmp_path / "mine.yaml", visitor.locator("#upload")
    file.write_text("extends: today.yaml\nfairs: {places: -1}\nfars: {}\n", encoding="utf-8")
    with visitor.expect_response(lambda answer: "/api/file" in answer.url):
        upload.set_input_files(file)
    wrong = visitor.locator("#upload-wrong")
    expect(wrong).to_contain_text("mine.yaml:2:17: fairs.places vaut -1, mais doit être un nombre entier de 0 à 5000")
    expect(wrong).to_contain_text("mine.yaml:3:1: clé inconnue")
    file.write_text("extends: ten-hubs-2027.yaml\nfairs: {places: 250}\n", encoding="utf-8")
    upload.set_input_files(file)
    expect(wrong).to_be_hidden()
    expect(visitor.locator("#policy")).to_have_value("ten-hubs-2027")
    visitor.locator("#sweep > summary").click()
    visitor.locator("#factor-0-path").select_option("accompaniment.hours_per_startup")
    visitor.locator("#factor-0-to").fill("-3")
    visitor.locator("#factor-0-to").blur()
    expect(visitor.locator("#experiment-wrong")).to_be_visible()
    visitor.locator("#factor-0-to").fill("16")
    visitor.locator("#factor-0-to").blur()
    expect(visitor.locator("#experiment-wrong")).to_be_hidden()
    with visitor.expect_download() as download:
        visitor.locator("#experiment").click()
    saved = tmp_path / "experiment.yaml"
    download.value.save_as(saved)
    assert check_file(saved) > 0 and load_experiment(saved).base.values["fairs.places"] == 250
