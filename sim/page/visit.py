"""A visit: what a visitor looks at, read from the address. The server remembers nothing about visitors.

`/compare?lang=fr&policy=ten-hubs-2027&against=today&seed=1&accompaniment.hours_per_startup=16` names two policies of
`scenarios/` and changes one parameter of the first; `against.accompaniment.hours_per_startup=4` changes one of the
reference. Values are JSON or bare words; the scenario language checks them. Every declared parameter may be changed.
With `parameters=fixed` all worlds lie in one possible country, that of the default parameters.

Other sites add names to links: unknown names are ignored and listed; impossible values are refused one by one, and the
rest of the address stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sim.errors import in_words, nearest, shorten
from sim.page.worker import REPLICATIONS
from sim.parameters.draws import FIXED, POSTERIOR
from sim.scenario import Scenario, ScenarioError
from sim.studies.lookup import BASE
from sim.system.text import composed
from sim.words.language import LANGUAGES, Language, language
from sim.words.units import quantity

LONGEST_VALUE = 2000
LARGEST_PAGE_SEED = 2**32 - 1
COMMAND = f"hubsim compare {{file}} {{name}}.yaml --reference {{against}} --seed {{seed}} --replications {REPLICATIONS}"
"""Command that reproduces the numbers of the page from the file of a policy, and from that of a changed reference."""
IN_ONE_COUNTRY = f" --parameters {FIXED}"
"""Ending of the command for one possible country."""
QUERY_NAMES = ("lang", "policy", "against", "seed", "parameters", "show")
"""Names in an address besides those of levers. `show` is how a visitor looks at charts: the scripts read it."""
OF_REFERENCE = "against."
"""Beginning of the names of the reference's parameters in an address."""
MOST_MONTHS, LARGEST_COUNTRY = 600, 4
"""The page runs worlds of at most so many months, with at most so many times the declared number of founders: it is
there for many visitors at once."""


class AddressError(ValueError):
    """The address has an impossible value; the message is in the visitor's language.

    Args:
        message: all that is wrong.
        wrong: what is wrong with single parameters, by their names in the address.
    """

    def __init__(self, message: str, wrong: Mapping[str, str] | None = None):
        super().__init__(message)
        self.wrong = dict(wrong or {})


@dataclass(frozen=True)
class Visit:
    """Two policies, a seed and a language.

    Args:
        language: code of the language.
        seed: root seed of all worlds.
        preset: key of the policy that is changed.
        against: the policy with which it is compared.
        policy: the policy with its changes.
        changes: possible values of its parameters by dotted path.
        parameters: `posterior`, or `fixed` for worlds in one possible country.
        base: key of the policy whose change is the reference.
        base_changes: as `changes`, for the reference.
        typed: all values of parameters that the address names, possible or not, by their names in the address.
        wrong: what is wrong with some of them, in the visitor's language; they are not used.
        problems: what else the address asks for in vain; the default is used instead.
        ignored: unknown names in the address.
    """

    language: str
    seed: int
    preset: str
    against: Scenario
    policy: Scenario
    changes: dict[str, Any]
    parameters: str = POSTERIOR
    base: str = BASE
    base_changes: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def mistakes(self) -> tuple[str, ...]:
        """All that is wrong with the address."""
        return *self.problems, *dict.fromkeys(self.wrong.values())

    @property
    def command(self) -> str:
        """The command that reproduces the numbers of the page."""
        against = self.against.key
        file = f"{against}.yaml" if self.base_changes else against
        command = COMMAND.format(file=file, against=against, name=self.policy.key, seed=self.seed)
        return command + IN_ONE_COUNTRY * (self.parameters == FIXED)

    @cached_property
    def query(self) -> str:
        """The address of this visit, after the question mark; impossible values of parameters stay in it."""
        pairs: dict[str, Any] = {"policy": self.preset, "against": self.base, "seed": self.seed}
        if self.parameters != POSTERIOR:
            pairs["parameters"] = self.parameters
        values = {path: json.dumps(value, ensure_ascii=False) for path, value in self.typed.items()}
        return urlencode(pairs | values | {"lang": self.language})


def read(query: Mapping[str, str], presets: Mapping[str, Scenario], default: str, browser: str = "") -> Visit:
    """Read an address; its mistakes are listed in `problems` and `ignored` of the visit.

    Args:
        query: names and texts in the address.
        presets: all policies, by key.
        default: key of the policy for an address that names none.
        browser: the languages of the browser (`Accept-Language`), for an address that names none.
    """
    t = speaks(query, browser)
    query = {composed(name): composed(text) for name, text in query.items()}
    problems: list[str] = []
    preset, against = (
        _choice(name, query.get(name, usual), presets, usual, t, problems)
        for name, usual in (("policy", default), ("against", BASE))
    )
    parameters = _choice("parameters", query.get("parameters", POSTERIOR), (POSTERIOR, FIXED), POSTERIOR, t, problems)
    sides: dict[str, dict[str, Any]] = {"": {}, OF_REFERENCE: {}}
    ignored, typed, wrong = [], {}, {}
    known = presets[preset].schema.declarations
    for name, text in query.items():
        side = OF_REFERENCE if name.startswith(OF_REFERENCE) else ""
        path = name.removeprefix(side)
        if path in known:
            try:
                sides[side][path] = typed[name] = _value(path, text, t)
            except AddressError as error:
                wrong[name] = str(error)
        elif name not in QUERY_NAMES:
            near = nearest(path, known)
            ignored.append(shorten(name) + (t("; did you mean {name}?", name=near) if near else ""))
    policy, changes = _changed(presets[preset], sides[""], f"{preset}-changed", t, wrong)
    reference, others = _changed(presets[against], sides[OF_REFERENCE], f"{against}-reference", t, wrong, OF_REFERENCE)
    seed = _seed(query, t, problems)
    return Visit(
        t.code,
        seed,
        preset,
        reference,
        policy,
        changes,
        parameters,
        base=against,
        base_changes=others,
        typed=typed,
        wrong=wrong,
        problems=tuple(problems),
        ignored=tuple(ignored),
    )


def _choice(name: str, asked: str, known: Iterable[str], usual: str, t: Language, problems: list[str]) -> str:
    """The requested choice, or `usual` if the requested one is unknown."""
    if asked in known:
        return asked
    names = t(", ").join(known)
    if name == "parameters":
        problems.append(t("parameters may be {names}, not {name}", names=names, name=shorten(asked)))
    else:
        problems.append(t("there is no policy {name}; there are {names}", name=shorten(asked), names=names))
    return usual


def _changed(
    base: Scenario, values: dict[str, Any], key: str, t: Language, wrong: dict[str, str], side: str = ""
) -> tuple[Scenario, dict[str, Any]]:
    """A policy with its changes, and the possible changes: all together, else those that are possible one by one.

    What is wrong with the others is added to `wrong`, by their names in the address, which begin with `side`.
    """

    def with_changes(values: dict[str, Any]) -> Scenario:
        return _named(base.with_values(values, key=key), base, values) if values else base

    def refused(values: dict[str, Any]) -> str:
        try:
            return _too_large(with_changes(values), t)
        except ScenarioError as error:
            return _in_words(error, t)
        except RecursionError:
            return t("a value is nested too deeply")

    possible = dict(values)
    if refused(values):
        possible = {}
        for path, value in values.items():
            if problem := refused(possible | {path: value}):
                wrong[side + path] = problem
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
    return t("{first}: {second}", first=name, second=quantity(t, [value], declared.unit))


def _too_large(scenario: Scenario, t: Language) -> str:
    """Why the page does not run a scenario, which the command line does; empty if the page runs it."""
    population = scenario.parameters.population
    declared = scenario.schema.declarations["population.entries_per_year"].default
    if scenario.months > MOST_MONTHS:
        return t("the page runs worlds of at most {n} months; the command line runs longer ones", n=MOST_MONTHS)
    if population.entries_per_year * population.scale > LARGEST_COUNTRY * declared:
        most = t.number(LARGEST_COUNTRY * declared)
        return t("the page runs at most {most} founders a year; the command line runs more", most=most)
    return ""


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


def as_file(visit: Visit, side: str = "policy") -> str:
    """The policy, or the reference (`against`), as a file, with the command that gives the numbers of the page."""
    scenario = visit.against if side == "against" else visit.policy
    return f"# The numbers of the page, when all its worlds have been run:\n# {visit.command}\n{scenario.to_yaml()}"


def _in_words(error: ScenarioError, t: Language) -> str:
    """The mistakes in a scenario, in the visitor's language."""
    told = [(str(problem.origin), in_words(problem.message, t)) for problem in error.problems]
    return t("; ").join(text if text.startswith(place) else f"{place}: {text}" for place, text in told)
