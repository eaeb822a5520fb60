"""What policies side by side agree on: the parameters of what is made once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sim.declare import UndeclaredError
from sim.errors import StudyError

if TYPE_CHECKING:
    from sim.scenario import Scenario


class Agreed:
    """The shared parameters of a world, or of one of its blocks, by name: `past.population.scale`."""

    def __init__(self, above: str, entries: dict[str, Any]):
        self.__dict__.update(entries)
        self._above = above

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        known = [f"{self._above}{one}" for one in self.__dict__ if not one.startswith("_")]
        declaration = "parameter(..., shared=True), or read it by policy, with world.rates"
        raise UndeclaredError.of("shared parameter", f"{self._above}{name}", known, declaration)


def agreed(scenarios: Sequence[Scenario]) -> Agreed:
    """The shared parameters of policies of one world.

    Raises:
        StudyError: two of them differ in one.
    """
    first, blocks = scenarios[0], dict[str, dict[str, Any]]()
    for path in first.schema.shared:
        read, (block, name) = attrgetter(path), path.split(".")
        value = blocks.setdefault(block, {})[name] = read(first.history)
        for other in scenarios[1:]:
            if (differs := read(other.history)) != value:
                raise StudyError(
                    f"policies side by side must agree on {path}, but {first.key} has {value} and {other.key} has "
                    f"{differs}: what it makes is made once for all of them; run each in a world of its own"
                )
    return Agreed("", {block: Agreed(f"{block}.", entries) for block, entries in blocks.items()})
