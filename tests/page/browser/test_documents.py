"""The documents as pages, in a real browser: they read and search from a folder, without a server or a network."""

from __future__ import annotations

import pytest

pytest.importorskip("zensical", reason="the dependency group `docs` is not installed")
pytest.importorskip("tools.site", reason="the documents are built in the repository")

from tools.site import build


def test_the_search_works_from_a_folder(tmp_path, new_context):
    build(tmp_path / "site")
    page = new_context(viewport={"width": 390, "height": 800}).new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(error))
    page.goto((tmp_path / "site" / "tutorials" / "student.html").as_uri())
    page.wait_for_function("[...document.body.children].some(one => one.shadowRoot?.querySelector('input'))")
    page.locator("label[for=__search]").first.click()
    page.keyboard.type("catchment")
    page.locator("a[href$='glossary.html#glossary']").click()
    page.wait_for_url("**/reference/glossary.html*")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not errors and {address.partition(":")[0] for address in asked} <= {"file", "about"}
