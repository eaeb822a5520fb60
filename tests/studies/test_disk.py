"""A study uses files only through one interface, so that another file system can replace it."""

from __future__ import annotations

import errno
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePath

import pyarrow as pa
import pytest
from fake_worlds import TEN, TODAY, run_fake

from sim.errors import StudyError, StudyStoppedError
from sim.studies.disk import DISK, Disk
from sim.studies.session import open_session
from sim.studies.status import status_of
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study
from sim.system.held import HeldError, held, is_held

STUDY = Study("compare", (TODAY, TEN), options={"reference": "today"})
FOLDER = Path("/nowhere/result")
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Memory(Disk):
    """A file system in memory; it is full after a number of writing calls."""

    def __init__(self, room: int = 10**6):
        self.files: dict[Path, bytes] = {}
        self.held: dict[Path, bytes] = {}
        self.room = room

    def read(self, path):
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        return self.files[path]

    def open(self, path):
        return pa.BufferReader(self.read(path))

    def create(self, path):
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.files[path] = b""
        return BytesIO()

    def sync(self, file):
        self.written = file.getvalue()

    def rename(self, path, to):
        del self.files[path]
        self.files[to] = self.written

    def remove(self, path):
        self.files.pop(path, None)

    def sync_folder(self, folder):
        pass

    def make(self, folder):
        pass

    def exists(self, path):
        return path in self.files

    def names(self, folder):
        return sorted({path.relative_to(folder).parts[0] for path in self.files if path.is_relative_to(folder)})

    def find(self, folder, pattern):
        deep, names = pattern.startswith("**/"), PurePath(pattern.removeprefix("**/"))
        below = (path for path in self.files if path.is_relative_to(folder) and path.match(str(names)))
        return sorted(path for path in below if deep or len(path.relative_to(folder).parts) == len(names.parts))

    @contextmanager
    def lock(self, path, note):
        if path in self.held:
            error = HeldError(path)
            error.note = self.held[path]
            raise error
        self.held[path] = note
        try:
            yield
        finally:
            del self.held[path]

    def is_locked(self, path):
        return path in self.held

    def now(self):
        return NOON


def run(store: ResultStore, replications: int = 4) -> ResultStore:
    with open_session(STUDY, Extent(replications), store, runner=run_fake, workers=1, command="again") as (
        opened,
        session,
    ):
        if session:
            session.expect(2 * replications)
            session.run(STUDY.chunk(position) for position in range(replications))
    return opened


def tables_of(store: ResultStore) -> dict[str, bytes]:
    return {path.name: store.disk.read(path) for path in store.disk.find(store.folder, "*.parquet")}


def test_a_study_on_another_file_system_touches_no_other(tmp_path):
    real, memory = run(ResultStore(tmp_path / "result")), Memory()
    store = run(ResultStore(FOLDER, memory))
    assert not FOLDER.parent.exists() and not memory.held
    assert tables_of(store) == tables_of(real) and len(tables_of(real)) == 5
    names = {path.relative_to(real.folder) for path in real.folder.rglob("*") if path.is_file()}
    assert {path.relative_to(FOLDER) for path in memory.files} == names
    assert store.manifest()["sessions"][0]["began"] == NOON.isoformat()
    assert status_of(store).state == "finished"


@pytest.mark.parametrize("room", range(0, 30, 3))
def test_a_disk_that_is_full_at_any_call_loses_nothing_that_was_finished(room):
    whole, memory = run(ResultStore(FOLDER, Memory())), Memory(room)
    store = ResultStore(FOLDER, memory)
    with pytest.raises(StudyStoppedError, match=r"No space left on device.*Go on with: again"):
        run(store)
    kept = {path: memory.files[path] for path in memory.find(FOLDER, "parts/runs/*.parquet")}
    assert not memory.held and not [path for path in memory.files if path.name.endswith(".tmp")]
    memory.room = 10**6
    assert tables_of(run(store)) == tables_of(whole)
    assert {path: memory.files[path] for path in kept} == kept


def test_a_folder_that_another_holds_is_named_with_its_holder():
    memory = Memory()
    memory.held[FOLDER / ".lock"] = b'{"process": 7, "since": "noon"}'
    with pytest.raises(StudyError, match="is being written by process 7, since noon"):
        run(ResultStore(FOLDER, memory))
    memory.held[FOLDER / ".lock"] = b"[]"
    with pytest.raises(StudyError, match="is being written by another process"):
        run(ResultStore(FOLDER, memory))


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOLCK, "has no locks, as some network drives"), (errno.EROFS, "cannot be written")]
)
def test_where_nothing_can_be_held_another_folder_is_asked_for(number, said, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(number, "the reason")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(StudyError, match=rf"{said}.*: the reason; choose another folder with --out"):
        run(ResultStore(tmp_path))
    assert not is_held(tmp_path / ".lock")


def test_a_held_file_can_be_read_and_goes_with_its_holder(tmp_path):
    path = tmp_path / "lock"
    program = (
        "import sys, time; from pathlib import Path; from sim.system.held import held\n"
        "with held(Path(sys.argv[1]), b'me'): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        assert is_held(path)
        with pytest.raises(HeldError) as caught, held(path, b"us"):
            pass
        process.kill()
    assert caught.value.note == b"me"
    assert path.exists() and not is_held(path), "its holder is dead"
    with held(path, b"us", wait=True):
        assert is_held(path)
    assert not path.exists()


def test_a_name_is_taken_only_when_the_file_is_whole(tmp_path):
    with pytest.raises(ZeroDivisionError), DISK.writing(tmp_path / "file") as file:
        file.write(b"half")
        assert not (tmp_path / "file").exists()
        _ = 1 / 0
    assert not list(tmp_path.iterdir())
