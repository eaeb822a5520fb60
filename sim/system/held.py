"""A file that one process holds at a time, on every operating system.

The operating system lets go of it when its holder dies, so a stale one keeps nobody out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_PAUSE = 0.02
_NOTE_AT = 1
"""Where the note begins: Windows keeps others from reading the first byte of a file that is held."""


class HeldError(BlockingIOError):
    """Another process holds the file; `note` is what it wrote there, empty when nobody can read it."""

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
    """Hold a file alone, made for it and removed after; others can read the `note` meanwhile.

    Raises HeldError when another process holds it, unless we are to wait; another OSError when no file can be held
    there, as on some network file systems.
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
        with suppress(OSError):  # Windows removes it after, and no file that is open
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
    from filelock import FileLock  # late: what compiles nothing and keeps nothing does without

    # A marker that a dead process leaves would keep others out: where the system holds no files we say so instead.
    return FileLock(path, poll_interval=_PAUSE, fallback_to_soft=False, **options)


def _take(lock: Any, path: Path, *, wait: bool) -> None:
    from filelock import Timeout

    try:
        lock.acquire(blocking=wait)
    except Timeout:
        raise HeldError(path) from None
