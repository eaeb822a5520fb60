"""Folders of users: of another program, damaged, older, with own policies, or without a clone."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, run_fake
from typer.main import get_command

from sim.cli.main import app
from sim.errors import StudyError
from sim.scenario import ScenarioError, load_scenario
from sim.studies.comparison import compare
from sim.studies.experiment import load_experiment
from sim.studies.lookup import locate, locate_experiment, policies
from sim.studies.store import ResultStore

ROOT = Path(__file__).parents[2]
READERS = (
    ["report", "result"], ["sensitivity", "result"], ["discover", "result", "--outcome", "export_rate", "--below", "1"],
    ["merge", "result", "--out", "merged"], ["sweep", "hubs-by-intensity", "--status", "--out", "result"],
    ["sweep", "hubs-by-intensity", "--out", "result"], ["explain", "today", "--out", "result"],
    ["compare", "today", "no-hubs", "--out", "result"], ["run", "today", "--out", "result"],
)  # fmt: skip
FOREIGN = {
    "list": b"[1, 2]", "null": b"null", "number": b"3", "text": b'"x"', "empty": b"", "deep": b"[" * 100_000,
    "binary": b"\x00\xff\xfe\x80PK", "other": b'{"name": "an app", "icons": [], "scenarios": "x"}',
    "older": b'{"format": 0, "kind": "compare", "study": "x"}',
}  # fmt: skip


def made(folder: Path) -> Path:
    compare((TODAY, TEN), out=folder, replications=2, workers=1, runner=run_fake, parameters="fixed")
    return folder


def told(capsys, *arguments: str) -> tuple[int, str]:
    code = get_command(app).main(list(arguments), standalone_mode=False)
    return code, capsys.readouterr().err


@pytest.mark.parametrize("command", READERS, ids=" ".join)
@pytest.mark.parametrize("kind", ["list", "binary", "other", "older"])
def test_a_manifest_that_is_not_ours_is_told_with_its_place(kind, command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("result").mkdir()
    Path("result/manifest.json").write_bytes(FOREIGN[kind])
    code, text = told(capsys, *command)
    assert code == 2 and "result" in text and "Traceback" not in text, text
    assert [path.name for path in tmp_path.iterdir()] == ["result"]
    assert [path.name for path in Path("result").iterdir()] == ["manifest.json"]


@pytest.mark.parametrize("kind", [kind for kind in FOREIGN if kind != "other"])
def test_no_manifest_is_taken_for_one_by_mistake(kind, tmp_path):
    (tmp_path / "manifest.json").write_bytes(FOREIGN[kind])
    with pytest.raises(StudyError, match=r"manifest\.json"):
        ResultStore(tmp_path).manifest()


def test_an_entry_that_is_missing_or_wrong_is_named(tmp_path):
    folder = made(tmp_path / "result")
    entries = json.loads((folder / "manifest.json").read_text())
    for name in ("scenarios", "options", "replications", "record", "runs", "environment"):
        (folder / "manifest.json").write_text(json.dumps(entries | {name: "x"}))
        with pytest.raises(StudyError, match=f"manifest.json: {name}"):
            ResultStore(folder).manifest()
        (folder / "manifest.json").write_text(json.dumps({key: entries[key] for key in entries if key != name}))
        with pytest.raises(StudyError, match=f"has no entry '{name}'"):
            ResultStore(folder).manifest()[name]


def test_a_table_that_is_damaged_or_gone_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = made(tmp_path / "result")
    for damage, words in ((b"PAR1", "damaged"), (None, "is not there")):
        path = folder / "runs.parquet"
        path.write_bytes(damage) if damage else path.unlink()
        code, text = told(capsys, "sensitivity", "result")
        assert code == 2 and "runs.parquet" in text and words in text


def test_the_folder_one_stands_in_can_be_the_result(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    made(Path())
    assert (here / "runs.parquet").exists()
    other = compare((TODAY, TEN), out=".", replications=2, seed=2, workers=1, runner=run_fake, parameters="fixed")
    assert other.folder == tmp_path / "here-2"


def test_the_folder_one_stands_in_is_left_alone_when_it_holds_something(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thesis.txt").write_text("mine")
    code, text = told(capsys, "compare", "today", "no-hubs", "--out", ".")
    assert code == 2 and "thesis.txt" in text and "--out" in text
    for command in (["validate"], ["calibrate", "calibration"], ["explain", "today"], ["sweep", "hubs-by-intensity"]):
        code, text = told(capsys, *command, "--out", ".")
        assert code == 2 and "thesis.txt" in text and "--out" in text, command
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    (tmp_path / "file").write_text("")
    code, text = told(capsys, "merge", ".", "--out", "file")
    assert code == 2 and "Traceback" not in text


def test_own_policies_stand_beside_those_that_come_along(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    packaged = policies()
    assert "ten-hubs-2027" in packaged and policies() == packaged
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.yml").write_text("extends: builtin:today\n")
    assert policies() == {"mine": str(Path("scenarios/mine.yml"))}
    assert locate("mine") == str(Path("scenarios/mine.yml"))
    assert load_scenario(locate("ten-hubs-2027")).key == "ten-hubs-2027"
    assert load_scenario("scenarios/today.yaml").key == "today"
    (tmp_path / "scenarios" / "mine.yaml").write_text("extends: builtin:today\n")
    with pytest.raises(StudyError, match="the same name"):
        locate("mine")


def test_experiments_that_come_along_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("hubs-by-intensity", "experiments/hubs-by-intensity.yaml", "builtin:hubs-by-intensity"):
        assert load_experiment(locate_experiment(name)).base.key == "today"
    with pytest.raises(StudyError, match="did you mean 'hubs-by-intensity'"):
        locate_experiment("hubs-by-intensty")
    with pytest.raises(ScenarioError, match="no such file"):
        load_experiment("experiments/nothing.yaml")


def test_the_wheel_holds_scenarios_and_experiments_side_by_side():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    inside = {"scenarios": "scenarios", "experiments": "experiments", "docs/incidents": "incidents"}
    assert wheel["force-include"] == {
        kept: f"sim/builtin/{place}" for kept, place in (inside | {"CITATION.cff": "CITATION.cff"}).items()
    }


def test_a_table_is_read_whole_or_in_some_columns_and_scenarios(tmp_path):
    compare((TODAY, TEN), out=tmp_path / "result", replications=2, workers=1, runner=run_fake, parameters="fixed")
    store = ResultStore(tmp_path / "result")
    whole = store.frame("runs")
    whole.to_csv(store.folder / "copy.csv", index=False)
    for columns, scenarios in ((None, None), (["scenario", "replication"], None), (None, ["today"])):
        wanted = whole if scenarios is None else whole[whole["scenario"].isin(scenarios)]
        wanted = wanted[list(columns or whole)].reset_index(drop=True)
        for table in ("runs", "copy.csv"):
            found = store.frame(table, columns, scenarios).reset_index(drop=True)
            pd.testing.assert_frame_equal(found, wanted, check_dtype=False)


def test_series_are_joined_of_the_worlds_that_have_some(tmp_path):
    """Where all runs of a world have failed, it has none."""
    troubled = (replace(TODAY, trouble="error"), replace(TEN, trouble="error"))
    compare(troubled, out=tmp_path / "result", replications=3, workers=1, runner=run_fake, parameters="fixed")
    store = ResultStore(tmp_path / "result")
    assert store.frame("runs").groupby("replication")["status"].unique().map(list).tolist() == [
        ["ok"],
        ["failed"],
        ["ok"],
    ]
    assert set(store.frame("monthly")["replication"]) == {0, 2}


def test_types_of_a_csv_file_are_those_of_its_first_thousand_rows(tmp_path):
    store = ResultStore(tmp_path)
    frame = pd.DataFrame({"early": np.arange(1001), "late": np.arange(1001)}).astype(object)
    frame.loc[999, "early"] = frame.loc[1000, "late"] = 0.5
    store.write_csv("table", frame)
    assert store.types("table.csv") == {"early": "float64", "late": "int64"}
    assert store.frame("table.csv")["late"].dtype == "float64"
