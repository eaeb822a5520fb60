"""Names are the same however their accents are composed: of files, policies, hubs, and in addresses."""

from __future__ import annotations

import unicodedata

import pytest

import sim
from sim.cli.check_file import check_file
from sim.cli.main import commands
from sim.page import visit
from sim.scenario import ScenarioError
from sim.studies.lookup import load_all, with_reference
from sim.system.text import composed, on_disk

TODAY = "name: Today\ntime: {start: 2016-01, present: 2016-06, end: 2017-06}\n"
FES = "extends: today.yaml\nname: Fès\nnetwork:\n  openings: [{hub: Fès, opens: 2016-09}]\n"
FORMS = ("NFC", "NFD")


def in_form(form, text):
    return unicodedata.normalize(form, text)


@pytest.fixture(params=FORMS)
def project(request, tmp_path, monkeypatch):
    """A project whose files are named by one system, with text in the form of the other."""
    other = next(form for form in FORMS if form != request.param)
    for folder in ("scenarios", "experiments"):
        (tmp_path / folder).mkdir()
    scenarios = tmp_path / "scenarios"
    (scenarios / "today.yaml").write_text(TODAY, encoding="utf-8")
    (scenarios / in_form(request.param, "Fès.yaml")).write_text(in_form(other, FES), encoding="utf-8")
    child = in_form(other, "extends: Fès.yaml\nname: Child\n")
    (scenarios / "child.yaml").write_text(child, encoding="utf-8")
    study = "base: ../scenarios/Fès.yaml\nfactors:\n  accompaniment.hours_per_startup: [4, 8]\n"
    (tmp_path / "experiments" / in_form(request.param, "été.yaml")).write_text(in_form(other, study), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("form", FORMS)
def test_one_name_finds_one_file(project, form):
    name = in_form(form, "Fès")
    by_name, by_path, child = load_all([name, f"scenarios/{name}.yaml", "child"])
    assert by_name == by_path and by_name.key == by_name.name == "Fès"
    assert by_name.parameters.network.openings[0].hub == "Fès" and child.digest == by_name.digest
    assert [one.key for one in with_reference([by_name], name)[0]] == ["Fès"]
    assert commands.load_named_experiment(in_form(form, "été")).key == "été"
    assert check_file(f"experiments/{in_form(form, 'été')}.yaml") == 3


@pytest.mark.parametrize("form", FORMS)
def test_values_keys_and_addresses_are_composed(today, form):
    opening = {"hub": in_form(form, "Fès"), "opens": "2026-07"}
    changed = today.with_values({"network.openings": [opening]}, key=in_form(form, "été"))
    assert changed.key == "été" and changed.values["network.openings"][0]["hub"] == "Fès"
    asked = {"policy": in_form(form, "été"), "network.openings": in_form(form, '[{"hub": "Fès", "opens": "2026-07"}]')}
    seen = visit.read(asked, {"today": today, "été": changed}, "today")
    assert seen.policy.digest == changed.digest and seen.preset == "été"


ENCODED = {
    "a byte-order mark and line ends of Windows": ("\ufeff" + TODAY.replace("\n", "\r\n")).encode(),
    "line ends of old Macs": TODAY.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("how", ENCODED)
def test_a_scenario_may_come_from_another_system(tmp_path, how):
    (tmp_path / "a.yaml").write_bytes(TODAY.encode())
    (tmp_path / "b.yaml").write_bytes(ENCODED[how])
    assert sim.load_scenario(tmp_path / "b.yaml").digest == sim.load_scenario(tmp_path / "a.yaml").digest


@pytest.mark.parametrize(
    ("encoding", "told"), [("cp1252", "a.yaml:2:8: .*not UTF-8"), ("utf-16", "1:1: .*UTF-16"), ("utf-16-le", "UTF-16")]
)
def test_another_encoding_is_told_where_it_begins(tmp_path, encoding, told):
    (tmp_path / "a.yaml").write_bytes("description: d\nname: Fès\n".encode(encoding))
    with pytest.raises(ScenarioError, match=told):
        sim.load_scenario(tmp_path / "a.yaml")


def test_what_is_not_on_the_disk_stays_as_it_was_named(tmp_path):
    for name in ("è/à.yaml", "è" * 3000, "a\0è", "", "è"):
        assert on_disk(name) == name
    (tmp_path / composed("é")).mkdir()
    (tmp_path / composed("é") / "à").touch()
    assert on_disk(str(tmp_path / in_form("NFD", "é") / in_form("NFD", "à"))) == str(tmp_path / "é" / "à")
