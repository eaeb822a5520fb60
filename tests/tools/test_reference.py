"""The reference study is what the code gives, and the machinery that rebuilds and checks it works."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import html5lib
import pandas as pd
import pytest
from chromium import CHROMIUM, SIDEWAYS, SQUEEZED, needs_chromium

from sim.figures.drawing import sheets_of
from sim.inference.frontier import Frontier
from sim.inference.planned_cost import planned_cost
from sim.inference.rerun import rerun
from sim.report.best_policies import BestPolicies
from sim.scenario import Scenario, load_scenario
from sim.studies.execution import ThisProcess
from sim.studies.record import read_record
from sim.studies.store import ResultStore
from sim.studies.verification import verify_files
from sim.words.language import LANGUAGES, language
from tools.reference import EXTRA, KEPT, MAIN, MIXES, REPLICATIONS, is_kept, keep, moved, run

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / KEPT
AGAIN = ("today", "ten-hubs-2027", "export-push")
"""Policies of the reference that are run again in one world."""


def rebuilt() -> str:
    return "rebuild it and say so in the changelog under Regression: uv run python -m tools.reference"


def test_the_code_gives_the_numbers_of_the_reference():
    assert (REFERENCE / "manifest.json").exists(), f"there is no reference; {rebuilt()}"
    assert moved(REFERENCE, [load_scenario(f"builtin:{key}") for key in AGAIN]) == [], rebuilt()


def test_the_reference_holds_every_policy_and_the_readmes_figure():
    table = pd.read_csv(REFERENCE / "differences.csv")
    names = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}
    assert set(table["scenario"]) | {"today"} == names
    assert table["n"].max() == REPLICATIONS
    for name in ("README.md", "README.fr.md", "README.ar.md"):
        picture = (ROOT / name).read_text(encoding="utf-8").split("](results/")[1].split(")")[0]
        assert (ROOT / "results" / picture).exists(), f"{name} shows {picture}"
    for page in ("report.html", "report-fr.html", "report-ar.html"):
        html5lib.HTMLParser(strict=True).parse((REFERENCE / page).read_text(encoding="utf-8"))


@needs_chromium
@pytest.mark.parametrize("name", ["report.html", "report-fr.html", "report-ar.html"])
def test_the_first_page_fits_a_sheet_of_paper_and_nothing_is_scrolled_sideways_on_a_telephone(playwright, name):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    view = browser.new_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    view.goto((REFERENCE / name).as_uri())
    assert view.evaluate(SIDEWAYS) == view.evaluate(SQUEEZED) == []
    view.set_viewport_size({"width": 680, "height": 1016})  # A4 less its margins
    view.emulate_media(media="print")
    assert view.evaluate("document.querySelector('.first').getBoundingClientRect().height") <= 1016
    browser.close()


def test_the_report_and_the_tutorial_answer_what_a_sum_buys():
    """Policies that the search reports cost what it allows, by their plans, and stand beside the others."""
    found = Frontier(REFERENCE / MIXES)
    checked = verify_files(found.store)
    assert checked.same and checked.record.fingerprint == found.manifest["fingerprint"]
    assert found.manifest["limit"] == EXTRA * 1e6 and found.manifest["policies"] >= 160
    base = load_scenario("builtin:today")
    plan = sum(planned_cost(base).values())
    best = BestPolicies(found, language("en"))
    assert best.shown()[:3] == ["today", "ten-hubs-2027", "six-hubs-deeper"]
    rows = found.frontier.set_index("policy")
    for key in best.shown()[3:]:
        beyond = sum(planned_cost(load_scenario(REFERENCE / MIXES / "resolved" / f"{key}.yaml")).values()) - plan
        assert beyond <= found.manifest["limit"] and rows.loc[key, "cost_mean"] <= found.manifest["limit"], key
    for code, page in zip(LANGUAGES, ("report.html", "report-fr.html", "report-ar.html"), strict=True):
        sentences = BestPolicies(found, language(code)).sentences
        shown = unescape((REFERENCE / page).read_text(encoding="utf-8"))
        tutorial = (ROOT / "docs" / "tutorials" / f"policymaker{'' if code == 'en' else f'.{code}'}.md").read_text(
            "utf-8"
        )
        assert [one for one in sentences if one not in shown] == []
        assert [one for one in sentences[1:] if plainly(one) not in plainly(tutorial)] == [], "the tutorial tells them"
        assert f" {rows.loc['today', 'survivors_5y_regret']:.0f} " in tutorial, "what doing nothing gives up"


def plainly(text: str) -> str:
    """A text with one ordinary space between words, without marks of quotations."""
    return " ".join(re.sub("[\u00a0\u202f>]", " ", text).replace("’", "'").split())


@pytest.fixture(scope="module")
def policies(small) -> list[Scenario]:
    return [small.with_values({}, key="today"), small.with_values({"accompaniment.hours_per_startup": 16}, key="more")]


@pytest.fixture(scope="module")
def kept(policies, tmp_path_factory) -> Path:
    """A reference of two small policies; its reports, which have tests of their own, show one figure."""
    folder = tmp_path_factory.mktemp("reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.studies.comparison.workers_for", lambda workers, tasks: ThisProcess())
        comparison = run(policies, folder / "runs", replications=2, parameters="fixed")
        patch.setattr("sim.report.page.sheets_of", lambda results, code, _: sheets_of(results, code, (MAIN,)))
        keep(comparison.folder, folder / "kept")
    return folder / "kept"


def test_what_is_kept_is_small_and_enough_to_look_at(kept):
    held = {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()}
    assert {"worlds.csv", "report.html", "report-fr.html", "report-ar.html", "resolved/more.yaml"} <= held
    assert {"figures/differences.png", "figures/differences-fr.png", "figures/differences-ar.png"} <= held
    assert not any(name.endswith((".parquet", ".svg")) for name in held)
    assert "uv run python -m tools.reference" in (kept / "report.html").read_text(encoding="utf-8")


def test_what_is_kept_can_be_verified_and_run_again(kept):
    """Its fingerprint is that of the whole result, whose other tables the record knows by their SHA-256."""
    found = verify_files(ResultStore(kept))
    assert found.same and {"runs.parquet", "monthly.parquet"} <= found.record.left_out.keys()
    assert found.record.fingerprint == read_record(ResultStore(kept.with_name("runs"))).fingerprint
    again = rerun(found.store, found.record.fingerprint, 2)
    assert again.runs == 4 and again.moved == []


def test_a_number_that_moved_is_told_and_no_other(kept, policies):
    assert moved(kept, policies) == []
    table = pd.read_csv(kept / "worlds.csv")
    row = table.index[(table["scenario"] == "more") & (table["replication"] == 1)][0]
    true, false = float(table.loc[row, "exporters"]), float(table.loc[row, "exporters"]) + 1
    table.loc[row, "exporters"] = false
    table.to_csv(kept / "worlds.csv", index=False)
    assert moved(kept, policies) == []
    assert moved(kept, policies, 1) == [f"more, world 1: exporters was {false!r} and is {true!r}"]


@pytest.mark.parametrize("key", AGAIN)
def test_a_policy_is_known_by_its_values(key, tmp_path):
    """One that says nothing of a newer parameter is the same; one that says what nobody knows any more is not."""
    policy, file = load_scenario(f"builtin:{key}"), REFERENCE / "resolved" / f"{key}.yaml"
    assert is_kept(policy, file) and not is_kept(policy, tmp_path / "missing.yaml")
    older = file.read_text(encoding="utf-8") + "\nseances:\n  rate: 1\n"
    (tmp_path / "older.yaml").write_text(older, encoding="utf-8")
    assert not is_kept(policy, tmp_path / "older.yaml")


def test_a_policy_that_changed_is_told(kept, policies):
    other = policies[1].with_values({"accompaniment.hours_per_startup": 12})
    assert moved(kept, [policies[0], other]) == ["the policy more is another than that of the reference"]
