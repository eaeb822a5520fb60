"""Outcomes side by side, in as many tables as the width requires."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from sim.model.outcomes import shown_of
from sim.report.text.numbers import ENGLISH

_NAME, _CELL = 16, 10
"""Widths of the names of policies and of headings."""


def blocks(first: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[str]], width: int) -> Iterator[Table]:
    """Outcomes as columns, in as many tables as `width` requires; each table begins with the columns `first`."""
    taken = sum(_needed(heading, cells) for heading, cells in first.items())
    block: dict[str, Sequence[str]] = {}
    room = width - taken
    for outcome, cells in columns.items():
        heading = wrapped(outcome)
        unit = ENGLISH(shown_of(outcome).beside())
        heading += f"\n({unit})" if unit else ""
        needed = _needed(heading, cells)
        if needed > room and block:
            yield _table(first, block)
            block, room = {}, width - taken
        block[heading] = cells
        room -= needed
    yield _table(first, block)


def wrapped(name: str) -> str:
    """A name as a heading of several short lines: `hours per` above `startup`."""
    return "\n".join(textwrap.wrap(name.replace("_", " "), _CELL, break_long_words=False))


def _needed(heading: str, cells: Sequence[str]) -> int:
    return max(len(line) for text in (heading, *cells) for line in text.split("\n")) + 2


def _table(first: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="")
    for heading in first:
        table.add_column(heading, no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in zip(*first.values(), *columns.values(), strict=True):
        table.add_row(*row)
    return table


def folded(key: str) -> str:
    """The name of a policy on several short lines."""
    return "\n".join(textwrap.wrap(key, _NAME)) or key


def names_of(keys: Sequence[str]) -> dict[str, list[str]]:
    """The first column: the names of policies."""
    return {"policy".ljust(_NAME): [folded(key) for key in keys]}
