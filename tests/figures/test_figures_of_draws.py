"""Figures show verdicts and intervals over draws of the parameters, and never say that these hold chance only."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from figure_frames import older, write_study
from matplotlib.figure import Figure

from sim.figures import figures_of
from sim.figures.bands import bands_of
from sim.figures.drawing import ALL
from sim.figures.hub_map import hub_map
from sim.figures.regional import Survival, gap, survival_by_region
from sim.figures.study import ShownStudy
from sim.figures.style import DARK, LIGHT
from sim.studies.folder import ResultFolder
from sim.studies.statistics import levels
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
        ("o", DARK), ("o", LIGHT), ("o", "white"), ("o", "white"), ("d", "white"), ("o", DARK)
    ]  # fmt: skip
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
    return write_study(folder, ("today", "ten-hubs-2027"), replications=6, months=150, draws=(5, 5, 9, 9, 2, 2))


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_figure_speaks_of_chance_only_where_worlds_live_under_draws(drawn: Path, tmp_path: Path, code: str) -> None:
    t = language(code)
    figures = dict(figures_of(ResultFolder(drawn), code))
    assert set(figures) == set(ALL)
    for name, figure in figures.items():
        assert clean(t(CHANCE)) not in notes(figure), name
        assert clean(t(DRAWS, count="3")) in notes(figure), name
    one = write_study(tmp_path / "one", ("today", "ten-hubs-2027"), replications=2, months=150, draws=(7, 7))
    for name, figure in figures_of(ResultFolder(one), code):
        assert clean(t(CHANCE)) not in notes(figure), name
        assert (clean(t(ONE)) in notes(figure)) == (name not in ("differences", "map", "cost-effect"))
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


def test_one_draw_has_a_line_and_no_band_and_what_nobody_has_is_left_open() -> None:
    worlds = np.array([[[1.0, np.nan, 4.0], [3.0, np.nan, np.nan]]])
    bands = bands_of(worlds, np.array([8, 8]))
    np.testing.assert_array_equal(bands.middle, [[2.0, np.nan, 4.0]])
    assert np.isnan(bands.low).all() and np.isnan(bands.high).all()


@pytest.mark.parametrize("draws", [None, np.repeat(np.arange(10), 2)])
def test_a_regional_difference_between_equal_worlds_is_zero_and_certain(draws: np.ndarray | None) -> None:
    rng = np.random.default_rng(2)
    founders = rng.poisson(40, 20).astype(float)
    same = Survival(rng.binomial(founders.astype(int), 0.5).astype(float), founders, draws)
    nothing = gap(same, same)
    assert (nothing.median, nothing.low, nothing.high, nothing.verdict) == (0.0, 0.0, 0.0, "practically none")
    better = replace(same, survivors=same.survivors + 2)
    found = gap(better, same)
    assert found.low < 100 * 40 / founders.sum() < found.high and found.p_positive > 0.99
    assert found.verdict == ("clear" if draws is None else "likely"), "ten draws cannot be clear"
    if draws is None:
        assert found.mean == pytest.approx(better.rate - same.rate)
    few = Survival(np.array([3.0, 4.0]), np.array([9.0, 9.0]))
    assert gap(few, few).verdict == "not defined"


def test_the_rate_of_each_draw_is_that_of_its_own_worlds() -> None:
    survivors, founders = np.array([10.0, 20.0, 30.0, 50.0]), np.array([40.0, 20.0, 50.0, 50.0])
    found = Survival(survivors, founders, np.array([1, 1, 4, 4])).by_world()
    np.testing.assert_allclose(found.reshape(2, 2).mean(axis=1), [100 * 30 / 60, 100 * 80 / 100])
    assert Survival(survivors, founders).by_world().mean() == pytest.approx(100 * 110 / 160)


def test_a_region_is_coloured_only_where_its_verdict_names_a_direction(drawn: Path) -> None:
    regions = pd.read_parquet(drawn / "regions.parquet")
    frame = regions[regions["month"] == regions["month"].max()]
    sure = frame["region"] == "Oriental"
    alive = np.where(sure & (frame["scenario"] == "today"), 0, frame["founders_5y"])
    frame = frame.assign(founders_5y=100, survivors_5y=np.where(sure, np.minimum(alive, 1) * 90, 50))
    study = ShownStudy(
        {"today": "Today", "ten-hubs-2027": "Ten"}, draw_count=3, draws=dict(enumerate((5, 5, 9, 9, 2, 2)))
    )
    month = str(frame["month"].max())
    sides = [survival_by_region(frame, key, month, study.draws) for key in ("today", "ten-hubs-2027")]
    found = {name: gap(sides[1][name], sides[0][name]) for name in sides[0]}
    assert {name for name, one in found.items() if one.has_direction} == {"Oriental"}
    axes = hub_map(frame, None, study, "ten-hubs-2027", month).axes[3]  # after two maps and their bar
    shades = {tuple(np.round(patch.get_facecolor()[:3], 3)) for patch in axes.patches if patch.get_fill()}
    assert len(shades) == 2, "one region in colour, all others in the same grey"
