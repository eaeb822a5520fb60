"""The first page and the brief: any comparison has a finding, four tiles, advice, and one printed page."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import html5lib
import pandas as pd
import pytest
from chromium import CHROMIUM, needs_chromium
from figure_frames import REGIONS, write_study
from report_folders import COLUMNS, DRAWS, make, make_older, make_tables, text_of, titles
from test_report_words import found

from sim.errors import StudyError
from sim.parameters.draws import Draws
from sim.report import advice
from sim.report.brief import briefs
from sim.report.citation import Citation, software
from sim.report.finding import Finding
from sim.report.first_page import FirstPage
from sim.report.imprint import AUTHORS, Imprint, git_author, imprint
from sim.report.printing import page_count
from sim.report.report_data import read_report_data
from sim.report.tiles import chance, tiles
from sim.report.whom_to_ask import DRAWS as DIGEST
from sim.report.whom_to_ask import MIN_AVOIDED, whom_to_ask
from sim.report.wording import Estimate
from sim.report.writing import write_report
from sim.words.language import LANGUAGES, language

MORE, PERHAPS, FEWER = ("clear", 0.999, 0.1), ("open", 0.6, 0.3), ("clear", 0.001, 0.1)
NONE, GONE = ("practically none", 0.6, 0.1), ("not defined", math.nan, math.nan)
FREE = (0.0, 0.0, 0.0, "practically none", 0.5, 0.0)


def study(folder: Path, changes: dict[str, dict[str, tuple]], draws: int = 60) -> Path:
    """A comparison of own policies with today, of which `changes` has the differences; 60 draws unless told."""
    write_study(folder, ("today", *changes), replications=2, months=132, draws=(1, 2) if draws else ())
    rows = [
        (policy, "today", outcome, value, value, *rest, 2 * draws or 2, draws)
        for policy, found in changes.items()
        for outcome, (value, *rest) in found.items()
    ]
    pd.DataFrame(rows, columns=COLUMNS).to_csv(folder / "differences.csv", index=False)
    options = {"reference": "today"} | ({"parameters": "posterior", "draws": 200} if draws else {})
    manifest = {"kind": "compare", "options": options, "environment": {"hubsim": "0.1.0", "model": "abcdef012345"}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def first(folder: Path, code: str = "en") -> FirstPage:
    return FirstPage(read_report_data(folder, code), language(code))


def effects(gain: tuple, cost: tuple) -> dict[str, tuple]:
    rate = (gain[0] / 1000, gain[1] / 1000, gain[2] / 1000, *gain[3:])
    return {"survivors_5y": gain, "exporters": gain, "cohort_success_rate": rate, "export_rate": rate, "cost": cost}


DEAR, CHEAP = (20e6, 18e6, 22e6, *MORE), (-20e6, -22e6, -18e6, *FEWER)
GAIN, LOSS, OPEN = (12.0, 8.0, 16.0, *MORE), (-12.0, -16.0, -8.0, *FEWER), (2.0, -7.0, 9.0, *PERHAPS)
LITTLE = (1.0, -2.0, 3.0, *NONE)
NOBODY = (math.nan, math.nan, math.nan, *GONE)

OUTCOMES = {
    "gain": (GAIN, DEAR, "“ours” adds 12 (8 to 16) startups alive after five years; it costs MAD 20 million more."),
    "free gain": (GAIN, CHEAP, "“ours” adds 12 (8 to 16) startups alive after five years; it saves MAD 20 million."),
    "practically none": (
        LITTLE, DEAR,
        "“ours” has practically as many startups alive after five years (−2 to +3); it costs MAD 20 million more.",
    ),
    "not known": (
        OPEN, DEAR,
        "It is not known whether “ours” adds startups alive after five years or takes them away (−7 to +9); it costs "
        "MAD 20 million more.",
    ),
    "loss": (LOSS, CHEAP, "“ours” has 12 (8 to 16) fewer startups alive after five years; it saves MAD 20 million."),
    "no cost": (
        GAIN, FREE, "“ours” adds 12 (8 to 16) startups alive after five years; it costs practically the same.",
    ),
    "nothing defined": (
        NOBODY, DEAR,
        "There is no finding: in worlds this short, nothing that policies are judged by is defined.",
    ),
}  # fmt: skip
ADVICE = {
    "gain": "Do “ours” only if its gain is worth its bill.",
    "free gain": "Do “ours”: it gives more, and costs no more.",
    "practically none": "Do not spend MAD 20 million on “ours” for the sake of startups alone.",
    "not known": "Do not commit MAD 20 million to “ours” on this result: try it where it can be undone, and ask for "
    "the data below.",
    "loss": "“ours” saves MAD 20 million and loses startups: do it if the money does more elsewhere.",
    "no cost": "Do “ours”: it gives more, and costs no more.",
    "nothing defined": "Nothing is advised: run the comparison again, with worlds that are long enough.",
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_the_finding_and_the_advice_follow_from_the_numbers_whatever_they_are(tmp_path, case):
    gain, cost, words = OUTCOMES[case]
    folder = study(tmp_path / "own", {"ours": effects(gain, cost)})
    page = first(folder)
    assert page.title == words
    assert advice.to_do(page.finding) == [ADVICE[case]]
    for code in LANGUAGES:
        text = next(briefs(folder, code, ""))
        html5lib.HTMLParser(strict=True).parse(text)
        assert text.count('class="tile"') == 4 and "nan" not in text and "{" not in text.partition("</style>")[2]


def test_equal_money_is_found_in_the_costs_and_a_claim_that_they_contradict_is_not_made(tmp_path):
    folder = study(tmp_path / "own", {"ours": effects(OPEN, DEAR), "theirs": effects(GAIN, DEAR)})
    names = ("scenario", "other", "outcome", "difference", "median", *COLUMNS[5:])
    apart = [("ours", "theirs", "survivors_5y", -9.0, -9.0, -12.0, -5.0, *FEWER, 120, 60)]
    same = ("ours", "theirs", "cost", 0.0, 0.0, -1e5, 1e5, "practically none", 0.5, 0.1, 120, 60)
    dearer = ("ours", "theirs", "cost", 5e6, 5e6, 4e6, 6e6, *MORE, 120, 60)
    ranks = [("survivors_5y", "cost of theirs", key, 0.5, 1.0) for key in ("ours", "theirs")]
    pd.DataFrame(ranks, columns=["outcome", "group", "scenario", "p_best", "regret"]).to_csv(
        folder / "ranking.csv", index=False
    )
    pd.DataFrame([*apart, same], columns=names).to_csv(folder / "contrasts.csv", index=False)
    page = first(folder)
    assert page.finding.pairs == [("theirs", "ours")]
    assert page.title == (
        "For the same MAD 20 million, “theirs” gives 9 (5 to 12) more startups alive after five years than “ours”."
    )
    assert advice.to_do(page.finding)[0] == "With this money, prefer “theirs” to “ours”."
    (folder / "ranking.csv").unlink()
    assert first(folder).finding.pairs == [("theirs", "ours")], "nobody claims it, but the costs show it"
    pd.DataFrame(ranks, columns=["outcome", "group", "scenario", "p_best", "regret"]).to_csv(
        folder / "ranking.csv", index=False
    )
    pd.DataFrame([*apart, dearer], columns=names).to_csv(folder / "contrasts.csv", index=False)
    page = first(folder)
    assert page.finding.pairs == [] and page.finding.lead == "theirs"
    assert advice.at_equal_money(page.finding) == [
        "No two policies of this study cost the same. Read the gains beside the bill."
    ]


def against(folder: Path, contrast: tuple, draws: int = 60) -> FirstPage:
    """The first page of two policies that cost the same, with this difference of survivors between them."""
    study(folder, {"ours": effects(GAIN, DEAR), "theirs": effects(GAIN, DEAR)}, draws)
    free = ("ours", "theirs", "cost", 0.0, 0.0, -1e5, 1e5, "practically none", 0.5, 0.1, 2 * draws, draws)
    value, *rest = contrast
    row = ("ours", "theirs", "survivors_5y", value, value, *rest, 2 * draws, draws)
    names = ("scenario", "other", "outcome", "difference", "median", *COLUMNS[5:])
    pd.DataFrame([row, free], columns=names).to_csv(folder / "contrasts.csv", index=False)
    return first(folder)


@pytest.mark.parametrize(
    ("contrast", "draws", "told"),
    [
        ((3.0, -98.0, 27.0, "open", 0.57, 0.1), 60,
         "In 43 of 100 countries that fit the facts, “theirs” gives more than “ours”."),
        ((-3.0, -27.0, 98.0, "open", 0.43, 0.1), 60,
         "In 43 of 100 countries that fit the facts, “ours” gives more than “theirs”."),
        ((9.0, 5.0, 12.0, *MORE), 4, "Only 4 countries were tried: in others “theirs” may give more than “ours”."),
    ],
)  # fmt: skip
def test_what_would_change_a_contrast_speaks_of_the_contrast(tmp_path, contrast, draws, told):
    page = against(tmp_path / "own", contrast, draws)
    assert advice.would_change(page.finding)[0] == told
    lead, other = page.finding.pairs[0]
    rows = [("theirs", "ours", "survivors_5y", "closure.rate", 1.0, -0.5)]
    columns = ["scenario", "reference", "outcome", "parameter", "leads", "rank"]
    pd.DataFrame(rows, columns=columns).to_csv(page.data.folder / "dependence.csv", index=False)
    [depends] = [one for one in advice.would_change(first(page.data.folder).finding) if "depends most on" in one]
    assert depends.startswith(f"What “{lead}” does more than “{other}” depends most on:")
    assert ("the smaller the effect" in depends) == (lead == "theirs"), "read from the other side, the sign turns"


def test_what_would_change_an_effect_speaks_of_the_effect(tmp_path):
    likely = (12.0, -1.0, 20.0, "likely", 0.93, 0.1)
    told = advice.would_change(first(study(tmp_path / "own", {"ours": effects(likely, DEAR)})).finding)
    assert told == ["In 7 of 100 countries that fit the facts, “ours” has the opposite effect."]
    few = advice.would_change(first(study(tmp_path / "few", {"ours": effects(likely, DEAR)}, draws=3)).finding)
    assert few == ["Only 3 countries were tried: in others “ours” may have the opposite effect."]


@pytest.mark.parametrize(
    ("price", "draws", "told", "tile"),
    [
        ((7.5e6, 30.2e6, 1.5e6, math.nan), 60,
         "Do “ours” if one more startup alive after five years is worth MAD 30.2 million or more: from there it pays "
         "in half of the 60 countries that fit the facts. Mean cost over mean gain is 7.5 million.", "30.2"),
        ((7.5e6, math.nan, 1.5e6, math.nan), 60,
         "Do not do “ours” for the sake of startups alone: in half of the 60 countries that fit the facts it pays at "
         "no price.", "no price"),
        ((7.5e6, 7.6e6, 6.0e6, 9.0e6), 0,
         "Do “ours” if one more startup alive after five years is worth MAD 7.5 million or more; else leave it.",
         "7.5"),
    ],
)  # fmt: skip
def test_the_worth_from_which_a_policy_pays_is_that_of_half_of_the_countries(tmp_path, price, draws, told, tile):
    value, median, low, high = price
    folder = study(tmp_path / "own", {"ours": effects(GAIN, DEAR)}, draws)
    table = pd.read_csv(folder / "differences.csv")
    row = ("ours", "today", "cost_per_additional_survivor", value, median, low, high, "price", math.nan, math.nan)
    more = pd.DataFrame([(*row, 2 * draws or 2, draws)], columns=COLUMNS)
    pd.concat([table, more]).to_csv(folder / "differences.csv", index=False)
    page = first(folder)
    assert advice.to_do(page.finding) == [told]
    [line] = next(one for one in page.tiles[3].measures if "alive after five years" in one.label).lines
    assert line.value == tile, "tiles show medians"


def test_a_clear_gain_leads_before_a_larger_one_that_is_not_known(tmp_path):
    large = (30.0, -50.0, 90.0, *PERHAPS)
    folder = study(tmp_path / "own", {"large": effects(large, DEAR), "sure": effects(GAIN, FREE)})
    assert first(folder).finding.lead == "sure"


def test_tiles_have_median_range_and_chance(tmp_path):
    regions = {
        f"survivors_5y:{name}": (3.0, 1.0, 5.0, *(MORE if place < 4 else NONE)) for place, name in enumerate(REGIONS)
    }
    folder = study(tmp_path / "own", {"ours": effects(GAIN, DEAR) | regions})
    success, export, where, bill = tiles(read_report_data(folder, "en"), language("en"), ["ours"])
    [line] = success.measures[0].lines
    assert (line.value, line.range) == ("+12", "+8 to +16")
    assert (line.chance, line.over) == ("a gain in more than 99 of 100", "countries that fit the facts")
    assert [measure.label for measure in export.measures] == [
        "Exporters in the country",
        "Export rate of residents, % points",
    ]
    gains, still = where.measures[0].lines
    assert gains.value.endswith("; and 2 more regions") and still.value == "8 regions"
    assert bill.measures[0].lines[0].chance == "dearer in more than 99 of 100"


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        (found("exporters", 0.6, -3.0, 8.0), ("a gain in 60 of 100", "countries that fit the facts")),
        (found("exporters", 0.6, -3.0, 8.0, draws=9), ("a gain in 60 of 100", "by the 9 countries tried")),
        (found("exporters", 0.6, -3.0, 8.0, draws=0, chance=1.0), ("a gain in 60 of 100", "by chance")),
        (found("exporters", 0.6, -1.0, 2.0), ("practically none: a gain in 60 of 100", "countries that fit the facts")),
        (found("cost", 0.3, -9e6, 8e6), ("dearer in 30 of 100", "countries that fit the facts")),
        (found("exporters", 0.5, 0.0, 0.0), ("no change", "")),
        (Estimate("exporters", 7.0, math.nan, math.nan, 1, 1, verdict="few"), ("too few worlds for a range", "")),
        (Estimate.of("exporters", None), ("", "")),
    ],
)  # fmt: skip
def test_a_chance_says_over_what_it_is(finding, told):
    assert chance(language("en"), finding) == told
    for code in LANGUAGES[1:]:
        said = chance(language(code), finding)
        assert [bool(part) for part in said] == [bool(part) for part in told]
        assert said[0] != told[0] or not told[0]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_of_two_worlds_and_of_old_tables_has_a_first_page(tmp_path, code):
    two = study(tmp_path / "two", {"ours": effects((2.0, -9.0, 13.0, "open", 0.7, 1.0), DEAR)}, draws=0)
    older, one = make_older(tmp_path / "older"), make_tables(tmp_path / "one", draws=(7, 7))
    for folder in (two, older, one):
        page = first(folder, code)
        assert page.title and len(page.tiles) == 4 and all(block.sentences for block in page.blocks)
    fixed = "All parameters are fixed at one set: the ranges hold chance only, not what is not known of them."
    assert language(code)(fixed) in advice.assumed(first(two, code).finding)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_report_begins_with_the_first_page_and_repeats_no_sentence_of_it(tmp_path, figures, code):
    figures("differences")
    [path] = write_report(make_tables(tmp_path / "result", DRAWS), code, author="A. B.")
    said = " ".join(text_of(path, "main"))
    page = first(path.parent, code)
    told = [page.title, *page.beside, *(one for block in page.blocks for one in block.sentences)]
    for sentence in told:
        assert said.count(" ".join(sentence.split())) == 1, sentence
    assert " ".join(text_of(path, "h1")) == " ".join(page.title.split()) and "A. B." in said
    assert all(name in said for name in titles(code)[1:3])


def test_no_policy_has_words_of_its_own(tmp_path):
    folder = make_tables(tmp_path / "result", DRAWS)
    data = read_report_data(folder, "en")
    data.study = replace(data.study, titles={key: f"policy {place}" for place, key in enumerate(data.study.titles)})
    page = FirstPage(data, language("en"))
    told = " ".join([page.title, *page.beside, *(one for block in page.blocks for one in block.sentences)])
    assert "policy 1" in told and "Ten hubs" not in told and "deeper" not in told


# Whom to ask


def test_data_are_asked_for_in_the_order_of_their_worth_where_it_is_of_the_same_draws(tmp_path):
    t, manifest = language("en"), {"options": {"draws_digest": Draws(values=({"a": 1.0},)).digest}}
    unknown = whom_to_ask(t, tmp_path, manifest)
    worth = tmp_path / "data-worth"
    worth.mkdir()
    rows = [
        ("waiting times", "datum", True, MIN_AVOIDED),
        ("hours per startup", "datum", True, MIN_AVOIDED / 2),
        ("all of induced_entry, exactly", "limit", True, 0.9),
    ]
    pd.DataFrame(rows, columns=["fact", "kind", "hardest", "avoided"]).to_csv(worth / "regret.csv", index=False)
    assert whom_to_ask(t, tmp_path, manifest) == unknown, "a table of unknown draws is not used"
    (worth / DIGEST).write_text(json.dumps({"draws_digest": "of others"}))
    assert whom_to_ask(t, tmp_path, manifest) == unknown
    (worth / DIGEST).write_text(json.dumps(manifest["options"]))
    first, second, third = whom_to_ask(t, tmp_path, manifest)
    assert first.startswith("The trade register") and first.endswith("decide most.")
    assert second.endswith(
        "startup by startup: it avoids up to 10\N{NO-BREAK SPACE}% of what a choice without it risks."
    )
    assert third.endswith("alone, it hardly changes a choice.")


# Date, version, author


def test_an_author_is_the_one_given_or_that_of_git_and_none_is_invented(tmp_path, monkeypatch):
    t, manifest = language("en"), {"environment": {"hubsim": "0.1.0", "model": "abcdef0123456789"}}
    assert imprint(t, manifest, "A. B.").parts[1:] == ["hubsim 0.1.0, model abcdef01", "A. B."]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert git_author() == "" and imprint(t, {}).author == "" and imprint(t, {}).version == "hubsim"


def test_an_imprint_cannot_leave_its_place_in_the_style():
    css = Imprint("1 May", "", '"</style><script>').css
    assert css.startswith('"1\\20 May\\20 ') and not set("<>&") & set(css) and css.count('"') == 2


# The brief


def test_a_brief_is_about_a_comparison(tmp_path):
    (tmp_path / "manifest.json").write_text('{"kind": "sweep"}')
    with pytest.raises(StudyError, match="--brief is about a comparison"):
        next(briefs(tmp_path, "en"))


@needs_chromium
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_brief_is_one_page_with_bookmarks(tmp_path, code):
    folder = make(tmp_path / "result", name={"en": "A " + "long " * 30, "fr": "Un " + "long " * 30, "ar": "اسم " * 30})
    html, pdf = write_report(folder, code, brief=True, author="A. B.")
    assert html.stem == pdf.stem == ("brief" if code == "en" else f"brief-{code}")
    assert page_count(pdf) == 1 and b"/Outlines" in pdf.read_bytes()


@needs_chromium
def test_the_first_page_of_a_printed_report_is_one_page(tmp_path, figures, playwright):
    figures()  # they come after it
    [path] = write_report(make_tables(tmp_path / "result", DRAWS), "fr")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    view = browser.new_page(viewport={"width": 680, "height": 1016})  # A4 less its margins
    view.emulate_media(media="print")
    view.goto(path.resolve().as_uri())
    assert view.evaluate("document.querySelector('.first').getBoundingClientRect().height") <= 1016
    browser.close()


def test_a_finding_without_differences_says_so(tmp_path):
    folder = make_tables(tmp_path / "result", DRAWS)
    (folder / "differences.csv").unlink()
    page = first(folder)
    assert page.title == "There is no finding: the table of differences is missing." and page.tiles == []
    assert Finding(page.data, page.t).beside == []


def test_the_program_s_own_authors_are_named_in_each_language():
    names = [imprint(language(code), {}, AUTHORS).author for code in LANGUAGES]
    assert names == ["The hubsim authors", "Les auteurs de hubsim", "مؤلفو hubsim"]
    assert software()["authors"] == AUTHORS, "the name in the citation file"
    found = Citation("The hubsim authors", "compare", "own", date(2026, 5, 1), "0.1.0", "abcd", "")
    assert [found.text(code).split(":")[0].split(" :")[0].strip("\u202f ") for code in LANGUAGES] == names
