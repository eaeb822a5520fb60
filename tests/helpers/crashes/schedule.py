"""What goes wrong, derived from a number alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crashes.machine import Fault

REPLICATIONS = 3
TASKS = {"fresh": 0.55, "extended": 0.2, "merged": 0.25}
"""What is done and how often: a new study, one with more worlds than a finished one, shards that are joined."""
CREWS = ("here", "pool", "far")
"""Who runs chunks: the process itself, processes of the same machine, processes of other machines."""
SECOND = {"nobody": 0.6, "same": 0.15, "other": 0.15, "watcher": 0.1}
"""Who acts on the same folder at the same time: the same task, another study, a look at the progress."""
KINDS = {
    "death": 0.26,
    "power failure": 0.26,
    "worker death": 0.08,
    "interrupt": 0.08,
    "full disk": 0.1,
    "broken call": 0.1,
    "late rename": 0.04,
    "repeated rename": 0.04,
    "clock jump": 0.04,
}
LONGEST = 130
"""About the number of calls of an undisturbed study."""


@dataclass(frozen=True)
class Schedule:
    """What goes wrong in the lives of a process: `lives` has the faults of each; a last life has none.

    Attributes:
        task: a key of TASKS.
        crew: one of CREWS.
        order: the order in which chunks are run.
        lives: faults of each disturbed life.
        second: a key of SECOND; it acts in the first life.
        second_faults: faults of the second process.
        turns: the chance that another process acts next.
        stale: how many claims a lock outlasts whose holder is gone.
        links: whether the file system has hard links.
    """

    task: str
    crew: str
    order: tuple[int, ...]
    lives: tuple[tuple[Fault, ...], ...]
    second: str
    second_faults: tuple[Fault, ...]
    turns: float
    stale: int
    links: bool

    def __str__(self) -> str:
        lines = [f"task: {self.task}, chunks {self.order} run by: {self.crew}"]
        lines += [f"life {number}: {', '.join(map(str, faults))}" for number, faults in enumerate(self.lives, 1)]
        if self.second != "nobody":
            lines.append(f"beside life 1: {self.second} ({', '.join(map(str, self.second_faults)) or 'no faults'})")
        lines.append(f"stale locks: {self.stale}, hard links: {self.links}")
        return "\n".join(lines)


def schedule_of(number: int) -> tuple[Schedule, np.random.Generator]:
    """The schedule of a number, and the chance that decides what is torn, lost and next."""
    chance = np.random.default_rng(number)

    def one_of(shares: dict[str, float]) -> str:
        return str(chance.choice([*shares], p=[*shares.values()]))

    def faults(most: int) -> tuple[Fault, ...]:
        found = []
        for _ in range(int(chance.integers(1, most + 1))):
            kind, at = one_of(KINDS), int(chance.integers(1, LONGEST))
            lasting = 0
            if kind in ("full disk", "late rename"):
                lasting = int(2 ** chance.uniform(0, 8))
            elif kind == "clock jump":
                lasting = int(chance.integers(-4000, 4000))
            found.append(Fault(kind, at, lasting))
        return tuple(sorted(found, key=lambda fault: fault.at))

    second = one_of(SECOND)
    schedule = Schedule(
        task=one_of(TASKS),
        crew=str(chance.choice(CREWS)),
        order=tuple(chance.permutation(REPLICATIONS).tolist()),
        lives=tuple(faults(2) for _ in range(int(chance.integers(1, 4)))),
        second=second,
        second_faults=faults(1) if second in ("same", "other") and chance.random() < 0.5 else (),
        turns=float(10 ** chance.uniform(-2, -0.3)),
        stale=int(chance.integers(1, 4)) if chance.random() < 0.1 else 0,
        links=bool(chance.random() < 0.5),
    )
    return schedule, chance
