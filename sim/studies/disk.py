"""All file system operations of a result folder in one class, so that tests can replace it.

The store reads, writes, lists, moves and locks files through a `Disk`, and takes the time from it. `make`, `copy` and
`writing` use the other methods: a substitute that overrides these (a full disk, one that loses unsynced data, one that
fails at some call) goes through the same steps as the real disk.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
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
_NO_SYNC = (errno.EINVAL, errno.EBADF, errno.ENOSYS, errno.EOPNOTSUPP, errno.EACCES, errno.EPERM)
"""Answers of file systems that cannot flush a folder, as some network drives, or may not read it."""


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

    def sync_folder(self, folder: Path) -> None:
        """Flush the names in a folder to the disk, so that new names survive a power failure."""
        if sys.platform == "win32":
            return  # it opens no folders, and keeps the names itself
        try:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            if error.errno not in _NO_SYNC:
                raise

    def rename(self, path: Path, to: Path) -> None:
        """Rename a file; replaces an existing file of the new name."""
        path.replace(to)

    def remove(self, path: Path) -> None:
        """Remove a file if it exists."""
        path.unlink(missing_ok=True)

    def link(self, path: Path, to: Path) -> None:
        """Give a file a second name, as a hard link; many file systems cannot."""
        to.hardlink_to(path)

    def make_one(self, folder: Path) -> None:
        """Create a folder in an existing one, if it does not exist."""
        folder.mkdir(exist_ok=True)

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

    def pause(self, seconds: float) -> None:
        """Wait for other machines."""
        time.sleep(seconds)

    def make(self, folder: Path) -> None:
        """Create a folder and its parents if they do not exist; they survive a power failure."""
        if not self.exists(folder):
            self.make(folder.parent)
            self.make_one(folder)
            self.sync_folder(folder.parent)

    def copy(self, path: Path, to: Path) -> None:
        """Make a file available under a second name, as a hard link if possible; the file must never change."""
        try:
            self.link(path, to)
        except OSError:
            with self.open(path) as source, self.writing(to) as target:
                shutil.copyfileobj(source, target)
        else:
            self.sync_folder(to.parent)

    @contextmanager
    def writing(self, path: Path) -> Iterator[IO[bytes]]:
        """Open a file for writing that afterwards is either complete or absent, even after a power failure.

        The content reaches the disk before the name, and the name before the block is left: so a file that is written
        later is not there without this one. If the block raises, its temporary file is removed.
        """
        temporary = path.with_name(UNFINISHED.replace("*", uuid.uuid4().hex))
        try:
            with self.create(temporary) as file:
                yield file
                self.sync(file)
            self.rename(temporary, path)
        except BaseException:
            with suppress(OSError):
                self.remove(temporary)
            raise
        self.sync_folder(path.parent)

    def write(self, path: Path, content: bytes) -> None:
        """Write a file completely or not at all."""
        with self.writing(path) as file:
            file.write(content)


DISK = Disk()
"""The default file system."""
