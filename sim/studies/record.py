"""The record of a result folder, `record.json`: every file with its SHA-256, what made it, and a short fingerprint.

The fingerprint is computed from the data: the study's digest, its environment, and the SHA-256 of the tables that the
study itself writes. Report, figures and workbook show it and are no part of it, so that it does not depend on what it
is printed on. The same study, run again by the same program on the same kind of processor, has the same fingerprint.

The record is plain JSON, described by `hubsim schema record`. RO-Crate was tried (the library rocrate 0.16) and not
taken: it neither checks files nor validates a record, writes the present time into it, asks for an HTTP client, and
takes half a second to load at the end of every study, for what are forty lines here.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.errors import StudyError, said
from sim.studies.environment import environment, source_revision
from sim.studies.status import PROGRESS
from sim.studies.store import ResultStore

RECORD, FORMAT = "record.json", 1
MANIFEST = "manifest.json"
DIGITS = 16
"""Digits of a fingerprint: 64 bits, in groups of four."""
TABLES = (
    "summary", "differences", "channels", "contrasts", "ranking", "acceptability", "frontier",
    "explanation_success", "explanation_export", "monthly",
)  # fmt: skip
"""Names of the tables that studies compute from their runs."""
GIVEN = (
    "draws.csv", "weights.csv", "openings.csv", "hubs_open.csv", "calibration.json", "first_wave.parquet",
)  # fmt: skip
"""Names of the files that studies write before their runs."""
_SHOWN = (".html", ".pdf", ".png", ".svg", ".xlsx")
"""Endings of files that are printed from tables."""
_BLOCK = 1 << 20
_NOT_OURS = said("it was written by another program, or is damaged")


class FileEntry(BaseModel):
    """A file of the folder: its size in bytes, its SHA-256, and whether the study itself wrote it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    bytes: int = Field(ge=0, description="Size.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Hexadecimal digest.")
    study: bool = Field(description="Whether the study itself wrote the file; later commands never change such a file.")


class StudyEntry(BaseModel):
    """What was run, as far as numbers depend on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(description="The command.")
    digest: str = Field(description="SHA-256 of everything that determines the numbers.")
    seed: int = Field(description="Root seed.")
    first_replication: int = Field(description="Number of the first world.")
    replications: int = Field(description="Number of worlds that were asked for.")
    shard: str | None = Field(description="Which part of the study, such as 2/3; null for all of it.")
    scenarios: dict[str, str] = Field(description="SHA-256 of the values of each scenario, by its key.")
    options: dict[str, Any] = Field(description="Further options, with the name and SHA-256 of the draws.")


class Record(BaseModel):
    """The record of a result folder; `hubsim verify` holds the folder against it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = Field(description="Version of this format.")
    fingerprint: str = Field(pattern="^[0-9a-f]{4}(-[0-9a-f]{4}){3}$", description="Short name of the data.")
    study: StudyEntry | None = Field(description="What was run; null for a folder that holds no runs of its own.")
    environment: dict[str, str] = Field(description="Versions and digests on which the numbers depend.")
    libraries: dict[str, str] = Field(description="Versions of Python and of all libraries when this was written.")
    revision: str | None = Field(description="Git commit of the source, with +changes if files differed from it.")
    command: str = Field(description="The command that makes the result.")
    files: dict[str, FileEntry] = Field(description="All files but this one, by path below the folder.")
    results: list[str] = Field(description="Folders of further results inside this one, which have their own records.")
    left_out: dict[str, FileEntry] = Field(description="Files that the fingerprint covers and that were not kept here.")


def fingerprint_of(study: Mapping[str, Any], files: Mapping[str, FileEntry]) -> str:
    """The fingerprint of a result.

    Args:
        study: what identifies the study: entries of its manifest, or what `_identity` gives without one.
        files: all its files; those that count are chosen here.
    """
    identity = {name: study.get(name) for name in ("kind", "study", "seed", "first_replication", "environment")}
    counted = {path: entry.sha256 for path, entry in files.items() if counts(path, entry)}
    return short_name([FORMAT, identity, sorted(counted.items())])


def short_name(data: Any) -> str:
    """The fingerprint of numbers and texts, as groups of four digits."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=True)
    digits = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    return "-".join(re.findall("....", digits))


def counts(path: str, entry: FileEntry) -> bool:
    """Whether the fingerprint covers a file: tables of the study; not their parts, nor where scenarios came from."""
    return entry.study and not path.startswith(("parts/", "resolved/"))


def hashes(
    store: ResultStore, kept: Mapping[str, FileEntry] | None = None, again: Collection[str] = ()
) -> dict[str, FileEntry]:
    """The files of a folder, without hidden ones and those of results inside it.

    Args:
        store: the folder.
        kept: entries of an earlier record. Those of the study's own files are taken over unread, so that what was
            changed since by others is found out.
        again: names of files of the study that were just written anew.
    """
    disk, folder = store.disk, store.folder
    found: dict[str, FileEntry] = {}
    paths = {path.relative_to(folder).as_posix(): path for path in disk.find(folder, "**/*")}
    inside = _inside(paths)
    series = {f"{name}.parquet" for name in ("runs", "agents", *_recorded(store))} if MANIFEST in paths else None
    for name, path in sorted(paths.items()):
        parts = PurePosixPath(name).parts
        hidden = any(part.startswith(".") for part in parts)
        if hidden or name in (RECORD, PROGRESS, MANIFEST) or any(name.startswith(f"{one}/") for one in inside):
            continue
        if path.is_dir():
            continue
        own = _is_of_study(name, series)
        before = (kept or {}).get(name)
        if before is not None and before.study and own and name not in again:
            found[name] = before
        else:
            found[name] = entry_of(store, path, own)
    return found


def _recorded(store: ResultStore) -> Iterable[str]:
    recorded: Iterable[str] = store.manifest().get("record", ())
    return recorded


def _inside(paths: Collection[str]) -> list[str]:
    """Folders of results inside a result."""
    owners = (PurePosixPath(name).parent.as_posix() for name in paths if name.endswith((f"/{MANIFEST}", f"/{RECORD}")))
    return sorted(set(owners))


def _is_of_study(name: str, series: Collection[str] | None) -> bool:
    """Whether a study wrote a file; without a manifest (`series` None), every file that is no picture or page."""
    if series is None:
        return not name.endswith(_SHOWN) and name != "codebook.csv"
    tables = (f"{table}.csv" for table in TABLES)
    return name in series or name in GIVEN or name in tables or name.startswith(("parts/", "resolved/"))


def entry_of(store: ResultStore, path: Path, study: bool) -> FileEntry:
    """Read a file and compute its SHA-256; `study` says whether the study itself wrote it."""
    digest, size = hashlib.sha256(), 0
    with store.disk.open(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return FileEntry(bytes=size, sha256=digest.hexdigest(), study=study)


def write_record(
    store: ResultStore,
    files: Mapping[str, FileEntry],
    *,
    command: str = "",
    left_out: Mapping[str, FileEntry] | None = None,
) -> Record:
    """Write the record of a folder, completely or not at all; the last thing that is written there.

    Args:
        store: the folder; its manifest, if it has one, is complete.
        files: what `hashes` gave.
        command: the command that makes the result, where no manifest tells it.
        left_out: files of the study that are not kept in this folder.
    """
    manifest: Mapping[str, Any] = {}
    whole = dict(files)
    if store.has(MANIFEST):
        manifest = store.manifest()
        whole[MANIFEST] = entry_of(store, store.folder / MANIFEST, False)
    paths = [path.relative_to(store.folder).as_posix() for path in store.disk.find(store.folder, "**/*")]
    record = Record(
        format=1,
        fingerprint=fingerprint_of(_identity(manifest, command), {**files, **(left_out or {})}),
        study=_study(manifest) if manifest else None,
        environment=manifest.get("environment") or environment(),
        libraries=_libraries(),
        revision=manifest.get("source_revision") if manifest else source_revision(),
        command=manifest.get("command", command),
        files=dict(sorted(whole.items())),
        results=_inside(paths),
        left_out=dict(left_out or {}),
    )
    text = json.dumps(record.model_dump(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    store.disk.write(store.folder / RECORD, text.encode())
    return record


def _identity(manifest: Mapping[str, Any], command: str) -> Mapping[str, Any]:
    return manifest or {"kind": command.split(" ")[1] if " " in command else command, "environment": environment()}


def identity_of(record: Record) -> dict[str, Any]:
    """What identifies the study of a record, as `fingerprint_of` takes it."""
    if record.study is None:
        return {**_identity({}, record.command), "environment": record.environment}
    told = {name: getattr(record.study, name) for name in ("kind", "seed", "first_replication")}
    return {**told, "study": record.study.digest, "environment": record.environment}


def _study(manifest: Mapping[str, Any]) -> StudyEntry:
    return StudyEntry(
        kind=manifest["kind"],
        digest=manifest["study"],
        seed=manifest["seed"],
        first_replication=manifest.get("first_replication", 0),
        replications=manifest["replications"],
        shard=manifest.get("shard"),
        scenarios={str(one["scenario"]): str(one.get("digest")) for one in manifest["scenarios"]},
        options=dict(manifest.get("options", {})),
    )


def seal(store: ResultStore, *again: str) -> None:
    """Bring the record of a folder up to date after a command has added files; nothing happens without a record.

    Args:
        store: the folder.
        again: tables of the study that were computed anew from its runs, such as `summary.csv`.
    """
    if not store.has(RECORD):
        return
    earlier = read_record(store)
    files = hashes(store, earlier.files, again)
    if again and store.has(MANIFEST):
        fingerprint = fingerprint_of(store.manifest(), {**files, **earlier.left_out})
        if store.manifest().get("fingerprint") != fingerprint:
            store.note(fingerprint=fingerprint)
    write_record(store, files, command=earlier.command, left_out=earlier.left_out)


def mend(store: ResultStore) -> None:
    """Write the missing record of a finished study if its data are those whose fingerprint its manifest states."""
    manifest = store.manifest()
    if store.has(RECORD) or "fingerprint" not in manifest:
        return
    files = hashes(store)
    if fingerprint_of(manifest, files) == manifest["fingerprint"]:
        write_record(store, files)


@cache
def _libraries() -> dict[str, str]:
    """Versions of Python, of hubsim and of all libraries that it asks for."""
    found = {"python": platform.python_version()}
    try:
        asked = [
            re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in requires("hubsim") or () if "extra ==" not in text
        ]
    except PackageNotFoundError:
        asked = []
    for name in sorted({"hubsim", *asked}, key=str.lower):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def read_record(store: ResultStore) -> Record:
    """Read the record of a folder.

    Raises:
        StudyError: there is none, it is damaged, or a newer version wrote it.
    """
    path = store.folder / RECORD
    try:
        found = json.loads(store.disk.read(path).decode())
        told = found.get("format") if isinstance(found, dict) else None
        if isinstance(told, int) and told > FORMAT:
            raise StudyError(
                said(
                    "{path} is of format {told}; this version of hubsim reads format {known}. Verify the result with "
                    "the version that wrote it.",
                    path=path,
                    told=told,
                    known=FORMAT,
                )
            )
        return Record.model_validate(found)
    except FileNotFoundError:
        raise StudyError(
            said(
                "{folder} has no record ({record}): an older version of hubsim made it, or the record was removed. "
                "Run the study again in a new folder, and compare: {command}",
                folder=store.folder,
                record=RECORD,
                command=_command(store),
            )
        ) from None
    except OSError as error:
        raise StudyError(said("{path} cannot be read ({reason})", path=path, reason=error.strerror)) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise StudyError(
            said(
                "{path}: {place}: {wrong}: {whose}", path=path, place=place, wrong=first["msg"].lower(), whose=_NOT_OURS
            )
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError(said("{path} cannot be read: {whose}", path=path, whose=_NOT_OURS)) from None


def _command(store: ResultStore) -> str:
    command: str = store.manifest().get("command", "") if store.has(MANIFEST) else ""
    return command or "its command is not known"


def record_schema() -> dict[str, Any]:
    """JSON Schema of a record."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Record.model_json_schema()}
