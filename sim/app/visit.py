"""What a visitor looks at, read from the address: nothing else is remembered of anybody.

`/compare?lang=fr&policy=ten-hubs-2027&against=today&seed=1&accompaniment.hours_per_startup=16` names two policies
of `scenarios/` and changes one lever of the first. Values are JSON or bare words and are checked by the scenario
language; only levers may be changed, so that all policies share their past. With `parameters=fixed` all worlds are of
one possible country, that of the default parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sim.app.ensemble import REPLICATIONS
from sim.experiment.draws import FIXED, POSTERIOR
from sim.language import LANGUAGES, Language, language
from sim.scenario import Scenario, ScenarioError
from sim.scenario.errors import nearest, shorten

LONGEST_VALUE = 2000
LARGEST_SEED = 2**32 - 1
COMMAND = (
    f"hubsim compare {{against}} {{name}}.yaml --reference {{against}} --seed {{seed}} --replications {REPLICATIONS}"
)
"""Gives the numbers of the page from the file of a policy."""
IN_ONE_COUNTRY = f" --parameters {FIXED}"
"""What the command has more in one possible country."""
NAMES = ("lang", "policy", "against", "seed", "parameters")


class AddressError(ValueError):
    """The address asks for something that there is not; the message is in the visitor's language."""


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
        parameters: what the worlds live under: `posterior`, or `fixed` in one possible country.
    """

    language: str
    seed: int
    preset: str
    against: Scenario
    policy: Scenario
    changes: dict[str, Any]
    parameters: str = POSTERIOR

    @property
    def command(self) -> str:
        """The command that gives the numbers of the page."""
        command = COMMAND.format(against=self.against.key, name=self.policy.key, seed=self.seed)
        return command + IN_ONE_COUNTRY * (self.parameters == FIXED)

    @cached_property
    def query(self) -> str:
        """The address of this visit, after the question mark."""
        pairs: dict[str, Any] = {"policy": self.preset, "against": self.against.key, "seed": self.seed}
        if self.parameters != POSTERIOR:
            pairs["parameters"] = self.parameters
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
    t = speaks(query)
    against, preset = query.get("against", "today"), query.get("policy", default)
    for key in (against, preset):
        if key not in presets:
            raise AddressError(
                t("there is no policy {name}; there are {names}", name=shorten(key), names=", ".join(presets))
            )
    parameters = query.get("parameters", POSTERIOR)
    if parameters not in (POSTERIOR, FIXED):
        raise AddressError(
            t("parameters may be {names}, not {name}", names=f"{POSTERIOR}, {FIXED}", name=shorten(parameters))
        )
    base = presets[preset]
    changes = {}
    for path, text in query.items():
        if path in NAMES:
            continue
        if path not in base.schema.levers:
            near = nearest(path, base.schema.levers)
            ask = t("; did you mean {name}?", name=near) if near else ""
            raise AddressError(t("{name} is not a lever", name=shorten(path)) + ask)
        changes[path] = _value(path, text, t)
    try:
        policy = base.with_values(changes, key=f"{preset}-changed") if changes else base
    except RecursionError:
        raise AddressError(t("a value is nested too deeply")) from None
    return Visit(t.code, _seed(query, t), preset, presets[against], policy, changes, parameters)


def speaks(query: Mapping[str, str]) -> Language:
    """The language that an address asks for; English when there is none of that name."""
    code = query.get("lang", "en")
    return language(code if code in LANGUAGES else "en")


def _seed(query: Mapping[str, str], t: Language) -> int:
    text = query.get("seed", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_SEED):
        raise AddressError(t("the seed must be a whole number from 0 to {most}", most=LARGEST_SEED))
    return int(text)


def _value(path: str, text: str, t: Language) -> Any:
    if len(text) > LONGEST_VALUE:
        raise AddressError(t("the value of {name} is too long", name=path))
    try:
        return json.loads(text)
    except RecursionError:
        raise AddressError(t("the value of {name} is nested too deeply", name=path)) from None
    except ValueError:
        return text


def as_file(visit: Visit) -> str:
    """The policy as a scenario file, with the command that gives the numbers of the page."""
    return f"# The numbers of the page, when all its worlds have been run:\n# {visit.command}\n{visit.policy.to_yaml()}"


def mistake(error: Exception) -> str:
    """What is wrong with an address, for a person; the scenario language speaks English everywhere."""
    if isinstance(error, ScenarioError):
        return "; ".join(
            problem.message if problem.message.startswith(str(problem.origin)) else str(problem)
            for problem in error.problems
        )
    return str(error)
