"""Text and names from elsewhere: composed, printable, and safe as names of files.

An accented letter may be one character or a letter and a mark (`è`, `e` + U+0300); both are one name for a person.
"""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from os import PathLike, fspath
from pathlib import Path

from sim.errors import StudyError, said

MAX_TEXT = 10_000
MAX_KEY = 200

UNPRINTABLE = re.compile("[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SEPARATOR = re.compile(r"[/\\\x00-\x1f\x7f]|^[A-Za-z]:")


def composed(text: str) -> str:
    """The text in composed form (NFC): each letter and its accent are one character."""
    return unicodedata.normalize("NFC", text)


def printable(text: str) -> str:
    """The composed text.

    Raises:
        ValueError: the text is too long or has an invisible character; with a message.
    """
    text = composed(text)
    if len(text) > MAX_TEXT:
        raise ValueError(said("a text of more than {n} characters is too long", n=MAX_TEXT))
    if bad := UNPRINTABLE.search(text):
        code = f"U+{ord(bad[0]):04X}"
        raise ValueError(said("the text holds the invisible character {code}; remove it", code=code))
    return text


def clean(text: object) -> str:
    """`text` on one line and without characters that SVG cannot hold (controls, lone surrogates)."""
    printable = "".join(character if character.isprintable() else " " for character in str(text))
    return " ".join(printable.split())


def refused_key(key: object) -> str | None:
    """Why a scenario or an experiment cannot have this key, which names the files of its results; None if it can."""
    if not isinstance(key, str):
        return said("the key is of the kind {kind}, but must be text, such as 'ten-hubs'", kind=type(key).__name__)
    if not key.strip() or key.strip() in (".", ".."):
        return said("the key is {key}, but must be a name, such as 'ten-hubs'", key=repr(key))
    if (found := _SEPARATOR.search(key)) or UNPRINTABLE.search(key):
        what = repr(found[0]) if found else said("an invisible character")
        return said(
            "the key {key} holds {what}; results are files of that name, so it may not name a folder",
            key=repr(key[:60]),
            what=what,
        )
    return None


def path_text(name: str, value: str | PathLike[str]) -> str:
    """The text of a path.

    Raises:
        StudyError: the value is not a path.
    """
    try:
        text = fspath(value)
    except TypeError:
        text = ""
    if isinstance(text, str) and text.strip() and "\0" not in text:
        return text
    shown = repr(value[:60]) if isinstance(value, str) else said("of the kind {kind}", kind=type(value).__name__)
    raise StudyError(said("{name} is {shown}, but must be the path of a file or folder", name=name, shown=shown))


def on_disk(path: str) -> str:
    """The path as it exists on disk if it differs only in how accents are composed; else the path itself."""
    if path.isascii() or os.path.exists(path):  # noqa: PTH110 (a path that is none must not raise here)
        return path
    found = Path()
    for step in Path(path).parts:
        entry = found / step
        if not os.path.exists(entry):  # noqa: PTH110
            with suppress(OSError):
                entry = next((other for other in found.iterdir() if composed(other.name) == composed(step)), entry)
        found = entry
    return str(found) if os.path.exists(found) else path  # noqa: PTH110
