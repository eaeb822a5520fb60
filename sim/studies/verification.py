"""Holds a result folder against its record: files that are missing, changed or extra, and the program that made it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.errors import StudyError, said
from sim.studies.environment import changes, environment
from sim.studies.lock import is_locked
from sim.studies.record import (
    MANIFEST,
    RECORD,
    FileEntry,
    Record,
    entry_of,
    fingerprint_of,
    hashes,
    identity_of,
    read_record,
)
from sim.studies.session import WHOLE
from sim.studies.store import ResultStore


@dataclass(frozen=True)
class Verified:
    """What holding a folder against its record has found.

    Attributes:
        store: the folder.
        record: its record.
        missing: files that the record lists and the folder lacks.
        changed: files with other bytes than the record says.
        extra: files that the record does not list.
        fingerprint: the fingerprint of the files as they are; the record's own if nothing that counts has changed.
        program: how the program differs from the one that made the result, one phrase each.
        inside: the same of results inside the folder.
    """

    store: ResultStore
    record: Record
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    fingerprint: str = ""
    program: list[str] = field(default_factory=list)
    inside: list[Verified] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether all files are as the record says, in the results inside the folder, too."""
        own = not (self.missing or self.changed or self.extra) and self.fingerprint == self.record.fingerprint
        return own and all(one.same for one in self.inside)


def verify_files(folder: ResultStore) -> Verified:
    """Read all files of a result again and hold them against its record, and those of results inside it.

    Raises:
        StudyError: the folder holds no result, or one that is not finished, has no record, or has one of a newer
            version; or a file cannot be read.
    """
    _refuse_unfinished(folder)
    record = read_record(folder)
    try:
        found = hashes(folder)
        if folder.has(MANIFEST):
            found[MANIFEST] = entry_of(folder, folder.folder / MANIFEST, False)
    except OSError as error:
        raise StudyError(
            said(
                "{file} cannot be read: {reason}", file=error.filename or folder.folder, reason=error.strerror or error
            )
        ) from None
    known = record.files
    inside = [name for name in record.results if not folder.disk.exists(folder.folder / name / RECORD)]
    missing = sorted([*(known.keys() - found.keys()), *(f"{name}/{RECORD}" for name in inside)])
    return Verified(
        folder,
        record,
        missing=missing,
        changed=sorted(name for name in known.keys() & found.keys() if _differ(known[name], found[name])),
        extra=sorted(found.keys() - known.keys()),
        fingerprint=_present(record, found),
        program=changes(record.environment, _environment(record)),
        inside=[verify_files(folder.at(folder.folder / name)) for name in record.results if name not in inside],
    )


def _refuse_unfinished(folder: ResultStore) -> None:
    if not folder.disk.exists(folder.folder):
        raise StudyError(said("{folder} is not there; name the folder of a result", folder=folder.folder))
    if is_locked(folder.folder, folder.disk):
        raise StudyError(
            said("{folder} is being written by another process; verify it when that has ended", folder=folder.folder)
        )
    if not folder.has(MANIFEST):
        if not folder.has(RECORD):
            folder.manifest()  # tells that this is no result
        return
    manifest = folder.manifest()
    state = manifest["state"]
    if state not in WHOLE:
        state = "stopped" if state == "running" else state  # nobody holds its lock
        raise StudyError(
            said(
                "{folder} is {state}, not finished, and has no valid record yet; go on with: {command}",
                folder=folder.folder,
                state=state,
                command=manifest["command"],
            )
        )


def _differ(before: FileEntry, now: FileEntry) -> bool:
    return (before.bytes, before.sha256) != (now.bytes, now.sha256)


def _present(record: Record, found: dict[str, FileEntry]) -> str:
    """The fingerprint of the files as they are now, of those that the record says the study wrote."""
    of_study = {name: found[name] for name, one in record.files.items() if one.study and name in found}
    return fingerprint_of(identity_of(record), {**of_study, **record.left_out})


def _environment(record: Record) -> dict[str, str]:
    """The present environment, as far as a result of this kind depends on it; its runner is judged by a rerun."""
    now = environment()
    runner = record.environment.get("runner")
    return now if runner is None else {**now, "runner": runner}
