"""All that a result folder asks of a file system, in one place, so that another one can stand in for it.

Whatever the store reads, writes, lists, moves or locks goes through a `Disk`, and so does the clock that it notes.
`writing` is built on the other methods: a stand-in that replaces these (one that is full, forgets what was not
synced, or dies at some call) goes through the same steps as the real one.
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
"""Names of files that are being written, or whose writer was killed."""


class Disk:
    """The file system of this machine; every method raises OSError when it refuses."""

    def read(self, path: Path) -> bytes:
        """The content of a file."""
        return path.read_bytes()

    def open(self, path: Path) -> pa.NativeFile:
        """A file to be read, at its beginning."""
        return pa.OSFile(str(path))

    def create(self, path: Path) -> IO[bytes]:
        """A new file to be written."""
        return path.open("wb")

    def sync(self, file: IO[bytes]) -> None:
        """See to it that what was written to a file outlives a power failure."""
        file.flush()
        os.fsync(file.fileno())

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in place of the file that has it."""
        path.replace(to)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def copy(self, path: Path, to: Path) -> None:
        """Have a file under a second name: as a link, where there are any; nothing will ever change it."""
        with suppress(OSError):
            to.hardlink_to(path)
            return
        shutil.copyfile(path, to)

    def make(self, folder: Path) -> None:
        """Make a folder and those above it, unless they are there."""
        folder.mkdir(parents=True, exist_ok=True)

    def exists(self, path: Path) -> bool:
        """Whether there is a file or a folder of this name."""
        return path.exists()

    def names(self, folder: Path) -> list[str]:
        """Names of what is in a folder, sorted."""
        return sorted(path.name for path in folder.iterdir())

    def find(self, folder: Path, pattern: str) -> list[Path]:
        """What is in a folder and fits a pattern such as `parts/*/*.parquet`, sorted; nothing without a folder."""
        return sorted(folder.glob(pattern))

    def lock(self, path: Path, note: bytes) -> AbstractContextManager[None]:
        """Hold a file alone until the context is left or the process dies; raises HeldError when another one does."""
        return held(path, note)

    def is_locked(self, path: Path) -> bool:
        """Whether a living process holds the file."""
        return is_held(path)

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Seconds since some moment, by a clock that nobody sets."""
        return time.monotonic()

    @contextmanager
    def writing(self, path: Path) -> Iterator[IO[bytes]]:
        """A file to be written that is either whole or not there afterwards, whatever happens meanwhile.

        It leaves nothing behind when it raises.
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
        """Write a file of this content, whole or not at all."""
        with self.writing(path) as file:
            file.write(content)


DISK = Disk()
"""The file system that everything uses unless it is given another."""
