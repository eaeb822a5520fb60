"""A sweep gives the same numbers with any workers, in any order, and after interruptions."""

from __future__ import annotations

import pandas as pd
import pytest
from design_worlds import run_apart, run_parameters, run_with_trouble
from sweeps import GRID, numbers, run, written

from sim.errors import StudyError
from sim.parameters.draws import draws_of
from sim.processes.costs import price_ranges
from sim.report.text import as_dict, table
from sim.scenario import load_scenario
from sim.scenario.schema import schema
from sim.studies import tables
from sim.studies.channels import FRAME
from sim.studies.design import MAX_COMPARED_BLOCK, Design
from sim.studies.lock import locked
from sim.studies.merging import merge_shards
from sim.studies.results import DIFFERENCES, SUMMARY
from sim.studies.single import run_single
from sim.studies.smallest import smallest_of
from sim.studies.statistics import effect, level
from sim.studies.store import ResultStore
from sim.studies.sweep import Plan, resolve, sweep
from sim.studies.worlds import RunResult


@pytest.fixture
def experiment(tmp_path):
    return written(tmp_path, GRID)


def test_a_sweep_keeps_one_row_for_each_point_and_world(experiment, tmp_path):
    said = []
    result = run(experiment, tmp_path / "result", remark=said.append)
    runs = result.store.frame("runs")
    factors = ["accompaniment.hours_per_startup", "network.hubs_by_2027"]
    assert list(runs.columns[:9]) == ["scenario", "replication", "seed", "status", "stage", "error", "draw", *factors]
    assert len(runs) == 30 * 3 and runs["status"].eq("ok").all()
    assert not (result.folder / "monthly.parquet").exists()
    assert len(result.points) == 30 and set(result.points["network.hubs_by_2027"]) == {6, 8, 10}
    mean = result.summary.set_index(["scenario", "outcome"])["mean"]
    assert mean[result.scenarios[0], "cost"] == pytest.approx(runs.query("scenario == 'point-000'")["cost"].mean())
    assert "30 points × 3 replications = 90 runs" in said[0] and "of processor time" in said[0]
    assert "survivors" in table(result) and "30 points, 3 replications" in table(result)
    assert len(as_dict(result)["points"]) == 30


@pytest.mark.parametrize("parameters", ["posterior", "fixed"])
def test_points_are_the_same_worlds_so_their_differences_are_paired(experiment, tmp_path, parameters):
    result = run(experiment, tmp_path / "result", replications=12, parameters=parameters)
    rows = pd.read_csv(result.folder / "differences.csv").set_index(["scenario", "outcome"])
    assert set(rows.reset_index().columns) == set(DIFFERENCES) and list(result.differences.columns) == DIFFERENCES
    assert set(rows["reference"]) == {"point-000"} and len(rows) == 29 * 3 and (rows["n"] == 12).all()
    values = result.matrix("survivors_5y")
    draws = None if parameters == "fixed" else [draws_of("posterior").of(world).number for world in range(12)]
    by_hand = effect(values.loc["point-007"], values.loc["point-000"], draws, smallest=smallest_of("survivors_5y"))
    row = rows.loc[("point-007", "survivors_5y")]
    assert row["verdict"] == by_hand.verdict and row["draws"] == by_hand.draws == (6 if draws else 0)
    parts = {"difference": "mean", "median": "median", "ci_low": "low", "ci_high": "high", "p_positive": "p_positive"}
    parts |= {"sd_paired": "sd", "sd_unpaired": "sd_unpaired", "chance_share": "chance_share"}
    assert row[list(parts)].to_list() == pytest.approx([getattr(by_hand, part) for part in parts.values()])
    survivors = rows.xs("survivors_5y", level="outcome")
    assert survivors["sd_paired"].max() < 0.2 * survivors["sd_unpaired"].min()
    told, plain = table(result), as_dict(result)
    assert "First row: the reference, mean. Below: the effect" in told
    assert ("chance taken out" in told) == (parameters == "posterior") == ("parameters fixed" not in told)
    found = plain["points"][7]["outcomes"]["survivors_5y"]["difference"]
    assert (found["mean"], found["p_positive"]) == pytest.approx((row["difference"], row["p_positive"]))
    assert plain["parameters"] == parameters and plain["reference"] == "point-000"
    assert "difference" not in plain["points"][0]["outcomes"]["survivors_5y"]


def test_levels_are_those_of_other_studies(experiment, tmp_path):
    result = run(experiment, tmp_path / "result", replications=12)
    row = result.summary.set_index(["scenario", "outcome"]).loc[("point-004", "cost")]
    assert list(result.summary.columns) == SUMMARY
    by_hand = level(result.matrix("cost").loc["point-004"], result.draws)
    found = row[["mean", "median", "sd", "ci_low", "ci_high", "n", "draws"]].to_list()
    assert found == pytest.approx([by_hand.mean, by_hand.median, by_hand.sd, by_hand.low, by_hand.high, 12, 6])
    assert row["kind"] == "expected"


def test_the_reference_may_be_any_point(tmp_path):
    text = GRID + "reference: {network.hubs_by_2027: 8, accompaniment.hours_per_startup: 4}\n"
    result = run(written(tmp_path, text), tmp_path / "result")
    assert result.reference == "point-004" and len(result.compared) == 29
    values = result.matrix("cost")
    rows = result.differences.query("outcome == 'cost'").set_index("scenario")
    gaps = (values.drop(index="point-004") - values.loc["point-004"]).mean(axis=1)
    pd.testing.assert_series_equal(rows["difference"], gaps, check_names=False)
    lines = table(result).splitlines()
    assert next(line for line in lines if line.startswith("4 ")).split()[:2] == ["4", "8"], "the first row"
    other = run(written(tmp_path, GRID, "other"), tmp_path / "result")
    assert other.folder.name == "result-2", "with another reference it is another study"


def test_a_world_is_one_chunk_and_smaller_ones_run_the_reference_too(experiment, tmp_path, monkeypatch):
    whole = run(experiment, tmp_path / "whole", runner=run_apart)
    assert len(whole.store.done()) == 3
    monkeypatch.setattr("sim.studies.design.MAX_COMPARED_BLOCK", 8)
    pieces = run(experiment, tmp_path / "pieces", runner=run_apart)
    assert len(pieces.store.done()) == 3 * 5 and numbers(pieces) == numbers(whole)
    blocks = Design(experiment).blocks
    assert [block.worlds for block in blocks] == [8, *[len(block.points) + 2 for block in blocks[1:]]]
    runs = whole.store.frame("runs")
    assert "survivors_5y/housed" not in whole.outcomes
    values = runs.pivot(index="scenario", columns="replication", values="survivors_5y")
    apart = runs.pivot(index="scenario", columns="replication", values="survivors_5y/housed")
    pd.testing.assert_frame_equal(
        apart.drop(index="point-000"), (values - values.loc["point-000"]).drop(index="point-000")
    )
    told = pd.read_csv(whole.folder / "channels.csv")
    assert list(told.columns) == list(FRAME) and set(told["channel"]) == {"housed"} and len(told) == 29
    rows = whole.differences.query("outcome == 'survivors_5y'")
    assert told["difference"].to_numpy() == pytest.approx(rows["difference"].to_numpy())
    plain = as_dict(whole)["points"][3]["outcomes"]["survivors_5y"]
    assert plain["channels"]["housed"]["mean"] == pytest.approx(plain["difference"]["mean"])


def test_all_points_of_a_world_live_under_its_draw_and_a_factor_wins_over_it(tmp_path):
    default = schema().declarations["competence.learning"].default
    text = (
        f"base: builtin:today\nreplications: 6\nfactors:\n  competence.learning: [{default}, 0.031]\n"
        "  fairs.places: [100, 200]\n"
    )
    result = run(written(tmp_path, text), tmp_path / "result", runner=run_parameters)
    draws = draws_of("posterior")
    runs = result.store.frame("runs")
    assert (runs["learning"] == runs["competence.learning"]).all(), "also where it is the default"
    assert (runs["places"] == runs["fairs.places"]).all()
    for world, rows in runs.groupby("replication"):
        assert set(rows["draw"]) == {draws.of(world).number}
        assert set(rows["volatility"]) == {draws.of(world).values["revenue.volatility"]}
    kept = pd.read_csv(result.folder / "draws.csv")
    assert "competence.learning" not in kept and len(kept) == len(draws.values)
    command = result.store.repeat_command("point-000", 1, 3)
    assert command.endswith(f"--seed 1 --replication 3 --parameters {result.folder}/draws.csv")
    again = draws_of(str(result.folder / "draws.csv"))
    assert again.of(3) == draws.without(["competence.learning"]).of(3)
    fixed = run(written(tmp_path, text), tmp_path / "fixed", runner=run_parameters, parameters="fixed")
    assert fixed.store.frame("runs")["volatility"].nunique() == 1 and fixed.draws_used == 0


def test_real_worlds_are_taken_apart_and_run_again_alone(tmp_path):
    """In two worlds of one draw, channels add up to each difference, and a point alone gives the same bits."""
    time = "time: {start: 2018-01, present: 2020-06, end: 2023-06}"
    (tmp_path / "short.yaml").write_text(f"extends: builtin:today\n{time}\n", encoding="utf-8")
    default = schema().declarations["competence.learning"].default
    text = (
        f"base: short.yaml\nreplications: 2\nreference: {{accompaniment.hours_per_startup: 8}}\nfactors:\n"
        f"  accompaniment.hours_per_startup: [8, 0]\n  competence.learning: [{default}]\n"
    )
    experiment = written(tmp_path, text)
    result = sweep(experiment, out=tmp_path / "result", workers=1)
    runs = result.store.frame("runs").set_index(["scenario", "replication"])
    gap = runs.loc["point-001", "exporters"] - runs.loc["point-000", "exporters"]
    parts = [name for name in runs if name.startswith("exporters/")]
    assert len(parts) == 5
    assert runs.loc["point-001", parts].sum(axis=1).to_numpy() == pytest.approx(gap.to_numpy(), abs=1e-9)
    assert runs.loc["point-000", parts].isna().all(axis=None)
    resolve(result.store, experiment, [Design(experiment).point(1)])
    alone = run_single(
        load_scenario(result.store.resolved("point-001")),
        replication=1,
        parameters=str(result.folder / "draws.csv"),
        out=tmp_path / "alone",
    )
    there = runs.loc["point-001", 1]
    assert alone.runs["draw"][0] == there["draw"]
    pd.testing.assert_series_equal(
        alone.runs.iloc[0][alone.outcomes].astype(float), there[alone.outcomes].astype(float), check_names=False, rtol=0
    )


def test_prices_are_those_of_the_base_or_an_end_of_their_ranges(tmp_path):
    [path, (low, _)], *_ = sorted(price_ranges().items())
    experiment = written(tmp_path, "base: builtin:today\nreplications: 1\nfactors: {fairs.places: [100]}\n")

    def run_prices(chunk, seed, record):
        return (RunResult(scenario.key, {"price": float(scenario.values[path])}) for scenario in chunk.scenarios)

    found = [run(experiment, tmp_path / end, runner=run_prices, prices=end) for end in ("median", "low")]
    default = schema().declarations[path].default
    assert [float(result.matrix("price").iloc[0, 0]) for result in found] == [default, low] and low != default
    assert found[1].manifest["options"]["prices"] == "low"
    with pytest.raises(StudyError, match="choose low, median or high"):
        run(experiment, tmp_path / "x", prices="lwo")


def test_where_all_parameters_are_factors_nothing_is_drawn(tmp_path):
    draws = draws_of("posterior")
    assert draws.without(draws.values[0]) == draws_of("fixed")


@pytest.mark.parametrize("width", [60, 100, 140])
def test_the_table_fits_and_nothing_is_cut_off(experiment, tmp_path, width):
    lines = table(run(experiment, tmp_path / "result"), width).splitlines()
    assert max(map(len, lines)) <= width and not any("…" in line for line in lines)


def test_a_drawn_design_has_means_only(tmp_path):
    text = (
        "base: builtin:today\nreplications: 2\ndesign: lhs\nsamples: 4\nfactors: {fairs.places: {from: 0, to: 400}}\n"
    )
    result = run(written(tmp_path, text), tmp_path / "result")
    assert result.differences.empty and not (result.folder / "differences.csv").exists()
    assert "4 points, 2 replications, seed 1. Mean and its 95 % interval" in table(result)
    assert result.reference is None and as_dict(result)["reference"] is None


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
    assert [len(block.points) for block in blocks] == [30] and blocks[0].worlds == 30 + 3
    assert all(block.worlds <= MAX_COMPARED_BLOCK + 2 for block in blocks)


def test_workers_and_shards_give_the_same_bytes(experiment, tmp_path, monkeypatch):
    opened = {"openings": pd.DataFrame({"hub": ["Rabat"]}), "hubs_open": pd.DataFrame({"hubs": [7]})}
    monkeypatch.setattr("sim.studies.store.opening_tables", lambda *_: opened)  # as where hubs may open late
    alone = run(experiment, tmp_path / "one")
    together = run(experiment, tmp_path / "two", workers=2)
    shards = [run(experiment, tmp_path / f"shard-{i}", shard=f"{i}/3").folder for i in (1, 2, 3)]
    joined = merge_shards(shards, tmp_path / "joined", "hubsim merge")
    assert numbers(alone) == numbers(together) == numbers(joined)
    files = [{path.name: path.read_bytes() for path in one.folder.glob("*.csv")} for one in (alone, joined)]
    assert files[0] == files[1] and {"summary.csv", "draws.csv", "openings.csv", "hubs_open.csv"} < files[0].keys()
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
            merge_shards(folders, tmp_path / "out", "")
    store = ResultStore(two)
    store.note(state="interrupted")
    with pytest.raises(StudyError, match="not finished"):
        merge_shards([one, two], tmp_path / "out", "")
    store.note(state="finished", environment={**store.manifest()["environment"], "numpy": "1.0"})
    with pytest.raises(StudyError, match=r"made differently.*numpy"):
        merge_shards([one, two], tmp_path / "out", "")
    assert not (tmp_path / "out").exists()
    with pytest.raises(StudyError, match="not empty"):
        merge_shards([one, run(experiment, tmp_path / "again", shard="2/2").folder], whole, "")


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
    draws = tmp_path / "result" / "draws.csv"
    assert failure["command"] == f"hubsim run {path} --seed 1 --replication 1 --parameters {draws}"
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


def test_tables_of_a_finished_sweep_are_written_anew_when_other_source_wrote_them(experiment, tmp_path):
    first = run(experiment, tmp_path / "result")
    known = first.summary
    first.store.note(tables_by="other source")
    (first.folder / "differences.csv").write_text("stale")
    again = run(experiment, tmp_path / "result")
    pd.testing.assert_frame_equal(again.summary, known)
    assert list(pd.read_csv(first.folder / "differences.csv").columns) == DIFFERENCES
