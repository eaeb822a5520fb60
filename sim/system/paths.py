"""Names of files and folders that every file system takes, whatever they are made of."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

LONGEST = 120
"""Bytes of a name that is made here: room for endings, and for file systems that encrypt names (143 bytes)."""
CHOSEN = 250
"""Bytes of a name that a person chooses: file systems take 255."""
_NUMBER = 10
"""Bytes that a shortened name of a folder leaves for the number of its followers."""
_NEVER = re.compile(r"[/\\\x00-\x1f\ud800-\udc7f\udd00-\udfff]")


def file_name(text: str, most: int = LONGEST) -> str:
    """`text` where it can be the name of a file; otherwise as much of it as can, and a digest of all of it.

    Names are measured in bytes: a letter has up to four.
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
    """A path with those of its names shortened that are too long for a file system."""
    names = Path(path).parts
    return Path(*(name if len(_bytes(name)) <= CHOSEN else file_name(name, CHOSEN - _NUMBER) for name in names))


def is_there(path: str | Path) -> bool:
    """Whether there is something at a path; there is nothing at one that cannot be."""
    return os.path.exists(path)  # noqa: PTH110 (pathlib raises OSError where a name is too long)
