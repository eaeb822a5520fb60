"""Pictures of the policies that come along, kept with the program, so that a first visitor need not wait for worlds.

A folder has a file for each policy, compared with today's in the worlds of `hubsim compare`, and `stamp.json`: from
which source, tables and draws they were computed, when, and by which revision. `python -m tools.kept_answers` computes
them. A picture is shown only for exactly its policies and draws, and the page says that it is kept; when the source has
changed since, it says that too, and the worlds that are run meanwhile take its place.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.page.marks import Mark
from sim.page.picture import Picture
from sim.parameters.draws import POSTERIOR, draws_of
from sim.scenario import Scenario
from sim.studies.environment import environment
from sim.studies.outcome_effects import outcome_effects
from sim.studies.statistics import Effect

FOLDER = Path(__file__).parent / "kept"
STAMP = "stamp.json"
SOURCE = ("model", "runner")
"""What of the environment is the source of the numbers: the model, and the statistics of effects."""


def source() -> dict[str, str]:
    """Digests of the source, the tables and the draws from which pictures are computed now."""
    now = environment(outcome_effects)
    return {name: now[name] for name in (*SOURCE, "data")} | {"draws": draws_of(POSTERIOR).digest}


@dataclass(frozen=True)
class KeptPicture:
    """A picture from an earlier computation.

    Attributes:
        picture: the picture, with all its worlds.
        made: the day of the computation, `YYYY-MM-DD`.
        revision: the revision of the source.
        current: whether the source is the same now.
    """

    picture: Picture
    made: str
    revision: str
    current: bool


class Kept:
    """The pictures in a folder; there may be none.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path = FOLDER):
        self.folder = folder

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """When and from what the pictures were computed; empty if there are none."""
        file = self.folder / STAMP
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return found

    @cached_property
    def now(self) -> dict[str, str]:
        """What pictures are computed from now."""
        return source()

    def find(self, policy: Scenario, against: Scenario, seed: int, worlds: int) -> KeptPicture | None:
        """The picture of these policies in this number of worlds under the posterior; None if there is none."""
        stamp = self.stamp
        if not stamp or (stamp["seed"], stamp["worlds"], stamp["against"]) != (seed, worlds, against.digest):
            return None
        key = next((key for key, digest in stamp["policies"].items() if digest == policy.digest), None)
        then, now = stamp["source"], self.now
        if key is None or any(then[name] != now[name] for name in now if name not in SOURCE):
            return None
        with gzip.open(self.folder / f"{key}.json.gz", "rt", encoding="utf-8") as file:
            picture = picture_from(json.load(file))
        return KeptPicture(picture, stamp["made"], stamp["revision"], then == now)


def write(folder: Path, pictures: Mapping[str, Picture], stamp: Mapping[str, Any]) -> None:
    """Write pictures by the key of their policy, and the stamp; the same pictures give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, picture in pictures.items():
        text = json.dumps(picture_data(picture), ensure_ascii=False, separators=(",", ":"))
        (folder / f"{key}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (folder / STAMP).write_text(json.dumps(stamp, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def picture_data(picture: Picture) -> dict[str, Any]:
    """A picture as data for JSON, with None for NaN."""
    effects = {
        name: {part: _plain(value) for part, value in asdict(one).items()} for name, one in picture.effects.items()
    }
    marks = [[list(mark) for mark in side] for side in picture.marks]
    return {"shown": picture.shown, "effects": effects, "channels": picture.channels, "marks": marks}


def picture_from(data: Mapping[str, Any]) -> Picture:
    """The picture of `picture_data`."""
    known: dict[str, dict[str, Any]] = {
        name: {part: math.nan if value is None else value for part, value in one.items()}
        for name, one in data["effects"].items()
    }
    effects = {name: Effect(**values) for name, values in known.items()}
    left, right = ([Mark(*mark) for mark in side] for side in data["marks"])
    return Picture(data["shown"], effects, data["channels"], (left, right))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
