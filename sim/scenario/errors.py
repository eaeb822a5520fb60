"""What a person is told about a mistake: where, what, what is allowed, and the nearest valid name."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 100
"""Mistakes printed for one file; the rest is counted."""


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: a place in a file (lines and columns from 1), or words instead."""

    file: str = ""
    line: int = 0
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.file else self.text


DEFAULT = Origin(text="default")


@dataclass(frozen=True)
class Problem:
    """One mistake and its place."""

    origin: Origin
    message: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}"


class Problems(list[Problem]):
    """The mistakes found so far."""

    def note(self, origin: Origin, message: str) -> None:
        """Add a mistake."""
        self.append(Problem(origin, message))


class ScenarioError(ValueError):
    """All the mistakes of a scenario or experiment, one line each: `file:line:column: message`."""

    def __init__(self, problems: Iterable[Problem]):
        unique = list(dict.fromkeys(problems))
        files = list(dict.fromkeys(problem.origin.file for problem in unique))
        unique.sort(key=lambda p: (files.index(p.origin.file), p.origin.line, p.origin.column))
        self.problems = tuple(unique)
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"… and {len(self.problems) - SHOWN} more")
        return "\n".join(lines)


def shorten(text: str, length: int = 60) -> str:
    """`text` in quotes on one line, cut to about `length` characters."""
    return repr(text if len(text) <= length else text[: length - 1] + "…")


def listed(names: Iterable[str], most: int = 60) -> str:
    """Names separated by commas, at most `most` of them."""
    names = list(names)
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _plain(name: str) -> str:
    """Lower case without accents, so that `fes` is near `Fès`."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The valid name that is most like `word`, or None if none is like it."""
    plain = {_plain(name): name for name in names}
    found = difflib.get_close_matches(_plain(word[:80]), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def suggestion(word: str, names: Iterable[str], label: str = "allowed") -> str:
    """The end of a message about an unknown name: `; did you mean 'x'? (allowed: x, y, z)`."""
    names = list(names)
    near = nearest(word, names)
    return (f"; did you mean {near!r}?" if near else ";") + f" ({label}: {listed(names, 12 if near else 60) or 'none'})"
