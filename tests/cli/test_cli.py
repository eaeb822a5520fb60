"""The command line: its output, its files and its failures, with short worlds and few replications."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli.progress import line, shown_progress
from sim.model.bundle import Bundle
from sim.studies.environment import source_revision
from sim.studies.execution import Progress, ThisProcess, duration
from sim.studies.results import KEYS

HUBSIM = [sys.executable, "-m", "sim.cli.main"]

TODAY = "name: Today\ntime:\n  start: 2016-01\n  present: 2018-12\n  end: 2020-06\n"
TEN = "extends: today.yaml\nname: Ten hubs\nnetwork:\n  hubs_by_2027: 10\n"
DEEPER = "extends: today.yaml\nname: Deeper\naccompaniment:\n  hours_per_startup: 16\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with three short policies, and the working directory in it."""
    (tmp_path / "scenarios" / "parameters").mkdir(parents=True)
    for name, text in {"today": TODAY, "ten-hubs": TEN, "deeper": DEEPER, "parameters/draw": TODAY}.items():
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["hubsim"])
    return tmp_path


@pytest.fixture
def hubsim(project, capsys, monkeypatch):
    """Run a command in this process: exit code, output, errors."""
    from typer.main import get_command

    from sim.cli.main import app

    monkeypatch.setattr("sim.studies.comparison.workers_for", lambda count, tasks: ThisProcess())

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["hubsim", *arguments])
        try:
            code = get_command(app).main(list(arguments), standalone_mode=False) or 0
        except SystemExit as leaving:
            code = leaving.code
        except Exception as error:
            if type(error).__module__.startswith("sim"):
                raise
            code, message = getattr(error, "exit_code", 1), getattr(error, "format_message", str)
            print(message() if callable(message) else message, file=sys.stderr)
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


@pytest.fixture
def numbers_only(monkeypatch):
    """No figures, report and workbook: for tests that look at numbers."""
    monkeypatch.setattr("sim.cli.publish.illustrate", lambda *_: None)


def test_help_lists_the_commands_and_each_has_an_example(hubsim):
    shown = subprocess.run([*HUBSIM, "--help"], capture_output=True, text=True, check=True)
    commands = ["run", "compare", "show", "check", "schema", "scenarios"]
    assert all(f"  {command} " in shown.stdout for command in commands)
    for command in commands:
        _, output, _ = hubsim(command, "--help")
        assert f"Example: hubsim {command}" in output


def test_help_imports_nothing_heavy():
    code = "import sys; import sim.cli.main; print({'numpy', 'pandas', 'mesa', 'pydantic'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_compare_without_arguments_compares_the_policies_here(hubsim):
    code, output, error = hubsim("compare", "--replications", "2", "--workers", "1")
    assert code == 0
    assert "(1 draw of what the facts allow, chance taken out)" in " ".join(output.split())
    assert "Variance saved by pairing" in output
    assert "6 of 6 runs" in error
    folder = Path("results/compare")
    assert sorted(path.stem for path in (folder / "resolved").iterdir()) == ["deeper", "ten-hubs", "today"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["command"] == "hubsim compare --replications 2 --workers 1"
    assert manifest["runs"] == {"ok": 6, "failed": 0} and manifest["state"] == "finished"
    for table in ("runs", "monthly", "hubs", "regions", "survival"):
        assert len(pd.read_parquet(folder / f"{table}.parquet"))
    months = pd.read_parquet(folder / "monthly.parquet")["month"]
    assert (months.min(), months.max()) == ("2016-01", "2020-06")

    code, again, error = hubsim("compare", "--replications", "2", "--workers", "1")
    assert code == 0 and again == output and "nothing was run again" in error
    assert [path.name for path in Path("results").iterdir()] == ["compare"]


@pytest.mark.usefixtures("numbers_only")
def test_one_worker_two_workers_and_python_give_the_same_bits(hubsim):
    names = ["today", "ten-hubs"]
    hubsim("compare", *names, "--replications", "3", "--workers", "1", "--out", "one")
    hubsim("compare", *names, "--replications", "3", "--workers", "2", "--out", "two")
    scenarios = [sim.load_scenario(f"scenarios/{name}.yaml") for name in names]
    sim.compare(scenarios, replications=3, workers=1, out="python")
    for table in ("runs", "monthly", "hubs", "regions", "survival"):
        one, two, python = (Path(folder, f"{table}.parquet").read_bytes() for folder in ("one", "two", "python"))
        assert one == two == python
    for table in ("summary.csv", "differences.csv"):
        assert Path("one", table).read_bytes() == Path("two", table).read_bytes()


@pytest.mark.usefixtures("numbers_only")
@pytest.mark.parametrize("parameters", ["posterior", "fixed"])
def test_forked_policies_equal_runs_from_the_start_and_run_is_replication_of_compare(hubsim, parameters):
    under = ("--parameters", parameters)
    hubsim("compare", "today", "ten-hubs", "--replications", "2", "--workers", "1", "--out", "pair", *under)
    runs = pd.read_parquet("pair/runs.parquet").set_index(["scenario", "replication"])
    code, output, _ = hubsim("run", "ten-hubs", "--replication", "1", "--out", "alone", "--json", *under)
    assert code == 0
    alone = pd.read_parquet("alone/runs.parquet").iloc[0]
    for outcome in alone.index.difference(KEYS):
        np.testing.assert_equal(alone[outcome], runs.loc[("ten-hubs", 1), outcome], err_msg=outcome)
    assert json.loads(output)["outcomes"]["residents"]["value"] == alone["residents"]
    together = pd.read_parquet("pair/monthly.parquet").query("scenario == 'ten-hubs' and replication == 1")
    pd.testing.assert_frame_equal(pd.read_parquet("alone/monthly.parquet"), together.reset_index(drop=True))


@pytest.mark.usefixtures("numbers_only")
def test_one_world_lives_under_a_draw_that_a_comparison_tells(hubsim):
    hubsim("compare", "today", "ten-hubs", "--replications", "3", "--seed", "4", "--workers", "1", "--out", "pair")
    there = pd.read_parquet("pair/runs.parquet").set_index(["scenario", "replication"]).loc[("ten-hubs", 2)]
    alone = ("run", "ten-hubs", "--seed", "4", "--replication", "2", "--draw", str(there["draw"]))
    code, output, _ = hubsim(*alone, "--out", "alone")
    assert code == 0 and f"under draw {there['draw']} of posterior" in " ".join(output.split())
    found = pd.read_parquet("alone/runs.parquet").iloc[0]
    for outcome in found.index.difference(KEYS):
        np.testing.assert_equal(found[outcome], there[outcome], err_msg=outcome)
    assert json.loads(hubsim(*alone, "--out", "alone", "--json")[1])["draw"] == there["draw"]
    hubsim(*alone[:-2], "--out", "other")
    assert pd.read_parquet("other/runs.parquet")["residents"][0] != there["residents"], "the defaults are no draw"
    for arguments, told in (
        (("--draw", "999"), "posterior has draws from 0 to 399"),
        (("--draw", "1", "--parameters", "operator-friendly"), "operator-friendly has draws from 0 to 0"),
        (("--draw", "1", "--parameters", "pair/draws.cvs"), "there is no such file"),
    ):
        code, _, error = hubsim("run", "today", *arguments, "--out", "none")
        assert code == 2 and told in error and not Path("none").exists()
    assert hubsim("run", "today", "--draw", "7", "--parameters", "pair/draws.csv", "--out", "seven")[0] == 0


def test_studies_say_in_their_help_what_they_live_under(hubsim):
    for study in ("sweep", "sensitivity", "search", "explain"):
        assert "--parameters" in hubsim(study, "--help")[1]


@pytest.mark.usefixtures("numbers_only")
def test_policies_have_identical_histories_before_the_present(hubsim):
    hubsim("compare", "today", "deeper", "--replications", "1", "--workers", "1", "--out", "pair")
    monthly = pd.read_parquet("pair/monthly.parquet").query("month <= '2018-12'").drop(columns="scenario")
    today, deeper = monthly.iloc[: len(monthly) // 2], monthly.iloc[len(monthly) // 2 :]
    pd.testing.assert_frame_equal(today.reset_index(drop=True), deeper.reset_index(drop=True))


@pytest.mark.usefixtures("numbers_only")
def test_a_reference_that_was_not_named_is_fetched(hubsim):
    code, output, _ = hubsim("compare", "deeper", "--replications", "1", "--workers", "1", "--json", "--quiet")
    assert code == 0
    found = json.loads(output)
    assert [policy["scenario"] for policy in found["policies"]] == ["today", "deeper"]
    assert Path(found["folder"]) == Path("results/today-vs-deeper")


@pytest.mark.usefixtures("numbers_only")
def test_a_failed_run_is_told_and_ends_with_one(hubsim, monkeypatch):
    def explode(model):
        raise ZeroDivisionError("no startups")

    monkeypatch.setattr("sim.model.outcomes.measure", explode)
    code, _, error = hubsim("run", "today", "--end", "2019-07", "--out", "broken")
    assert code == 1 and "failed at the stage 'measure': ZeroDivisionError: no startups" in error
    manifest = json.loads(Path("broken/manifest.json").read_text())
    assert manifest["failures"][0]["command"] == "hubsim run broken/resolved/today.yaml --seed 1"


@pytest.mark.usefixtures("numbers_only")
def test_a_policy_that_cannot_be_begun_does_not_cost_the_others(hubsim, monkeypatch):
    taken = Bundle.taken

    def refuse(bundle, policies, scenarios):
        if "deeper" in [one.key for one in scenarios]:
            raise RuntimeError("no such hub")
        return taken(bundle, policies, scenarios)

    monkeypatch.setattr(Bundle, "taken", refuse)
    code, output, error = hubsim("compare", "--replications", "2", "--workers", "1")
    assert code == 1 and "2 runs failed and cannot be paired. The first: RuntimeError: no such hub" in output
    runs = pd.read_parquet("results/compare/runs.parquet")
    assert runs.groupby("scenario")["status"].first().to_dict() == {
        "deeper": "failed",
        "ten-hubs": "ok",
        "today": "ok",
    }
    assert set(runs["stage"].dropna()) == {"build"}
    assert "results: results/compare" in error


def test_run_writes_one_world(hubsim):
    code, output, error = hubsim("run", "today", "--end", "2019-08", "--agents", "--seed", "4")
    assert code == 0 and "One world" in output and "44 of 44 months" in error
    folder = Path("results/today")
    agents = pd.read_parquet(folder / "agents.parquet")
    assert agents["month"].iloc[[0, -1]].tolist() == ["2016-01", "2019-08"]
    assert not agents.duplicated(["month", "key"]).any()
    monthly = pd.read_csv(folder / "monthly.csv").set_index("month")["active"]
    assert agents.groupby("month").size().to_dict() == monthly.to_dict()
    hubsim("run", "today", "--end", "2019-08", "--seed", "4")
    assert not Path("results/today-2/agents.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "--reference", "todai"], "did you mean 'today'?"),
        (["compare", "ten-hub"], "no scenario file and no policy called 'ten-hub'; did you mean 'ten-hubs'?"),
        (["compare", "--replications", "0"], "replications is 0, but must be a whole number from 1 to 100000"),
        (["compare", "--replications", "many"], "replications is the text 'many', but must be a whole number"),
        (["compare", "--workers", "0"], "workers is 0, but must be a whole number from 1 to 1024"),
        (["compare", "--seed", "-3"], "seed is -3, but must be a whole number from 0 to 9223372036854775807"),
        (["compare", "--precision", "5"], "but must be a number from 0.0001 to 1"),
        (["compare", "--precision", "0.01", "--replications", "5"], "exclude each other"),
        (["compare", "--out", "scenarios"], "is not empty and holds no result of hubsim"),
        (["compare", "--out", "/dev/null/x"], "cannot be used for results"),
        (["compare", "today"], "nothing to compare 'today' with"),
        (["compare", "today", "ten-hubs", "scenarios/ten-hubs.yaml"], "two scenarios are called ten-hubs"),
        (["run", "today", "--end", "2024-13"], "--end: time.end is the text '2024-13', but must be a month"),
        (["run", "today", "--replication", "-1"], "replication is -1, but must be a whole number from 0 to 99999"),
        (["run", "today", "--seed", "-1"], "seed is -1, but must be a whole number from 0 to"),
        (["show", "scenarios/none.yaml"], "no such file"),
        (["schema", "policy"], "choose scenario, experiment or record"),
        (["compare", "--replication", "3"], "--replications"),
    ],
)
def test_mistakes_end_with_two_and_say_what_to_do(hubsim, arguments, message):
    code, _, error = hubsim(*arguments)
    assert code == 2
    assert message in error and "Traceback" not in error
    assert not Path("results").exists()


def test_the_mistakes_of_all_files_are_told_at_once(hubsim):
    Path("scenarios/bad.yaml").write_text("extends: today.yaml\nacompaniment:\n  hours_per_startup: 3\n")
    Path("scenarios/worse.yaml").write_text("extends: today.yaml\nnetwork:\n  hubs_by_2027: eleven\n")
    code, _, error = hubsim("compare")
    assert code == 2
    assert "scenarios/bad.yaml:2:1: " in error and "scenarios/worse.yaml:3:17: " in error
    code, output, error = hubsim("check", "scenarios/bad.yaml", "scenarios/today.yaml")
    assert code == 2 and "bad.yaml:2:1: " in error and "scenarios/today.yaml: ok, " in output


def test_show_tells_every_value_and_its_origin(hubsim):
    code, output, _ = hubsim("show", "deeper")
    assert code == 0
    [row] = [line for line in output.splitlines() if "hours_per_startup" in line]
    assert "16" in row and "scenarios/deeper.yaml:4:" in row
    _, output, _ = hubsim("show", "deeper", "--diff", "today", "--json")
    assert json.loads(output) == [{"path": "accompaniment.hours_per_startup", "deeper": 16.0, "today": 8.0}]
    _, output, _ = hubsim("show", "today", "--diff", "today")
    assert output == "today and today have the same values\n"


@pytest.mark.parametrize("kind", ["scenario", "experiment"])
def test_schemas_are_json(hubsim, kind):
    code, output, _ = hubsim("schema", kind)
    assert code == 0 and json.loads(output)["type"] == "object"


def test_scenarios_are_listed_a_line_each(hubsim):
    code, output, _ = hubsim("scenarios", "--json")
    assert code == 0
    assert all(set(row) == {"scenario", "name", "description"} for row in json.loads(output))


def test_the_month_is_printed_step_by_step(hubsim):
    code, output, _ = hubsim("month", "--json")
    printed = {row["name"]: row for row in json.loads(output)}
    assert (
        code == 0
        and list(printed)[:2] == ["network", "population"]
        and printed["insolvency"]["reads"] == ["key", "cash"]
    )
    code, output, _ = hubsim("month")
    assert code == 0 and output.startswith("1. network: Bring") and "insolvency.event" in output


def test_ctrl_c_ends_with_130_and_the_line_that_resumes(project):
    command = [*HUBSIM, "compare", "--replications", "400", "--workers", "1"]
    parts = project / "results" / "compare" / "parts" / "runs"
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "100"},
    ) as process:
        try:
            while not list(parts.glob("*.parquet")) and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=300)
        finally:
            process.kill()
    runs = project / "results" / "compare" / "runs.parquet"
    failed = pd.read_parquet(runs)["error"].dropna().tolist() if runs.exists() else []
    assert process.returncode == 130, (failed, error)
    assert "Go on with: hubsim compare --replications 400 --workers 1" in error and "Traceback" not in error
    assert json.loads((project / "results/compare/manifest.json").read_text())["state"] == "interrupted"
    assert len(pd.read_csv(project / "results/compare/summary.csv"))


def test_progress_is_a_plain_line_where_there_is_no_terminal(capsys):
    progress = Progress(10)
    with shown_progress("runs") as watch:
        for progress.done in range(11):
            watch(progress)
    assert capsys.readouterr().err.startswith("10 of 10 runs")
    progress.failed, progress.done, progress.total = 1, 5, None
    assert line(progress, "runs").endswith("1 failed") and "of" not in line(progress, "runs")
    with shown_progress("runs", quiet=True) as watch:
        watch(progress)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "seconds, told",
    [(0.4, "0:00"), (59.6, "1:00"), (127, "2:07"), (3599.4, "59:59"), (3600, "1:00:00"), (150359, "41:45:59")],
)
def test_a_time_from_an_hour_on_has_hours(seconds, told):
    assert duration(seconds) == told


def test_the_source_revision_is_a_commit_or_unknown():
    revision = source_revision()
    assert revision is None or len(revision.removesuffix("+changes")) == 40
