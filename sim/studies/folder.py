"""A result folder for those who draw and report: what is missing or damaged in it stops nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import StudyError
from sim.studies.store import ResultStore, UnreadableError
from sim.system.text import clean


class ResultFolder:
    """Reads a result folder as `ResultStore` does, but what cannot be read is None or empty.

    Attributes:
        missing: the files that were asked for in vain: empty text where one is not there, else what is wrong with it.
    """

    def __init__(self, folder: Path | str | ResultStore) -> None:
        self.store = ResultStore.of(folder)
        self.missing: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.store.folder

    def frame(
        self,
        name: str,
        wanted: Sequence[str] | None = None,
        scenarios: Sequence[str] | None = None,
        needs: Sequence[str] = (),
    ) -> pd.DataFrame | None:
        """A table, `differences.csv` or `monthly.parquet`, with only those of the `wanted` columns that it has.

        None where it is not there, cannot be read, lacks a column that the reader `needs`, or has no rows. It is
        empty, not None, where only none of its rows belongs to `scenarios`.
        """
        try:
            columns = None if wanted is None else [column for column in self.store.columns(name) if column in wanted]
            found = self.store.frame(name, columns, scenarios)
            if lacking := [column for column in needs if column not in found]:
                raise UnreadableError(self.folder / name, ", ".join(lacking))
        except UnreadableError as error:
            self.missing[name] = clean(error.reason)[:200]
            return None
        if not len(found) and not (scenarios and self.store.rows(name)):
            self.missing[name] = ""
            return None
        return found

    def optional(self, name: str, needs: Sequence[str] = ()) -> pd.DataFrame | None:
        """A table that not every folder has: `missing` tells of it only where it is damaged."""
        found = self.frame(name, needs=needs)
        if self.missing.get(name) == "":
            del self.missing[name]
        return found

    def manifest(self) -> Mapping[str, Any]:
        """The manifest, empty if there is none that can be read."""
        try:
            return self.store.manifest()
        except StudyError:
            return {}

    def scenario(self, key: str) -> dict[str, Any]:
        """What a scenario says in full, empty if it cannot be read."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            found = YAML(typ="safe").load(self.store.disk.read(self.store.resolved(key)))
        except (OSError, ValueError, YAMLError):
            return {}
        return found if isinstance(found, dict) else {}

    def refuse_damaged(self) -> None:
        """Raise StudyError when a table that was asked for is there and cannot be read."""
        for name, reason in self.missing.items():
            if reason:
                raise UnreadableError(self.folder / name, reason)
