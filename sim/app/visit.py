"""What a visitor looks at, read from the address: nothing else is remembered of anybody.

`/compare?lang=fr&policy=ten-hubs-2027&against=today&seed=1&accompaniment.hours_per_startup=16` names two policies
of `scenarios/` and changes one lever of the first. Values are JSON or bare words and are checked by the scenario
language; only levers may be changed, so that all policies share their past.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sim.app.ensemble import REPLICATIONS
from sim.language import LANGUAGES
from sim.scenario import Scenario, ScenarioError

LONGEST_VALUE = 2000
LARGEST_SEED = 2**32 - 1
COMMAND = (
    "hubsim compare {against} {name}.yaml --reference {against} --seed {seed} "
    f"--replications {REPLICATIONS} --parameters fixed"
)
"""Gives the numbers of the page from the file of a policy."""
NAMES = ("lang", "policy", "against", "seed")


class AddressError(ValueError):
    """The address asks for something that there is not."""


@dataclass(frozen=True)
class Visit:
    """Two policies, a seed and a language.

    Args:
        language: code of the language.
        seed: root seed of all worlds.
        preset: key of the policy that is changed.
        against: the policy that it is compared with.
        policy: the policy with its changes.
        changes: values of levers by dotted path.
    """

    language: str
    seed: int
    preset: str
    against: Scenario
    policy: Scenario
    changes: dict[str, Any]

    @cached_property
    def query(self) -> str:
        """The address of this visit, after the question mark."""
        pairs: dict[str, Any] = {"policy": self.preset, "against": self.against.key, "seed": self.seed}
        values = {path: json.dumps(value, ensure_ascii=False) for path, value in self.changes.items()}
        return urlencode(pairs | values | {"lang": self.language})


def read(query: Mapping[str, str], presets: Mapping[str, Scenario], default: str) -> Visit:
    """Read an address.

    Args:
        query: names and texts as they stand in the address.
        presets: the policies there are, by key.
        default: key of the policy of an address that names none.

    Raises:
        AddressError: when a name is unknown or the seed is no number.
        ScenarioError: when the scenario language refuses a value.
    """
    code = query.get("lang", "en")
    against, preset = query.get("against", "today"), query.get("policy", default)
    for key in (against, preset):
        if key not in presets:
            raise AddressError(f"there is no policy {key[:60]!r}; there are {', '.join(presets)}")
    base = presets[preset]
    changes = {}
    for path, text in query.items():
        if path in NAMES:
            continue
        if path not in base.schema.levers:
            raise AddressError(f"{path[:60]!r} is not a lever")
        changes[path] = _value(path, text)
    try:
        policy = base.with_values(changes, key=f"{preset}-changed") if changes else base
    except RecursionError:
        raise AddressError("a value is nested too deeply") from None
    return Visit(code if code in LANGUAGES else "en", _seed(query), preset, presets[against], policy, changes)


def _seed(query: Mapping[str, str]) -> int:
    text = query.get("seed", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_SEED):
        raise AddressError(f"seed must be a whole number from 0 to {LARGEST_SEED}")
    return int(text)


def _value(path: str, text: str) -> Any:
    if len(text) > LONGEST_VALUE:
        raise AddressError(f"the value of {path} is too long")
    try:
        return json.loads(text)
    except RecursionError:
        raise AddressError(f"the value of {path} is nested too deeply") from None
    except ValueError:
        return text


def as_file(visit: Visit) -> str:
    """The policy as a scenario file, with the command that gives the numbers of the page."""
    command = COMMAND.format(against=visit.against.key, name=visit.policy.key, seed=visit.seed)
    return f"# The numbers of the page, when all its worlds have been run:\n# {command}\n{visit.policy.to_yaml()}"


def mistake(error: Exception) -> str:
    """What is wrong with an address, for a person."""
    if isinstance(error, ScenarioError):
        return "; ".join(str(problem) for problem in error.problems)
    return str(error)
