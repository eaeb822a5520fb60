"""How a result is cited: as BibTeX, and as text in three languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sim.errors import StudyError
from sim.report.imprint import git_author, named
from sim.studies.program import PACKAGE
from sim.studies.record import MANIFEST, Record, read_record
from sim.studies.store import ResultStore
from sim.words.language import Language, language

CITATION = "CITATION.cff"
_SPECIAL = re.compile(r"([\\{}$&#%_~^])")


@dataclass(frozen=True)
class Citation:
    """A result as it is cited.

    Attributes:
        author: who made it: the name that git knows, else the authors of the program.
        kind: its command.
        name: name of its folder.
        day: when its last session began.
        version: version of hubsim.
        fingerprint: fingerprint of the data.
        revision: git commit of the source; empty if it is not known.
    """

    author: str
    kind: str
    name: str
    day: date
    version: str
    fingerprint: str
    revision: str

    @classmethod
    def of(cls, store: ResultStore) -> Citation:
        """The citation of a result folder; raises StudyError if it has no record."""
        if not store.disk.exists(store.folder):
            raise StudyError(f"{store.folder} is not there; name the folder of a result")
        record = read_record(store)
        manifest: Mapping[str, Any] = store.manifest() if store.has(MANIFEST) else {}
        return cls(
            author=git_author() or software()["authors"],
            kind=record.study.kind if record.study else _command(record),
            name=store.folder.resolve().name,
            day=_day(store, manifest),
            version=record.environment.get("hubsim", ""),
            fingerprint=record.fingerprint,
            revision=record.revision or "",
        )

    @property
    def bibtex(self) -> str:
        """An entry of the result and one of the program, as BibTeX."""
        program = software()
        key = self.fingerprint.replace("-", "")
        revision = f", source revision {self.revision}" if self.revision else ""
        kind = _kind(self.kind, language("en"))
        return "\n".join(
            [
                f"@misc{{hubsim-{key},",
                f"  author = {{{{{_tex(self.author)}}}}},",
                f"  title = {{{_tex(self.name)}: {kind} with hubsim}},",
                f"  year = {{{self.day.year}}},",
                f"  month = {{{self.day.month}}},",
                f"  note = {{Result of hubsim {_tex(self.version)}{revision}, fingerprint {self.fingerprint}}}",
                "}",
                "@software{hubsim,",
                f"  author = {{{{{_tex(program['authors'])}}}}},",
                f"  title = {{{_tex(program['title'])}}},",
                f"  version = {{{_tex(self.version)}}},",
                f"  year = {{{self.day.year}}}",
                "}",
            ]
        )

    def text(self, code: str) -> str:
        """The citation as text in a language, with the version, the revision and the fingerprint."""
        t = language(code)
        found = t(
            "{author}: “{name}” ({kind}), {day}. Computed with hubsim {version}",
            author=named(t, self.author),
            name=self.name,
            kind=_kind(self.kind, t),
            day=t.date(self.day),
            version=self.version,
        )
        if self.revision:
            found += t(", source revision {revision}", revision=self.revision)
        found += t(", fingerprint {fingerprint}.", fingerprint=self.fingerprint)
        command = f"hubsim verify {self.name} --rerun 3"
        return found + " " + t("Check it with: {command}", command=command)


def _kind(command: str, t: Language) -> str:
    """What kind of result a command gives."""
    kinds = {
        "compare": t("comparison of policies"),
        "sweep": t("sweep of a design"),
        "search": t("search for the best policies"),
        "explain": t("a rate taken apart"),
        "run": t("run of one world"),
        "forecast": t("forecast"),
        "calibrate": t("calibration"),
    }
    return kinds.get(command, command)


def software() -> dict[str, str]:
    """Title and authors of the program, as its citation file says them."""
    from ruamel.yaml import YAML

    found = YAML(typ="safe").load(citation_file().read_text(encoding="utf-8"))
    names = (_name(one) for one in found["authors"])
    return {"title": str(found["title"]), "authors": " and ".join(names)}


def citation_file() -> Path:
    """Place of the citation file: in the package if it is installed, beside it in a clone."""
    packaged = PACKAGE / "builtin" / CITATION
    return packaged if packaged.exists() else PACKAGE.parent / CITATION


def _name(author: Mapping[str, str]) -> str:
    return author.get("name") or " ".join(author[part] for part in ("given-names", "family-names") if part in author)


def _command(record: Record) -> str:
    words = record.command.split()
    return words[1] if len(words) > 1 else ""


def _day(store: ResultStore, manifest: Mapping[str, Any]) -> date:
    began = [one["began"] for one in manifest.get("sessions") or () if isinstance(one.get("began"), str)]
    return max(datetime.fromisoformat(one) for one in began).date() if began else store.disk.now().date()


def _tex(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
