"""Finds and locks the folder of a study: a new one, one that holds the same study unfinished, or a numbered one."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sim.errors import StudyError, said
from sim.studies.disk import DISK, Disk
from sim.studies.environment import changes
from sim.studies.lock import locked
from sim.studies.manifest import Manifest
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@dataclass(frozen=True)
class ClaimedFolder:
    """The folder of a study: either the study in it is `finished`, or this process holds its lock."""

    store: ResultStore
    finished: bool
    remark: str | None = None


@contextmanager
def claim_folder(
    base: Path | ResultStore, study: Study, extent: Extent, made: dict[str, str]
) -> Iterator[ClaimedFolder]:
    """Find the folder of a study and lock it: `base`, or `base-2`, `base-3`, … if these hold other studies.

    A folder is claimed if it is new, or holds the same study of the same environment (`made`), unfinished or finished
    with fewer replications. Folders of other studies are not changed.

    Raises:
        StudyError: the folder holds something other than a result, is being written, cannot be written, or holds the
            same study, unfinished, from another environment.
    """
    first = ResultStore.of(base)
    remark, base = None, first.folder
    named = base if base.name not in ("", "..") else Path(os.path.abspath(base))  # noqa: PTH100 (links stay)
    for number in range(1, 1000 if named.name else 2):
        store = first if number == 1 else first.at(named.with_name(f"{named.name}-{number}"))
        state, reason = _assess(store, study, extent, made)
        remark = reason or remark
        if state == "other":
            continue
        if state == "finished":
            yield ClaimedFolder(store, True, remark)
            return
        with _ours(store):
            if _assess(store, study, extent, made)[0] != state:
                raise StudyError(
                    said("another process has just written {folder}; run the command again", folder=store.folder)
                )
            yield ClaimedFolder(store, False, remark)
        return
    raise StudyError(
        said("{base} and its numbered followers are all taken; choose another with --out FOLDER", base=base)
    )


def refuse_foreign(folder: Path, ours: Collection[str]) -> None:
    """Raise StudyError if a folder is not empty and holds none of the files `ours`."""
    held = _held(folder, DISK)
    if held and not set(ours).intersection(held):
        raise _foreign(folder, held[0])


def _foreign(folder: Path, first: str) -> StudyError:
    return StudyError(
        said(
            "{folder} is not empty and holds no result of hubsim (it has {first}); choose a new folder with "
            "--out FOLDER",
            folder=folder,
            first=first,
        )
    )


def _held(folder: Path, disk: Disk) -> list[str]:
    try:
        return [name for name in disk.names(folder) if not name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StudyError(
            said(
                "{folder} cannot be used for results: {reason}; choose another with --out FOLDER",
                folder=folder,
                reason=error.strerror,
            )
        ) from None


def _assess(store: ResultStore, study: Study, extent: Extent, made: dict[str, str]) -> tuple[str, str | None]:
    """The state of a folder for a study: `free`, `ours`, `finished` or `other`; and a remark for the user."""
    held = _held(store.folder, store.disk)
    if not held:
        return "free", None
    if "manifest.json" not in held or "study" not in (entries := store.manifest()):
        raise _foreign(store.folder, held[0])
    if entries["study"] != study.digest:
        if study.kind == entries.get("kind") == "sweep" and entries["state"] != "finished":
            raise StudyError(
                said(
                    "{folder} holds an unfinished sweep of another study: {names}. Put that back to finish it, "
                    "remove the folder, or begin anew with --out FOLDER.",
                    folder=store.folder,
                    names="; ".join(_differences(entries, study)),
                )
            )
        return "other", f"{store.folder} holds another study; it is left as it is."
    changed = changes(entries["environment"], made)
    reached = Extent(entries["replications"], entries["precision"], entries.get("shard"))
    if entries["state"] == "finished":
        if changed:
            return "other", f"{store.folder} holds the same study made differently: {'; '.join(changed)}."
        if reached == extent:
            return "finished", f"{store.folder} holds this study already; nothing was run again."
    else:
        if changed:
            raise StudyError(
                said(
                    "{folder} holds an unfinished run of this study, made differently: {names}. Results of both "
                    "cannot be mixed: finish it with what it was begun with, remove the folder, or begin anew with "
                    "--out FOLDER.",
                    folder=store.folder,
                    names="; ".join(changed),
                )
            )
        if reached.precision is None:
            replications = {key.partition("-block-")[0] for key in store.done()}
            reached = Extent(min(len(replications), reached.replications), None, reached.shard)
    if reached.leads_to(extent):
        return "ours", None
    held_back = f"shard {reached.shard} of this study" if reached.shard else "this study"
    return "other", f"{store.folder} holds {held_back} with {reached.replications} replications; it is left as it is."


def _differences(entries: Manifest, study: Study) -> list[str]:
    """The differences between the study in a folder and another study, one phrase each."""
    earlier = {"seed": entries["seed"], "record": entries["record"], **entries["options"]}
    now = {"seed": study.seed, "record": list(study.record), **study.options_with_draws}
    found = []
    for name in sorted(earlier.keys() | now.keys()):
        before, after = earlier.get(name), now.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            changed = [inner for inner in sorted(before.keys() | after.keys()) if before.get(inner) != after.get(inner)]
            found += [f"{inner} was {before.get(inner)} and is {after.get(inner)}" for inner in changed]
        elif before != after:
            found.append("the base scenario has changed" if name == "base" else f"{name} was {before} and is {after}")
    return found or ["it was made by another version of hubsim"]


@contextmanager
def _ours(store: ResultStore) -> Iterator[None]:
    """Lock the folder of a store during the `with` block; creates the folder if needed."""
    with ExitStack() as stack:
        try:
            store.disk.make(store.folder)
            stack.enter_context(locked(store.folder, store.disk))
        except OSError as error:
            unlocked = said("has no locks, as some network drives have none")
            what = unlocked if error.errno in _NO_LOCKS else said("cannot be written")
            raise StudyError(
                said(
                    "{folder} {what}: {reason}; choose another folder with --out FOLDER",
                    folder=store.folder,
                    what=what,
                    reason=error.strerror,
                )
            ) from None
        yield
