"""Names of files and folders that every file system accepts."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

LONGEST = 120
"""Largest length in bytes of a generated name, with room for endings and for encrypting file systems (143 bytes)."""
CHOSEN = 250
"""Largest length in bytes of a name that a person chooses: file systems accept 255."""
_NUMBER = 10
"""Bytes that a shortened folder name leaves free for a number behind it."""
_NEVER = re.compile(r"[/\\\x00-\x1f\ud800-\udc7f\udd00-\udfff]")


def file_name(text: str, most: int = LONGEST) -> str:
    """`text` if it can be the name of a file; otherwise its beginning with a digest of the whole text.

    Lengths are in bytes: a letter has up to four.
    """
    plain = _NEVER.sub("-", text)
    name = _bytes(plain)
    if plain == text and text not in ("", ".", "..") and len(name) <= most:
        return text
    digest = hashlib.sha256(_bytes(text)).hexdigest()[:10]
    head = name[: most - len(digest) - 1].decode("utf-8", "ignore").strip(" .-")
    return f"{head}-{digest}" if head else digest


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def possible(path: str | Path) -> Path:
    """A path whose names are shortened where they are too long for a file system."""
    names = Path(path).parts
    return Path(*(name if len(_bytes(name)) <= CHOSEN else file_name(name, CHOSEN - _NUMBER) for name in names))


def is_there(path: str | Path) -> bool:
    """Whether something exists at a path; nothing exists at an impossible path."""
    return os.path.exists(path)  # noqa: PTH110 (pathlib raises OSError where a name is too long)
