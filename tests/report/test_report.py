"""The report: words that follow from numbers, three languages, hostile names, damaged folders, no outside request."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path

import html5lib
import numpy as np
import pandas as pd
import pytest
import sweeps
from chromium import CHROMIUM, SIDEWAYS, needs_chromium
from report_folders import (
    DRAWS,
    FEW,
    POLICIES,
    make,
    make_older,
    make_tables,
    numbers_in,
    rows_of,
    text_of,
    titles,
    tree_of,
)

from sim.errors import StudyError
from sim.report import prior
from sim.report.page import page
from sim.report.parameters import Sources, without_addresses
from sim.report.printing import print_pdf
from sim.report.related_results import Companions
from sim.report.sentences import alone
from sim.report.wording import Estimate, amount
from sim.report.writing import write_report
from sim.scenario import load_scenario
from sim.studies.channels import sentence
from sim.studies.comparison import Comparison
from sim.words.language import LANGUAGES, Language, language

WORDS_OF_CHANGE = {"en": {"adds", "takes"}, "fr": {"ajoute", "retire"}, "ar": {"ويضيف", "وينقص"}}
REFERENCE = Path(__file__).parents[2] / "results" / "reference"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("report") / "result")


@pytest.fixture(scope="module")
def pages(folder) -> dict[str, Path]:
    return {code: write_report(folder, code)[0] for code in LANGUAGES}


# The page and the tables


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_of_the_main_table_is_in_differences(folder, pages, code):
    tree, t = tree_of(pages[code]), language(code)
    words = t("Difference from “{reference}” in the same worlds: {kind}")
    caption = words.format(reference=t.typeset(load_scenario("builtin:today").title(code)), kind="")
    main = next(one for one in tree.iter("table") if (one.findtext("caption") or "").startswith(caption))
    rows = list(main.iter("tr"))[1:]
    table = pd.read_csv(folder / "differences.csv").set_index(["scenario", "outcome"])
    titles = {language(code).typeset(load_scenario(f"builtin:{key}").title(code)): key for key in POLICIES}
    assert len(rows) == 3
    for row in rows:
        key = titles["".join(row[0].itertext())]
        for cell, outcome in zip(row[1:], ("survivors_5y", "exporters", "cost"), strict=True):
            told = numbers_in(cell.text, code)
            found = table.loc[(key, outcome), ["median", "ci_low", "ci_high"]].to_numpy(float)
            found = found * (1e-6 if outcome == "cost" else 1)
            assert len(told) == (3 if found.any() else 1)
            assert any(np.allclose(np.round(found, digits), told, atol=1e-9) for digits in range(4)), (key, outcome)


def test_an_interval_is_as_precise_as_it_deserves():
    t = language("en")
    assert amount(t, Estimate("exporters", 12.34, 8.2, 16.5, 9)) == "+12 (+8 to +16)"
    assert amount(t, Estimate("cost", 177.956, 177.7, 178.21, 9)) == "+178.0 (+177.7 to +178.2)"
    assert amount(t, Estimate("exporters", math.nan, math.nan, math.nan, 0)) == "not defined: nobody is counted"


CHANCE_ONLY = {"en": "chance only", "fr": "hasard seul", "ar": "الصدفة وحدها"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_page_speaks_of_chance_only_where_worlds_live_under_draws(tmp_path, pages, figures, code):
    """What figures say has a test of its own."""
    figures()
    one = write_report(make_tables(tmp_path / "one", draws=(7, 7)), code)[0]
    fixed = write_report(make_tables(tmp_path / "fixed", draws=()), code)[0]
    told = {path: " ".join(text_of(path)).lower() for path in (pages[code], one, fixed)}
    assert CHANCE_ONLY[code] not in told[pages[code]] and CHANCE_ONLY[code] not in told[one]
    assert CHANCE_ONLY[code] in told[fixed]
    t = language(code)
    sentence = t("All worlds lived under one draw of the parameters, so there is no interval: run more worlds.")
    assert sentence in one.read_text(encoding="utf-8")
    kind = t("expected, median and 95 % interval over {count} draws", count=FEW)
    captions = [caption for caption in text_of(pages[code], "caption") if " ".join(kind.split()) in caption]
    assert len(captions) >= 4, "tables name what their numbers are"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_folder_of_before_verdicts_is_shown_as_one(tmp_path, figures, code):
    figures("differences")
    folder = make_older(tmp_path / "older")
    path = write_report(folder, code)[0]
    t, text = language(code), path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert 'id="figure-differences"' in text
    said = " ".join(text_of(path))
    told = pd.read_csv(folder / "differences.csv").set_index(["scenario", "outcome"])
    estimate = Estimate.of("survivors_5y", told.loc[("ten-hubs-2027", "survivors_5y")])
    assert " ".join(alone(t, "P", estimate).split("P")[1].split()) in said
    for verdict in ("clear", "practically none", "likely, {share} of 100"):
        assert t(verdict, share=93) not in text_of(path, "small")
    assert " ".join(t("mean and 95 % interval of the older kind").split()) in said
    assert "contrasts.csv" not in said and "good" not in re.findall(r'td class="(.*?)"', text)


@pytest.mark.parametrize("code", LANGUAGES)
def test_policies_are_set_against_each_other_and_ranked(pages, code):
    t, rows = language(code), rows_of(pages[code])
    _, ten, deeper, _ = titles(code)
    head = " ".join(t("“{policy}” instead of “{other}”", policy=ten, other=deeper).split())
    [row] = [row for row in rows if row[0] == head]
    assert numbers_in(row[1], code) == [20.0, 2.0, 51.0], "seen from the side of more survivors"
    assert row[1].endswith(t("clear"))
    assert [ten, "72", t.number(8.4, 1), "72", t.number(8.4, 1)] in rows
    assert [deeper, t("fewer than 1"), "30", t("fewer than 1"), "30"] in rows
    said = " ".join(text_of(pages[code], "p"))
    words = {"policy": ten, "share": "72", "lost": t.number(8.4, 1)}
    best = t("“{policy}” has most survivors in {share} of 100; choosing it loses {lost} on average.", **words)
    assert " ".join(best.split()) in said


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_says_where_differences_come_from(pages, code):
    t, said = language(code), " ".join(text_of(pages[code], "p"))
    parts = {"extra founders": 15.2, "founded again": 0.0, "relocated": 1.1, "housed": 5.9, "never housed": -0.2}
    told = t("On average {sentence}.", sentence=sentence(t, "survivors_5y", parts))
    assert " ".join(told.split()) in said
    if code == "en":
        assert "On average +22 survivors: 15 because more are founded, 7 because more survive." in said
        assert "On average −22 survivors: 15 because fewer are founded, 7 because fewer survive." in said
    [row] = [row for row in rows_of(pages[code]) if row[0] == titles(code)[1] and len(row) == 7]
    assert [numbers_in(cell, code)[0] for cell in row[1:]] == [22.0, 15.0, 0.0, 1.0, 6.0, 0.0]


def test_prices_come_from_the_table_with_their_range(pages):
    cells = [cell for row in rows_of(pages["en"]) for cell in row]
    assert (
        "MAD 18.3 million each; pays with a probability of 2.5 % from 10.1 million, 50 % from 20.2 million, 97.5 % at "
        "no price"
    ) in cells
    assert "saves MAD 339 million and has 100 fewer survivors" in cells
    assert "costs MAD 177.9 million more and may have more or fewer survivors (−5 to +6)" in cells


# The page


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_is_strict_html_under_two_megabytes(pages, code):
    text = pages[code].read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert len(text.encode()) < 2e6
    assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}">' in text
    assert "<script" not in text and "@import" not in text and " src=" not in text
    identifiers = re.findall(r'\sid="([^"]+)"', text)
    assert len(identifiers) == len(set(identifiers)), "figures share ids"
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(identifiers)
    assert text.count('role="img" aria-label=') == text.count("<svg") > text.count("<figure") >= 6
    assert '<th scope="col">' in text and '<th scope="row">' in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_says_what_a_policymaker_needs(pages, code):
    t = language(code)
    headings = text_of(pages[code], "h2")
    for heading in ("Limits", "Sources", "How to rebuild this report", "Regions: who gains, who does not"):
        assert " ".join(t(heading).split()) in headings
    text = pages[code].read_text(encoding="utf-8")
    assert "hubsim compare --replications 3" in text and "2" * 64 in text
    assert 'href="https://fr.allafrica.com/stories/202405310563.html"' in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_prior_stands_beside_posterior_with_what_follows_from_it(pages, code):
    told, heads, cells = (text_of(pages[code], what) for what in ("li", "th", "td"))
    t = language(code)
    assert {" ".join(line.split()) for line in prior.sentences(t)} <= set(told)
    for head, numbers in prior.table(t).rows:
        assert " ".join(head.split()) in heads
        assert {" ".join(cell.text.split()) for cell in numbers} <= set(cells)


# What other commands add


@pytest.mark.parametrize("name", ["parameter-sets", "under-sets"])
def test_other_parameter_sets_are_read_under_the_older_name_of_their_folder_too(tmp_path, name):
    (tmp_path / name).mkdir()
    shutil.copy(REFERENCE / "parameter-sets" / "differences.csv", tmp_path / name)
    found = Companions(tmp_path, {}, language("en"), {}).under_sets
    assert found is not None and {row[0] for row in found.rows} == {
        "Parameters close to the evaluations", "Parameters that favour the operator",
    }  # fmt: skip


def ladder(low: float, high: float) -> pd.DataFrame:
    """What `hubsim explain` writes, with the interval of what the hubs do over draws."""
    values = {"reference": 0.5712, "screening": 0.1288, "cohort": 0.7, "definition": 0.1637, "operator": 0.8637}
    rows = [(rung, rung, value, value - 0.01, value + 0.01, math.nan, math.nan) for rung, value in values.items()]
    rows.append(("treatment", "", (low + high) / 2, 0.0, 0.01, low, high))
    names = ["rung", "label", "value", "chance_low", "chance_high", "posterior_low", "posterior_high"]
    return pd.DataFrame(rows, columns=names)


def beside(folder: Path, t: Language) -> Companions:
    return Companions(folder, json.loads((folder / "manifest.json").read_text()), t, {})


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.06, "what the hubs do adds 10 to 60"),
        (-0.06, -0.01, "what the hubs do takes away 10 to 60"),
        (-0.02, 0.05, "what the hubs do may take away up to 20 or add up to 50"),
    ],
)
def test_the_rate_taken_apart_is_told_by_the_interval_of_what_hubs_do(tmp_path, low, high, words):
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "explain").mkdir()
    ladder(low, high).to_csv(tmp_path / "explain" / "explanation_success.csv", index=False)
    told = beside(tmp_path, language("en"))
    assert words in told.apart and "571 would be operating" in told.apart and "the operator counts 864" in told.apart
    assert told.rungs is not None and next(head for head, _ in told.rungs.rows) == "All founders, no hubs"
    for code in LANGUAGES[1:]:
        named = WORDS_OF_CHANGE[code] & set(beside(tmp_path, language(code)).apart.split())
        assert (len(named) == 1) == ("may" not in words), "one direction is named, or none alone"


def test_what_the_result_depends_on_comes_from_the_folder_beside_it_if_the_same_model_made_it(tmp_path):
    environment = {"model": "1", "data": "2"}
    for name, made in (("compare", environment), ("sensitivity", environment)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(json.dumps({"environment": made, "command": f"hubsim {name}"}))
    rows = [("exporters", "network.catchment", 5.0), ("exporters", "application.rate", 50.0)]
    table = pd.DataFrame(rows, columns=["outcome", "factor", "mu_star"]).assign(mu_star_low=1.0, mu_star_high=60.0)
    table.to_csv(tmp_path / "sensitivity" / "sensitivity.csv", index=False)
    pd.DataFrame({"outcome": ["exporters"], "single": [0.25]}).to_csv(tmp_path / "sensitivity" / "chance.csv")
    found = beside(tmp_path / "compare", language("en"))
    [(outcome, cells)] = found.dependence.rows
    assert outcome == "Exporters in the country" and cells[1].text == "25\N{NO-BREAK SPACE}%"
    assert cells[0].text.index(": 50 (1 to 60)") < cells[0].text.index(": 5 (1 to 60)")
    assert found.commands == ["hubsim sensitivity"]
    (tmp_path / "compare" / "manifest.json").write_text(json.dumps({"environment": environment | {"model": "3"}}))
    assert beside(tmp_path / "compare", language("en")).dependence is None


def test_hubs_by_hours_are_shown_where_their_sweep_lies_in_the_folder(tmp_path, figures):
    figures()
    folder = make_tables(tmp_path / "result", DRAWS)
    without = page(folder, "en")
    assert "hubsim sweep experiments/hubs-by-intensity.yaml --out result/hubs-by-intensity" in without
    text = sweeps.GRID.replace("steps: 10", "steps: 4")
    sweeps.run(sweeps.written(tmp_path, text), folder / "hubs-by-intensity")
    html = page(folder, "en")
    html5lib.HTMLParser(strict=True).parse(html)
    assert 'id="figure-gaps"' in html and "--out result/hubs-by-intensity" not in html
    assert beside(folder, language("en")).surface_answer
    (folder / "hubs-by-intensity" / "runs.parquet").write_bytes(b"PAR1")
    assert "hubs-by-intensity/runs.parquet" in page(folder, "en")


def test_the_report_shows_what_lies_in_the_folder_and_says_what_is_damaged(tmp_path, folder, figures):
    figures()
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "explain").mkdir()
    ladder(0.01, 0.06).to_csv(copy / "explain" / "explanation_success.csv", index=False)
    (copy / "sensitivity.csv").write_text('outcome,factor\n"')
    text = page(copy, "fr")
    html5lib.HTMLParser(strict=True).parse(text)
    assert 'id="figure-waterfall"' in text and "<code>sensitivity.csv</code>" in text
    assert language("fr")("The operator's success rate taken apart") in text


def test_a_page_is_the_same_whether_its_scenarios_come_from_memory_or_from_files(tmp_path, monkeypatch, figures):
    figures("differences")
    found = Comparison(make_tables(tmp_path / "tables", DRAWS))
    found.asked = tuple(load_scenario(f"builtin:{key}") for key in found.scenarios)
    read = page(found.folder, "en")
    monkeypatch.setattr("sim.report.report_data.load_scenario", None)
    assert page(found, "en") == read


def test_hostile_names_stay_text(tmp_path):
    name = "<script>alert(1)</script>\u202e{{ 7*7 }}" + "x" * 9_000
    described = '"><img src=x onerror=alert(2)>' + "y" * 9_000
    folder = make_tables(tmp_path / "hostile", DRAWS, name=name, description=described)
    path = write_report(folder, "en")[0]
    text = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<script" not in text and "<img" not in text and "\u202e" not in text
    assert "&lt;script&gt;" in text and "{{ 7*7 }}" in text and "x" * 200 not in text
    assert len(text) < 2e6


def test_a_folder_without_a_result_is_an_error_in_words(tmp_path):
    with pytest.raises(StudyError, match="no manifest"):
        page(tmp_path, "en")
    (tmp_path / "manifest.json").write_text('{"kind": "run"}')
    with pytest.raises(StudyError, match="hubsim compare"):
        page(tmp_path, "en")
    (tmp_path / "manifest.json").write_text('{"kind": "compare"}')
    with pytest.raises(StudyError, match=r"no table.*differences\.csv is missing"):
        page(tmp_path, "en")


def test_a_damaged_folder_gives_a_report_that_says_what_is_missing(tmp_path, folder, figures):
    figures("differences")
    copy = shutil.copytree(folder, tmp_path / "damaged")
    (copy / "summary.csv").write_text("scenario,outcome\n")
    (copy / "monthly.parquet").write_bytes(b"PAR1 and no more")
    (copy / "survival.parquet").unlink()
    (copy / "resolved" / "no-hubs.yaml").write_text("network: [")
    (copy / "resolved" / "today.yaml").unlink()
    text = page(copy, "en")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "This report is incomplete" in text
    for name in ("summary.csv", "monthly.parquet", "survival.parquet", "resolved/no-hubs.yaml", "resolved/today.yaml"):
        assert f"<code>{name}</code>" in text
    assert "Its scenario cannot be read" in text and 'id="figure-differences"' in text


def test_addresses_of_an_origin_become_numbers():
    sources = Sources()
    origin = "source: six sites (https://example.org/a) ; https://example.org/b, as said"
    assert sources.cite(origin) == [1, 2] and sources.cite("https://example.org/b") == [2]
    assert without_addresses(origin) == "six sites, as said"


# In a browser

REGIONS_LABEL, REGIONS_HEADING = (
    f"[...document.querySelectorAll('table.stacked')].slice(1).map(table => {one})"
    for one in (
        "JSON.parse(getComputedStyle(table.querySelector('td:nth-of-type(2)'), '::before').content)",
        "table.querySelectorAll('thead th')[2].textContent",
    )
)
"""What the second cell of a row shows above its number in each table but the first, and the heading of its column."""


def test_without_a_browser_the_command_says_how_to_get_one(monkeypatch, pages):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(StudyError, match="apt install chromium"):
        print_pdf(pages["en"])


@needs_chromium
def test_the_report_prints(pages):
    assert print_pdf(pages["ar"]).read_bytes().startswith(b"%PDF")


@needs_chromium
def test_the_page_needs_nothing_from_outside_and_fits_a_telephone(pages, playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    for path in pages.values():
        view = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
        asked: list[str] = []
        view.on("request", lambda request, asked=asked: asked.append(request.url))
        view.goto(path.resolve().as_uri())
        assert asked == [path.resolve().as_uri()]
        assert view.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert view.evaluate(SIDEWAYS) == [], "tables and figures are not scrolled sideways"
        assert view.evaluate(REGIONS_LABEL) == view.evaluate(REGIONS_HEADING), "each cell shows its heading"
        end = view.evaluate("document.querySelector('.first').getBoundingClientRect().bottom")
        assert end <= 1.5 * 844, "the first page is no longer than a screen and a half"
        assert "Sans" in view.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    browser.close()
