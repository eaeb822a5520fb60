"""A sweep gives the same numbers whoever runs it, in whatever order, through whatever happens to it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from design_worlds import run_numbers, run_with_trouble

from sim.experiment import tables
from sim.experiment.design import BLOCK, Design
from sim.experiment.lock import locked
from sim.experiment.merging import merge
from sim.experiment.statistics import student_quantile
from sim.experiment.status import status_of
from sim.experiment.store import ResultStore
from sim.experiment.study import StudyError, StudyStoppedError
from sim.experiment.sweep import Plan, sweep
from sim.scenario import load_experiment, load_scenario

HERE = Path(__file__).parent
GRID = """\
base: builtin:today
replications: 3
design: grid
factors:
  network.hubs_by_2027: [6, 8, 10]
  accompaniment.hours_per_startup: {from: 2, to: 20, steps: 10}
outcomes: [survivors_5y, exporters, cost]
"""


@pytest.fixture
def experiment(tmp_path):
    return written(tmp_path, GRID)


def written(folder, text, name="study"):
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path)


def run(experiment, folder, **arguments):
    return sweep(experiment, out=folder, **{"workers": 1, "runner": run_numbers, **arguments})


def numbers(result):
    return (result.folder / "runs.parquet").read_bytes()


def test_a_sweep_keeps_one_row_for_each_point_and_world(experiment, tmp_path):
    said = []
    result = run(experiment, tmp_path / "result", remark=said.append)
    runs = result.store.frame("runs")
    factors = ["accompaniment.hours_per_startup", "network.hubs_by_2027"]
    assert list(runs.columns[:8]) == ["scenario", "replication", "seed", "status", "stage", "error", *factors]
    assert len(runs) == 30 * 3 and runs["status"].eq("ok").all()
    assert not (result.folder / "monthly.parquet").exists()
    assert len(result.points) == 30 and set(result.points["network.hubs_by_2027"]) == {6, 8, 10}
    mean = result.summary.set_index(["scenario", "outcome"])["mean"]
    assert mean[result.scenarios[0], "cost"] == pytest.approx(runs.query("scenario == 'point-000'")["cost"].mean())
    assert "30 points × 3 replications = 90 runs" in said[0] and "of processor time" in said[0]
    assert "survivors" in result.table() and "30 points, 3 replications" in result.table()
    assert len(result.as_dict()["points"]) == 30


def test_points_are_the_same_worlds_so_their_differences_are_paired(experiment, tmp_path):
    result = run(experiment, tmp_path / "result")
    rows = pd.read_csv(result.folder / "differences.csv").set_index(["scenario", "outcome"])
    assert set(rows["reference"]) == {"point-000"} and len(rows) == 29 * 3 and (rows["n"] == 3).all()
    values = result.matrix("survivors_5y")
    by_hand = values.loc["point-007"] - values.loc["point-000"]
    row = rows.loc[("point-007", "survivors_5y")]
    assert row["difference"] == pytest.approx(by_hand.mean()) and row["sd_paired"] == pytest.approx(by_hand.std())
    half = student_quantile(3) * by_hand.std() / 3**0.5
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * half)
    survivors = rows.xs("survivors_5y", level="outcome")
    assert survivors["sd_paired"].max() < 0.2 * survivors["sd_unpaired"].min()
    assert "First row: mean. Below: paired difference from it" in result.table()
    assert result.as_dict()["points"][7]["outcomes"]["survivors_5y"]["difference"]["mean"] == row["difference"]
    assert "difference" not in result.as_dict()["points"][0]["outcomes"]["survivors_5y"]


@pytest.mark.parametrize("width", [60, 100, 140])
def test_the_table_fits_and_nothing_is_cut_off(experiment, tmp_path, width):
    lines = run(experiment, tmp_path / "result").table(width).splitlines()
    assert max(map(len, lines)) <= width and not any("…" in line for line in lines)


def test_a_drawn_design_has_means_only(tmp_path):
    text = (
        "base: builtin:today\nreplications: 2\ndesign: lhs\nsamples: 4\nfactors: {fairs.places: {from: 0, to: 400}}\n"
    )
    result = run(written(tmp_path, text), tmp_path / "result")
    assert result.differences.empty and not (result.folder / "differences.csv").exists()
    assert "4 points, 2 replications, seed 1. Mean ± half-width" in result.table()


def test_the_order_of_factors_in_the_file_changes_no_number(experiment, tmp_path):
    lines = GRID.splitlines()
    lines[4], lines[5] = lines[5], lines[4]
    other = written(tmp_path, "\n".join(lines) + "\n", "other")
    assert numbers(run(other, tmp_path / "b")) == numbers(run(experiment, tmp_path / "a"))


@pytest.mark.parametrize("design", ["lhs", "sobol", "morris"])
def test_random_designs_follow_the_seed_and_the_ranges(design, tmp_path):
    text = (
        f"base: builtin:today\ndesign: {design}\nsamples: 8\nfactors:\n  fairs.places: {{from: 1, to: 4}}\n"
        "  fairs.noise: {from: 0.01, to: 1, log: true}\n  admission.rule: [queue, ranked]\n"
    )
    designs = [Design(written(tmp_path, text)) for _ in range(2)]
    points = [[one.values(index) for index in range(one.size)] for one in designs]
    assert points[0] == points[1]
    assert designs[0].size == {"lhs": 8, "sobol": 8 * 5, "morris": 8 * 4}[design]
    assert {point["fairs.places"] for point in points[0]} == {1, 2, 3, 4}
    assert all(0.01 <= point["fairs.noise"] <= 1 for point in points[0])
    assert {point["admission.rule"] for point in points[0]} == {"queue", "ranked"}
    other = Design(written(tmp_path, text + "seed: 2\n"))
    assert design == "morris" or [other.values(index) for index in range(other.size)] != points[0]


def test_points_that_share_a_past_come_together(tmp_path):
    text = GRID.replace("network.hubs_by_2027: [6, 8, 10]", "competence.learning: [0.02, 0.03, 0.04]")
    blocks = Design(written(tmp_path, text)).blocks
    assert sorted(index for block in blocks for index in block.points) == list(range(30))
    assert sum(block.pasts for block in blocks) <= 3 + len(blocks) - 1
    assert all(len(block.points) + block.pasts <= BLOCK for block in blocks)


def test_workers_and_shards_give_the_same_bytes(experiment, tmp_path):
    alone = run(experiment, tmp_path / "one")
    together = run(experiment, tmp_path / "two", workers=2)
    shards = [run(experiment, tmp_path / f"shard-{i}", shard=f"{i}/3").folder for i in (1, 2, 3)]
    joined = merge(shards, tmp_path / "joined", "hubsim merge")
    assert numbers(alone) == numbers(together) == numbers(joined)
    assert (joined.folder / "summary.csv").read_bytes() == (alone.folder / "summary.csv").read_bytes()
    said = []
    assert run(experiment, tmp_path / "joined", remark=said.append).folder == joined.folder
    assert "nothing was run again" in said[0]


def test_merge_refuses_what_does_not_belong_together(experiment, tmp_path):
    one, two = (run(experiment, tmp_path / f"{i}", shard=f"{i}/2").folder for i in (1, 2))
    whole = run(experiment, tmp_path / "whole").folder
    third = run(experiment, tmp_path / "third", shard="1/3").folder
    more = run(experiment, tmp_path / "more", shard="2/2", replications=4).folder
    other = run(written(tmp_path, GRID + "seed: 2\n", "other"), tmp_path / "other", shard="2/2").folder
    cases = [
        ([one], "shards are missing: 2/2"),
        ([one, one], "both shard 1/2"),
        ([one, whole], "no shard"),
        ([one, third], "divided in different ways"),
        ([one, more], "has 4 replications"),
        ([one, other], "another study"),
    ]
    for folders, message in cases:
        with pytest.raises(StudyError, match=message):
            merge(folders, tmp_path / "out", "")
    store = ResultStore(two)
    store.note(state="interrupted")
    with pytest.raises(StudyError, match="not finished"):
        merge([one, two], tmp_path / "out", "")
    store.note(state="finished", environment={**store.manifest()["environment"], "numpy": "1.0"})
    with pytest.raises(StudyError, match=r"made differently.*numpy"):
        merge([one, two], tmp_path / "out", "")
    assert not (tmp_path / "out").exists()
    with pytest.raises(StudyError, match="not empty"):
        merge([one, run(experiment, tmp_path / "again", shard="2/2").folder], whole, "")


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b"])
def test_a_shard_is_written_i_of_n(experiment, tmp_path, shard):
    with pytest.raises(StudyError, match="--shard 2/3"):
        run(experiment, tmp_path / "x", shard=shard)


def test_replications_may_be_raised_and_only_new_ones_are_run(experiment, tmp_path):
    run(experiment, tmp_path / "result", replications=1)
    result = run(experiment, tmp_path / "result", replications=3)
    assert [session["runs"] for session in result.manifest["sessions"]] == [30, 60]
    assert numbers(result) == numbers(run(experiment, tmp_path / "straight"))


def test_an_unfinished_sweep_of_another_study_is_refused_with_the_reason(experiment, tmp_path):
    run(experiment, tmp_path / "result").store.note(state="running")
    for change, reason in (
        (("[6, 8, 10]", "[6, 8]"), r"network.hubs_by_2027 was \[6, 8, 10\] and is \[6, 8\]"),
        (("replications: 3", "replications: 3\nseed: 9"), "seed was 1 and is 9"),
        (("builtin:today", "builtin:export-push"), "the base scenario has changed"),
    ):
        with pytest.raises(StudyError, match=reason):
            run(written(tmp_path, GRID.replace(*change)), tmp_path / "result")
    store = ResultStore(tmp_path / "result")
    store.note(environment={**store.manifest()["environment"], "data": "other"})
    with pytest.raises(StudyError, match="data"):
        run(experiment, tmp_path / "result")


def test_two_sweeps_into_one_folder(experiment, tmp_path):
    (tmp_path / "result").mkdir()
    with locked(tmp_path / "result"), pytest.raises(StudyError, match="is being written by process"):
        run(experiment, tmp_path / "result")


def test_a_failed_run_says_how_to_repeat_it_alone(experiment, tmp_path):
    result = run(experiment, tmp_path / "result", runner=run_with_trouble)
    assert result.manifest["runs"] == {"ok": 89, "failed": 1}
    [failure] = result.failures
    assert failure["stage"] == "run" and failure["replication"] == 1
    path = tmp_path / "result" / "resolved" / "point-002.yaml"
    assert failure["command"] == f"hubsim run {path} --seed 1 --replication 1"
    again, point = load_scenario(path), Design(experiment).values(2)
    assert {path: again.values[path] for path in point} == point
    row = result.store.frame("runs").query("status == 'failed'").iloc[0]
    assert row["network.hubs_by_2027"] == 10 and pd.isna(row["cost"])


def test_values_that_contradict_each_other_fail_at_the_stage_build(tmp_path):
    text = (
        "base: builtin:today\nreplications: 1\ndesign: lhs\nsamples: 4\n"
        "factors: {accompaniment.mix.finance: {from: 0.5, to: 0.6}}\n"
    )
    result = run(written(tmp_path, text), tmp_path / "result")
    assert {failure["stage"] for failure in result.failures} == {"build"}
    assert "sum to 1" in result.failures[0]["error"]


def test_a_search_is_no_sweep(tmp_path):
    text = "base: builtin:today\ndesign: search\nsamples: 4\nfactors: {fairs.places: {from: 0, to: 400}}\n"
    with pytest.raises(StudyError, match="hubsim search"):
        run(written(tmp_path, text), tmp_path / "result")


def test_large_studies_are_made_and_joined_piece_by_piece(experiment, tmp_path, monkeypatch):
    whole = run(experiment, tmp_path / "whole")
    monkeypatch.setattr(tables, "_BYTES_IN_MEMORY", 1)
    pieces = run(experiment, tmp_path / "pieces")
    pd.testing.assert_frame_equal(pieces.store.frame("runs"), whole.store.frame("runs"))


def test_plans_divide_the_chunks_among_shards(experiment):
    design = Design(experiment)
    whole = Plan(design, 7)
    parts = [set(Plan(design, 7, (number, 3)).keys()) for number in (1, 2, 3)]
    assert sum(map(len, parts)) == len(whole.keys()) and set().union(*parts) == set(whole.keys())
    assert whole.runs == 210 == sum(Plan(design, 7, (number, 3)).runs for number in (1, 2, 3))


# --- killed at random moments -------------------------------------------------------------------

SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from design_worlds import run_numbers
from sim.experiment.sweep import sweep
from sim.scenario import load_experiment
sweep(load_experiment(sys.argv[1]), workers=2, out=sys.argv[2], runner=run_numbers, command="again",
      progress=lambda progress: print(progress.done, flush=True))
"""

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@contextmanager
def started(folder):
    """A sweep of 360 runs in a process of its own, once 20 of them have ended; killed when the test is over."""
    script = folder / "script.py"
    script.write_text(SCRIPT.format(tests=str(HERE)))
    with subprocess.Popen(
        [sys.executable, str(script), str(folder / "study.yaml"), str(folder / "killed")],
        env=os.environ | {"HUBSIM_TEST_PAUSE": "0.004"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            while (line := process.stdout.readline()) and int(line) < 20:
                pass
            yield process
        finally:
            process.kill()


def workers_of(process: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return [child for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()]


@needs_proc
@pytest.mark.parametrize("rounds", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_the_parent_is_killed_again_and_again(tmp_path, rounds):
    experiment = written(tmp_path, GRID.replace("replications: 3", "replications: 12"))
    whole = run(experiment, tmp_path / "whole")
    chance = random.Random(4)
    for _ in range(rounds):
        with started(tmp_path) as process:
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
        status = status_of(ResultStore(tmp_path / "killed"))
        assert status.state == "stopped" and 0 < status.done <= 360 == status.total
        assert "Go on with: again" in str(status)
    resumed = run(experiment, tmp_path / "killed")
    assert resumed.manifest["sessions"][0]["runs"] < 360
    assert numbers(resumed) == numbers(whole)
    assert not list(resumed.folder.rglob("*.tmp"))


@needs_proc
def test_status_is_told_from_outside_and_a_killed_worker_costs_nothing(tmp_path):
    experiment = written(tmp_path, GRID.replace("replications: 3", "replications: 12"))
    with started(tmp_path) as process:
        status = status_of(ResultStore(tmp_path / "killed"))
        assert status.state == "running" and 20 <= status.done <= status.total == 360
        assert str(status).startswith("running: ")
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        process.communicate(timeout=300)
    said = []
    ended = run(experiment, tmp_path / "killed", remark=said.append)
    assert "nothing was run again" in said[0] and ended.manifest["runs"] == {"ok": 360, "failed": 0}
    assert numbers(ended) == numbers(run(experiment, tmp_path / "whole"))


def test_a_full_disk(experiment, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no permission to mount a small disk")
    try:
        with pytest.raises(StudyStoppedError, match=r"No space left on device.*Go on with"):
            run(experiment, disk / "result", replications=60)
        store = ResultStore(disk / "result")
        assert store.done() and all(tables.is_whole(path) for path in disk.rglob("*.parquet"))
        assert not list(disk.rglob("*.tmp"))
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        resumed = run(experiment, disk / "result", replications=60)
        assert numbers(resumed) == numbers(run(experiment, tmp_path / "whole", replications=60))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
