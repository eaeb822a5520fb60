"""Figures inside the page: SVG without outside references, with unique ids and a text for screen readers."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import matplotlib as mpl
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from sim.figures.drawing import draw_one
from sim.figures.style import mark_of, save, styled
from sim.studies.sweep_results import Sweep
from sim.words.language import language

MADE_FROM = {
    "paths": "monthly.parquet",
    "policy-gaps": "monthly.parquet",
    "differences": "differences.csv",
    "other-differences": "differences.csv",
    "channels": "channels.csv",
    "contrasts": "contrasts.csv, differences.csv",
    "frontier": "search/frontier.csv",
    "map": "differences.csv, summary.csv, hubs.parquet",
    "regions": "differences.csv",
    "survival": "survival.parquet",
    "cost-effect": "differences.csv",
    "prices": "differences.csv",
    "gaps": "hubs-by-intensity/differences.csv",
    "waterfall": "explanation_success.csv",
    "sensitivity": "sensitivity.csv, chance.csv",
}
"""The figures of the page of a comparison, each with the table from which it is drawn."""

_DROPPED = (
    re.compile(r"^.*?(?=<svg)", re.DOTALL),
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"<style.*?</style>", re.DOTALL),
)


@dataclass(frozen=True)
class Vector:
    """A figure as SVG for the body of a page, before its place there is known; `narrow` is for telephones."""

    title: str
    svg: str
    narrow: str

    def described(self, text: str) -> Markup:
        """The SVG with a description for readers who do not see the figure; the page shows one of two sheets."""
        sheets = (self.svg, "drawing wide"), (self.narrow, "drawing narrow")
        return Markup("\n".join(_described(svg, kind, text) for svg, kind in sheets))

    @property
    def letters(self) -> set[str]:
        """The characters that the figure shows."""
        return set(unescape(re.sub(r"<[^>]*>", "", self.svg + self.narrow)))


def _described(svg: str, kind: str, text: str) -> str:
    opening = f'<svg class="{kind}" role="img" aria-label="{escape(text)}"'
    return re.sub(r'<svg width="[^"]*" height="[^"]*"', lambda _: opening, svg, count=1)


@dataclass(frozen=True)
class Drawn:
    """Figures that were drawn once for the folder and for the page.

    Attributes:
        files: the files written into the folder.
        vectors: the figures of the page by name.
        missing: the tables that could not be read, as in `ResultFolder`.
    """

    files: list[Path]
    vectors: dict[str, Vector]
    missing: Mapping[str, str]


def drawn_once(folder: Path, name: str) -> Drawn:
    """Draw one English figure of a comparison into its folder and, if the page shows it, for the page."""
    sheets, files, missing = draw_one(folder, name)
    shown = {} if sheets is None or name not in MADE_FROM else {name: vector(*sheets, key=name)}
    return Drawn(files, shown, missing)


def sweep_drawn_once(result: Sweep) -> Drawn:
    """Draw the English figures of a sweep into its folder and for the page."""
    from sim.figures.sweep_drawing import sheets_of_sweep

    drawn, mark = Drawn([], {}, {}), mark_of(result.manifest, language("en"))
    for name, sheets in sheets_of_sweep(result, language("en")):
        drawn.files.extend(save(sheets.wide, result.folder / "figures", name, mark))
        drawn.vectors[name] = vector(*sheets, key=name)
    return drawn


def vector(figure: Figure, narrow: Figure, *, key: str) -> Vector:
    """A figure as SVG for the body of a page.

    Text stays text: it can be searched and read aloud, and browsers shape Arabic well. Coordinates are rounded to
    a hundredth of a point.

    Args:
        figure: what to show.
        narrow: the same on a sheet for telephones.
        key: prefix of the figure's ids, different for each figure of a page.
    """
    return Vector(str(figure.get_label()), _svg(figure, key), _svg(narrow, f"{key}-narrow"))


@styled
def _svg(figure: Figure, key: str) -> str:
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": f"hubsim {key}"}
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    for pattern in _DROPPED:
        svg = pattern.sub("", svg)
    svg = re.sub(r'<g id="[^"]*">', "<g>", re.sub(r">\s+<", "><", svg))  # nothing refers to groups
    return re.sub(r"<[^>]*>", lambda tag: _tidy(tag[0], key), svg)


def font_faces(letters: set[str]) -> Markup:
    """Style that embeds the typeface of the figures, as far as `letters` need it, with the shapes of Arabic.

    So a figure's words are as wide on every machine as where they were laid out.
    """
    faces = []
    for weight, name in (("normal", "DejaVuSans.ttf"), ("bold", "DejaVuSans-Bold.ttf")):
        font = TTFont(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, recalcTimestamp=False)
        options = Options(layout_features=["*"], hinting=False, notdef_outline=True)
        options.drop_tables += ["FFTM"]  # a date of the font's editor, about which the library would warn
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=sorted({ord(letter) for letter in letters} | {ord(" ")}))
        subsetter.subset(font)
        font.flavor = "woff"
        buffer = io.BytesIO()
        font.save(buffer)
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        faces.append(
            f'@font-face {{ font-family: "DejaVu Sans"; font-weight: {weight}; '
            f"src: url(data:font/woff;base64,{data}) format('woff'); }}"
        )
    return Markup("\n".join(faces))


def _tidy(tag: str, key: str) -> str:
    """A tag with short numbers and with ids of this figure; text between tags is not changed."""
    tag = re.sub(r' xmlns(:xlink)?="[^"]*"| transform="rotate\(-?0 [^"]*\)"|font-family: [^;"]*;? ?', "", tag)
    tag = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), tag)
    tag = re.sub(r'\bid="', f'id="{key}-', tag)
    tag = re.sub(r'(?:xlink:)?href="#', f'href="#{key}-', tag).replace("url(#", f"url(#{key}-")
    return re.sub(r"\s+", " ", tag)
