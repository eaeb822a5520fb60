"""Checks the numbers and words that people give to a study, the same for flags, files and Python arguments.

`NUMBERS` declares one range for each number. Files use these declarations; commands and functions call `number`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import create_model

from sim.declare import Block, parameter
from sim.errors import StudyError, said
from sim.scenario.checks.values import allowed, check_values, shown_value
from sim.scenario.errors import Origin, Problems, ScenarioError
from sim.scenario.reader import Node
from sim.scenario.scenario import node_of
from sim.system.text import composed

MOST_WORLDS = 100_000
LARGEST_SEED = 2**63 - 1
"""The largest integer that result tables can store."""


def _whole(meaning: str, low: int, high: int) -> tuple[Any, Any]:
    return int, _declared(meaning, low, high)


def _declared(meaning: str, low: float | None = None, high: float | None = None, unit: str = "-") -> Any:
    return parameter(..., unit=unit, low=low, high=high, meaning=meaning, origin="assumed: chosen by whoever asks")


_SEED = _whole("Root of all random numbers.", 0, LARGEST_SEED)
NUMBERS: dict[str, tuple[Any, Any]] = {
    "seed": _SEED,
    "rng": _SEED,
    "replication": _whole("Which world of a seed.", 0, MOST_WORLDS - 1),
    "replications": _whole("Number of worlds.", 1, MOST_WORLDS),
    "runs": _whole("Number of worlds.", 1, MOST_WORLDS),
    "precision": (float, _declared("Largest Monte-Carlo error.", 0.0001, 1, "share: 0.005 is half a point")),
    "workers": _whole("Number of processes.", 1, 1024),
    "draws": _whole("Number of draws of the posterior.", 1, 2**31 - 1),
    "draw": _whole("Number of a draw in its file.", 0, 2**31 - 1),
    "hold_out": _whole("Last year that is known.", 1900, 2199),
    "extra": (float, _declared("The most that a policy may cost beyond the base.", 0, 100_000, "MAD million")),
    "density": (float, _declared("Share of misses in a box.", 0.0001, 1)),
    "below": (float, _declared("A mean below it is a miss.")),
    "above": (float, _declared("A mean above it is a miss.")),
    "port": _whole("Port of the page; 0 takes a free one.", 0, 65_535),
}


@cache
def _model_of(name: str) -> type[Block]:
    fields: dict[str, Any] = {name: NUMBERS[name]}
    return create_model(name, __base__=Block, **fields)


def number(name: str, value: Any) -> Any:
    """Check the value of the argument `name`, a key of `NUMBERS`; returns a Python number, also for a NumPy number.

    Raises:
        StudyError: the value is not a number, or is outside its range; the message states the range.
    """
    problems, place, alone = Problems(), Origin(text=name), _model_of(name)
    try:
        node = node_of(value, place)
        if node.value is None:
            raise ScenarioError([])
    except ScenarioError:
        kind = "None" if value is None else said("of the kind {kind}", kind=type(value).__name__)
        possible = allowed(alone.model_fields[name])
        raise StudyError(
            said("{path} is {value}, but must be {allowed}", path=name, value=kind, allowed=possible)
        ) from None
    found = check_values(Node({name: node}, place), alone, problems)
    if found is None:
        raise StudyError(problems[0].message)
    return getattr(found, name)


def word(name: str, value: Any) -> str:
    """Check that the argument `name` is text; returns it in Unicode's composed form.

    Raises:
        StudyError: the value is not text.
    """
    if not isinstance(value, str):
        raise StudyError(said("{path} is {value}, but must be text", path=name, value=_described(value)))
    return composed(value)


def _described(value: Any) -> str:
    plain = value is None or isinstance(value, bool | int | float | str | list | dict)
    return shown_value(value) if plain else f"a {type(value).__name__}"
