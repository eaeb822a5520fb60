"""The parameters that matter, each with its origin, and a numbered list of the sources of all data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sim.country.data import CountryError, is_home, table
from sim.figures.values import written, written_range
from sim.scenario import Scenario
from sim.scenario.schema import DEFAULT_ELSEWHERE
from sim.words.language import Language

_ADDRESS = re.compile(r"https?://[^\s;,()]+")
_TABLES = ("facts", "claims", "hubs", "hub_places", "funders", "prices", "vc_deals", "regions", "cities")
SET_ELSEWHERE = "set by the scenario"
ORIGIN_KINDS = {"source": "from a source", "calibrated": "calibrated", "assumed": "assumed"}


class Sources:
    """Numbered addresses, in the order in which they are first cited."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def cite(self, text: str) -> list[int]:
        """Numbers of the addresses in a text; new addresses get the next numbers."""
        found = [address.rstrip(".") for address in _ADDRESS.findall(text)]
        return [self.numbers.setdefault(address, len(self.numbers) + 1) for address in dict.fromkeys(found)]

    def cite_data(self) -> None:
        """Add the sources of all tables of the country's data."""
        for name in _TABLES:
            with suppress(CountryError):
                frame = table(name)
                for column in (column for column in frame if str(column).endswith("source")):
                    for text in frame[column].dropna().astype(str):
                        self.cite(text)


@dataclass(frozen=True)
class ParameterRow:
    """A row of the table of parameters, as text."""

    path: str
    meaning: str
    value: str
    varied: str
    kind: str
    origin: str
    numbers: list[int]
    translated: bool


def without_addresses(origin: str) -> str:
    """The words of an origin without its addresses, which are in the list of sources."""
    words = _ADDRESS.sub("", origin.partition(": ")[2])
    words = re.sub(r"\(\s*\)|\s*;\s*(?=[;(,]|$)|,\s*(?=;)", "", words)
    return " ".join(re.sub(r"\s+([,.;)])", r"\1", words).split()).strip(" ,;")


def that_matter(scenario: Scenario, others: Iterable[Scenario]) -> list[str]:
    """Paths of prices, of calibrated or uncertain parameters, and of what the policies change."""
    changed = {path for other in others for path, *_ in other.diff(scenario)}
    return [
        path
        for path, declaration in scenario.schema.declarations.items()
        if path in changed
        or declaration.prior
        or declaration.origin.startswith("calibrated")
        or path.startswith("costs.")
    ]


def rows(t: Language, scenario: Scenario, paths: Iterable[str], sources: Sources) -> list[ParameterRow]:
    """The table of parameters, with the values of one scenario."""
    found = []
    for path in paths:
        declaration = scenario.schema.declarations[path]
        prior = declaration.prior
        varied = "" if prior is None else written_range(t, prior, declaration)
        origin = declaration.origin if is_home() else _elsewhere(scenario, path)
        words = without_addresses(origin)
        found.append(
            ParameterRow(
                path,
                t(declaration.meaning),
                written(t, scenario.values[path], declaration),
                varied,
                origin.partition(":")[0],
                t(words),
                sources.cite(origin),
                t.code == "en" or not words or t(words) != words,
            )
        )
    return found


def _elsewhere(scenario: Scenario, path: str) -> str:
    """The origin of a value in a country for which the defaults were not calibrated."""
    default = scenario.values[path] == scenario.schema.declarations[path].default
    return f"assumed: {DEFAULT_ELSEWHERE if default else SET_ELSEWHERE}"
