"""A file that one process holds at a time, on every operating system.

The operating system lets go of it when its holder dies, so a stale one cannot stay behind.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # beyond the text, which others must be able to read
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_PAUSE = 0.02


@contextmanager
def held(path: Path, *, wait: bool = False) -> Iterator[int]:
    """Hold a file alone, made for it and removed after; yields its descriptor.

    Raises BlockingIOError when another process holds it, unless we are to wait; another OSError when no file can be
    held there.
    """
    while (descriptor := _acquire(path)) is None:
        if not wait:
            raise BlockingIOError(f"{path} is held by another process")
        time.sleep(_PAUSE)
    try:
        yield descriptor
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a living process holds the file."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        _take(descriptor)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _acquire(path: Path) -> int | None:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _taken(descriptor):
                os.close(descriptor)
                return None
            with suppress(FileNotFoundError):
                # The former holder removes the file before it lets go: what we hold must be what is there.
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)
