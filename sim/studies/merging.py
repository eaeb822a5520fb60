"""`hubsim merge`: joins the shards of a study, which different processes or machines ran, into one result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.errors import StudyError
from sim.studies.codebook import write_codebook
from sim.studies.environment import changes
from sim.studies.execution import cannot_write
from sim.studies.lock import locked
from sim.studies.manifest import FOLDER_FORMAT
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
            given twice; or `out` is not empty.
        StudyStoppedError: `out` cannot be written.
    """
    stores = [ResultStore.of(folder) for folder in folders]
    manifests = [store.manifest() for store in stores]
    _refuse(folders, manifests)
    target = ResultStore.of(out)
    _refuse_used(target)
    try:
        target.disk.make(target.folder)
        with locked(target.folder, target.disk):
            _copy(stores, target)
            first = manifests[0]
            state = {"format": FOLDER_FORMAT, "state": "running", "shard": None, "command": command, "figures": []}
            keep = {
                name: first[name] for name in first if name not in (*state, "chunks", "runs", "failures", "sessions")
            }
            target.note(**keep, **state)
            keys = sorted(target.done())
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
            target.note(
                state="finished",
                chunks=len(keys),
                runs=runs,
                failures=failures,
                sessions=sessions,
                expected=sum(runs.values()),
            )
    except OSError as error:
        raise cannot_write(error) from error
    return Sweep(target)


def _refuse_used(target: ResultStore) -> None:
    try:
        what = "is not empty" if target.disk.names(target.folder) else None
    except FileNotFoundError:
        what = None
    except NotADirectoryError:
        what = "is a file"
    if what:
        raise StudyError(f"{target.folder} {what}; name a new folder with --out FOLDER")


def _refuse(folders: Sequence[Path], manifests: Sequence[dict[str, Any]]) -> None:
    """Raise StudyError if the folders are not all the shards of one study."""
    first = manifests[0]
    shards: dict[str, Path] = {}
    for folder, manifest in zip(folders, manifests, strict=True):
        shard = manifest.get("shard")
        if not shard:
            raise StudyError(f"{folder} is no shard; shards are made with: hubsim sweep EXPERIMENT --shard I/N")
        if manifest["study"] != first["study"]:
            raise StudyError(f"{folder} belongs to another study than {folders[0]}")
        if changed := changes(first["environment"], manifest["environment"]):
            raise StudyError(f"{folder} was made differently than {folders[0]}: {'; '.join(changed)}")
        if manifest["replications"] != first["replications"]:
            raise StudyError(
                f"{folder} has {manifest['replications']} replications and {folders[0]} has {first['replications']}"
            )
        if manifest["state"] != "finished":
            raise StudyError(f"{folder} is {manifest['state']}, not finished; go on with: {manifest['command']}")
        if shard in shards:
            raise StudyError(f"{folder} and {shards[shard]} are both shard {shard}")
        shards[shard] = folder
    of = {int(shard.split("/")[1]) for shard in shards}
    if len(of) > 1:
        raise StudyError(f"the study was divided in different ways: shards {', '.join(sorted(shards))}")
    missing = [
        f"{number}/{of_all}" for of_all in of for number in range(1, of_all + 1) if f"{number}/{of_all}" not in shards
    ]
    if missing:
        raise StudyError(f"shards are missing: {', '.join(missing)}")


def _copy(stores: Sequence[ResultStore], target: ResultStore) -> None:
    """Copy parts, resolved scenarios and draws into the new folder."""
    for store in stores:
        for pattern in ("parts/*/*.parquet", "resolved/*.yaml", "draws.csv", "weights.csv"):
            for path in store.disk.find(store.folder, pattern):
                place = target.folder / path.relative_to(store.folder)
                target.disk.make(place.parent)
                if not target.disk.exists(place):
                    target.disk.copy(path, place)
