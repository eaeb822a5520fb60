"""`hubsim merge`: joins the shards of a study, which different processes or machines ran, into one result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.errors import StudyError, StudyStoppedError, said
from sim.studies.codebook import write_codebook
from sim.studies.environment import changes
from sim.studies.execution import cannot_write
from sim.studies.lock import locked
from sim.studies.manifest import FOLDER_FORMAT, Manifest
from sim.studies.record import GIVEN, RECORD, fingerprint_of, hashes, write_record
from sim.studies.store import ResultStore
from sim.studies.sweep import tabulate
from sim.studies.sweep_results import Sweep


def merge_shards(folders: Sequence[Path], out: Path | ResultStore, command: str) -> Sweep:
    """Join all shards of a sweep into a new folder, with the same result as one process that ran all of it.

    Args:
        folders: result folders of the shards.
        out: the new folder.
        command: command that repeats this, for the manifest.

    Raises:
        StudyError: a folder is not a finished shard, or belongs to another study or environment; a shard is missing or
            given twice; or `out` holds something else than an unfinished merge of them.
        StudyStoppedError: `out` cannot be written, or a part of a shard cannot be read; the same command goes on.
    """
    target = ResultStore.of(out)
    stores = [target.at(folder) for folder in folders]
    manifests = [store.manifest() for store in stores]
    _refuse(folders, manifests)
    first = manifests[0]
    _refuse_used(target, first)
    again = f"Go on with: {command}"
    try:
        target.disk.make(target.folder)
        with locked(target.folder, target.disk):
            _refuse_used(target, first)
            target.remove_unfinished()
            state = {"format": FOLDER_FORMAT, "state": "running", "shard": None, "command": command, "figures": []}
            keep = {
                name: first[name]
                for name in first
                if name not in (*state, "chunks", "runs", "failures", "sessions", "fingerprint")
            }
            target.note(**keep, **state)
            target.make_folders(first["record"])
            _copy(stores, target)
            keys = sorted(target.done())
            chunks = sum(manifest["chunks"] for manifest in manifests)
            if len(keys) != chunks:
                raise StudyStoppedError(
                    said(
                        "{count} of the {chunks} parts of the shards can be read. {again}",
                        count=len(keys),
                        chunks=chunks,
                        again=again,
                    )
                )
            for table in ("runs", *first["record"]):
                target.join(table, keys)
            tabulate(target)
            write_codebook(target)
            failures = [failure for manifest in manifests for failure in manifest["failures"]]
            failures.sort(key=lambda failure: (failure["scenario"], failure["replication"]))
            for failure in failures:
                failure["command"] = target.repeat_command(failure["scenario"], failure["seed"], failure["replication"])
            runs = {name: sum(manifest["runs"][name] for manifest in manifests) for name in ("ok", "failed")}
            sessions = [session for manifest in manifests for session in manifest["sessions"]]
            files = hashes(target)
            target.note(
                fingerprint=fingerprint_of(target.manifest(), files),
                state="finished",
                chunks=len(keys),
                runs=runs,
                failures=failures,
                sessions=sessions,
                expected=sum(runs.values()),
            )
            write_record(target, files)
    except OSError as error:
        raise StudyStoppedError(
            said("{cannot_write}. {again}", cannot_write=cannot_write(error), again=again)
        ) from error
    return Sweep(target)


def _refuse_used(target: ResultStore, first: Manifest) -> None:
    """Raise StudyError if the folder holds anything but the same study, unfinished, as a killed merge."""
    try:
        held = [name for name in target.disk.names(target.folder) if not name.startswith(".")]
        what = said("is not empty") if held and not _is_begun(target, held, first) else None
    except FileNotFoundError:
        what = None
    except OSError as error:
        is_file = isinstance(error, NotADirectoryError)
        what = said("is a file") if is_file else said("cannot be read: {reason}", reason=error.strerror)
    if what:
        raise StudyError(said("{folder} {what}; name a new folder with --out FOLDER", folder=target.folder, what=what))


def _is_begun(target: ResultStore, held: Sequence[str], first: Manifest) -> bool:
    if "manifest.json" not in held:
        return False
    entries = target.manifest()
    names = ("study", "replications", "environment")
    unrecorded = "fingerprint" in entries and not target.has(RECORD)
    begun = entries.get("state") != "finished" or unrecorded
    return begun and all(entries.get(name) == first[name] for name in names)


def _refuse(folders: Sequence[Path], manifests: Sequence[dict[str, Any]]) -> None:
    """Raise StudyError if the folders are not all the shards of one study."""
    first = manifests[0]
    shards: dict[str, Path] = {}
    for folder, manifest in zip(folders, manifests, strict=True):
        shard = manifest.get("shard")
        if not shard:
            raise StudyError(
                said("{folder} is no shard; shards are made with: hubsim sweep EXPERIMENT --shard I/N", folder=folder)
            )
        if manifest["study"] != first["study"]:
            raise StudyError(said("{folder} belongs to another study than {other}", folder=folder, other=folders[0]))
        if changed := changes(first["environment"], manifest["environment"]):
            raise StudyError(
                said(
                    "{folder} was made differently than {other}: {names}",
                    folder=folder,
                    other=folders[0],
                    names="; ".join(changed),
                )
            )
        if manifest["replications"] != first["replications"]:
            raise StudyError(
                said(
                    "{folder} has {replications} replications and {other} has {others}",
                    folder=folder,
                    replications=manifest["replications"],
                    other=folders[0],
                    others=first["replications"],
                )
            )
        if manifest["state"] != "finished":
            raise StudyError(
                said(
                    "{folder} is {state}, not finished; go on with: {command}",
                    folder=folder,
                    state=manifest["state"],
                    command=manifest["command"],
                )
            )
        if shard in shards:
            raise StudyError(
                said("{folder} and {other} are both shard {shard}", folder=folder, other=shards[shard], shard=shard)
            )
        shards[shard] = folder
    of = {int(shard.split("/")[1]) for shard in shards}
    if len(of) > 1:
        raise StudyError(
            said("the study was divided in different ways: shards {names}", names=", ".join(sorted(shards)))
        )
    missing = [
        f"{number}/{of_all}" for of_all in of for number in range(1, of_all + 1) if f"{number}/{of_all}" not in shards
    ]
    if missing:
        raise StudyError(said("shards are missing: {names}", names=", ".join(missing)))


def _copy(stores: Sequence[ResultStore], target: ResultStore) -> None:
    """Copy parts, scenarios and what was given into the new folder, and flush the names that are there already."""
    kept: set[Path] = set()
    for store in stores:
        for pattern in ("parts/*/*.parquet", "resolved/*.yaml", *GIVEN):
            for path in store.disk.find(store.folder, pattern):
                place = target.folder / path.relative_to(store.folder)
                target.disk.make(place.parent)
                if target.disk.exists(place):
                    kept.add(place.parent)
                else:
                    target.disk.copy(path, place)
    for folder in sorted(kept):
        target.disk.sync_folder(folder)  # who copied them may have been killed before it did
