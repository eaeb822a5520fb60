"""The progress of a running study, kept in a small file so that another terminal can show it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sim.studies.execution import Progress, duration
from sim.studies.lock import is_locked
from sim.studies.store import ResultStore

PROGRESS = "progress.json"
SECONDS_BETWEEN_ENTRIES = 2.0
"""Smallest number of seconds between two entries."""


class Journal:
    """Writes the progress into the folder of a running study, at most every `SECONDS_BETWEEN_ENTRIES` seconds."""

    def __init__(self, store: ResultStore):
        self._path = store.folder / PROGRESS
        self._disk = store.disk
        self._last = self._disk.seconds()

    def write(self, progress: Progress) -> None:
        """Write the progress unless the last entry is recent; ignores a full disk, which other writers report."""
        now = self._disk.seconds()
        if now - self._last < SECONDS_BETWEEN_ENTRIES:
            return
        self._last = now
        entry = {
            "at": self._disk.now().isoformat(timespec="seconds"),
            "done": progress.done,
            "total": progress.total,
            "failed": progress.failed,
            "rate": progress.rate,
            "remaining": progress.remaining,
        }
        with suppress(OSError):
            self._disk.write(self._path, json.dumps(entry).encode())

    def close(self) -> None:
        """Remove the file at the end of a study, whose manifest then has the state."""
        self._disk.remove(self._path)


@dataclass(frozen=True)
class Status:
    """Progress of a study: its `state`; runs `done`, `total` and `failed`; runs per second and seconds remaining."""

    state: str
    done: int
    total: int
    failed: int
    rate: float | None
    remaining: float | None
    command: str

    def __str__(self) -> str:
        parts = [f"{self.state}: {self.done:,} of {self.total:,} runs"]
        if self.rate:
            parts.append(f"{self.rate:.2g} a second")
        if self.remaining:
            parts.append(f"{duration(self.remaining)} left")
        parts.append(f"{self.failed} failed")
        text = ", ".join(parts)
        return text if self.state in ("running", "finished") else f"{text}. Go on with: {self.command}"


def status_of(store: ResultStore) -> Status:
    """The progress of the study in a folder; raises StudyError if there is none.

    A study whose process was killed is `stopped`, although its manifest says `running`. The journal of a running study
    may be some seconds old, so runs are also counted in the parts.
    """
    manifest = store.manifest()
    running = is_locked(store.folder, store.disk)
    total = manifest.get("expected") or 0
    entry: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        entry = json.loads(store.disk.read(store.folder / PROGRESS))
    if running and entry:
        found = max(entry["done"], store.rows_done()), entry["failed"], entry["rate"], entry["remaining"]
    elif manifest["state"] == "finished":
        found = sum(manifest["runs"].values()), manifest["runs"]["failed"], None, None
    else:
        done, failed = _in_parts(store)
        found = done, failed, None, None
    state = "running" if running else "stopped" if manifest["state"] == "running" else manifest["state"]
    return Status(state, found[0], total or found[0], *found[1:], command=manifest["command"])


def _in_parts(store: ResultStore) -> tuple[int, int]:
    """Numbers of runs and of failed runs in the parts."""
    done = failed = 0
    for key in store.done():
        statuses = store.read_part("runs", key, ["status"])["status"]
        done += len(statuses)
        failed += statuses.to_pylist().count("failed")
    return done, failed
