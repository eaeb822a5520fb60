"""What a study runs: which scenarios, from which seed, in which chunks, and how far."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import StudyError
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
    """The work of one task: several scenarios in one world, that is, one replication.

    `scenarios` are scenarios, or the points of a design that its runner makes into scenarios; each has a `key`.
    `key` names the chunk's files, so it is unique in its study and says nothing about who runs it.
    `draw` holds the parameters of that world; None for those of the scenarios.
    `reference` is the key of the scenario from which the others' differences are taken apart, if any.
    """

    key: str
    replication: int
    scenarios: tuple[Any, ...]
    draw: Draw | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Extent:
    """How far a study goes: a number of replications, or as many as a wanted precision needs.

    With `precision` (half-width of the paired differences), `replications` is the most it may take.
    A `shard` (`2/3`) is every third chunk, beginning with the second.
    """

    replications: int
    precision: float | None = None
    shard: str | None = None

    def leads_to(self, further: Extent) -> bool:
        """Whether a study that went this far can go on to `further` with nothing thrown away."""
        if self.shard != further.shard:
            return False
        if self.precision is None or further.precision is None:
            return self.precision == further.precision and self.replications <= further.replications
        return self.replications == further.replications and self.precision >= further.precision


@dataclass(frozen=True)
class Study:
    """Scenarios under common random numbers, and everything else that decides what the numbers are.

    The number of replications is not part of its identity: replication 7 is the same world whether
    ten or a hundred are run, so a study may be extended. Neither is the order of the scenarios.

    Args:
        kind: the command that it belongs to (`compare`, `run`, …).
        scenarios: what is run in every replication; their keys differ.
        seed: root seed.
        first: number of the first replication.
        record: tables kept beside `runs`.
        options: whatever else tells two studies apart (the reference of a comparison).
        draws: the parameters of each world; None for those of the scenarios.
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
                f"two scenarios are called {', '.join(twice)}. Results are told apart by file name, "
                "so each scenario of a study needs its own: rename one of the files."
            )
        object.__setattr__(self, "seed", number("seed", self.seed))

    @property
    def digest(self) -> str:
        """SHA-256 of what decides the numbers: equal digests mean equal results, run for run."""
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
        """The options, and which parameters the worlds live under."""
        return {**self.options, **(self.draws.options if self.draws else {})}

    def chunk(self, position: int) -> Chunk:
        """All scenarios in the replication at `position` (0 is the first)."""
        replication = self.first + position
        draw = self.draws.of(replication) if self.draws else None
        name = f"replication-{replication:05d}"
        return Chunk(name, replication, self.scenarios, draw, self.options.get("reference"))


def result_folder(out: str | PathLike[str]) -> Path:
    """The folder that a person names for results.

    Raises:
        StudyError: it is no path.
    """
    return Path(on_disk(path_text("out", out)))


def folder_name(scenarios: tuple[Scenario, ...]) -> str:
    """A name for the results of these scenarios, safe as a folder: `today-vs-ten-hubs-2027`."""
    keys = [re.sub(r"[^\w.-]+", "-", scenario.key).strip(".-") or "scenario" for scenario in scenarios]
    shown, more = keys[:3], len(keys) - 3
    return file_name("-vs-".join(shown) + (f"-and-{more}-more" if more > 0 else ""))
