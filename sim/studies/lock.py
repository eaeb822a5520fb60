"""A lock that allows one writer per result folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sim.errors import StudyError, said
from sim.studies.disk import DISK, Disk
from sim.system.held import HeldError


@contextmanager
def locked(folder: Path, disk: Disk = DISK) -> Iterator[None]:
    """Lock a folder during the `with` block.

    Raises:
        StudyError: another process holds the lock.
        OSError: the folder cannot be locked.
    """
    holder = {"process": os.getpid(), "since": disk.now().isoformat(timespec="seconds")}
    with ExitStack() as stack:
        try:
            stack.enter_context(disk.lock(folder / ".lock", json.dumps(holder).encode()))
        except HeldError as error:
            raise StudyError(_refusal(folder, error.note)) from None
        yield


def is_locked(folder: Path, disk: Disk = DISK) -> bool:
    """Whether a living process holds the folder's lock."""
    return disk.is_locked(folder / ".lock")


def _refusal(folder: Path, note: bytes) -> str:
    try:
        holder = json.loads(note)
        who = said("process {process}, since {since}", process=holder["process"], since=holder["since"])
    except (ValueError, KeyError, TypeError):
        who = said("another process")
    return said(
        "{folder} is being written by {who}. Wait until it ends, or write elsewhere with --out FOLDER.",
        folder=folder,
        who=who,
    )
