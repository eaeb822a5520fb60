"""All file system operations of a result folder in one class, so that tests can replace it.

The store reads, writes, lists, moves and locks files through a `Disk`, and takes the time from it. `writing` uses the
other methods: a substitute that overrides these (a full disk, one that loses unsynced data, one that fails at some
call) goes through the same steps as the real disk.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pyarrow as pa

from sim.system.held import held, is_held

UNFINISHED = ".*.tmp"
"""Pattern of the names of temporary files: those being written, and those whose writer was killed."""


class Disk:
    """The file system of this machine; every method raises OSError if the operation fails."""

    def read(self, path: Path) -> bytes:
        """Read the content of a file."""
        return path.read_bytes()

    def open(self, path: Path) -> pa.NativeFile:
        """Open a file for reading."""
        return pa.OSFile(str(path))

    def create(self, path: Path) -> IO[bytes]:
        """Create a file and open it for writing."""
        return path.open("wb")

    def sync(self, file: IO[bytes]) -> None:
        """Flush a file to the disk, so that its content survives a power failure."""
        file.flush()
        os.fsync(file.fileno())

    def rename(self, path: Path, to: Path) -> None:
        """Rename a file; replaces an existing file of the new name."""
        path.replace(to)

    def remove(self, path: Path) -> None:
        """Remove a file if it exists."""
        path.unlink(missing_ok=True)

    def copy(self, path: Path, to: Path) -> None:
        """Make a file available under a second name, as a hard link if possible; the file must never change."""
        with suppress(OSError):
            to.hardlink_to(path)
            return
        shutil.copyfile(path, to)

    def make(self, folder: Path) -> None:
        """Create a folder and its parents if they do not exist."""
        folder.mkdir(parents=True, exist_ok=True)

    def exists(self, path: Path) -> bool:
        """Whether a file or folder exists."""
        return path.exists()

    def names(self, folder: Path) -> list[str]:
        """Names of the entries of a folder, sorted."""
        return sorted(path.name for path in folder.iterdir())

    def find(self, folder: Path, pattern: str) -> list[Path]:
        """Paths below a folder that match a pattern such as `parts/*/*.parquet`, sorted; empty without the folder."""
        return sorted(folder.glob(pattern))

    def lock(self, path: Path, note: bytes) -> AbstractContextManager[None]:
        """Lock a file until the context or the process ends; raises HeldError if another process holds the lock."""
        return held(path, note)

    def is_locked(self, path: Path) -> bool:
        """Whether a living process holds the lock of a file."""
        return is_held(path)

    def now(self) -> datetime:
        """The present date and time in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Seconds of a monotonic clock, whose zero is arbitrary."""
        return time.monotonic()

    @contextmanager
    def writing(self, path: Path) -> Iterator[IO[bytes]]:
        """Open a file for writing that afterwards is either complete or absent, even after a crash.

        If the block raises, its temporary file is removed.
        """
        temporary = path.with_name(UNFINISHED.replace("*", uuid.uuid4().hex))
        try:
            with self.create(temporary) as file:
                yield file
                self.sync(file)
            self.rename(temporary, path)
        except BaseException:
            self.remove(temporary)
            raise

    def write(self, path: Path, content: bytes) -> None:
        """Write a file completely or not at all."""
        with self.writing(path) as file:
            file.write(content)


DISK = Disk()
"""The default file system."""
