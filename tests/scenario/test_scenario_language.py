"""The meaning of scenario files: inheritance, origins, history, overrides, round trips, schema."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.cli.check_file import check_file
from sim.declare import Block, Mechanism, parameter
from sim.declare.plugins import RESERVED_KEYS
from sim.processes import BLOCKS
from sim.processes.network import Opening
from sim.scenario import (
    ScenarioError,
    Schema,
    builtin_experiments,
    builtin_scenarios,
    load_scenario,
    scenario_schema,
    schema,
    show_rows,
)
from sim.scenario.loading import builtin_folder

TODAY = "name: Today\nfairs: {places: 150}\n"
TEN = """\
extends: today.yaml
name: {en: Ten hubs, fr: Dix sites, ar: عشرة}
description: {fr: La feuille de route}
network:
  openings:
    - {hub: Fès, opens: 2026-07, places: 66}
    - {hub: Oujda, opens: 2026-10}
accompaniment:
  mix: {finance: 0.5, market_access: 0.25, skills: 0.25}
"""
DEEP = """\
extends: sub/../ten.yaml
network:
  openings: [{hub: Nador, opens: 2027-01, places: 40}]
fairs: {noise: 1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scenarios").mkdir()
    for name, text in {"today": TODAY, "ten": TEN, "deep": DEEP}.items():
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> str:
    (folder / "scenarios" / "plan.yaml").write_text(text, encoding="utf-8")
    return "scenarios/plan.yaml"


def test_maps_merge_and_lists_replace(folder: Path) -> None:
    deep = load_scenario("scenarios/deep.yaml")
    assert [opening.hub for opening in deep.parameters.network.openings] == ["Nador"]
    assert deep.parameters.accompaniment.mix.finance == 0.5
    assert (deep.parameters.fairs.places, deep.parameters.fairs.noise) == (150, 1.0)


def test_every_value_has_its_origin(folder: Path) -> None:
    origins = {path: str(origin) for path, origin in load_scenario("scenarios/deep.yaml").origins.items()}
    assert origins["network.openings"] == "scenarios/deep.yaml:3:3"
    assert origins["fairs.noise"] == "scenarios/deep.yaml:4:16"
    assert origins["accompaniment.mix.skills"] == "scenarios/ten.yaml:9:52"
    assert origins["fairs.places"] == "scenarios/today.yaml:2:17"
    assert origins["time.end"] == "default"
    assert set(origins) == set(schema().declarations)


def test_show_rows_say_unit_origin_and_source(folder: Path) -> None:
    rows = {row.path: row for row in show_rows(load_scenario("scenarios/deep.yaml"))}
    assert rows["fairs.noise"][1:4] == (1.0, "0-1", "scenarios/deep.yaml:4:16")
    assert rows["fairs.noise"].source.startswith("chosen; default 0.3, assumed: ")
    assert rows["admission.stay"].origin == "default"
    assert rows["admission.stay"].source.startswith("source: ")


def test_names_are_not_inherited_and_fall_back(folder: Path) -> None:
    ten, deep = load_scenario("scenarios/ten.yaml"), load_scenario("scenarios/deep.yaml")
    assert [ten.title(language) for language in ("en", "fr", "ar", "de")] == [
        "Ten hubs",
        "Dix sites",
        "عشرة",
        "Ten hubs",
    ]
    assert ten.describe("en") == "La feuille de route"
    assert (deep.title(), deep.describe(), deep.key) == ("deep", "", "deep")


def test_months(folder: Path) -> None:
    today = load_scenario("scenarios/today.yaml")
    assert (today.start, today.present, today.end) == ("2010-01", "2024-06", "2034-12")
    assert (today.months, today.present_months) == (300, 174)


def test_history_keeps_levers_at_their_defaults(folder: Path) -> None:
    today = load_scenario(write(folder, "name: a\n"))
    ten = load_scenario("scenarios/ten.yaml")
    assert ten.history.network.openings is None
    assert ten.history.fairs.places == today.parameters.fairs.places == 200
    assert ten.history_digest == today.history_digest
    assert ten.digest != today.digest
    later = today.with_values({"time.end": "2040-12"})
    assert later.history_digest == today.history_digest
    science = today.with_values({"competence.learning": 0.04, "contacts.enabled": False})
    assert science.history.competence.learning == 0.04
    assert science.history_digest != today.history_digest


def test_overrides(folder: Path) -> None:
    ten = load_scenario("scenarios/ten.yaml")
    changed = ten.with_values(
        {
            "accompaniment.hours_per_startup": np.float64(16),
            "fairs.places": np.int64(120),
            "network.openings": (Opening(hub="Tiznit", opens="2026-05"),),
            "accompaniment.mix": {"contacts": 2},
        },
        key="ten-deeper",
    )
    assert changed.key == "ten-deeper"
    assert changed.parameters.accompaniment.hours_per_startup == 16
    assert changed.parameters.network.openings[0].hub == "Tiznit"
    assert changed.parameters.accompaniment.mix.finance == 0.5
    assert str(changed.origins["fairs.places"]) == "fairs.places"
    assert [path for path, _, _ in changed.diff(ten)] == [
        "network.openings",
        "accompaniment.hours_per_startup",
        "accompaniment.mix.contacts",
        "fairs.places",
    ]
    assert changed.with_values({"network.openings": None}).parameters.network.openings is None


def test_wrong_overrides_carry_their_path(folder: Path) -> None:
    today = load_scenario("scenarios/today.yaml")
    with pytest.raises(ScenarioError) as raised:
        today.with_values({"fairs.places": "many", "missions.per_year": 13, "network.hubs_by_2027": True})
    places = {line.split(": ")[0] for line in str(raised.value).splitlines()}
    assert places == {"fairs.places", "missions.per_year", "network.hubs_by_2027"}
    with pytest.raises(ScenarioError, match=r"did you mean 'fairs\.places'"):
        today.with_values({"fairs.place": 3})
    with pytest.raises(ScenarioError, match="sum to 1"):
        today.with_values({"accompaniment.mix.finance": 0.9})
    with pytest.raises(ScenarioError, match="cannot be a value"):
        today.with_values({"fairs.places": object()})


def test_scenarios_travel(folder: Path) -> None:
    ten = load_scenario("scenarios/ten.yaml")
    copy = pickle.loads(pickle.dumps(ten))
    assert copy == ten
    assert hash(copy) == hash(ten)
    assert copy.origins == ten.origins
    assert len(pickle.dumps(ten)) < 5000
    assert pickle.loads(pickle.dumps(ten.parameters)) == ten.parameters
    with pytest.raises(ScenarioError) as raised:
        check_file("scenarios/no.yaml")
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


@pytest.mark.parametrize("origins", [False, True])
def test_a_written_scenario_loads_as_itself(folder: Path, origins: bool) -> None:
    deep = load_scenario("scenarios/deep.yaml")
    (folder / "resolved").mkdir()
    (folder / "resolved" / "deep.yaml").write_text(deep.to_yaml(origins=origins), encoding="utf-8")
    again = load_scenario("resolved/deep.yaml")
    assert again == deep
    assert again.as_dict() == deep.as_dict()
    assert ("# scenarios/ten.yaml:9:" in deep.to_yaml(origins=origins)) == origins


def test_the_format_of_a_file_is_no_value_of_the_scenario(folder: Path) -> None:
    plain = load_scenario("scenarios/deep.yaml")
    for name, text in {"ten": TEN, "deep": DEEP}.items():
        (folder / "scenarios" / f"{name}.yaml").write_text(f"format: 1\n{text}", encoding="utf-8")
    said = load_scenario("scenarios/deep.yaml")
    assert (said, said.digest, said.as_dict()) == (plain, plain.digest, plain.as_dict())
    assert said.to_yaml() == plain.to_yaml() and said.to_yaml().startswith("format: 1\ntime:\n")


def test_every_packaged_file_says_its_format() -> None:
    files = [Path(path) for _, path in [*builtin_scenarios(), *builtin_experiments()]]
    files += (builtin_folder() / "parameters").glob("*.yaml")
    assert len(files) > 20
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert next(line for line in lines if not line.startswith("#")) == "format: 1", file


def test_printing_is_short(folder: Path) -> None:
    assert str(load_scenario("scenarios/deep.yaml")).splitlines() == [
        "deep (deep): 2010-01 to 2034-12, policies act after 2024-06",
        "  network.openings = Nador 2027-01 40",
        "  accompaniment.mix.finance = 0.5 share",
        "  accompaniment.mix.market_access = 0.25 share",
        "  accompaniment.mix.skills = 0.25 share",
        "  fairs.places = 150 startups/year",
        "  fairs.noise = 1.0 0-1",
    ]


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("fairs: {places: 0x10}", "fairs.places", 16),
        ("fairs: {places: 0o10}", "fairs.places", 8),
        ("fairs: {places: +5}", "fairs.places", 5),
        ("fairs: {noise: 1}", "fairs.noise", 1.0),
        ("fairs: {noise: .5}", "fairs.noise", 0.5),
        ("fairs: {noise: 5e-1}", "fairs.noise", 0.5),
        ("fairs: {enabled: False}", "fairs.enabled", False),
        ("time: {end: 2026-07}", "time.end", "2026-07"),
        ("time: {end: '2026-07'}", "time.end", "2026-07"),
        ("network: {openings: ~}", "network.openings", None),
        ("network: {openings: []}", "network.openings", []),
        ("---\nfairs:\r\n  places: 7\r\n...\n", "fairs.places", 7),
        ("\ufefffairs: {places: 7}", "fairs.places", 7),
    ],
)
def test_yaml_1_2(folder: Path, text: str, path: str, value: object) -> None:
    found = load_scenario(write(folder, text)).values[path]
    assert found == value
    assert type(found) is type(value)


def test_words_that_yaml_1_1_read_as_truths_are_text(folder: Path) -> None:
    assert load_scenario(write(folder, "name: no\ndescription: on\n")).title() == "no"


def test_letters_with_accents_may_be_composed_or_not(folder: Path) -> None:
    text = "network: {openings: [{hub: Fe\u0300s, opens: 2026-07}]}\n"
    assert load_scenario(write(folder, text)).parameters.network.openings[0].hub == "Fès"


def test_a_hub_that_opens_after_the_end_is_allowed(folder: Path) -> None:
    load_scenario(write(folder, "network: {openings: [{hub: Fès, opens: 2050-01}]}\n"))


def test_a_hub_of_the_roadmap_may_close(folder: Path) -> None:
    load_scenario(write(folder, "network: {hubs_by_2027: 7, closures: [{hub: Fès, closes: 2030-01}]}\n"))


def test_builtin_scenarios_come_along() -> None:
    keys = [key for key, _ in builtin_scenarios()]
    assert keys[0] == "today"
    assert load_scenario("builtin:today").key == "today"
    pasts = {load_scenario(path).history_digest for _, path in builtin_scenarios()}
    assert len(pasts) == 1, "packaged policies differ only after present"


def test_a_scenario_anywhere_may_extend_a_builtin_one(folder: Path) -> None:
    assert load_scenario(write(folder, "extends: builtin:today\nfairs: {places: 7}\n")).parameters.fairs.places == 7


def test_check_counts_values(folder: Path) -> None:
    assert check_file("scenarios/today.yaml") == len(schema().declarations)


def test_a_schema_of_other_blocks(folder: Path) -> None:
    class Levels(Block):
        low: float = parameter(1.0, unit="m", low=0, high=2, meaning="Low.", origin="assumed: a test")

    class Dam(Mechanism):
        levels: Levels = Levels()

    other = Schema({"dam": Dam}, schema().hub_names)
    assert load_scenario(write(folder, "dam: {levels: {low: 2}}\n"), other).parameters.dam.levels.low == 2
    with pytest.raises(
        ScenarioError, match=r"plan\.yaml:1:21: dam\.levels\.low is 3, but must be a number from 0 to 2"
    ):
        load_scenario(write(folder, "dam: {levels: {low: 3}}\n"), other)


def test_the_json_schema_carries_unit_origin_and_meaning() -> None:
    document = scenario_schema()
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert not document["additionalProperties"]
    blocks = document["properties"]
    assert tuple(blocks) == (*RESERVED_KEYS, *BLOCKS)
    assert (blocks["format"]["type"], blocks["format"]["const"]) == ("integer", 1)
    accompaniment = document["$defs"][blocks["accompaniment"]["$ref"].rpartition("/")[2]]
    hours = accompaniment["properties"]["hours_per_startup"]
    assert (hours["unit"], hours["minimum"], hours["maximum"]) == ("h/month", 0, 80)
    assert hours["description"]
    assert hours["origin"].startswith("assumed: ")
    admission = document["$defs"][blocks["admission"]["$ref"].rpartition("/")[2]]
    assert admission["properties"]["rule"]["enum"] == ["queue", "ranked"]
    assert document["$defs"]["Opening"]["properties"]["opens"]["pattern"].startswith("^(19|20|21)")


def test_importing_the_language_is_light() -> None:
    heavy = ("mesa", "pandas", "scipy", "numpy")
    code = f"import sys, sim.scenario; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_declarations_of_processes_do_not_load_what_runs_them() -> None:
    code = "import sys, sim.processes; print([name for name in ('mesa', 'pandas') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
