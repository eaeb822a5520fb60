"""The definition of a study: its scenarios, seed, chunks and extent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import StudyError, said
from sim.scenario.arguments import number
from sim.system.paths import file_name
from sim.system.text import on_disk, path_text

if TYPE_CHECKING:
    from sim.parameters.draw import Draw
    from sim.parameters.draws import Draws
    from sim.scenario import Scenario

SERIES_TABLES = ("monthly", "hubs", "regions", "survival")
"""Tables that a study may keep beside `runs`."""


@dataclass(frozen=True)
class Chunk:
    """The work of one task: several scenarios in one replication.

    Attributes:
        key: unique in its study; it names the chunk's files and does not depend on who runs the chunk.
        replication: number of the world.
        scenarios: scenarios, or points of a design from which the runner makes scenarios; each has a `key`.
        draw: parameters of the world; None for those of the scenarios.
        reference: key of the scenario against which differences are divided into channels, if any.
    """

    key: str
    replication: int
    scenarios: tuple[Any, ...]
    draw: Draw | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Extent:
    """How far a study goes: a number of replications, or as many as a precision requires.

    With `precision` (see `sim.studies.comparison.compare`), `replications` is the largest number. The `shard` `2/3` is
    every third chunk, beginning with the second.
    """

    replications: int
    precision: float | None = None
    shard: str | None = None

    def leads_to(self, further: Extent) -> bool:
        """Whether a study of this extent can be continued to `further` without losing runs."""
        if self.shard != further.shard:
            return False
        if self.precision is None or further.precision is None:
            return self.precision == further.precision and self.replications <= further.replications
        return self.replications == further.replications and self.precision >= further.precision


@dataclass(frozen=True)
class Study:
    """Scenarios under common random numbers, and everything else that determines the numbers.

    The number of replications is not part of a study's identity: replication 7 is the same world among ten or a hundred
    replications, so a study can be extended. The order of the scenarios is not part of it either.

    Args:
        kind: the command of the study (`compare`, `run`, …).
        scenarios: the scenarios of every replication; their keys must differ.
        seed: root seed.
        first: number of the first replication.
        record: tables to keep beside `runs`.
        options: whatever else distinguishes two studies, such as the reference of a comparison.
        draws: the parameters of the worlds; None for those of the scenarios.
    """

    kind: str
    scenarios: tuple[Scenario, ...]
    seed: int = 1
    first: int = 0
    record: tuple[str, ...] = SERIES_TABLES
    options: Mapping[str, Any] = field(default_factory=dict)
    draws: Draws | None = None

    def __post_init__(self) -> None:
        keys = [scenario.key for scenario in self.scenarios]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise StudyError(
                said(
                    "two scenarios are called {names}. Results are told apart by file name, so each scenario of a "
                    "study needs its own: rename one of the files.",
                    names=", ".join(twice),
                )
            )
        object.__setattr__(self, "seed", number("seed", self.seed))

    @property
    def digest(self) -> str:
        """SHA-256 of everything that determines the numbers: studies with equal digests have equal runs."""
        identity = {
            "kind": self.kind,
            "scenarios": sorted([scenario.key, scenario.digest] for scenario in self.scenarios),
            "seed": self.seed,
            "first": self.first,
            "record": sorted(self.record),
            "options": self.options_with_draws,
        }
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    @property
    def options_with_draws(self) -> dict[str, Any]:
        """The options, with entries that identify the parameters of the worlds."""
        return {**self.options, **(self.draws.options if self.draws else {})}

    def chunk(self, position: int) -> Chunk:
        """All scenarios in the replication at `position` (0 is the first)."""
        replication = self.first + position
        draw = self.draws.of(replication) if self.draws else None
        name = f"replication-{replication:05d}"
        return Chunk(name, replication, self.scenarios, draw, self.options.get("reference"))


def result_folder(out: str | PathLike[str]) -> Path:
    """The result folder that a user names.

    Raises:
        StudyError: `out` is not a path.
    """
    return Path(on_disk(path_text("out", out)))


def folder_name(scenarios: tuple[Scenario, ...]) -> str:
    """A safe folder name for the results of scenarios: `today-vs-ten-hubs-2027`."""
    keys = [re.sub(r"[^\w.-]+", "-", scenario.key).strip(".-") or "scenario" for scenario in scenarios]
    shown, more = keys[:3], len(keys) - 3
    return file_name("-vs-".join(shown) + (f"-and-{more}-more" if more > 0 else ""))
