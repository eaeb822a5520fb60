"""A result is held against its record, and some of its worlds are run again, bit for bit."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from fake_worlds import TEN, TODAY, run_fake
from typer.testing import CliRunner

from sim.cli.main import app
from sim.errors import StudyError, StudyInterrupted
from sim.figures.style import MARK_HEIGHT, MILLIMETRES_PER_INCH, Sheet, save
from sim.inference.policy_search import search
from sim.inference.rerun import chosen, rerun
from sim.inference.run_explanation import explain
from sim.report.text.verification import as_data, told
from sim.studies.comparison import compare
from sim.studies.experiment import load_experiment
from sim.studies.incidents import incidents, touching
from sim.studies.record import RECORD, Record, read_record, record_schema, seal
from sim.studies.single import run_single
from sim.studies.store import ResultStore
from sim.studies.sweep import sweep
from sim.studies.verification import verify_files
from sim.words.language import language


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    """A comparison of two small policies under draws of the posterior."""
    policies = [
        small.with_values({}, key="today"),
        small.with_values({"accompaniment.hours_per_startup": 16}, key="more"),
    ]
    return compare(policies, replications=3, out=tmp_path_factory.mktemp("made") / "result", workers=1)


@pytest.fixture
def copy(made, tmp_path):
    return ResultStore(shutil.copytree(made.folder, tmp_path / "result"))


def again(store, count=1):
    return rerun(store, read_record(store).fingerprint, count)


def test_an_untouched_result_is_the_same_bit_for_bit(made):
    found, worlds = verify_files(made.store), again(made.store, 3)
    assert found.same and not (found.missing or found.changed or found.extra or found.program)
    assert sorted(worlds.worlds) == ["world 0", "world 1", "world 2"] and worlds.runs == 6 and worlds.numbers > 10_000
    assert worlds.moved == [] and worlds.shifts.empty
    assert told(found, worlds, ()).endswith("The same.")


def test_every_file_that_is_missing_changed_or_extra_is_named(copy):
    (copy.folder / "summary.csv").unlink()
    (copy.folder / "note.txt").write_text("mine")
    lines = copy.path("draws.csv").read_text().splitlines()
    copy.path("draws.csv").write_text("\n".join(lines[:-1]) + "\n")
    found = verify_files(copy)
    assert (found.missing, found.changed, found.extra) == (["summary.csv"], ["draws.csv"], ["note.txt"])
    assert not found.same and found.fingerprint != found.record.fingerprint
    seal(copy)
    assert verify_files(copy).changed == ["draws.csv"], "a later command does not make a changed file right"
    with pytest.raises(StudyError, match="does not hold the draws of this study; take it back from a copy"):
        again(copy)


def test_a_changed_number_is_found_with_its_world_column_and_size(copy):
    table = parquet.read_table(copy.path("runs"))
    frame = table.to_pandas()
    row = frame.index[(frame["scenario"] == "more") & (frame["replication"] == 2)][0]
    before = float(frame.loc[row, "exporters"])
    frame.loc[row, "exporters"] = np.nextafter(before, np.inf)
    parquet.write_table(type(table).from_pandas(frame, schema=table.schema), copy.path("runs"))
    monthly = parquet.read_table(copy.path("monthly"))
    series = monthly.to_pandas()
    place = series.index[(series["scenario"] == "today") & (series["replication"] == 1)][5]
    series.loc[place, "active"] += 3
    parquet.write_table(type(monthly).from_pandas(series, schema=monthly.schema), copy.path("monthly"))
    assert verify_files(copy).changed == ["monthly.parquet", "runs.parquet"]
    cell, one = sorted(again(copy, 3).moved, key=lambda moved: moved.table)
    assert (cell.world, cell.scenario, cell.table, cell.column, cell.by) == (1, "today", "monthly", "active", -3.0)
    assert (one.world, one.scenario, one.table, one.column) == (2, "more", "runs", "exporters")
    assert one.now == before and one.by == before - np.nextafter(before, np.inf) != 0


def test_the_fingerprint_is_that_of_the_data(made, small, copy, tmp_path):
    """The same study in two sessions, elsewhere, has the same; a page that is written later changes nothing."""
    policies = [
        small.with_values({"accompaniment.hours_per_startup": 16}, key="more"),
        small.with_values({}, key="today"),
    ]
    for worlds in (1, 3):
        other = compare(policies, replications=worlds, out=tmp_path / "other", workers=1)
    record = read_record(made.store)
    assert read_record(other.store).fingerprint == record.fingerprint == made.manifest["fingerprint"]
    (copy.folder / "report.html").write_text("<html>")
    seal(copy)
    assert read_record(copy).fingerprint == record.fingerprint and verify_files(copy).same
    assert chosen("0000", "abcdefgh", 8) != chosen("0001", "abcdefgh", 8) == chosen("0001", "hgfedcba", 8)


def test_another_program_is_told_with_how_far_its_numbers_are(copy, monkeypatch):
    record = json.loads((copy.folder / RECORD).read_text())
    record["environment"]["model"] = "0" * 64
    (copy.folder / RECORD).write_text(json.dumps(record))
    assert verify_files(copy).program == ["the model's source has changed"]
    resolved = copy.resolved("more")
    resolved.write_text(resolved.read_text().replace("hours_per_startup: 16", "hours_per_startup: 2"))
    worlds = again(copy)
    assert worlds.scenarios == ("more",) and worlds.moved
    shift = worlds.shifts.set_index("outcome").loc["cost"]
    assert shift["now"] < shift["before"] and shift["largest"] > 0
    text = told(verify_files(copy), worlds, ())
    assert "another one: the model's source has changed" in text and "cost (" in text and text.endswith("Not the same.")
    assert json.loads(json.dumps(as_data(verify_files(copy), worlds, ()), allow_nan=False))["rerun"]["moved"]


def test_what_cannot_be_verified_says_why_and_what_to_do(copy, tmp_path):
    def refusal(store=copy):
        with pytest.raises(StudyError) as refused:
            verify_files(store)
        return str(refused.value)

    text = (copy.folder / RECORD).read_text()
    (copy.folder / RECORD).write_text(text.replace('"format": 1', '"format": 2', 1))
    assert "is of format 2" in refusal() and "the version that wrote it" in refusal()
    (copy.folder / RECORD).write_text("[]")
    assert "written by another program" in refusal()
    (copy.folder / RECORD).unlink()
    assert "has no record" in refusal() and copy.manifest()["command"] in refusal()
    seal(copy)
    assert not (copy.folder / RECORD).exists(), "no later command vouches for files that it did not see being made"
    copy.note(state="interrupted")
    assert "is interrupted, not finished" in refusal() and "go on with" in refusal()
    assert "is not there" in refusal(ResultStore(tmp_path / "nowhere"))
    assert "holds no result" in refusal(ResultStore(tmp_path))


def test_an_interrupted_study_has_no_record_until_it_is_finished(tmp_path):
    trouble = TEN.__class__("ten-hubs", effect=0.02, trouble="interrupt")
    how = {"replications": 5, "workers": 1, "runner": run_fake, "parameters": "fixed", "out": tmp_path / "result"}
    with pytest.raises(StudyInterrupted):
        compare((TODAY, trouble), **how)
    assert not (tmp_path / "result" / RECORD).exists()


def test_the_record_follows_its_schema(made):
    schema = record_schema()
    record = json.loads((made.folder / RECORD).read_text())
    assert set(record) == set(schema["required"]) == set(Record.model_fields)
    assert all(one["description"] for one in schema["properties"].values())
    assert record["study"]["scenarios"].keys() == {"today", "more"} and record["libraries"]["python"].count(".") == 2


def test_worlds_of_a_sweep_and_of_one_run_are_run_again(small, tmp_path):
    base = tmp_path / "small.yaml"
    base.write_text(small.to_yaml())
    study = tmp_path / "study.yaml"
    study.write_text(
        "base: small.yaml\nreplications: 2\ndesign: grid\nfactors:\n  network.openings:\n"
        "    - []\n    - [{hub: Fès, opens: 2021-01, places: 66}]\n  accompaniment.hours_per_startup: [8, 12.5]\n"
        "reference: {network.openings: [], accompaniment.hours_per_startup: 8}\nrecord: [hubs]\n"
    )
    swept = sweep(load_experiment(study), out=tmp_path / "swept", workers=1)
    found = again(swept.store, 2)
    assert found.runs == 8 and found.moved == []
    one = run_single(small, draw=7, out=tmp_path / "one")
    assert again(one.store).moved == [] and verify_files(one.store).same


@pytest.mark.slow
def test_worlds_of_a_ladder_and_of_a_search_are_run_again(small, tmp_path):
    ladder = explain(small, tmp_path / "ladder", replications=2, workers=1)
    assert again(ladder.store, 2).moved == [] and verify_files(ladder.store).same
    (tmp_path / "small.yaml").write_text(small.to_yaml())
    study = tmp_path / "study.yaml"
    study.write_text(
        "base: small.yaml\nreplications: 2\ndesign: search\nsamples: 20\n"
        "outcomes: [exporters, cost]\nfactors:\n  network.hubs_by_2027: [6, 8, 10]\n"
        "  accompaniment.hours_per_startup: {from: 2, to: 20}\n"
    )
    best = search(load_experiment(study), out=tmp_path / "search", workers=1)
    found = again(best.store, 4)
    assert found.runs > 8 and found.moved == [] and verify_files(best.store).same


def test_the_commands_exit_as_the_house_says(copy):
    def run(*arguments):
        found = CliRunner().invoke(app, [*map(str, arguments)])
        return found.exit_code, found.stdout

    code, text = run("verify", copy.folder, "--rerun", 1, "--json", "--quiet")
    assert code == 0 and json.loads(text)["same"]
    code, text = run("cite", copy.folder)
    mark = read_record(copy).fingerprint
    assert code == 0 and text.count(mark) == 4 and "@misc{hubsim-" in text and "empreinte" in text and "بصمة" in text
    (copy.folder / "extra.txt").write_text("")
    assert run("verify", copy.folder)[0] == 1
    assert run("verify", copy.folder / "parts")[0] == 2 and run("verify", copy.folder, "--rerun", "-1")[0] == 2


def test_incidents_touch_what_was_made_before_and_lacks_the_correction(copy):
    every = {one.name.partition("-")[2].partition("-")[2].partition("-")[2]: one for one in incidents()}
    assert touching(copy) == []
    (copy.folder / RECORD).unlink()
    copy.write_csv("differences", copy.frame("differences.csv").drop(columns="p_positive"))
    assert touching(copy) == [every["symmetric-intervals"]]
    refused = CliRunner().invoke(app, ["verify", str(copy.folder)])
    assert refused.exit_code == 2 and "has no record" in refused.stderr
    assert "An incident touches this result: Intervals of effects were symmetric" in refused.stderr
    session = {"began": "2026-11-26T12:00:00+00:00"}
    for kind, options in (("sweep", {}), ("sweep", {"parameters": "posterior"}), ("explain", {})):
        copy.note(kind=kind, options=options, sessions=[session], source_revision=None)
        found = {one.name for one in touching(copy)} - {every["symmetric-intervals"].name}
        names = ["untypical-defaults"] * (not options) + ["stale-explain"] * (kind == "explain")
        assert found == {every[name].name for name in names}
    copy.note(kind="compare", options={"parameters": "posterior"})
    for began, touched in (("17:00", False), ("18:00", True), ("19:00", False)):
        copy.note(sessions=[{"began": f"2026-11-27T{began}:00+00:00"}])
        assert (every["empty-promises"] in touching(copy)) == touched, "only what was made in between"
    introduced, fixed = every["empty-promises"].introduced, every["empty-promises"].revision
    asked = subprocess.run(["git", "cat-file", "-e", f"{introduced}^"], cwd=Path(__file__).parent, capture_output=True)
    for revision, touched in ((f"{introduced}^", False), (introduced, True), (f"{fixed}^", True), (fixed, False)):
        copy.note(source_revision=revision)
        assert (every["empty-promises"] in touching(copy)) == (touched and asked.returncode == 0), (
            "dates count where git knows no more"
        )
    copy.note(kind="explain", sessions=[{"began": "2026-11-28T12:00:00+00:00"}], source_revision=None)
    assert touching(copy) == []


def test_a_mark_stands_below_a_figure_and_leaves_it_as_it_is(tmp_path):
    import matplotlib.image

    figure = Sheet("Title", "", (), 20, language("en")).figure
    plain, marked, after = (
        matplotlib.image.imread(save(figure, tmp_path, name, mark)[1])
        for name, mark in (("plain", ""), ("marked", "fingerprint 0123-4567-89ab-cdef"), ("after", ""))
    )
    strip = round(MARK_HEIGHT / MILLIMETRES_PER_INCH * 200)
    assert abs(len(marked) - len(plain) - strip) <= 1 and np.array_equal(plain, after)
    assert marked[-strip + 2 :, :, :3].min() < 0.9 and (marked[..., 3] == 1).all(), "ink on white ground"
