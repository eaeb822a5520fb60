"""Mistakes in files: each has a place, and all mistakes of a file are reported together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sim.errors import Mistake, in_words, said

MAX_PRINTED = 100
"""Largest number of mistakes that are printed for one file; the message counts the others."""


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: a place in a file (lines and columns count from 1), or a `text` if there is no file."""

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
    """The mistakes found so far, in the order in which they were found."""

    def note(self, origin: Origin, message: str) -> None:
        """Add a mistake."""
        self.append(Problem(origin, message))


class ScenarioError(Mistake):
    """All the mistakes of a scenario or experiment, one line each: `file:line:column: message`."""

    def __init__(self, problems: Iterable[Problem]):
        unique = list(dict.fromkeys(problems))
        files = list(dict.fromkeys(problem.origin.file for problem in unique))
        unique.sort(key=lambda p: (files.index(p.origin.file), p.origin.line, p.origin.column))
        self.problems = tuple(unique)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return self.in_words(str)

    def in_words(self, t: Callable[[str], str]) -> str:
        """All mistakes in the language `t`, one line each."""
        lines = [f"{problem.origin}: {in_words(problem.message, t)}" for problem in self.problems[:MAX_PRINTED]]
        if len(self.problems) > MAX_PRINTED:
            lines.append(in_words(said("… and {n} more", n=len(self.problems) - MAX_PRINTED), t))
        return "\n".join(lines)
