"""The controls of the page: every declared parameter, own references, the map of the hub network."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from sim.cli.check_file import check_file
from sim.country.geography import geography
from sim.country.hubs import roadmap
from sim.page import visit, worker
from sim.page.files import experiment, uploaded
from sim.page.network import network
from sim.page.parameters import parameters
from sim.scenario import load_scenario
from sim.scenario.schema import schema
from sim.studies.experiment import load_experiment
from sim.words.language import LANGUAGES, language


@pytest.fixture(scope="module")
def presets() -> dict:
    return {key: load_scenario(f"builtin:{key}") for key in ("today", "ten-hubs-2027")}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_declared_parameter_is_described_in_every_language(code):
    found, t = parameters(code), language(code)
    declared = schema().declarations
    assert [one["path"] for one in found["parameters"]] == list(declared)
    assert set(found["groups"]) == {path.partition(".")[0] for path in declared}
    for one in found["parameters"]:
        own = declared[one["path"]]
        assert one["meaning"] == t(own.meaning) and one["origin"]
        assert one["because"] or one["links"], one["path"]
        assert (one["kind"] == "choice") == bool(one["choices"])
        assert one["label"] == t(own.label)
    by_path = {one["path"]: one for one in found["parameters"]}
    assert by_path["network.openings"]["kind"] == "list" and by_path["time.end"]["kind"] == "month"
    assert by_path["closure.rate"]["equations"][0].startswith("h = h0 exp(")
    assert by_path["network.hubs_by_2027"]["kind"] == "whole" and by_path["closure.enabled"]["kind"] == "switch"


def test_equations_are_the_lines_of_the_process_that_name_the_symbol():
    found = parameters("en")
    with_lines = [one for one in found["parameters"] if one["equations"]]
    assert len(with_lines) >= 80
    for one in with_lines:
        assert set(one["equations"]) <= set(found["groups"][one["path"].partition(".")[0]]["equations"])
        assert all((one["symbol"] or one["path"].rpartition(".")[2]) in line for line in one["equations"])


def test_the_map_has_the_cities_where_their_cells_are():
    found, country = network("en"), geography()
    assert [city["name"] for city in found["cities"]] == list(country.cities)
    cells = [(column + 0.5 * (row % 2), row * 3**0.5 / 2) for column, row in map(tuple, country.city_cell)]
    away = [
        ((city["x"] - x) ** 2 + (city["y"] - y) ** 2) ** 0.5
        for city, (x, y) in zip(found["cities"], cells, strict=True)
    ]
    assert sorted(away)[len(away) // 2] < 0.6, "most lie in the hexagon that holds them"
    assert [hub["hub"] for hub in found["roadmap"]] == list(roadmap())


def test_an_address_changes_the_reference_too_and_both_have_files(presets, tmp_path):
    query = {
        "policy": "ten-hubs-2027",
        "closure.enabled": "false",
        "against.closure.enabled": "false",
        "against.accompaniment.hours_per_startup": "4",
    }
    here = visit.read(query, presets, "today")
    assert not here.policy.values["closure.enabled"] and not here.against.values["closure.enabled"]
    assert here.policy.history_digest == here.against.history_digest
    assert here.command.startswith("hubsim compare today-reference.yaml ten-hubs-2027-changed.yaml")
    assert visit.read(dict(_pairs(here.query)), presets, "today").against.digest == here.against.digest
    for side, scenario in (("policy", here.policy), ("against", here.against)):
        file = tmp_path / f"{scenario.key}.yaml"
        file.write_text(visit.as_file(here, side), encoding="utf-8")
        assert load_scenario(file).digest == scenario.digest


def _pairs(query: str) -> list:
    from urllib.parse import parse_qsl

    return parse_qsl(query)


def test_a_wrong_value_is_told_by_its_name_and_stays_in_the_address(presets):
    asked = {"closure.rate": "9", "fairs.places": "250", "against.admission.rule": "rankd", "time.end": "2099-01"}
    here = visit.read(asked, presets, "today")
    assert set(here.wrong) == {"closure.rate", "against.admission.rule", "time.end"}
    assert "from 0 to 0.2" in here.wrong["closure.rate"] and "'ranked'" in here.wrong["against.admission.rule"]
    assert here.changes == {"fairs.places": 250} and here.base_changes == {}
    mix = visit.read({"lang": "fr", "accompaniment.mix.finance": "0.9"}, presets, "today")
    assert "doivent avoir pour somme 1" in mix.mistakes[0] and "must" not in mix.mistakes[0]
    again = visit.read(dict(_pairs(here.query)), presets, "today")
    assert again.typed == here.typed and again.wrong == here.wrong


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_scenario_file_becomes_a_state_of_the_page_or_its_mistakes_are_told(presets, code):
    t = language(code)
    mine = b"extends: ten-hubs-2027.yaml\nfairs: {places: 250}\nclosure: {enabled: false}\n"
    policy, changes = uploaded(mine, "mine.yaml", presets, t)
    assert (policy, changes) == ("ten-hubs-2027", {"fairs.places": 250, "closure.enabled": False})
    with pytest.raises(visit.AddressError) as refused:
        uploaded(b"fairs: {places: -1}\nfars: {places: 1}\n", "../mine.yaml", presets, t)
    lines = str(refused.value).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["mine.yaml:1:17:", "mine.yaml:2:1:"]
    assert ("but must be" in lines[0]) == (code == "en") and "/tmp" not in str(refused.value)
    with pytest.raises(visit.AddressError) as refused:
        uploaded(b"extends: ../../../etc/passwd\n", "x" * 500, presets, t)
    assert "hubsim-" not in str(refused.value), "where the server keeps it is nobody's business"


def test_the_experiment_of_a_visit_is_one_that_sweep_takes(presets, tmp_path):
    here = visit.read({"policy": "ten-hubs-2027", "fairs.places": "250", "seed": "3"}, presets, "today")
    ranges = {"accompaniment.hours_per_startup": {"from": 2, "to": 16, "steps": 8}, "network.hubs_by_2027": [6, 8]}
    file = tmp_path / "experiment.yaml"
    file.write_text(experiment(here, ranges, language("fr")), encoding="utf-8")
    assert check_file(file) > 0
    found = load_experiment(file)
    assert (found.size, found.seed, found.replications) == (16, 3, worker.REPLICATIONS)
    assert found.base.digest == here.policy.digest
    own = tmp_path / "mine.yaml"
    own.write_text(
        "extends: builtin:ten-hubs-2027\nfairs: {places: 250}\nclosure: {rate: 0.004}\n"
        "network:\n  closures: [{hub: Tanger, closes: 2029-01}]\n"
        "  openings: [{hub: Taza, opens: 2028-03, places: 33, mentor_hours: 9}]\n"
    )
    here = visit.read({"policy": "mine", "missions.per_year": "2"}, presets | {"mine": load_scenario(own)}, "mine")
    own.unlink()
    file.write_text(experiment(here, {"accompaniment.hours_per_startup": [4, 8]}, language("ar")), encoding="utf-8")
    assert check_file(file) > 0, "nothing beside it is needed"
    assert load_experiment(file).base.digest == here.policy.digest
    with pytest.raises(visit.AddressError, match=r"fairs\.places\.to vaut 2, mais doit dépasser from"):
        experiment(here, {"fairs.places": {"from": 9, "to": 2, "steps": 3}}, language("fr"))
