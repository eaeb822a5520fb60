"""Figures and report of a sweep: paired differences as in `differences.csv`, and names that people read."""

from __future__ import annotations

import math
import warnings
from functools import partial

import html5lib
import numpy as np
import pandas as pd
import pytest
from design_worlds import run_numbers
from markupsafe import escape
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from sheets_fit import assert_it_fits

from sim.figures.drawing import Sheets
from sim.figures.frontier import frontier
from sim.figures.heatmap import heatmap
from sim.figures.indices import indices
from sim.figures.plane import plane_of
from sim.figures.style import MILLIMETRES_PER_INCH, NARROW
from sim.figures.sweep_drawing import figures_of_sweep, sheets_of_sweep
from sim.figures.words import factor_label, factor_name
from sim.inference.frontier import Frontier
from sim.inference.sensitivity import Sensitivity
from sim.report import prior
from sim.report.page import page
from sim.report.sweep import SweepContent
from sim.studies.experiment import load_experiment
from sim.studies.sweep import sweep
from sim.words.language import LANGUAGES, language
from tools.reference import KEPT, MIXES

HUBS, HOURS = "network.hubs_by_2027", "accompaniment.hours_per_startup"
SCREENED = Sensitivity(
    "morris",
    pd.DataFrame(
        [
            {"outcome": outcome, "factor": path, "mu_star": 1.0, "mu_star_low": 0.5, "mu_star_high": 1.5}
            for outcome in ("survivors_5y", "regional_balance", "cost")
            for path in (HUBS, HOURS, "population.initial_revenue", "accompaniment.survival_effect")
        ]
    ),
    pd.DataFrame({"outcome": ["survivors_5y", "regional_balance", "cost"], "single": [0.5, 0.2, math.nan]}),
)
SEARCHED = Frontier(KEPT / MIXES)
FACTORS = {HUBS: "[6, 8, 10]", HOURS: "[4, 8, 12, 16]"}


def study(
    folder, paths=(HUBS, HOURS), design="grid", outcomes="[survivors_5y, cost]", levels=FACTORS, replications=3, **how
):
    folder.mkdir(exist_ok=True)
    factors = "".join(f"  {path}: {levels[path] if design == 'grid' else '{from: 4, to: 16}'}\n" for path in paths)
    samples = "" if design == "grid" else "samples: 4\n"
    head = f"base: builtin:today\nreplications: {replications}\ndesign: {design}\n{samples}outcomes: {outcomes}\n"
    text = f"{head}factors:\n{factors}"
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    how = {"parameters": "fixed", **how}
    return sweep(load_experiment(folder / "study.yaml"), workers=1, out=folder / "result", runner=run_numbers, **how)


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    return study(tmp_path_factory.mktemp("grid"))


def said(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text))


def test_lines_are_the_paired_differences_of_the_table(grid):
    plane = plane_of(grid, paired=True)
    assert (plane.x_path, plane.y_path, plane.origin) == (HOURS, HUBS, (4, 6))
    rows = grid.differences.set_index(["scenario", "outcome"])
    for point, values in grid.points.iloc[1:].iterrows():
        row = rows.loc[(point, "survivors_5y")]
        place = list(plane.y).index(values[HUBS]), list(plane.x).index(values[HOURS])
        assert plane.means["survivors_5y"][place] == row["difference"]
        assert (plane.lows["survivors_5y"][place], plane.highs["survivors_5y"][place]) == (
            row["ci_low"],
            row["ci_high"],
        )
    assert plane.means["survivors_5y"][0, 0] == plane.lows["survivors_5y"][0, 0] == 0
    assert plane.origin_means["cost"] == pytest.approx(grid.matrix("cost").loc["point-000"].mean())
    widths = [np.mean(one.highs["survivors_5y"] - one.lows["survivors_5y"]) for one in (plane, plane_of(grid))]
    assert widths[0] < 0.2 * widths[1]


def test_figures_say_from_where_the_differences_are(grid):
    drawn = dict(figures_of_sweep(grid, language("en")))
    assert list(drawn) == ["gaps", "lines"], "levels would repeat the differences, and draw their noise"
    assert "mentor hours per startup = 4 and hubs by 2027 = 6, in the same worlds." in said(drawn["lines"])
    assert f"level there: {plane_of(grid, paired=True).origin_means['cost'] / 1e6:.0f}" in said(drawn["lines"])


@pytest.mark.parametrize("design", ["grid", "lhs"])
def test_one_factor_has_lines_whose_differences_are_paired_where_the_design_has_any(tmp_path, design):
    [(name, figure)] = figures_of_sweep(study(tmp_path, (HOURS,), design), language("en"))
    assert name == "lines" and ("in the same worlds" in said(figure)) == (design == "grid")
    assert ("Line: mean." in said(figure)) == (design == "lhs")


def test_a_plane_of_very_many_cells_is_a_picture_inside_the_page(tmp_path, monkeypatch):
    many = {HUBS: "[6, 8, 10]", HOURS: "[0, 1, 2, 3, 4, 5, 6, 7, 8]"}
    grid = study(tmp_path, levels=many, replications=2)
    scales = page(grid.folder, "en").count("data:image/png")
    monkeypatch.setattr("sim.figures.heatmap._CELLS", 3)
    text = page(grid.folder, "en")
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.count("data:image/png") == scales + 2 * len(grid.shown) and 'id="figure-heatmap"' in text


def test_figures_say_what_their_intervals_hold(tmp_path, grid):
    drawn = study(tmp_path / "drawn", replications=8, parameters="posterior")
    for result, fixed in ((grid, True), (drawn, False)):
        for figure in dict(figures_of_sweep(result, language("en"))).values():
            assert ("chance only" in said(figure)) == fixed == ("chance taken out" not in said(figure))
        text = page(result.folder, "en")
        assert ("Intervals hold chance only" in text) == fixed
        assert ("Intervals hold what the facts leave open about the parameters, chance taken out" in text) != fixed


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_cut_off_or_too_small_on_the_sheets_of_sweeps(tmp_path, grid, code):
    t = language(code)
    listed = study(tmp_path, (HUBS,), levels={HUBS: "[6, null, 8]"})
    plane = plane_of(grid)
    others = {
        "heatmap": partial(heatmap, plane, {"Ten hubs, the same mentors": (8, 8)}, t),
        "sensitivity": partial(indices, SCREENED, t),
        "frontier": partial(frontier, SEARCHED.frontier, SEARCHED.aims, SEARCHED.manifest["limit"], t),
    }
    drawn = {name: Sheets(draw(), draw(width=NARROW)) for name, draw in others.items()}
    drawn |= dict([*sheets_of_sweep(grid, t), *sheets_of_sweep(listed, t)])
    assert set(drawn) == {"gaps", "lines", "choices", "heatmap", "sensitivity", "frontier"}
    for name, sheets in drawn.items():
        assert_it_fits(name, sheets)
        assert sheets.narrow.get_figwidth() == pytest.approx(NARROW / MILLIMETRES_PER_INCH), name


def test_a_level_may_be_null_and_a_world_alone(tmp_path):
    open_level = study(tmp_path / "null", (HUBS,), levels={HUBS: "[6, null, 8]"})
    assert "6 hubs, 8 hubs, and not given" in page(open_level.folder, "en")
    with warnings.catch_warnings(action="error"):
        alone = dict(figures_of_sweep(study(tmp_path / "one", replications=1), language("en")))
    assert set(alone) == {"gaps", "lines"} and not any("±" in said(figure) for figure in alone.values())


@pytest.mark.parametrize("code", LANGUAGES)
def test_factors_have_names_for_people(code):
    t = language(code)
    assert (
        factor_label(t, "population.initial_revenue")
        == {
            "en": "first revenue",
            "fr": "premier chiffre d’affaires",
            "ar": "رقم المعاملات الأول",
        }[code]
    )
    assert "(" not in factor_name(t, HUBS) and "(" in factor_name(t, HOURS)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_speaks_of_chance_only_where_the_parameters_are_fixed(tmp_path, grid, code):
    only = {"en": "chance only", "fr": "hasard seul", "ar": "الصدفة وحدها"}[code]
    hold = language(code)("Intervals hold chance only; what is not known of the parameters is not in them.")
    drawn = study(tmp_path, replications=6, parameters="posterior")
    assert grid.draws is None and len(set(drawn.draws)) == 3
    fixed, under_draws = page(grid.folder, code), page(drawn.folder, code)
    assert str(escape(hold)) in fixed and only in fixed.lower()
    assert str(escape(hold)) not in under_draws and only not in under_draws.lower()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_report_gathers_what_cannot_be_told_apart(tmp_path, grid, code):
    t = language(code)
    text = page(grid.folder, code)
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.index('id="figure-gaps"') < text.index('id="factors"') < text.index('id="figure-lines"')
    assert all(str(escape(sentence)) in text for sentence in prior.sentences(t))
    answer = SweepContent(grid, t).answer
    assert len(answer) == 2 and t.country("currency") in answer[1]
    alike = SweepContent(study(tmp_path, (HUBS,), outcomes="[survivors_5y, exporters]"), t)
    means = alike.result.matrix("survivors_5y")
    noisy = {name: means + np.array([[0, 90, -90]]).repeat(3, 0) * [[1], [-1], [0]] for name in alike.shown}
    alike.result.matrix = noisy.__getitem__
    assert alike.answer == [
        t(
            "{outcome}: no two combinations can be told apart.",
            outcome=t.listed([t("Startups alive after five years"), t("Exporters in the country")]),
        )
    ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_cells_show_the_medians_and_probabilities_of_the_table(grid, code):
    t = language(code)
    figure = dict(figures_of_sweep(grid, t))["gaps"]
    texts = {text.get_text() for text in figure.findobj(Text)}
    for outcome, decimals, scale in (("survivors_5y", 0, 1.0), ("cost", 0, 1e-6)):
        rows = grid.difference_of(outcome)
        assert {t.number(scale * median, decimals, signed=True) for median in rows["median"]} <= texts
        assert {t.percent(round(share, 2)) for share in rows["p_positive"]} <= texts


def test_cells_are_coloured_only_where_a_direction_is_told(grid):
    figure = dict(figures_of_sweep(grid, language("en")))["gaps"]
    told = sum(grid.difference_of(name)["verdict"].isin(["clear", "likely"]).sum() for name in ("survivors_5y", "cost"))
    filled = [patch for patch in figure.findobj(Rectangle) if patch.get_alpha()]
    assert len(filled) == told > 0
