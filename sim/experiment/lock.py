"""One writer per result folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sim.experiment.study import StudyError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # beyond the text, which others must be able to read
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder alone; raises StudyError when another process holds it.

    The operating system drops the lock when its holder dies, so a stale one cannot stay behind.
    """
    path = folder / ".lock"
    descriptor = _acquire(path)
    try:
        holder = {"process": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(holder).encode())
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Whether a living process holds the folder."""
    try:
        descriptor = os.open(folder / ".lock", os.O_RDWR)
    except OSError:
        return False
    try:
        _take(descriptor)
    except (BlockingIOError, PermissionError):
        return True
    finally:
        os.close(descriptor)
    return False


def _acquire(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            raise StudyError(_refusal(path)) from None
        with suppress(FileNotFoundError):
            # The former holder removes the file before it lets go: what we hold must be what is there.
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)


def _refusal(path: Path) -> str:
    try:
        holder = json.loads(path.read_text())
        who = f"process {holder['process']}, since {holder['since']}"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return f"{path.parent} is being written by {who}. Wait until it ends, or write elsewhere with --out FOLDER."
