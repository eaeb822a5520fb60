"""Figures say what they show, hold together under odd data, and come out the same every time."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from figure_frames import POLICIES, write_study
from matplotlib.figure import Figure
from matplotlib.text import Text
from sheets_fit import assert_it_fits

from sim.country.geography import geography
from sim.figures import draw_all, figures_of
from sim.figures.canvas import Canvas, from_north_to_south
from sim.figures.drawing import ALL, sheets_of
from sim.figures.labels import CLEAR, SOLID, label_cost, spread
from sim.figures.study import ShownStudy
from sim.figures.style import SMALL, Sheet, cut, line_height, save, text_width, typical, wrap
from sim.studies.folder import ResultFolder
from sim.studies.series import quantiles, yearly_mean
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
"""As many policies as are needed for some to be grey."""
HOSTILE = {
    "today": "Six $hubs_{x}$ \\frac{1}{2} <script>alert('x')</script> -- & \"quoted\" $",
    "ten-hubs-2027": "عشرة مراكز بحلول عام ٢٠٢٧",
    "ten-hubs-late": "a very long name " * 30,
    "no-hubs": "W" * 300,
    "export-push": "tab\tnew\nline \x1b[31m 输出 $\\sum$",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of several policies with a few replications."""
    return write_study(tmp_path_factory.mktemp("study") / "some", SOME, replications=4, months=150)


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small comparison with every figure."""
    return small(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Figure]:
    return dict(figures_of(ResultFolder(folder)))


def said(figure: Figure) -> str:
    """Everything that a figure says, its lines joined."""
    return " ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))


def small(folder: Path, **options: object) -> Path:
    return write_study(
        folder / "small", ("today", "ten-hubs-2027", "six-hubs-deeper"), **{"replications": 3, "months": 150, **options}
    )


def test_all_figures_are_drawn_and_come_out_the_same_whatever_the_settings(tmp_path: Path) -> None:
    drawn = draw_all(small(tmp_path))
    assert [path.name for path in drawn] == [f"{name}.{kind}" for name in ALL for kind in ("svg", "png")]
    assert {path.parent for path in drawn} == {tmp_path / "small" / "figures"}
    assert all(path.stat().st_size > 10_000 for path in drawn)
    before = {path.name: path.read_bytes() for path in drawn}
    assert b"<dc:date>" not in before["paths.svg"]
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "svg.fonttype": "none"}):
        settings = dict(mpl.rcParams)
        assert {path.name: path.read_bytes() for path in draw_all(tmp_path / "small")} == before
        assert dict(mpl.rcParams) == settings


@pytest.mark.parametrize("name", ALL)
def test_each_figure_says_how_many_replications_and_which_policies(figures: dict[str, Figure], name: str) -> None:
    text = said(figures[name])
    assert "4 replications per policy" in text
    assert "Six hubs, as today" in text
    assert name == "paths" or "Ten hubs by 2027" in text
    assert "chance only, parameters fixed" in text


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("paths", "map")])
def test_figures_of_all_policies_name_every_policy(figures: dict[str, Figure], name: str) -> None:
    text = said(figures[name])
    assert [POLICIES[key][0] for key in SOME if POLICIES[key][0] not in text] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_cut_off_or_too_small_in_any_language_on_any_sheet(some: Path, code: str) -> None:
    for name, sheets in sheets_of(ResultFolder(some), code, ALL):
        assert_it_fits(name, sheets)
        for axes in (axes for figure in sheets for axes in figure.axes if name == "contrasts"):
            cell = axes.bbox.width / abs(np.diff(axes.get_xlim())[0])
            assert max(text.get_window_extent().width for text in axes.texts) < cell, "numbers run together"


def test_lines_of_a_foot_are_equally_far_apart_in_every_script() -> None:
    sheet = Sheet("", "", ["الفرق عن العوالم نفسها مرجّح ووووو " * 12, "ascenders none " * 20], 10, language("ar"))
    foot = [text for text in sheet.figure.texts if text.get_text()]
    steps = np.diff([text.get_position()[1] for text in foot]) * sheet.height
    assert {text.get_va() for text in foot} == {"baseline"} and len(foot) > 3
    np.testing.assert_allclose(steps, -line_height(SMALL))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_forest_plot_says_what_its_panels_show_in_full(folder: Path, code: str) -> None:
    [(_, figure)] = figures_of(ResultFolder(folder), code, ("differences",))
    headings = [text.get_text() for text in figure.texts if text.get_weight() == "bold"]
    assert len(headings) > 3 and not any("…" in text for text in headings)


def test_a_value_beyond_its_panel_is_printed_without_an_interval_where_there_is_none(
    folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(folder, tmp_path / "one-draw")
    table = pd.read_csv(copy / "differences.csv").assign(median=np.nan, ci_low=np.nan, ci_high=np.nan)
    far = (table["scenario"] == table["scenario"].iloc[-1]) & (table["outcome"] == "exporters")
    table.loc[far, "difference"] = -98765.0
    table.to_csv(copy / "differences.csv", index=False)
    [(_, figure)] = figures_of(ResultFolder(copy), "en", ("differences",))
    assert "98,765" in said(figure) and "nan" not in said(figure).lower()


def test_figures_fit_on_a4(figures: dict[str, Figure]) -> None:
    for name, figure in figures.items():
        width, height = figure.get_size_inches() * 25.4
        assert width <= 170.01 and height <= 257, (name, width, height)


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        (("monthly.parquet", "regions.parquet"), {"paths", "policy-gaps", "map"}),
        (
            ("differences.csv", "survival.parquet"),
            {
                "differences",
                "other-differences",
                "regions",
                "contrasts",
                "channels",
                "cost-effect",
                "prices",
                "survival",
            },
        ),
        (("hubs.parquet", "manifest.json", "resolved"), set()),
    ],
)
def test_what_is_missing_costs_only_its_own_figures(tmp_path: Path, missing: tuple[str, ...], lost: set[str]) -> None:
    folder = small(tmp_path)
    for path in (folder / name for name in missing):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert {name for name, _ in figures_of(ResultFolder(folder))} == set(ALL) - lost


def test_only_the_figures_that_are_wanted_are_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.figures.drawing.policy_gaps", pytest.fail)
    assert [name for name, _ in figures_of(ResultFolder(folder), wanted=("differences",))] == ["differences"]


def test_an_empty_folder_has_no_figures(tmp_path: Path) -> None:
    assert draw_all(tmp_path) == []


def test_one_world_has_no_band_and_no_differences(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "one", ("today",), replications=1)
    figures = dict(figures_of(ResultFolder(folder)))
    assert list(figures) == ["paths", "map", "survival"]
    assert all("One replication" in said(figure) for figure in figures.values())
    assert not any(axes.collections for axes in figures["paths"].axes)


def test_runs_that_failed_leave_the_rest_drawable(tmp_path: Path) -> None:
    folder = small(tmp_path)
    for name in ("monthly", "regions", "hubs", "survival"):
        frame = pd.read_parquet(folder / f"{name}.parquet")
        frame[(frame["scenario"] == "today") | (frame["replication"] == 1)].to_parquet(folder / f"{name}.parquet")
    figures = dict(figures_of(ResultFolder(folder)))
    assert set(figures) == set(ALL)
    assert "1 to 3 replications" in said(figures["paths"])


def test_hostile_names_are_shown_and_harmless(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "hostile", tuple(HOSTILE), replications=2, months=150, names=HOSTILE)
    figures = dict(figures_of(ResultFolder(folder)))
    assert set(figures) == set(ALL)
    for name, figure in figures.items():
        tree = ElementTree.parse(save(figure, folder, name)[0])
        assert not [element for element in tree.iter() if element.tag.endswith("script")]
    assert "Six $hubs_{x}$" in said(figures["policy-gaps"])
    assert HOSTILE["ten-hubs-2027"] in said(figures["differences"])


def test_an_unknown_language_is_named_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"'tlh'.*en"):
        draw_all(folder, language="tlh")


def test_figures_speak_arabic(folder: Path) -> None:
    figures = dict(figures_of(ResultFolder(folder), "ar", ("map", "paths")))
    assert "الفرق" in said(figures["map"])
    assert "الدار البيضاء" in said(figures["map"])
    assert language("ar")("Operating startups") in said(figures["paths"])


def test_numbers_have_no_negative_zero() -> None:
    assert language("en").number(-0.04, 1, signed=True) == "0.0"
    assert language("en").number(1234.5, 1, signed=True) == "+1,234.5"


def test_quantiles_are_those_of_numpy_and_leave_nan_out() -> None:
    values = np.random.default_rng(1).normal(size=(9, 7, 3))
    values[0, :5] = np.nan
    values[1] = np.nan
    found = quantiles(values, (0.05, 0.5, 0.95), axis=1)
    assert np.isnan(found[:, 1]).all()
    kept = [0, *range(2, 9)]
    expected = np.nanquantile(values[kept], (0.05, 0.5, 0.95), axis=1)
    np.testing.assert_allclose(found[:, kept], expected)


def test_the_yearly_mean_waits_for_a_year_and_leaves_nan_out() -> None:
    values = np.arange(24.0)
    values[20] = np.nan
    found = yearly_mean(values)
    assert np.isnan(found[:11]).all()
    assert found[11] == values[:12].mean()
    assert found[23] == pytest.approx(np.nanmean(values[12:]))


def test_labels_move_apart_as_little_as_needed() -> None:
    assert spread([1.0, 5.0], [2.0, 2.0], 0.0, 10.0) == [1.0, 5.0]
    placed = spread([5.0, 5.2, 5.1, 9.9], [2.0] * 4, 0.0, 10.0)
    order = np.argsort([5.0, 5.2, 5.1, 9.9])
    assert (np.diff(np.array(placed)[order]) >= 2 - 1e-9).all()
    assert max(placed) <= 9 + 1e-9


def test_text_is_cut_to_the_width_it_has() -> None:
    assert cut("short", 50, 6.5) == "short"
    shortened = cut("a name that is much too long for its place", 20, 6.5)
    assert shortened.endswith("…") and text_width(shortened, 6.5) <= 20
    lines = wrap("a name that is much too long for its place", 20, 6.5, lines=2)
    assert len(lines) == 2 and all(text_width(line, 6.5) <= 20 for line in lines)


def test_a_row_that_would_squash_the_others_gets_its_own_scale() -> None:
    assert typical([1.0, 2.0, 1.5, 40.0]).tolist() == [True, True, True, False]
    assert typical([1.0, 2.0, 1.5, 5.0, 4.0]).all()
    assert typical([1.0, 40.0]).all()
    assert typical([0.0, 0.0, 0.0]).all()
    assert not typical([30.0, 2.0, 250.0])[2]


def test_every_region_has_its_label_inside_itself() -> None:
    country = geography()
    canvas = Canvas(country, 55, 60)
    assert sorted(from_north_to_south(country)) == list(range(12))
    assert country.regions[from_north_to_south(country)[0]] == "Tanger-Tétouan-Al Hoceïma"
    for region, (place, form) in enumerate(canvas.number_places([], [[(90.0, 2.0), (2.0, 2.0)]] * 12)):
        owner = country.cell_region[np.hypot(*(canvas.places - place).T).argmin()]
        assert (owner, form) == (region, 1), "no region has room for the wide form"


def test_labels_of_regions_leave_room_around_discs() -> None:
    canvas = Canvas(geography(), 83, 76)
    discs = [(canvas.cities[city], 2.0) for city in ("Khémisset", "Fès", "Oujda")]
    size = (3.0, 5.0)
    for place, _ in canvas.number_places(discs, [[size]] * 12):
        for centre, radius in discs:
            apart = np.clip(np.abs(place - centre) * canvas.unit - np.array(size) / 2, 0, None)
            assert np.hypot(*apart) >= radius, "a label touches a disc"


def test_a_leader_beside_the_mark_of_another_point_is_dear() -> None:
    """Not only one that crosses it: a line that nearly touches a mark seems to belong to it."""
    box, panel = (20.0, 0.0, 30.0, 2.0), (0.0, 0.0, 100.0, 100.0)
    leader = [(x - 0.15, 0.85, x + 0.15, 1.15) for x in np.arange(1.0, 20.0)]

    def dear(bottom: float) -> float:
        mark = np.array([(8.0, bottom, 12.0, bottom + 4.0)])
        return label_cost(box, leader, mark, np.array([SOLID]), panel)

    assert dear(0.0) > dear(1.15 + CLEAR / 2) > 1 and dear(1.15 + 2 * CLEAR) == 0


def test_a_study_without_the_reference_in_a_frame_keeps_the_others() -> None:
    study = ShownStudy({"today": "Today", "a": "A", "b": "B"})
    assert list(study.within(["b", "a"]).titles) == ["a", "b"]
