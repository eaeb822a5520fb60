"""The file system of a simulated machine, through the interface by which the store uses files."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pyarrow as pa

from crashes.machine import Content, Machine, parent
from sim.studies.disk import Disk
from sim.system.held import HeldError

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    deep = pattern.startswith("**/")
    plain = re.escape(pattern.removeprefix("**/")).replace(r"\*", "[^/]*")
    return re.compile(f"(?:.*/)?{plain}" if deep else plain)


def missing(path: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, "No such file or directory", path)


class Reader(pa.BufferReader):
    """A file open for reading, which knows its whole content."""

    content: bytes


class Writer(BytesIO):
    """A file open for writing; what is written is buffered, so a death loses an end of it."""

    def __init__(self, machine: Machine, content: Content, path: str):
        super().__init__()
        self.machine, self.content, self.path = machine, content, path

    def write(self, data) -> int:
        self.machine.call("write", self.path)
        written = super().write(data)
        self.content.seen = self.getvalue()
        return written

    def close(self) -> None:
        if not self.closed:
            self.content.writer = None
        super().close()


class SimulatedDisk(Disk):
    """The disk of a machine, as the machine's present process sees it."""

    def __init__(self, machine: Machine):
        self.machine = machine

    def read(self, path: Path) -> bytes:
        return self._content("read", str(path)).seen

    def open(self, path: Path) -> pa.NativeFile:
        content = self._content("open", str(path)).seen
        reader = Reader(content)
        reader.content = content
        return reader

    def _content(self, kind: str, path: str) -> Content:
        self.machine.call(kind, path)
        if not self.machine.sees(path):
            raise missing(path)
        return self.machine.names[path]

    def create(self, path: Path) -> Writer:
        name = str(path)
        self.machine.call("create", name)
        if parent(name) not in self.machine.folders:
            raise missing(name)
        content = Content(writer=self.machine.current)
        self._name(name, content)
        return Writer(self.machine, content, name)

    def _name(self, path: str, content: Content) -> None:
        machine = self.machine
        machine.names[path] = content
        machine.change(parent(path), lambda: machine.safe_names.__setitem__(path, content))

    def sync(self, file: Writer) -> None:
        self.machine.call("sync", file.path)
        file.content.safe = file.content.seen
        file.content.writer = None

    def sync_folder(self, folder: Path) -> None:
        self.machine.call("sync_folder", str(folder))
        self.machine.settle(str(folder))

    def rename(self, path: Path, to: Path) -> None:
        machine, one, other = self.machine, str(path), str(to)
        told = machine.call("rename", other)
        if one not in machine.names:
            raise missing(one)
        content = machine.names.pop(one)
        new = other not in machine.names
        machine.names[other] = content

        def safe() -> None:
            machine.safe_names.pop(one, None)
            machine.safe_names[other] = content

        machine.change(parent(other), safe)
        if told.startswith("late") and new:
            machine.late[other] = machine.calls + int(told.split()[1]), machine.current
        if told == "repeated":
            raise missing(one)

    def remove(self, path: Path) -> None:
        machine, name = self.machine, str(path)
        machine.call("remove", name)
        if machine.names.pop(name, None) is not None:
            machine.change(parent(name), lambda: machine.safe_names.pop(name, None))

    def link(self, path: Path, to: Path) -> None:
        self.machine.call("link", str(to))
        if str(to) in self.machine.names or not self.links:
            raise OSError(errno.EPERM, "Operation not permitted")
        self._name(str(to), self.machine.names[str(path)])

    links = True

    def make_one(self, folder: Path) -> None:
        machine, name = self.machine, str(folder)
        machine.call("make_one", name)
        if parent(name) not in machine.folders:
            raise missing(name)
        if name not in machine.folders:
            machine.folders.add(name)
            machine.change(parent(name), lambda: machine.safe_folders.add(name))

    def exists(self, path: Path) -> bool:
        self.machine.call("exists", str(path))
        return str(path) in self.machine.folders or self.machine.sees(str(path))

    def names(self, folder: Path) -> list[str]:
        machine, name = self.machine, str(folder)
        machine.call("names", name)
        if name not in machine.folders:
            raise missing(name)
        found = [one for one in machine.names if parent(one) == name and machine.sees(one)]
        return sorted(
            one.rpartition("/")[2] for one in (*found, *machine.folders) if one != "/" and parent(one) == name
        )

    def find(self, folder: Path, pattern: str) -> list[Path]:
        machine, begin = self.machine, f"{folder}/"
        machine.call("find", f"{folder}/{pattern}")
        fits = _pattern(pattern).fullmatch
        return [
            Path(one)
            for one in sorted(machine.names)
            if one.startswith(begin) and fits(one, len(begin)) and machine.sees(one)
        ]

    @contextmanager
    def lock(self, path: Path, note: bytes) -> Iterator[None]:
        machine, name = self.machine, str(path)
        machine.call("lock", name)
        mine = machine.current
        if self.is_taken(name):
            error = HeldError(path)
            error.note = machine.names[name].seen if name in machine.names else b""
            machine.stale = max(0, machine.stale - 1)
            raise error
        if parent(name) not in machine.folders:
            raise missing(name)
        machine.locks[name] = mine
        machine.names[name] = Content(note)
        try:
            yield
        finally:
            if not mine.dead:
                machine.call("unlock", name)
                if machine.locks.get(name) is mine:
                    del machine.locks[name]
                    machine.names.pop(name, None)

    def is_taken(self, name: str) -> bool:
        """Whether somebody holds a lock: a living process, or for a while a machine that is gone."""
        return self.machine.stale > 0 or name in self.machine.locks

    def is_locked(self, path: Path) -> bool:
        self.machine.call("is_locked", str(path))
        return self.is_taken(str(path))

    def now(self) -> datetime:
        self.machine.call("now")
        return NOON + self.machine.clock + timedelta(seconds=self.machine.calls)

    def pause(self, seconds: float) -> None:
        self.machine.call("pause")
        self.machine.calls += 10

    def seconds(self) -> float:
        self.machine.call("seconds")
        return self.machine.calls + max(self.machine.clock.total_seconds(), 0.0)
