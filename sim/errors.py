"""The errors that every door reports in plain words, and suggestions of names.

A person's mistake ends a command with exit code 2, failed work with 1, Ctrl-C with 130.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any


class Sentence(str):
    """A message: English as text, and a template with its values, so that `in_words` says it in another language.

    Attributes:
        template: English text with places in braces; the catalogue has its translations.
        values: what stands in the places: texts and other sentences.
        rest: texts and sentences that follow.
    """

    template: str
    values: Mapping[str, object]
    rest: tuple[str, ...]

    def __new__(cls, template: str, values: Mapping[str, object] | None = None, rest: tuple[str, ...] = ()) -> Sentence:
        """The English text of a template with its values."""
        values = values or {}
        made = super().__new__(cls, (template.format(**values) if values else template) + "".join(rest))
        made.template, made.values, made.rest = template, values, rest
        return made

    @classmethod
    def joined(cls, between: str, parts: Iterable[str]) -> Sentence:
        """Texts and sentences one after another, with a text between them."""
        first, *others = parts
        return cls("", None, (first, *(one for part in others for one in (between, part))))

    def __reduce__(self) -> tuple[Any, ...]:
        return Sentence, (self.template, dict(self.values), self.rest)

    def __add__(self, other: str) -> Sentence:
        return Sentence(self.template, self.values, (*self.rest, other))

    def __radd__(self, other: str) -> Sentence:
        return Sentence("", None, (other, self))


def said(template: str, /, **values: object) -> Sentence:
    """A message for people; `python -m tools.catalogue` finds its template by the name of this function."""
    return Sentence(template, values)


def in_words(text: object, t: Callable[[str], str]) -> str:
    """A message in the language `t`; a text that is no sentence stays as it is."""
    if not isinstance(text, Sentence):
        return str(text)
    head = t(text.template) if text.template else ""
    if text.values:
        head = head.format(**{name: in_words(value, t) for name, value in text.values.items()})
    return head + "".join(in_words(part, t) for part in text.rest)


def message_of(failure: Exception) -> str:
    """The message of an error, which may be a sentence that can be translated."""
    [message] = failure.args if len(failure.args) == 1 else [str(failure)]
    return message if isinstance(message, str) else str(failure)


class Mistake(ValueError):  # noqa: N818 (what it is, before it is an error)
    """A person's mistake in a file, a flag, an argument or a folder; it is reported without a traceback."""

    exit_code = 2

    def in_words(self, t: Callable[[str], str]) -> str:
        """The message in the language `t`; in English as far as the catalogue does not have it."""
        return in_words(self.args[0], t) if self.args and isinstance(self.args[0], Sentence) else str(self)


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
    return said("; did you mean {name}?", name=repr(near)) if near else ""


def suggestion(word: str, names: Iterable[str], label: str = said("allowed")) -> str:
    """As `did_you_mean`, with the valid names: `; did you mean 'x'? (allowed: x, y, z)`."""
    names = list(names)
    near = did_you_mean(word, names)
    known: str = listed(names, 12 if near else 60) or said("none")
    return said("{near} ({label}: {names})", near=near, label=label, names=known)
