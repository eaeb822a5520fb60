"""Figures show verdicts and intervals over draws of the parameters, and never say that these hold chance only."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from figure_frames import POLICIES, older, prices, write_study
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from sim.country.geography import geography
from sim.figures import figures_of
from sim.figures.bands import bands_of
from sim.figures.change_map import PALE_BAD, Regional, RegionalEffect, change_map
from sim.figures.drawing import ALL
from sim.figures.price_ranges import prices_of
from sim.figures.study import ShownStudy
from sim.figures.style import DARK, LIGHT, PALE
from sim.figures.tones import GOOD
from sim.studies.folder import ResultFolder
from sim.studies.statistics import effects, levels
from sim.system.text import clean
from sim.words.language import LANGUAGES, language

SOME = (
    "today",
    "ten-hubs-2027",
    "ten-hubs-late",
    "six-hubs-deeper",
    "six-hubs-half-intensity",
    "export-push",
    "no-hubs",
)


CHANCE = "chance only, parameters fixed"
OLDER = "symmetric, of an older kind: run the comparison again"
DRAWS = "over {count} draws of what the facts allow, chance taken out"
ONE = "Line: mean of the worlds of one draw of the parameters, which has no band."
PREDICTIVE = (
    "Line: median. Band: 5th to 95th percentile of the replications, parameters and chance together (predictive)."
)
VERDICTS = "Filled: clear. Grey: likely. Hollow: open, or too few draws. Thin rhomb: practically none."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of several policies; only its tables are needed."""
    study = write_study(tmp_path_factory.mktemp("study") / "some", SOME, replications=2, months=130)
    for name in ("monthly", "regions", "hubs", "survival"):
        (study / f"{name}.parquet").unlink()
    return study


def notes(figure: Figure) -> str:
    """The notes above and below the panels, in order."""
    return " ".join(text.get_text() for text in figure.texts)


def marks(figure: Figure) -> list[tuple[str, str]]:
    """Mark and fill of each policy in the first panel."""
    shown = (line for line in figure.axes[0].lines if line.get_marker() in ("o", "d", "<", ">", "s", "^", "D", "v"))
    return [(line.get_marker(), line.get_markerfacecolor()) for line in shown]


def test_marks_show_the_verdict_of_the_table_and_not_where_the_interval_lies(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "verdicts")
    table = pd.read_csv(copy / "differences.csv")
    table.loc[:, ["difference", "median", "ci_low", "ci_high"]] = [5.0, 5.0, 4.0, 6.0]
    order = dict(zip(SOME[1:], ("clear", "likely", "open", "too few draws", "practically none", "clear"), strict=True))
    table.assign(verdict=table["scenario"].map(order)).to_csv(copy / "differences.csv", index=False)
    [(_, figure)] = figures_of(ResultFolder(copy), "en", ("differences",))
    assert marks(figure) == [
        ("o", DARK), ("o", LIGHT), ("o", DARK), ("o", "white"), ("o", "white"), ("d", "white")
    ], "those of a known direction come first"  # fmt: skip
    [(_, figure)] = figures_of(ResultFolder(copy), "en", ("cost-effect",))
    faces = [face for mark, face in marks(figure)]
    assert faces.count("white") == 3 and faces.count(LIGHT) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_tables_of_before_verdicts_are_drawn_without_any_and_say_so(folder: Path, tmp_path: Path, code: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "older")
    older(pd.read_csv(copy / "differences.csv")).to_csv(copy / "differences.csv", index=False)
    for name, figure in figures_of(ResultFolder(copy), code, ("differences", "cost-effect")):
        assert {face for _, face in marks(figure)} <= {"white"}, name
        assert clean(language(code)(OLDER)) in notes(figure)
        assert clean(language(code)(VERDICTS)) not in notes(figure)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six worlds under three draws of the parameters."""
    folder = tmp_path_factory.mktemp("drawn") / "study"
    policies = ("today", "ten-hubs-2027", "six-hubs-deeper")
    return write_study(folder, policies, replications=6, months=150, draws=(5, 5, 9, 9, 2, 2))


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_figure_speaks_of_chance_only_where_worlds_live_under_draws(drawn: Path, tmp_path: Path, code: str) -> None:
    t = language(code)
    figures = dict(figures_of(ResultFolder(drawn), code))
    assert set(figures) == set(ALL)
    for name, figure in figures.items():
        assert clean(t(CHANCE)) not in notes(figure), name
        assert clean(t(DRAWS, count="3")) in notes(figure), name
    one = write_study(tmp_path / "one", ("today", "ten-hubs-2027"), replications=2, months=150, draws=(7, 7))
    wanted = ALL if code == "en" else ("differences", "paths", "policy-gaps", "survival")
    for name, figure in figures_of(ResultFolder(one), code, wanted):
        assert clean(t(CHANCE)) not in notes(figure), name
        assert (clean(t(ONE)) in notes(figure)) == (name in ("paths", "policy-gaps", "survival"))
    (one / "runs.parquet").unlink()  # as in a folder whose tables alone were kept
    [(_, figure)] = figures_of(ResultFolder(one), code, ("paths",))
    assert clean(t(PREDICTIVE)) in notes(figure) and clean(t(CHANCE)) not in notes(figure)


def test_bands_are_of_what_draws_are_expected_to_do_as_in_the_tables() -> None:
    rng = np.random.default_rng(3)
    draws = np.repeat(np.arange(200), 2)
    expected_value = 10 + rng.gamma(2.0, 1.0, size=(200, 1, 12))
    worlds = expected_value.repeat(2, axis=0)[:, 0] + rng.normal(0, 2.0, size=(400, 12))
    worlds[7, 3] = np.nan
    bands = bands_of(worlds[None], draws)
    for month, level in enumerate(levels(worlds, draws)):
        width = level.high - level.low
        ends = [band[0, month] for band in (bands.low, bands.middle, bands.high)]
        np.testing.assert_allclose(ends, [level.low, level.median, level.high], atol=0.06 * width)
    all_worlds = bands_of(worlds[None], None)
    assert (bands.high - bands.low).mean() < 0.8 * np.nanmean(
        np.diff(np.nanquantile(worlds, (0.025, 0.975), 0), axis=0)
    )
    np.testing.assert_allclose(all_worlds.middle[0], np.nanmedian(worlds, axis=0))


def test_bands_of_differences_end_at_zero_where_intervals_of_effects_do() -> None:
    rng = np.random.default_rng(4)
    draws = np.repeat(np.arange(60), 2)
    gains = rng.gamma(0.7, 2.0, size=(60, 1)) + 0.05 + np.linspace(-2, 2, 12)
    worlds = gains.repeat(2, axis=0) + rng.normal(0, 0.5, size=(120, 12))
    cut, plain = (bands_of(worlds[None], draws, differences=differences) for differences in (True, False))
    tables = effects(worlds, np.zeros_like(worlds), draws)
    sure = np.array([one.p_positive >= 0.975 for one in tables]) & (plain.low[0] < 0)
    assert sure.any() and (plain.low[0][~sure] < 0).any()
    assert (cut.low[0][sure] == 0).all() and all(one.low >= 0 for one, known in zip(tables, sure, strict=True) if known)
    np.testing.assert_array_equal(cut.low[0][~sure], plain.low[0][~sure])
    np.testing.assert_array_equal(cut.middle, plain.middle)


def test_a_price_that_is_never_reached_ends_at_the_edge_and_a_saving_has_words() -> None:
    keys = ("today", *list(POLICIES)[1:6])
    table = prices_of(prices(keys, 4, 2), "cost_per_additional_survivor", keys[1:])
    assert table["high"].tolist()[:3] == [40.0, np.inf, np.inf] and table["median"].tolist()[2] == np.inf
    assert (
        table["bargain"].tolist()[3:] == ["saving", "less for more"] and table["high"].isna().tolist()[3:] == [True] * 2
    )


def test_one_draw_has_a_line_and_no_band_and_what_nobody_has_is_left_open() -> None:
    worlds = np.array([[[1.0, np.nan, 4.0], [3.0, np.nan, np.nan]]])
    bands = bands_of(worlds, np.array([8, 8]))
    np.testing.assert_array_equal(bands.middle, [[2.0, np.nan, 4.0]])
    assert np.isnan(bands.low).all() and np.isnan(bands.high).all()


def test_a_region_is_coloured_only_where_its_verdict_names_a_direction() -> None:
    study = ShownStudy({"today": "Today", "ten-hubs-2027": "Ten"}, draw_count=30)
    clear, likely = RegionalEffect(8.0, 2.0, 20.0, 0.99, "clear"), RegionalEffect(-3.0, -9.0, 1.0, 0.07, "likely")
    sure = {"Oriental": clear, "Souss-Massa": likely}
    unsure = {name: RegionalEffect(5.0, -4.0, 9.0, 0.8, "open") for name in geography().regions}
    figure = change_map(Regional("ten-hubs-2027", unsure | sure, {"Oriental": 40.0}), None, study, "2034-12")
    shades = {patch.get_facecolor() for patch in figure.axes[1].patches if patch.get_fill()}
    assert shades == {to_rgba(colour) for colour in (GOOD, PALE_BAD, PALE)}
    assert {"3: 99", "9: 7"} < {text.get_text() for text in figure.axes[1].texts}, "the probability is written, too"
    assert "+8.0 (+2.0, +20.0)" in notes(figure).replace("\N{LEFT-TO-RIGHT MARK}", "")


def test_an_arabic_table_begins_at_the_right() -> None:
    regional = Regional("ten", {"Oriental": RegionalEffect(8.0, 2.0, 20.0, 0.99, "clear")}, {"Oriental": 40.0})
    places = {}
    for code in ("en", "ar"):
        figure = change_map(regional, None, ShownStudy({"today": "T", "ten": "Ten"}, language=code), "2034-12")
        places[code] = {text.get_text(): text.get_position()[0] for text in figure.texts}
    t = language("ar")
    assert places["en"]["Region"] < 0.1 and places["ar"][t("Region")] > 0.9
    assert places["en"][language("en").place("Oriental")] < places["en"]["Difference"]
    assert places["ar"][t.place("Oriental")] > places["ar"][t("Difference")]
