"""A machine in memory: files, of which some survive a power failure; locks; a clock; processes that can die."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import numpy as np

NEED_ROOM = ("create", "write", "sync", "link", "make_one", "rename")
"""Calls that a full disk refuses."""
MAY_FAIL = (*NEED_ROOM, "sync_folder", "remove", "read", "open", "names", "lock")
"""Calls that raise OSError where a disk is broken."""


class DiedError(BaseException):
    """The process is dead: nothing that it does has an effect."""


@dataclass(eq=False)
class Content:
    """A file without its name: what programs read, and what a power failure leaves of it; None if nothing is safe."""

    seen: bytes = b""
    safe: bytes | None = None
    writer: Process | None = None

    def lose(self, chance: np.random.Generator) -> None:
        """Lose what was not flushed: all of it, none, the end, or a page in the middle."""
        if self.safe == self.seen:
            return
        kind, cut = chance.integers(4), int(chance.integers(len(self.seen) + 1))
        if kind == 0:
            self.seen = self.safe or b""
        elif kind == 1:
            self.seen = self.seen[:cut]
        elif kind == 2:
            self.seen = self.seen[:cut] + bytes(len(self.seen) - cut)
        self.safe = self.seen


@dataclass
class Fault:
    """Something that goes wrong in a process from the call `at` on.

    A disk is full for `lasting` calls, a name is seen after as many, a clock jumps by as many days.
    """

    kind: str
    at: int
    lasting: int = 0

    def __str__(self) -> str:
        more = f" ({self.lasting})" if self.lasting else ""
        return f"{self.kind} at call {self.at}{more}"


@dataclass(eq=False)
class Process:
    """A process, or a worker of it, which shares its calls and faults; new names of `far` ones are seen late."""

    name: str
    faults: list[Fault] = field(default_factory=list)
    calls: int = 0
    dead: bool = False
    far: bool = False
    of: Process | None = None

    @property
    def head(self) -> Process:
        """The process whose worker this is, or itself."""
        return self.of or self


class Machine:
    """Names, contents, locks, clock and processes; `trace` lists all calls if `watched`."""

    def __init__(self, chance: np.random.Generator, watched: bool = False):
        self.chance, self.watched = chance, watched
        self.names: dict[str, Content] = {}
        self.folders: set[str] = {"/"}
        self.safe_names: dict[str, Content] = {}
        self.safe_folders: set[str] = {"/"}
        self.pending: dict[str, list[Callable[[], None]]] = {}
        self.locks: dict[str, Process] = {}
        self.processes: list[Process] = []
        self.stale = 0
        self.late: dict[str, tuple[int, Process]] = {}
        self.clock = timedelta()
        self.calls = 0
        self.current = Process("nobody")
        self.trace: list[str] = []
        self.switch: Callable[[], None] = lambda: None

    def start(self, process: Process) -> Process:
        """Let a new process act from now on."""
        self.processes.append(process)
        self.current = process
        return process

    def end(self, process: Process) -> None:
        """End a process, which frees its locks."""
        process.dead = True
        self.processes = [one for one in self.processes if one is not process]
        self.locks = {path: holder for path, holder in self.locks.items() if holder is not process}

    def die(self, process: Process) -> None:
        """Kill a process and its workers: locks are free, and an end of what was being written is lost."""
        for one in self.processes:
            one.dead |= one is process or one.of is process
        self.processes = [one for one in self.processes if not one.dead]
        self.locks = {path: holder for path, holder in self.locks.items() if not holder.dead}
        for content in self.names.values():
            if content.writer is not None and content.writer.dead:
                content.seen = content.seen[: int(self.chance.integers(len(content.seen) + 1))]
                content.writer = None

    def lose_power(self) -> None:
        """Kill all processes and keep what is safe, with the first of each folder's pending changes."""
        for process in self.processes[:]:
            self.die(process)
        for folder in sorted(self.pending):
            changes = self.pending[folder]
            for change in changes[: int(self.chance.integers(len(changes) + 1))]:
                change()
        self.pending.clear()
        self.late.clear()
        self.folders = {one for one in self.safe_folders if self._reached(one)}
        self.safe_folders = set(self.folders)
        self.names = {path: one for path, one in self.safe_names.items() if parent(path) in self.folders}
        self.safe_names = dict(self.names)
        for path in sorted(self.names):
            self.names[path].lose(self.chance)

    def _reached(self, folder: str) -> bool:
        return folder == "/" or (parent(folder) in self.safe_folders and self._reached(parent(folder)))

    def change(self, folder: str, safe: Callable[[], None]) -> None:
        """Note a change of a folder that is not safe yet."""
        self.pending.setdefault(folder, []).append(safe)

    def settle(self, folder: str) -> None:
        """Make the changes of a folder safe."""
        for change in self.pending.pop(folder, ()):
            change()

    def sees(self, path: str) -> bool:
        """Whether the present process sees a name: one that a far process has made is seen late."""
        if path not in self.names:
            return False
        if path in self.late:
            until, maker = self.late[path]
            if self.calls >= until:
                del self.late[path]
            elif maker is not self.current:
                return False
        return True

    def call(self, kind: str, path: str = "") -> str:
        """Count a call and let the faults that are due happen; returns what a rename must do besides."""
        self.switch()
        process = self.current
        if process.dead:
            raise DiedError
        head = process.head
        head.calls += 1
        self.calls += 1
        if self.watched:
            self.trace.append(f"{process.name} {head.calls}: {kind} {path}")
        told = ""
        for fault in head.faults:
            if fault.at <= head.calls and self._concerns(fault, process, kind):
                told = self._happens(fault, head) or told
        return told

    def _concerns(self, fault: Fault, process: Process, kind: str) -> bool:
        match fault.kind:
            case "worker death":
                return process.of is not None
            case "interrupt":
                return process.of is None
            case "full disk":
                return kind in NEED_ROOM
            case "broken call":
                return kind in MAY_FAIL
            case "late rename":
                return kind == "rename" and process.far
            case "repeated rename":
                return kind == "rename"
        return True

    def _happens(self, fault: Fault, head: Process) -> str:
        if self.watched:
            self.trace.append(f"  here: {fault.kind}")
        if fault.kind == "full disk" and head.calls < fault.at + fault.lasting:
            raise OSError(errno.ENOSPC, "No space left on device")
        head.faults = [one for one in head.faults if one is not fault]
        match fault.kind:
            case "death":
                self.die(head)
                raise DiedError
            case "worker death":
                self.die(self.current)
                raise DiedError
            case "power failure":
                self.lose_power()
                raise DiedError
            case "interrupt":
                raise KeyboardInterrupt
            case "broken call":
                raise OSError(errno.EIO, "Input/output error")
            case "clock jump":
                self.clock += timedelta(days=fault.lasting)
            case "late rename":
                return f"late {fault.lasting}"
            case "repeated rename":
                return "repeated"
        return ""


@cache
def parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"
