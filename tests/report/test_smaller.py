"""Tests of drawings in fewer bytes: they show what they showed."""

import re

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from hypothesis import given
from hypothesis import strategies as st

from sim.report.smaller import shorter_path, smaller

PLACES = st.tuples(*[st.integers(-99_999, 99_999).map(lambda number: number / 100)] * 2)
STEPS = st.one_of(
    st.tuples(st.just("L"), st.tuples(PLACES)),
    st.tuples(st.just("Q"), st.tuples(PLACES, PLACES)),
    st.tuples(st.just("C"), st.tuples(PLACES, PLACES, PLACES)),
    st.tuples(st.just("M"), st.tuples(PLACES)),
    st.tuples(st.just("z"), st.just(())),
)
DRAWING = (
    '<svg class="drawing"><defs><path id="a-m1" d="M 0 0 L 0 2 " style="stroke: #6b6b6b"/></defs><g><g>'
    '<g clip-path="url(#a-p1)"><use href="#a-m1" x="1" y="2" style="fill: red; stroke: #6b6b6b"/></g></g>'
    '<text style="fill: red; stroke: #6b6b6b">&lt;g&gt; id="x" d="M 1 2"</text></g><clipPath id="a-p1"/></svg>'
)


def points(path: str) -> list[tuple[str, list[float]]]:
    pen = RecordingPen()
    parse_path(path, pen)
    return [(name, [round(number, 2) for place in places for number in place]) for name, places in pen.value]


@given(PLACES, st.lists(STEPS, min_size=1, max_size=12))
def test_a_shorter_path_has_the_same_points(begin, steps):
    written = [f"M {begin[0]} {begin[1]} "]
    for command, places in steps:
        closed = written[-1] == "z "
        written += [f"M {begin[0]} {begin[1]} "] if closed and command == "z" else []
        written.append(" ".join([command, *(f"{x} {y}" for x, y in places)]) + " ")
    path = "".join(written)

    assert points(shorter_path(path)) == points(path)


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 110.55 108.23 L 160.16 108.23 L 160.16 78.18 L 110.55 78.18 z ", "m110.55 108.23h49.61v-30.05h-49.61z"),
        ("M 0.5 0 L 1 0.25 L 1.75 0.75 ", "m.5 0 .5.25.75.5"),
        ("M 1 1 A 2 2 0 0 1 3 3 ", "M 1 1 A 2 2 0 0 1 3 3 "),
    ],
)
def test_a_path_is_written_from_point_to_point(path, short):
    assert shorter_path(path) == short


def test_drawings_of_a_page_share_their_style_and_keep_their_references():
    rules, drawings = smaller([DRAWING, DRAWING.replace("a-", "b-")])

    assert rules.splitlines() == [".drawing .s0{stroke: #6b6b6b}", ".drawing .s1{fill: red; stroke: #6b6b6b}"]
    for drawing in drawings:
        assert drawing.startswith('<svg class="drawing">')
        assert drawing.count("<g") == 1 and drawing.count("</g>") == 1
        assert '&lt;g&gt; id="x" d="M 1 2"</text>' in drawing, "text between tags stays"
        ids = re.findall(r'<[^>]*\bid="([^"]*)"', drawing)
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', drawing))
        assert len(set(ids)) == len(ids) and used == set(ids)
    assert len(set(re.findall(r'<[^>]*\bid="([^"]*)"', "".join(drawings)))) == 4
