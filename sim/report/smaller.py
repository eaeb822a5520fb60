"""Drawings of one page in fewer bytes: they look the same, to the hundredth of a point.

What many elements share, their style, stands once in the style of the page; points of a path are written from the one
before; ids are short; groups that say nothing are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

_PARTS = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_COMMANDS = "MLQCz"
"""The commands that Matplotlib writes in a path: absolute, and each with one point or curve."""


def smaller(drawings: Sequence[str]) -> tuple[Markup, list[str]]:
    """The style that drawings of a page share, as rules of CSS, and the drawings, shorter."""
    ids: dict[str, str] = {}
    classes: dict[str, str] = {}

    def tag(found: re.Match[str]) -> str:
        text = re.sub(
            r'(\bid="|href="#|url\(#)([^")]+)', lambda one: one[1] + ids.setdefault(one[2], f"d{len(ids)}"), found[0]
        )
        text = re.sub(
            r' style="([^"]*)"', lambda one: f' class="{classes.setdefault(one[1], f"s{len(classes)}")}"', text
        )
        return re.sub(r' d="([^"]*)"', lambda one: f' d="{shorter_path(one[1])}"', text)

    short = [_without_empty_groups(re.sub(r"<(?!svg|/)[^>]*>", tag, one)) for one in drawings]
    rules = (f".drawing .{name}{{{style.strip()}}}" for style, name in classes.items())
    return Markup("\n".join(rules)), short


def shorter_path(path: str) -> str:
    """A path with points relative to the one before; unchanged if it holds others than `_COMMANDS`."""
    parts = _PARTS.findall(path)
    if any(command not in _COMMANDS for command, _ in parts):
        return path
    written, last = "", ""
    start = here = (0, 0)
    for command, rest in parts:
        if command == "z":
            written, last, here = written + "z", "z", start
            continue
        numbers = [round(100 * float(number)) for number in rest.split()]
        steps = [number - here[axis % 2] for axis, number in enumerate(numbers)]
        here = (numbers[-2], numbers[-1])
        name = command.lower()
        if command == "M":
            start = here
        if command == "L" and 0 in steps:
            name = "v" if steps[0] == 0 else "h"
            steps = [steps[1] if name == "v" else steps[0]]
        implied = name != "m" and last in (name, "m" if name == "l" else name)
        written += _joined("" if implied else name, steps, written[-12:])
        last = name
    return written


def _joined(command: str, steps: Sequence[int], before: str) -> str:
    """A command, empty if it is implied, with its numbers in hundredths, parted only where they must be."""
    found = command
    for step in steps:
        number = _written(step)
        text = before + found
        follows = text[-1:].isdigit() and not (number[0] == "." and "." in re.split(r"[^\d.]", text)[-1])
        found += (" " if follows and number[0] != "-" else "") + number
    return found


def _written(hundredths: int) -> str:
    text = f"{abs(hundredths) / 100:.2f}".rstrip("0").rstrip(".")
    text = text[1:] if text.startswith("0.") else text
    return f"-{text}" if hundredths < 0 else text


def _without_empty_groups(drawing: str) -> str:
    """A drawing without the groups that have no attribute; the others must be closed in order."""
    kept: list[bool] = []

    def group(found: re.Match[str]) -> str:
        if found[0] == "</g>":
            return "</g>" if kept.pop() else ""
        kept.append(found[0] != "<g>")
        return found[0] if kept[-1] else ""

    return re.sub(r"<g(?: [^>]*)?(?<!/)>|</g>", group, drawing)
