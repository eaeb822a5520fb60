"""Reads a result folder for figures and reports, and tolerates missing or damaged files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import StudyError
from sim.studies.store import ResultStore, UnreadableTableError
from sim.system.text import clean

_SECTION = re.compile(r"^(?=\w)", re.MULTILINE)
"""The beginning of a section in a file with all values of a scenario."""


class ResultFolder:
    """Reads a result folder as `ResultStore` does, but returns None or an empty value for what cannot be read.

    Attributes:
        missing: the requested files that could not be read: an empty text if absent, else the reason.
    """

    def __init__(self, folder: Path | str | ResultStore) -> None:
        self.store = ResultStore.of(folder)
        self.missing: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        """Path of the folder."""
        return self.store.folder

    def frame(
        self,
        name: str,
        wanted: Sequence[str] | None = None,
        scenarios: Sequence[str] | None = None,
        needs: Sequence[str] = (),
    ) -> pd.DataFrame | None:
        """Read a table such as `differences.csv` or `monthly`.

        Args:
            name: name of the table or file.
            wanted: columns to read if the table has them; all by default.
            scenarios: keys of the scenarios whose rows to read; all by default.
            needs: columns that must exist.

        Returns:
            The table; None if it is absent, unreadable, without rows, or without a needed column. A table with rows,
            but none of `scenarios`, gives an empty frame.
        """
        try:
            columns = None if wanted is None else [column for column in self.store.columns(name) if column in wanted]
            found = self.store.frame(name, columns, scenarios)
            if lacking := [column for column in needs if column not in found]:
                raise UnreadableTableError(self.folder / name, ", ".join(lacking))
        except UnreadableTableError as error:
            self.missing[name] = clean(error.reason)[:200]
            return None
        if not len(found) and not (scenarios and self.store.rows(name)):
            self.missing[name] = ""
            return None
        return found

    def optional(self, name: str, needs: Sequence[str] = ()) -> pd.DataFrame | None:
        """Read a table that not every folder has: `missing` lists it only if it is damaged."""
        found = self.frame(name, needs=needs)
        if self.missing.get(name) == "":
            del self.missing[name]
        return found

    def manifest(self) -> Mapping[str, Any]:
        """The manifest; empty if it cannot be read."""
        try:
            return self.store.manifest()
        except StudyError:
            return {}

    def scenario(self, key: str, sections: Sequence[str]) -> dict[str, Any]:
        """Some sections of a scenario (`name`, `time`) as plain data; empty if they cannot be read.

        Only their lines are parsed: a whole scenario takes twenty times as long.
        """
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            text = self.store.disk.read(self.store.resolved(key)).decode()
            wanted = [part for part in _SECTION.split(text) if part.partition(":")[0] in sections]
            found = YAML(typ="safe").load("".join(wanted))
        except (OSError, ValueError, YAMLError):
            return {}
        return found if isinstance(found, dict) else {}

    def refuse_damaged(self) -> None:
        """Raise StudyError if a requested table exists but cannot be read."""
        for name, reason in self.missing.items():
            if reason:
                raise UnreadableTableError(self.folder / name, reason)
