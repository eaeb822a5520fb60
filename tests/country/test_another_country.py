"""What people read of another country names nothing of Morocco, in any language."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim.country.data import table
from sim.words.language import LANGUAGES, language

pytest.importorskip("starlette", reason="the extra `app` is not installed")

ROOT = Path(__file__).parents[2]
ASTERIA = ROOT / "examples" / "asteria" / "data"
ALSO = (
    "Morocco", "Moroccan", "Maroc", "marocain", "marocaine", "المغرب", "المغربية", "بالمغرب",
    "Technopark", "Technoparks", "E-Technopark", "تكنوبارك", "MAD", "kMAD", "dirham", "dirhams", "DH", "MDH", "kDH",
    "درهم", "GITEX", "Intelaka", "Innov Invest", "Tamwilcom", "MITC",
)  # fmt: skip
"""The country, its network, its programmes and its money; places and funders are in its tables."""


def moroccan_names() -> set[str]:
    """Places and funders of the tables, as they are called in every language, and `ALSO`."""
    found = {*ALSO, *table("funders")["funder"]}
    for name, key in (("regions", "region"), ("cities", "city"), ("hubs", "hub")):
        found |= {language(code).place(place) for place in table(name)[key] for code in LANGUAGES}
    return found - {"الجديدة"}  # El Jadida in Arabic, which is also the word for what is new


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> dict[str, str]:
    """All texts about Asteria, by file."""
    folder = tmp_path_factory.mktemp("asteria")
    program = ROOT / "tests" / "helpers" / "asteria.py"
    environment = os.environ | {"HUBSIM_DATA": str(ASTERIA)}
    subprocess.run([sys.executable, str(program), str(folder)], env=environment, check=True)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def test_nothing_of_morocco_is_named(texts):
    names = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, moroccan_names()), key=len, reverse=True))})\b")
    assert names.search("Residents outside Casablanca and Rabat") and names.search("10 مليون درهم")
    found = {name: sorted(set(names.findall(text))) for name, text in texts.items()}
    assert {name: named for name, named in found.items() if named} == {}


@pytest.mark.parametrize(("code", "own"), [
    ("en", ("Startup hubs of Asteria", "ASC", "crowns", "outside Coast", "Hills")),
    ("fr", ("Pôles de startups d’Astérie", "MASC", "couronnes", "hors de Côte", "Collines", "les pôles")),
    ("ar", ("مراكز الشركات الناشئة بأستريا", "كراون", "خارج الساحل", "التلال")),
])  # fmt: skip
def test_what_is_the_countrys_own_stands_in_its_place(texts, code, own):
    page, report = texts[f"page-{code}.json"], texts[f"compared-{code}.html"]
    assert all(word in page + report for word in own)
    assert language(code)("set by the scenario") in report
    assert "<svg" in report and "<text" in report, "the words of figures are looked at too"
    assert "http" not in report, "no source of Morocco's tables is cited"


def test_the_terminal_names_the_countrys_money_and_no_source_of_another(texts):
    assert "kASC/month" in texts["show.txt"] and "found for another country" in texts["show.txt"]
    assert "kASC" in texts["scenario-schema.txt"] and "ASC million" in texts["experiment-schema.txt"]
    assert "write only a number, in kASC" in texts["check.txt"] and "(unit kASC/month" in texts["check.txt"]


def test_commands_know_the_countrys_own_policies_by_name(texts):
    listed = texts["scenarios.txt"]
    assert "Asteria today" in listed and "two-hubs" in listed and "Ten hubs" not in listed
    assert "decisions of another country" in listed and ":1" not in listed, "no mistakes in files of another country"
    possible, missing = listed.splitlines()[-2:]
    assert "six-hubs-deeper" in possible and "ten-hubs-2027" in missing
    assert "another country's: builtin:ten-hubs-2027" in texts["unknown.txt"]


def test_the_roadmap_of_the_country_limits_the_number_of_hubs(texts):
    assert "network.hubs_by_2027 is 3, but must be a whole number from 1 to 2" in texts["range.txt"]
    assert "network.hubs_by_2027" in texts["page-en.json"], "it has a slider"


def test_named_sets_belong_to_the_calibration_of_the_packaged_country(texts):
    assert "differences.csv" in texts["compared-folder.txt"] and "parameter-sets" not in texts["compared-folder.txt"]
    assert "belongs to the calibration of another country" in texts["set.txt"]


def test_the_page_compares_with_the_countrys_own_base_policy(texts):
    assert texts["base.txt"] == "scenarios/today.yaml", "in the folder of Asteria's policies"
    told = "there is no scenarios/today.yaml here, with which policies are compared"
    assert told in " ".join(texts["baseless.txt"].split())
    assert "Traceback" not in texts["baseless.txt"]
    assert "there is no" in texts["clone.txt"], "a clone's scenarios are Morocco's"


def test_files_of_the_page_hold_the_policies_of_the_country(texts):
    """Those that have the name of a packaged policy, too: an experiment for `sweep`, and a file that is brought."""
    assert texts["check-experiments.txt"].count("ok") == 2
    assert texts["same-today.txt"] == texts["same-two-hubs.txt"] == "True"
    assert texts["uploaded.txt"] == "('today', {'fairs.places': 30})"


def test_a_country_without_its_own_words_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "data").mkdir()
    for file in ASTERIA.glob("*.csv"):
        text = file.read_text(encoding="utf-8")
        text = re.sub("^currency,.*\n", "", text, flags=re.MULTILINE) if file.stem == "country" else text
        (tmp_path / "data" / file.name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", "from sim.country.data import check_country; check_country()"]
    environment = os.environ | {"HUBSIM_DATA": str(tmp_path / "data")}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "country.csv:1:1: there is no row 'currency'" in told.stderr
