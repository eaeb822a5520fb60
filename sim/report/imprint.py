"""What identifies a report on every page: its date, the version of the model, its author, its money."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sim.studies.manifest import fingerprint_in
from sim.system.text import clean
from sim.words.language import Language

LONGEST_AUTHOR = 80
GIT_SECONDS = 5
"""Seconds after which git is stopped."""
AUTHORS = "The hubsim authors"
"""The authors of the program, as its citation file names them."""
DIGITS = 8
"""Digits of the model's digest that are shown."""


@dataclass(frozen=True)
class Imprint:
    """Date, version, fingerprint of the data and author; empty where there is none."""

    date: str
    version: str
    author: str
    fingerprint: str = ""

    @property
    def parts(self) -> list[str]:
        """What there is of them, in order."""
        return [part for part in (self.date, self.version, self.fingerprint, self.author) if part]

    @property
    def css(self) -> str:
        """The imprint as a string of CSS, in which every sign but letters and digits is escaped."""
        text = " · ".join(self.parts)
        return '"' + "".join(sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):x} " for sign in text) + '"'


def imprint(t: Language, manifest: Mapping[str, Any], author: str | None = None) -> Imprint:
    """The imprint of a report that is written today; without an `author`, the one that git knows."""
    who = author if author is not None else git_author()
    return Imprint(
        t.date(date.today()),
        _version(t, manifest),
        named(t, clean(who).strip()[:LONGEST_AUTHOR]),
        t("fingerprint {fingerprint}", fingerprint=clean(mark)) if (mark := fingerprint_in(manifest)) else "",
    )


def named(t: Language, author: str) -> str:
    """An author in a language: the program's own are no person's name, so that they are translated."""
    return t("The hubsim authors") if author == AUTHORS else author


def money(t: Language, present: str) -> str:
    """The worth of amounts of money: prices of the year of the present, discounted to it."""
    return t("amounts in {money} of {year}, discounted to {month}", year=present[:4], month=t.month(present))


def git_author() -> str:
    """`user.name` in the configuration of git, for the current folder; empty without git or without a name."""
    git = shutil.which("git")
    if git is None:
        return ""
    try:
        found = subprocess.run([git, "config", "user.name"], capture_output=True, text=True, timeout=GIT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def _version(t: Language, manifest: Mapping[str, Any]) -> str:
    """`hubsim 0.1.0, model 99514a81`, as far as the manifest says it."""
    environment = manifest.get("environment")
    known = environment if isinstance(environment, dict) else {}
    version, model = (clean(str(known.get(name) or "")) for name in ("hubsim", "model"))
    program = f"hubsim {version}".strip()
    return t("{program}, model {digest}", program=program, digest=model[:DIGITS]) if model else program
