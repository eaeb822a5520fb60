"""Paper, ink and type: what all figures share.

Lengths are millimetres and type sizes points, as on the printed A4 page. Colours are those of Okabe and
Ito, which colour-blind readers tell apart (their purple a little darker, because labels are written in it);
each also has its own dashes and marker, so that a grey print loses nothing.
"""

from __future__ import annotations

import functools
import math
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox

from sim.studies.manifest import fingerprint_in
from sim.system.text import clean
from sim.words.language import Language

MILLIMETRES_PER_INCH = 25.4
PAGE_WIDTH = 170.0
"""Width of the text on an A4 page with margins of 20 mm."""
NARROW = 100.0
"""Width of a figure for a telephone: on 390 pixels its smallest type is 7 pixels high."""

BLACK, DARK, MIDDLE, LIGHT, PALE, GROUND = "#000000", "#333333", "#6b6b6b", "#b8b8b8", "#e4e4e4", "#f4f2ec"
TITLE, PANEL, BODY, SMALL = 11.0, 7.5, 6.5, 5.8
ASCENT = 0.76
"""Height of the tall letters of the typeface over its size."""


@dataclass(frozen=True)
class Ink:
    """How one policy is drawn: by colour, and again by dashes and marker."""

    colour: str
    dashes: Any = "-"
    marker: str = "o"
    width: float = 1.1


REFERENCE_INK = Ink(BLACK, "-", "o", 1.3)
HIGHLIGHT_INKS = (
    Ink("#0072B2", (0, (5, 1.5)), "s"),
    Ink("#D55E00", (0, (5, 1.2, 1, 1.2)), "^"),
    Ink("#009E73", (0, (1.2, 1)), "D"),
    Ink("#B4568F", (0, (9, 1.5)), "v"),
)

_SETTINGS: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": BODY,
    "text.parse_math": False,
    # Hinted letters are as wide as whole pixels, so that what fits on paper would not fit on the screen.
    "text.hinting": "none",
    "text.color": DARK,
    "axes.unicode_minus": True,
    "axes.linewidth": 0.5,
    "axes.edgecolor": MIDDLE,
    "axes.labelcolor": DARK,
    "axes.labelsize": BODY,
    "axes.labelpad": 2.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.labelcolor": DARK,
    "ytick.labelcolor": DARK,
    "xtick.color": MIDDLE,
    "ytick.color": MIDDLE,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "grid.color": PALE,
    "grid.linewidth": 0.5,
    "lines.solid_capstyle": "butt",
    "path.simplify_threshold": 0.3,
    "hatch.linewidth": 0.4,
    "hatch.color": DARK,
    "svg.fonttype": "path",
    "figure.dpi": 100.0,
}


def styled[**P, R](draw: Callable[P, R]) -> Callable[P, R]:
    """Let `draw` work under the house style, whatever the user's settings, and leave nothing behind."""

    @functools.wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(), warnings.catch_warnings():
            mpl.rcdefaults()
            mpl.rcParams.update(_SETTINGS)
            # A name in a script that the font lacks shows as boxes; this is no reason to fail.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            return draw(*args, **kwargs)

    return inside


@functools.cache
def _scratch() -> tuple[Figure, Any]:
    """Return a sheet of ten dots per millimetre to measure text on."""
    figure = Figure(dpi=MILLIMETRES_PER_INCH * 10)
    return figure, FigureCanvasAgg(figure).get_renderer()


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of `text` in millimetres, under the house style."""
    figure, renderer = _scratch()
    drawn = Text(0, 0, text, family="DejaVu Sans", size=size, weight=weight, parse_math=False)
    drawn.set_figure(figure)
    return float(drawn.get_window_extent(renderer).width) / 10


def number_axis(axis: Axis, t: Language, ticks: int, *, signed: bool = False) -> None:
    """Put about `ticks` round numbers on an axis, as the language writes them; with signs for differences."""

    def written(value: float, _: int) -> str:
        places = axis.get_ticklocs()
        step = float(np.min(np.diff(places))) if len(places) > 1 else 1.0
        decimals = next((count for count in range(3) if math.isclose(step * 10**count, round(step * 10**count))), 3)
        return t.number(value, decimals, signed=signed)

    axis.set_major_locator(MaxNLocator(ticks, min_n_ticks=2))
    axis.set_major_formatter(FuncFormatter(written))


def line_height(size: float) -> float:
    """Distance between lines of type of `size` points, in millimetres."""
    return size * 1.25 * MILLIMETRES_PER_INCH / 72


def cut(text: str, width: float, size: float, weight: str = "normal") -> str:
    """`text`, cut with an ellipsis where it is wider than `width` millimetres."""
    if text_width(text, size, weight) <= width:
        return text
    low, high = 0, min(len(text), 400)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(text[:middle].rstrip() + "…", size, weight) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"


def wrap(text: str, width: float, size: float, *, lines: int = 99, weight: str = "normal") -> list[str]:
    """`text` in lines of at most `width` millimetres; the last of at most `lines` is cut with an ellipsis."""
    rows: list[str] = []
    rest, letters = text.split(" "), width / text_width("n", size, weight)
    while rest:
        if len(rows) == lines - 1:
            return [*rows, cut(" ".join(rest), width, size, weight)]
        about = bisect_right(list(accumulate(len(word) + 1 for word in rest)), letters)  # measuring is slow
        count = max(about, 1)
        while count < len(rest) and text_width(" ".join(rest[: count + 1]), size, weight) <= width:
            count += 1
        while count > 1 and text_width(" ".join(rest[:count]), size, weight) > width:
            count -= 1
        rows.append(cut(" ".join(rest[:count]), width, size, weight))
        rest = rest[count:]
    return rows


def typical(reaches: Sequence[float]) -> np.ndarray:
    """Which of several extents can share one scale.

    An extent is excluded when it exceeds twice the upper quartile (rounded down to one of them), so that about a
    quarter are excluded at most. Extents that are zero or unknown do not count.
    """
    sizes = np.nan_to_num(np.asarray(reaches, dtype=float))
    counted = sizes[sizes > 0]
    limit = 2 * float(np.quantile(counted, 0.75, method="lower")) if len(counted) > 2 else math.inf
    found: np.ndarray = sizes <= limit
    return found


class Sheet:
    """A figure laid out in millimetres from the top left corner: title, panels, and notes on how to read it.

    Args:
        title: what the figure shows.
        subtitle: how it shows it, in one line; may be empty.
        notes: sentences at the foot.
        height: room for the panels, in millimetres.
        t: the language.
        width: width of the sheet, in millimetres.
    """

    def __init__(
        self,
        title: str,
        subtitle: str,
        notes: Sequence[str],
        height: float,
        t: Language,
        width: float = PAGE_WIDTH,
    ) -> None:
        self.width, self.t = width, t
        heading = wrap(clean(title), width - 2, TITLE, lines=3, weight="bold")
        below = wrap(clean(subtitle), width - 2, PANEL, lines=4) if subtitle else []
        foot = wrap(clean(" ".join(note for note in notes if note)), width - 2, SMALL, lines=24)
        self.top = 2 + len(heading) * line_height(TITLE) + len(below) * line_height(PANEL) + 2
        self.height = self.top + height + 2 + len(foot) * line_height(SMALL) + 1
        self.figure = Figure(figsize=(width / MILLIMETRES_PER_INCH, self.height / MILLIMETRES_PER_INCH))
        self.figure.set_facecolor("white")
        FigureCanvasAgg(self.figure)
        edge = width - 1 if t.direction == "rtl" else 1
        y = 2.0
        for line in heading:
            self.write(edge, y, line, size=TITLE, weight="bold", colour=BLACK)
            y += line_height(TITLE)
        for line in below:
            self.write(edge, y, line, size=PANEL)
            y += line_height(PANEL)
        y = self.top + height + 2
        for line in foot:
            self.write(edge, y, line, size=SMALL, colour=MIDDLE)
            y += line_height(SMALL)
        self.figure.set_label(clean(title))

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = BODY,
        weight: str = "normal",
        colour: str = DARK,
        align: str | None = None,
        vertical: str = "top",
    ) -> Text:
        """Write one line at `x`, `y` (millimetres from the top left of the sheet).

        With `vertical` "top", tall letters end at `y`. Scripts have letters of different heights, so the baselines of
        lines are what must be equally far apart.
        """
        if vertical == "top":
            y, vertical = y + ASCENT * size * MILLIMETRES_PER_INCH / 72, "baseline"
        return self.figure.text(
            x / self.width,
            1 - y / self.height,
            text,
            size=size,
            weight=weight,
            color=colour,
            ha=align or ("right" if self.t.direction == "rtl" else "left"),
            va=vertical,
        )

    def panel(self, left: float, top: float, width: float, height: float, **options: Any) -> Axes:
        """Axes at `left`, `top` (millimetres from the top left of the room for panels)."""
        bottom = self.height - self.top - top - height
        return self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height), **options
        )

    def mirrored(self, left: float, width: float) -> float:
        """The left edge of a block `width` wide at `left`; in Arabic, where rows begin at the right, of its mirror."""
        return self.width - left - width if self.t.direction == "rtl" else left

    def label(self, right: float, middle: float, width: float, text: str, *, lines: int = 2) -> None:
        """The name of a row, which ends at `right` and is centred on `middle` (millimetres in the room for panels).

        In Arabic it begins at the right edge of the sheet. Where it does not fit, its type is smaller.
        """
        if self.t.direction == "rtl":
            right = self.mirrored(right - width, width) + width
        size = BODY if len(wrap(clean(text), width, BODY)) <= lines else SMALL
        rows = wrap(clean(text), width, size, lines=lines)
        for place, line in enumerate(rows):
            y = self.top + middle + (place - (len(rows) - 1) / 2) * line_height(size)
            self.write(right, y, line, size=size, align="right", vertical="center_baseline")

    def heading(self, left: float, top: float, width: float, text: str, *, lines: int = 2) -> None:
        """A panel's title, its last line ending at `top` (millimetres in the room for panels)."""
        rows = wrap(clean(text), width, PANEL, lines=lines, weight="bold")
        edge = left + width if self.t.direction == "rtl" else left
        for place, line in enumerate(rows):
            y = self.top + top - (len(rows) - 1 - place) * line_height(PANEL)
            self.write(edge, y, line, size=PANEL, weight="bold", vertical="bottom")


def mark_of(manifest: Mapping[str, Any], t: Language) -> str:
    """The mark of the figures of a result: the fingerprint of its data; empty for older results."""
    mark = fingerprint_in(manifest)
    return f"hubsim · {t('fingerprint {fingerprint}', fingerprint=clean(mark))}" if mark else ""


MARK_HEIGHT = 3.0
"""Height in millimetres of the strip below a figure that holds its mark."""


@styled
def save(figure: Figure, folder: Path, name: str, mark: str = "") -> list[Path]:
    """Write `figure` as SVG and PNG; the same figure gives the same bytes.

    A `mark`, such as the fingerprint of the data, stands in a strip below the figure, which stays as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # The salt makes ids the same in each run, and different between the figures of one page.
    mpl.rcParams["svg.hashsalt"] = f"hubsim {name}"
    vector, bitmap = folder / f"{name}.svg", folder / f"{name}.png"
    title = str(figure.get_label())
    with _marked(figure, mark) as area:
        figure.savefig(vector, bbox_inches=area, metadata={"Date": None, "Creator": "hubsim", "Title": title})
        figure.savefig(bitmap, bbox_inches=area, dpi=200, metadata={"Software": "hubsim", "Title": title})
    return [vector, bitmap]


@contextmanager
def _marked(figure: Figure, mark: str) -> Iterator[Bbox | None]:
    """Put the mark below a figure during the `with` block; yields what to draw in inches, None for the figure alone."""
    if not mark:
        yield None
        return
    width, height = (float(length) for length in figure.get_size_inches())
    strip = MARK_HEIGHT / MILLIMETRES_PER_INCH
    ground = Rectangle((0, -strip / height), 1, strip / height, transform=figure.transFigure, fc="white", ec="none")
    figure.add_artist(ground, clip=False)
    text = figure.text(
        1 - 1 / (MILLIMETRES_PER_INCH * width), -0.7 * strip / height, mark, size=4.5, color=MIDDLE, ha="right"
    )
    try:
        yield Bbox([[0, -strip], [width, height]])
    finally:
        ground.remove()
        text.remove()
