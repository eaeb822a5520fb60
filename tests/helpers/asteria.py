"""All that a person reads of the invented country, in three languages, written as text into a folder.

    HUBSIM_DATA=examples/asteria/data python tests/helpers/asteria.py FOLDER

It is a program of its own, because a process has one country.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

from design_worlds import run_numbers
from typer.testing import CliRunner

import sim
from sim.cli.main import app
from sim.figures import style
from sim.page.files import experiment, uploaded
from sim.page.page import ROOMS, page_data
from sim.page.sentences import SUBJECTS, sentences_of
from sim.page.visit import read
from sim.report.page import page
from sim.report.text import table
from sim.scenario import load_scenario
from sim.studies.experiment import load_experiment
from sim.studies.lookup import base_policy
from sim.studies.parameter_robustness import SIX_AND_TEN
from sim.studies.single import run_single
from sim.studies.statistics import Effect
from sim.studies.sweep import sweep
from sim.words.language import LANGUAGES, language

SCENARIOS = Path(__file__).parents[2] / "examples" / "asteria" / "scenarios"
SHORT = {"time.start": "2020-01", "time.end": "2030-06"}
STUDY = """base: scenarios/today.yaml
replications: 2
design: grid
outcomes: [survivors_5y, cost]
factors:
  accompaniment.hours_per_startup: [4, 8, 12]
  accompaniment.remote_fraction: [0, 0.25, 0.5]
"""
WRONG = """extends: scenarios/today.yaml
population: {initial_cash: a lot, initial_revenue: -1}
"""
THREE = "extends: scenarios/today.yaml\nnetwork: {hubs_by_2027: 3}\n"
COMMANDS = {
    "show": "show {folder}/scenarios/two-hubs.yaml",
    "scenario-schema": "schema scenario",
    "experiment-schema": "schema experiment",
    "check": "check {folder}/wrong.yaml",
    "check-experiments": "check {folder}/experiment-today.yaml {folder}/experiment-two-hubs.yaml",
    "month": "month",
    "scenarios": "scenarios",
    "unknown": "run ten-hubs-2027",
    "range": "check {folder}/three-hubs.yaml",
    "set": "run {folder}/scenarios/today.yaml --parameters evidence-weighted",
}
"""What the terminal says without any world, by the file that it is written to."""


def main(folder: Path) -> None:
    """Run, compare, sweep, report, open the page, and call commands."""
    style._SETTINGS["svg.fonttype"] = "none"  # figures keep their text as text
    scenarios = [load_scenario(str(SCENARIOS / f"{name}.yaml")).with_values(SHORT) for name in ("today", "two-hubs")]
    scenarios[1] = scenarios[1].with_values({}, key=SIX_AND_TEN[1])  # a name that a policy of Morocco has, too
    compared = sim.compare(scenarios, replications=2, workers=1, out=folder / "compared")
    single = run_single(scenarios[1], out=folder / "single")
    shutil.copytree(SCENARIOS, folder / "scenarios")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    swept = sweep(load_experiment(folder / "study.yaml"), workers=1, out=folder / "swept", runner=run_numbers)
    said = {"terminal.txt": "\n".join(str(table(result)) for result in (compared, single, swept))}
    presets = {one.key: one for one in map(load_scenario, map(str, sorted(SCENARIOS.glob("*.yaml"))))}
    for key in presets:
        asked = read({"policy": key, "fairs.places": "30"}, presets, "today")
        file = folder / f"experiment-{key}.yaml"
        file.write_text(experiment(asked, {"accompaniment.hours_per_startup": [4, 8]}, language("fr")), "utf-8")
        said[f"same-{key}.txt"] = str(load_experiment(file).base.digest == asked.policy.digest)
    mine = b"extends: today.yaml\nfairs: {places: 30}\n"
    said["uploaded.txt"] = str(uploaded(mine, "mine.yaml", presets, language("ar")))
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    (folder / "three-hubs.yaml").write_text(THREE, encoding="utf-8")
    os.chdir(folder)
    for name, command in COMMANDS.items():
        said[f"{name}.txt"] = CliRunner().invoke(app, [word.format(folder=folder) for word in command.split()]).output
    said["compared-folder.txt"] = "\n".join(sorted(path.name for path in compared.folder.iterdir()))
    said["base.txt"] = base_policy()
    (folder / "baseless" / "scenarios").mkdir(parents=True)
    shutil.copy(SCENARIOS / "today.yaml", folder / "baseless" / "scenarios" / "only.yaml")
    os.chdir(folder / "baseless")
    said["baseless.txt"] = CliRunner().invoke(app, ["view", "--port", "0"]).output
    os.chdir(Path(__file__).parents[2])
    said["clone.txt"] = CliRunner().invoke(app, ["view", "--port", "0"]).output
    picture = SimpleNamespace(
        shown={"same": False, "worlds": 2, "wanted": 4},
        effects={name: Effect(3.0, 3.0, 2.0, 5.0, 0.99, 0.1, 8, 4, verdict="clear") for name in SUBJECTS},
        channels={},
    )
    presets = {one.key: one for one in scenarios}
    for code in LANGUAGES:
        for result in (compared.folder, swept.folder):
            said[f"{result.name}-{code}.html"] = page(result, code)
        visit = read({"lang": code}, presets, SIX_AND_TEN[1])
        rooms = {room: page_data(visit, presets, room) for room in ROOMS}
        told = sentences_of(picture, language(code), "2030")
        said[f"page-{code}.json"] = json.dumps([rooms, told], ensure_ascii=False)
    for name, text in said.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
