"""Direct labels: names beside lines and points instead of a legend, moved apart where they would overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.figures.style import BODY, MILLIMETRES_PER_INCH, line_height, text_width, wrap

Box = tuple[float, float, float, float]
"""Left, bottom, right and top in millimetres from the panel's lower left corner."""

SOLID, THIN = 40.0, 14.0
"""Cost of a label for each square millimetre that it covers: of a point or another label, or of a thin line."""
CLEAR = 0.5
"""Room in millimetres on either side of a leader: past another point's mark it must be seen which it belongs to."""


def millimetres(axes: Axes, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """Position in millimetres from the lower left corner of a panel of `width` × `height` millimetres."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return (x - left) / (right - left) * width, (y - bottom) / (top - bottom) * height


def spread(centres: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels as little as possible so that none overlap, and stay between `low` and `high` if there is room.

    Args:
        centres: preferred centre of each label.
        heights: height of each label.
        low: lower limit of the labels.
        high: upper limit of the labels.

    Returns:
        The new centres, in the order given.
    """
    groups: list[tuple[list[int], float]] = []
    for index in np.argsort(np.asarray(centres), kind="stable"):
        members, middle = [int(index)], float(centres[index])
        while True:
            half = sum(heights[member] for member in members) / 2
            middle = max(min(middle, high - half), low + half)
            if not groups:
                break
            below, below_middle = groups[-1]
            below_half = sum(heights[member] for member in below) / 2
            if below_middle + below_half <= middle - half + 1e-9:
                break
            groups.pop()
            members = below + members
            offsets = np.cumsum([0.0, *(heights[member] for member in members)])
            total = offsets[-1]
            wishes = [
                centres[m] - (offset + heights[m] / 2 - total / 2)
                for m, offset in zip(members, offsets[:-1], strict=True)
            ]
            middle = float(np.mean(wishes))
        groups.append((members, middle))
    placed = [0.0] * len(centres)
    for members, middle in groups:
        position = middle - sum(heights[member] for member in members) / 2
        for member in members:
            placed[member] = position + heights[member] / 2
            position += heights[member]
    return placed


def end_labels(axes: Axes, ends: Mapping[str, tuple[str, str, float, float]], width: float, *, lines: int = 2) -> None:
    """Name lines in a column right of the panel, with a thin leader from each label to the end of its line.

    Args:
        axes: the panel; its limits are final.
        ends: by key, the label, its colour, and the end of the line in data coordinates.
        width: width of the column of labels, in millimetres.
        lines: largest number of lines of text in a label.
    """
    known = [end for end in ends.values() if np.isfinite(end[3])]
    box, per_millimetre = axes.get_window_extent(), MILLIMETRES_PER_INCH / axes.figure.dpi
    panel_width, panel_height = box.width * per_millimetre, box.height * per_millimetre
    texts = [wrap(label, width - 2.4, BODY, lines=lines) for label, *_ in known]
    heights = [len(rows) * line_height(BODY) + 0.4 for rows in texts]
    points = [millimetres(axes, x, y, panel_width, panel_height) for *_, x, y in known]
    places = spread([y for _, y in points], heights, -3.0, panel_height + 3.0)
    for (_, colour, _, _), rows, (x, y), place in zip(known, texts, points, places, strict=True):
        axes.plot(
            [x / panel_width, 1 + 1.9 / panel_width],
            [y / panel_height, place / panel_height],
            transform=axes.transAxes,
            color=colour,
            linewidth=0.5,
            clip_on=False,
        )
        axes.text(
            1 + 2.3 / panel_width,
            place / panel_height,
            "\n".join(rows),
            transform=axes.transAxes,
            color=colour,
            size=BODY,
            va="center_baseline" if len(rows) == 1 else "center",
            linespacing=1.15,
        )


def place_names(
    axes: Axes,
    anchors: Sequence[tuple[float, float]],
    names: Sequence[str],
    colours: Sequence[str],
    taken: Sequence[tuple[Box, float]],
    width: float,
    height: float,
    size: float = BODY,
    marks: Sequence[float] | None = None,
) -> None:
    """Write each name as near to its point as possible without covering anything, with a leader if it is far.

    Args:
        axes: the panel; its limits are final.
        anchors: points in data coordinates.
        names: one per point.
        colours: one per point.
        taken: boxes that names should not cover, each with its cost, `SOLID` or `THIN`.
        width: width of the panel, in millimetres.
        height: height of the panel, in millimetres.
        size: size of the type, in points.
        marks: radius of each point's mark, in millimetres; None stands for 1.
    """
    tall = line_height(size)
    boxes = np.array([box for box, _ in taken], dtype=float).reshape(-1, 4)
    weights = np.array([weight for _, weight in taken], dtype=float)
    for (x, y), name, colour, mark in zip(anchors, names, colours, marks or [1.0] * len(names), strict=True):
        point = millimetres(axes, x, y, width, height)
        room = text_width(name, size) + 0.6, tall
        tried = [
            (label_cost(box, leader, boxes, weights, (0, 0, width, height)) + distance, box, leader)
            for distance in (0.8, 2.0, 3.5, 5.0, 7.0, 9.0, 12.0, 16.0, 21.0)
            for box, leader in _around(point, room, mark, distance)
        ]
        _, box, leader = min(tried, key=lambda one: one[0])
        boxes = np.vstack([boxes, box, *leader])
        weights = np.append(weights, [SOLID, *(THIN for _ in leader)])
        if leader:
            middles = [((part[0] + part[2]) / 2, (part[1] + part[3]) / 2) for part in (leader[0], leader[-1])]
            axes.plot(
                [middle[0] / width for middle in middles],
                [middle[1] / height for middle in middles],
                transform=axes.transAxes,
                color=colour,
                linewidth=0.4,
                zorder=2.5,
            )
        axes.text(
            (box[0] + 0.3) / width,
            (box[1] + box[3]) / 2 / height,
            name,
            transform=axes.transAxes,
            color=colour,
            size=size,
            va="center_baseline",
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.3},
        )


def _around(
    point: tuple[float, float], size: tuple[float, float], mark: float, distance: float
) -> Iterator[tuple[Box, list[Box]]]:
    """Boxes for a label of `size` at `distance` from a point's mark, each with the boxes that its leader crosses."""
    wide, tall = size
    for angle in np.radians((20, -20, 160, -160, 50, -50, 130, -130, 65, -65, 115, -115, 5, 175)):
        side, rise = np.cos(angle), np.sin(angle)
        x, y = point[0] + (mark + distance) * side, point[1] + (mark + distance) * rise
        left = x if side > 0 else x - wide
        leader: list[Box] = []
        if distance > 1:
            for along in np.linspace(mark + 0.15, mark + distance - 0.15, 1 + max(7, int(distance))):
                at_x, at_y = point[0] + along * side, point[1] + along * rise
                leader.append((at_x - 0.15, at_y - 0.15, at_x + 0.15, at_y + 0.15))
        yield (left, y - tall / 2, left + wide, y + tall / 2), leader


def label_cost(box: Box, leader: Sequence[Box], taken: np.ndarray, weights: np.ndarray, panel: Box) -> float:
    """Cost of a label's box: what it covers, what its leader crosses or nearly touches, how far it leaves the panel."""
    parts = np.array([box, *leader])
    areas = _covered(parts, taken)
    # A leader is thin, but through or beside another point's mark it would name the wrong point.
    hidden = (areas[0] + 30 * areas[1:].sum(axis=0)) @ weights
    solid = weights >= SOLID
    wide = parts[2:] + CLEAR * np.array([-1, -1, 1, 1])  # without its beginning, at its own mark
    hidden += _covered(wide, taken[solid]).sum(axis=0) @ weights[solid]
    outside = (
        np.clip(np.subtract(panel[:2], box[:2]), 0, None).sum()
        + np.clip(np.subtract(box[2:], panel[2:]), 0, None).sum()
    )
    return float(hidden + 400 * outside)


def _covered(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """How many square millimetres of each taken box every box covers, (boxes, taken)."""
    one, other = boxes[:, None, :], taken[None]
    across = np.minimum(one[..., 2], other[..., 2]) - np.maximum(one[..., 0], other[..., 0])
    along = np.minimum(one[..., 3], other[..., 3]) - np.maximum(one[..., 1], other[..., 1])
    found: np.ndarray = np.clip(across, 0, None) * np.clip(along, 0, None)
    return found
