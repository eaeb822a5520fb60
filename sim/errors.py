"""The errors that every door reports in plain words, and suggestions of names.

A person's mistake ends a command with exit code 2, failed work with 1, Ctrl-C with 130.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from pathlib import Path


class Mistake(ValueError):  # noqa: N818 (what it is, before it is an error)
    """A person's mistake in a file, a flag, an argument or a folder; it is reported without a traceback."""

    exit_code = 2


class StudyError(Mistake):
    """A mistake in the request for a study, or in its folder."""


class StudyStoppedError(Exception):
    """A study that cannot continue (full disk, workers that die at once); it can be resumed."""

    exit_code = 1


class StudyInterrupted(KeyboardInterrupt):
    """Ctrl-C: finished runs are kept in `folder`, and `command` resumes the study."""

    exit_code = 130

    def __init__(self, folder: Path, command: str, done: int):
        super().__init__(f"interrupted; {done} finished runs are kept in {folder}. Go on with: {command}")
        self.folder, self.command, self.done = folder, command, done

    def __reduce__(self) -> tuple[type, tuple[Path, str, int]]:
        return type(self), (self.folder, self.command, self.done)


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
    """The valid name most similar to `word`, or None if none is similar."""
    plain = {_plain(name): name for name in names}
    found = difflib.get_close_matches(_plain(word[:80]), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """The end of a message about an unknown name: `; did you mean 'x'?`, or empty if no name is similar."""
    near = nearest(word, names)
    return f"; did you mean {near!r}?" if near else ""


def suggestion(word: str, names: Iterable[str], label: str = "allowed") -> str:
    """As `did_you_mean`, with the valid names: `; did you mean 'x'? (allowed: x, y, z)`."""
    names = list(names)
    near = did_you_mean(word, names)
    return f"{near} ({label}: {listed(names, 12 if near else 60) or 'none'})"
