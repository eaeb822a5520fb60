"""Incidents: numbers of this program that were wrong, each with what it says of results that are touched.

They are the pages in `docs/incidents/`, which come along with the package. Each begins with a table of YAML that says
which results it touches, so that `hubsim verify` can name it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sim.studies.environment import source_revision
from sim.studies.folder import ResultFolder
from sim.studies.program import PACKAGE
from sim.studies.store import ResultStore

FOLDER = "incidents"
GIT_SECONDS = 10
"""Seconds after which git is stopped."""


@dataclass(frozen=True)
class Incident:
    """A number that was wrong.

    Attributes:
        name: name of its page, which begins with its date.
        title: what was wrong, in one sentence.
        kinds: commands whose results it touches.
        since: when the source went wrong.
        fixed: when the source was put right.
        revision: git commit that put it right.
        introduced: git commit that made it wrong; empty where every earlier result is touched.
        fixed_parameters: whether it touches only results that were not made under draws of the posterior.
        lacks: a file and a column that it lacks where its numbers are still the wrong ones.
    """

    name: str
    title: str
    kinds: tuple[str, ...]
    since: datetime
    fixed: datetime
    revision: str
    introduced: str = ""
    fixed_parameters: bool = False
    lacks: tuple[str, str] | None = None

    @property
    def address(self) -> str:
        """Where its page is, below the folder of the documents."""
        return f"docs/{FOLDER}/{self.name}.md"

    @property
    def sentence(self) -> str:
        """What to tell of a result that it touches."""
        return f"An incident touches this result: {self.title} See {self.address}"

    def touches(self, results: ResultFolder) -> bool:
        """Whether a result has the numbers that were wrong."""
        manifest = results.manifest()
        if manifest.get("kind") not in self.kinds:
            return False
        if self.fixed_parameters and "parameters" in (manifest.get("options") or {}):
            return False
        if self.lacks is not None:
            file, column = self.lacks
            return results.store.has(file) and column not in results.store.columns(file)
        return _made_between(manifest, self)


def incidents() -> list[Incident]:
    """All incidents, the oldest first."""
    folder = incidents_folder()
    return [_read(path) for path in sorted(folder.glob("20*.md"))]


def incidents_folder() -> Path:
    """Folder of the pages: in the package if it is installed, in `docs` in a clone."""
    packaged = PACKAGE / "builtin" / FOLDER
    return packaged if packaged.is_dir() else PACKAGE.parent / "docs" / FOLDER


def touching(store: ResultStore) -> list[Incident]:
    """The incidents that touch a result."""
    results = ResultFolder(store)
    return [one for one in incidents() if one.touches(results)]


def _read(path: Path) -> Incident:
    from ruamel.yaml import YAML

    _, head, _ = path.read_text(encoding="utf-8").split("---\n", 2)
    told: dict[str, Any] = YAML(typ="safe").load(head)
    lacks = told.get("lacks")
    return Incident(
        path.stem,
        told["title"],
        tuple(told["kinds"]),
        _moment(told["since"]),
        _moment(told["fixed"]),
        told["revision"],
        told.get("introduced", ""),
        bool(told.get("fixed_parameters", False)),
        (lacks["file"], lacks["column"]) if lacks else None,
    )


def _moment(told: object) -> datetime:
    return datetime.fromisoformat(str(told)).astimezone(UTC)


def _made_between(manifest: Mapping[str, Any], incident: Incident) -> bool:
    """Whether a result was made before the correction, and after what made it necessary.

    Its revision says so where git knows all of them, else the times at which its sessions began.
    """
    revision = str(manifest.get("source_revision") or "").removesuffix("+changes")
    known = _includes(revision, incident.revision) if revision and source_revision() else None
    if known is not None:
        return not known and not (incident.introduced and _includes(revision, incident.introduced) is False)
    sessions = manifest.get("sessions") or ()
    began = [datetime.fromisoformat(one["began"]) for one in sessions if isinstance(one.get("began"), str)]
    return bool(began) and max(began) < incident.fixed and max(began) >= incident.since


def _includes(revision: str, correction: str) -> bool | None:
    """Whether a revision has a correction among its ancestors; None if git does not know one of them."""
    command = ["git", "-C", str(PACKAGE.parent), "merge-base", "--is-ancestor", correction, revision]
    try:
        found = subprocess.run(command, capture_output=True, timeout=GIT_SECONDS).returncode
    except (OSError, subprocess.SubprocessError):
        return None
    return None if found not in (0, 1) else found == 0
