"""Mesa's own view: it keeps the visit, and the page works without its libraries."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from test_page_doors import LOCAL, NoPool, answer

from sim.page import mesa_mount
from sim.page.server import application
from sim.scenario import Scenario, load_scenario


@pytest.fixture(scope="module")
def presets(small) -> dict[str, Scenario]:
    return {"today": small, "ten-hubs-2027": load_scenario("builtin:ten-hubs-2027")}


def test_the_model_of_mesas_page_is_that_of_the_visit(presets):
    pytest.importorskip("solara", reason="the extra `mesa-page` is not installed")
    from sim.page import mesa_view

    mesa_view.offer(presets, "ten-hubs-2027")
    visit = mesa_view.visit_of("policy=today&seed=7&fairs.places=260&lang=fr")
    model = mesa_view.ShownModel(visit.policy.key, visit.seed, {visit.policy.key: visit.policy, **presets})
    assert model.scenario.values["fairs.places"] == 260
    assert (model.seed_number, model.scenario.digest) == (7, presets["today"].with_values({"fairs.places": 260}).digest)
    assert mesa_view.visit_of(None).preset == "ten-hubs-2027"


def test_without_its_libraries_the_room_says_how_to_install_them(presets, monkeypatch):
    monkeypatch.setattr(mesa_mount, "LIBRARIES", ("a_library_that_is_not_there",))
    page = application(presets, "today", "127.0.0.1", NoPool())
    status, _, text = answer(page, "/mesa", LOCAL)
    assert status == 200 and "<iframe" not in text and "hubsim[mesa-page]" in text
    assert answer(page, "/watch", LOCAL)[0] == 200
    assert answer(page, "/solara/", LOCAL)[0] == 404


@pytest.mark.parametrize(
    ("browser", "query", "spoken"),
    [("fr-MA,fr;q=0.9,en;q=0.8", "", "fr"), ("ar", "", "ar"), ("de, ar;q=0.5", "", "ar"), ("de", "", "en"),
     ("fr", "lang=ar", "ar"), ("", "", "en")],
)  # fmt: skip
def test_a_first_visit_is_in_the_browsers_language(presets, browser, query, spoken):
    page = application(presets, "today", "127.0.0.1", NoPool())
    status, headers, text = answer(page, "/watch", LOCAL | {"accept-language": browser}, query)
    assert status == 200 and f'<html lang="{spoken}"' in text
    assert "Accept-Language" in headers["vary"]
