"""One writer per result folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sim.studies.study import StudyError
from sim.system.held import held, is_held


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder alone; raises StudyError when another process holds it."""
    path = folder / ".lock"
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(held(path))
        except BlockingIOError:
            raise StudyError(_refusal(path)) from None
        holder = {"process": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(holder).encode())
        yield


def is_locked(folder: Path) -> bool:
    """Whether a living process holds the folder."""
    return is_held(folder / ".lock")


def _refusal(path: Path) -> str:
    try:
        holder = json.loads(path.read_text())
        who = f"process {holder['process']}, since {holder['since']}"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return f"{path.parent} is being written by {who}. Wait until it ends, or write elsewhere with --out FOLDER."
