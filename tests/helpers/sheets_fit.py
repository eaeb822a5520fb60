"""Whether both sheets of a figure hold all that is drawn on them, in type that can be read."""

from matplotlib.text import Text

from sim.figures.drawing import Sheets
from sim.figures.style import styled

TELEPHONE = 358
"""Pixels that a figure has on a telephone of 390 pixels, in a page with margins."""


def assert_it_fits(name: str, sheets: Sheets) -> None:
    """Nothing is cut off, and on a telephone no letter is smaller than seven pixels."""
    for figure in sheets:
        paper = figure.bbox_inches
        drawn = styled(figure.get_tightbbox)()
        assert drawn.x0 >= 0 and drawn.y0 >= 0, (name, figure.get_figwidth())
        assert drawn.x1 <= paper.x1 and drawn.y1 <= paper.y1, (name, figure.get_figwidth())
        shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
        smallest = min(text.get_size() for text in shown)
        width = figure.get_figwidth() * 72
        assert figure is sheets.wide or smallest / width * TELEPHONE >= 7, name
