"""Reads the manifest of a result folder and checks its entries, because any program may have written the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypedDict

from annotated_types import MinLen
from pydantic import Field, TypeAdapter, ValidationError

from sim.errors import StudyError, said
from sim.studies.disk import DISK, Disk

FOLDER_FORMAT = 1
"""Version of a result folder's layout."""


class _Scenario(TypedDict):
    scenario: str


class _Runs(TypedDict):
    ok: int
    failed: int


class _Options(TypedDict, total=False):
    draws: int
    factors: Annotated[dict[str, Any], MinLen(1)]
    reference: str | None


class _Entries(TypedDict, total=False):
    """The entries that hubsim reads; a manifest may have others, and that of an unfinished study has fewer."""

    format: int
    kind: str
    study: str
    state: str
    command: str
    name: str | dict[str, str]
    description: str | dict[str, str]
    seed: int
    replications: int
    expected: int
    points: int
    outcomes: list[str]
    fingerprint: str
    precision: float | None
    shard: Annotated[str, Field(pattern=r"^[0-9]+/[0-9]+$")] | None
    record: list[str]
    figures: list[str]
    failures: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    options: _Options
    environment: dict[str, str]
    runs: _Runs
    scenarios: Annotated[list[_Scenario], MinLen(1)]


_NOT_OURS = said("it was written by another program or another version of hubsim, or is damaged")


class Manifest(dict[str, Any]):
    """Entries of a manifest; a missing entry raises StudyError with the path of the file."""

    def __init__(self, path: Path, entries: dict[str, Any]):
        super().__init__(entries)
        self._path = path

    def __missing__(self, name: str) -> Any:
        raise StudyError(said("{path} has no entry {name}: {whose}", path=self._path, name=repr(name), whose=_NOT_OURS))


def fingerprint_in(manifest: Mapping[str, Any]) -> str:
    """The fingerprint of the data, which figures, report and workbook show; empty in older results."""
    found = manifest.get("fingerprint")
    return found if isinstance(found, str) else ""


@cache
def _adapter() -> TypeAdapter[_Entries]:
    return TypeAdapter(_Entries)


def read_manifest(folder: Path, disk: Disk = DISK) -> Manifest:
    """Read the manifest of a folder; raises StudyError if it is missing or unusable."""
    path = folder / "manifest.json"
    try:
        found = json.loads(disk.read(path).decode())
    except FileNotFoundError:
        raise StudyError(said("{folder} holds no result: there is no manifest.json in it", folder=folder)) from None
    except RecursionError:
        raise StudyError(said("{path} cannot be read: {whose}", path=path, whose=_NOT_OURS)) from None
    except OSError as error:
        raise StudyError(
            said("{path} cannot be read: {reason}; run the command again", path=path, reason=error.strerror)
        ) from None
    except ValueError as error:
        raise StudyError(
            said("{path} cannot be read ({error}): {whose}", path=path, error=error, whose=_NOT_OURS)
        ) from None
    if not isinstance(found, dict):
        raise StudyError(said("{path} holds no entries: {whose}", path=path, whose=_NOT_OURS))
    try:
        _adapter().validate_python(found, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise StudyError(
            said(
                "{path}: {place}: {wrong}: {whose}", path=path, place=place, wrong=first["msg"].lower(), whose=_NOT_OURS
            )
        ) from None
    if found.get("format", FOLDER_FORMAT) != FOLDER_FORMAT:
        raise StudyError(
            said(
                "{path} is of format {number}; this version of hubsim reads format {known}. Use the version that "
                "wrote it, or run the study again with --out FOLDER.",
                path=path,
                number=found["format"],
                known=FOLDER_FORMAT,
            )
        )
    groups = {name: Manifest(path, found[name]) for name in ("runs", "options") if name in found}
    return Manifest(path, found | groups)
