"""Figures inside the page: SVG without outside references, with unique ids and a text for screen readers."""

from __future__ import annotations

import io
import re

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from sim.figures.style import styled

_DROPPED = (
    re.compile(r"^.*?(?=<svg)", re.DOTALL),
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"<style.*?</style>", re.DOTALL),
)


@styled
def inline(figure: Figure, key: str, text: str) -> Markup:
    """A figure as SVG for the body of a page.

    Text stays text: it can be searched and read aloud, and browsers shape Arabic well. Coordinates are rounded to
    a hundredth of a point.

    Args:
        figure: what to show.
        key: prefix of the figure's ids, different for each figure of a page.
        text: description for readers who do not see the figure.
    """
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": f"hubsim {key}"}
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    for pattern in _DROPPED:
        svg = pattern.sub("", svg)
    svg = re.sub(r"<[^>]*>", lambda tag: _tidy(tag[0], key), svg)
    opening = f'<svg class="drawing" role="img" aria-label="{escape(text)}"'
    return Markup(re.sub(r'<svg width="[^"]*" height="[^"]*"', lambda _: opening, svg, count=1))


def _tidy(tag: str, key: str) -> str:
    """A tag with short numbers and with ids of this figure; text between tags is not changed."""
    tag = re.sub(r' xmlns(:xlink)?="[^"]*"| transform="rotate\(-?0 [^"]*\)"|font-family: [^;"]*;? ?', "", tag)
    tag = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), tag)
    tag = re.sub(r'\bid="', f'id="{key}-', tag)
    tag = re.sub(r'(?:xlink:)?href="#', f'href="#{key}-', tag).replace("url(#", f"url(#{key}-")
    return re.sub(r"\s+", " ", tag)
