"""`hubsim merge`: shards of one study, run by different processes or machines, joined into one result."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.studies.environment import changes
from sim.studies.execution import cannot_write
from sim.studies.lock import locked
from sim.studies.store import FORMAT, ResultStore
from sim.studies.study import StudyError
from sim.studies.sweep import tabulate
from sim.studies.sweep_results import Sweep


def merge(folders: Sequence[Path], out: Path, command: str) -> Sweep:
    """Join all the shards of a sweep into a new folder, which then is as if one process had run it.

    Raises:
        StudyError: a folder is no finished shard, belongs to another study or was made differently, a
            shard is missing or there twice, or `out` is not empty.
        StudyStoppedError: `out` cannot be written.
    """
    stores = [ResultStore(folder) for folder in folders]
    manifests = [store.manifest() for store in stores]
    _refuse(folders, manifests)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        what = "is not empty" if out.is_dir() else "is a file"
        raise StudyError(f"{out} {what}; name a new folder with --out FOLDER")
    target = ResultStore(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with locked(out):
            _copy(stores, target)
            first = manifests[0]
            state = {"format": FORMAT, "state": "running", "shard": None, "command": command, "figures": []}
            keep = {
                name: first[name] for name in first if name not in (*state, "chunks", "runs", "failures", "sessions")
            }
            target.note(**keep, **state)
            keys = sorted(target.done())
            for table in ("runs", *first["record"]):
                target.join(table, keys)
            tabulate(target)
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
    return Sweep(out)


def _refuse(folders: Sequence[Path], manifests: Sequence[dict[str, Any]]) -> None:
    """Say what does not belong together."""
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
    """Bring parts and resolved scenarios into the new folder; links where the file system has them."""
    for store in stores:
        for path in sorted(
            (
                *store.folder.glob("parts/*/*.parquet"),
                *store.folder.glob("resolved/*.yaml"),
                *store.folder.glob("draws.csv"),
            )
        ):
            place = target.folder / path.relative_to(store.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                continue
            with suppress(OSError):
                place.hardlink_to(path)
                continue
            shutil.copyfile(path, place)
