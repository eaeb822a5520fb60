"""A visit: what a visitor looks at, read from the address. The server remembers nothing about visitors.

`/compare?lang=fr&policy=ten-hubs-2027&against=today&seed=1&accompaniment.hours_per_startup=16` names two policies of
`scenarios/` and changes one lever of the first. Values are JSON or bare words; the scenario language checks them. Only
levers may be changed, so that all policies share their past. With `parameters=fixed` all worlds lie in one possible
country, that of the default parameters.

Other sites add names to links: unknown names are ignored and listed; impossible values are refused, and the rest of
the address stays.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sim.errors import nearest, shorten
from sim.page.worker import REPLICATIONS
from sim.parameters.draws import FIXED, POSTERIOR
from sim.scenario import Scenario, ScenarioError
from sim.studies.lookup import BASE
from sim.system.text import composed
from sim.words.language import LANGUAGES, NO_BREAK_SPACE, Language, language

LONGEST_VALUE = 2000
LARGEST_PAGE_SEED = 2**32 - 1
COMMAND = (
    f"hubsim compare {{against}} {{name}}.yaml --reference {{against}} --seed {{seed}} --replications {REPLICATIONS}"
)
"""Command that reproduces the numbers of the page from the file of a policy."""
IN_ONE_COUNTRY = f" --parameters {FIXED}"
"""Ending of the command for one possible country."""
QUERY_NAMES = ("lang", "policy", "against", "seed", "parameters", "show")
"""Names in an address besides those of levers. `show` is how a visitor looks at charts: the scripts read it."""


class AddressError(ValueError):
    """The address has an impossible value; the message is in the visitor's language."""


@dataclass(frozen=True)
class Visit:
    """Two policies, a seed and a language.

    Args:
        language: code of the language.
        seed: root seed of all worlds.
        preset: key of the policy that is changed.
        against: the policy with which it is compared.
        policy: the policy with its changes.
        changes: values of levers by dotted path.
        parameters: `posterior`, or `fixed` for worlds in one possible country.
        problems: what the address asks for in vain, in the visitor's language; the default is used instead.
        ignored: unknown names in the address.
    """

    language: str
    seed: int
    preset: str
    against: Scenario
    policy: Scenario
    changes: dict[str, Any]
    parameters: str = POSTERIOR
    problems: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command that reproduces the numbers of the page."""
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
    """Read an address; its mistakes are listed in `problems` and `ignored` of the visit.

    Args:
        query: names and texts in the address.
        presets: all policies, by key.
        default: key of the policy for an address that names none.
    """
    t = speaks(query)
    query = {composed(name): composed(text) for name, text in query.items()}
    problems: list[str] = []
    preset, against = (
        _choice(name, query.get(name, usual), presets, usual, t, problems)
        for name, usual in (("policy", default), ("against", BASE))
    )
    parameters = _choice("parameters", query.get("parameters", POSTERIOR), (POSTERIOR, FIXED), POSTERIOR, t, problems)
    base = presets[preset]
    changes, ignored = {}, []
    for path, text in query.items():
        if path in base.schema.levers:
            try:
                changes[path] = _value(path, text, t)
            except AddressError as error:
                problems.append(str(error))
        elif path not in QUERY_NAMES:
            near = nearest(path, base.schema.levers)
            ignored.append(shorten(path) + (t("; did you mean {name}?", name=near) if near else ""))
    policy, changes = _changed(preset, base, changes, t, problems)
    seed = _seed(query, t, problems)
    return Visit(t.code, seed, preset, presets[against], policy, changes, parameters, tuple(problems), tuple(ignored))


def _choice(name: str, asked: str, known: Iterable[str], usual: str, t: Language, problems: list[str]) -> str:
    """The requested choice, or `usual` if the requested one is unknown."""
    if asked in known:
        return asked
    names = ", ".join(known)
    if name == "parameters":
        problems.append(t("parameters may be {names}, not {name}", names=names, name=shorten(asked)))
    else:
        problems.append(t("there is no policy {name}; there are {names}", name=shorten(asked), names=names))
    return usual


def _changed(
    preset: str, base: Scenario, changes: dict[str, Any], t: Language, problems: list[str]
) -> tuple[Scenario, dict[str, Any]]:
    """The policy with its changes, and the possible changes: all together, else those that are possible one by one."""

    def with_changes(values: dict[str, Any]) -> Scenario:
        return _named(base.with_values(values, key=f"{preset}-changed"), base, values) if values else base

    with contextlib.suppress(ScenarioError, RecursionError):
        return with_changes(changes), changes
    possible: dict[str, Any] = {}
    for path, value in changes.items():
        try:
            with_changes(possible | {path: value})
        except ScenarioError as error:
            problems.append(_in_words(error))
        except RecursionError:
            problems.append(t("a value is nested too deeply"))
        else:
            possible[path] = value
    return with_changes(possible), possible


def _named(policy: Scenario, base: Scenario, changes: dict[str, Any]) -> Scenario:
    """The changed policy with a name and a description that say what it is, in every language."""
    names, descriptions = {}, {}
    for code in LANGUAGES:
        t = language(code)
        title = t.typeset(base.title(code))
        told = [_told(path, value, policy, t) for path, value in changes.items()]
        names[code] = t("{name}, changed by you", name=title)
        descriptions[code] = t("“{name}” with {changes}.", name=title, changes=t("; ").join(told))
    return replace(policy, name=names, description=descriptions)


def _told(path: str, value: Any, policy: Scenario, t: Language) -> str:
    """A change in words: the lever's name and its value with the unit."""
    declared = policy.schema.declarations.get(path)
    name = path if declared is None else t(declared.label)
    if declared is None or isinstance(value, bool) or not isinstance(value, int | float):
        return t("{first}: {second}", first=name, second=json.dumps(value, ensure_ascii=False))
    if declared.unit == "share":
        return t("{first}: {second}", first=name, second=t.percent(value, 1))
    unit = "" if declared.unit == "-" else NO_BREAK_SPACE + t.unit(declared.unit)
    return t("{first}: {second}", first=name, second=f"{t.number(value, 0 if value == int(value) else 2)}{unit}")


def speaks(query: Mapping[str, str], browser: str = "") -> Language:
    """The language of an address, else the first known one of the browser's (`Accept-Language`)."""
    wished = [query.get("lang", ""), *(part.split(";")[0].strip()[:2].lower() for part in browser.split(","))]
    return language(next((code for code in wished if code in LANGUAGES), "en"))


def _seed(query: Mapping[str, str], t: Language, problems: list[str]) -> int:
    text = query.get("seed", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_PAGE_SEED):
        problems.append(t("the seed must be a whole number from 0 to {most}", most=LARGEST_PAGE_SEED))
        return 1
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
    """The policy as a scenario file, with the command that reproduces the numbers of the page."""
    return f"# The numbers of the page, when all its worlds have been run:\n# {visit.command}\n{visit.policy.to_yaml()}"


def _in_words(error: ScenarioError) -> str:
    """The mistakes in a scenario, for a person; the scenario language has English messages only."""
    return "; ".join(
        problem.message if problem.message.startswith(str(problem.origin)) else str(problem)
        for problem in error.problems
    )
