"""A file that one process at a time holds, on every operating system.

The operating system releases the file when its holder dies, so a file left behind does not block others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_PAUSE = 0.02
_NOTE_AT = 1
"""Position of the note: Windows does not let other processes read the first byte of a held file."""


class HeldError(BlockingIOError):
    """Another process holds the file; `note` is its text, empty when it cannot be read."""

    def __init__(self, path: Path):
        super().__init__(f"{path} is held by another process")
        self.path = path
        self.note = b""
        with suppress(OSError), path.open("rb", buffering=0) as file:
            file.seek(_NOTE_AT)
            self.note = file.read()

    def __reduce__(self) -> tuple[type, tuple[Path]]:
        return type(self), (self.path,)


@contextmanager
def held(path: Path, note: bytes = b"", *, wait: bool = False) -> Iterator[None]:
    """Create and hold a file; remove it at the end. Other processes can read the `note` meanwhile.

    Raises HeldError when another process holds the file, unless `wait` is True; another OSError when the file system
    supports no locks, as some network file systems.
    """

    def begin(descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, _NOTE_AT, os.SEEK_SET)
        os.write(descriptor, note)

    lock = _lock(path, on_acquired=begin)
    _take(lock, path, wait=wait)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows cannot remove an open file; filelock removes it later
            path.unlink()
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a living process holds the file."""
    if not path.exists():
        return False
    lock = _lock(path)
    try:
        _take(lock, path, wait=False)
    except HeldError:
        return True
    except OSError:
        return False
    lock.release()
    return False


def _lock(path: Path, **options: Any) -> Any:
    from filelock import FileLock  # late: not needed by commands that keep nothing

    # A marker file would block others after its process dies; without locks this raises an error instead.
    return FileLock(path, poll_interval=_PAUSE, fallback_to_soft=False, **options)


def _take(lock: Any, path: Path, *, wait: bool) -> None:
    from filelock import Timeout

    try:
        lock.acquire(blocking=wait)
    except Timeout:
        raise HeldError(path) from None
