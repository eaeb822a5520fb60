"""The ODD description of the model, with the ODD+D part on human decisions."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from sim import processes
from sim.country.data import table as data
from sim.country.geography import Geography, geography
from sim.declare import Block, Constant, Count, Declaration, Flow, Payment, declarations, in_words
from sim.model.contacts import Contacts
from sim.model.funder import Funder
from sim.model.hub import Hub
from sim.processes import funding, referral, rent, reporting
from sim.report.schedule.month import steps
from sim.scenario import Time, load_scenario
from tools.documentation.country import tables as input_tables
from tools.documentation.markdown import attributes, docstring, fragment, paragraphs, parameters, table

HELPING = (funding, referral, rent, reporting)


def page() -> str:
    """The whole document."""
    return paragraphs(
        fragment("odd-head"),
        "## 1. Purpose and patterns",
        fragment("odd-purpose"),
        patterns(),
        "## 2. Entities, state variables and scales",
        fragment("odd-entities"),
        entities(),
        "## 3. Process overview and scheduling",
        fragment("odd-schedule"),
        schedule(),
        "## 4. Design concepts",
        fragment("odd-concepts"),
        fragment("odd-decisions"),
        "## 5. Initialisation",
        fragment("odd-initialisation"),
        "## 6. Input data",
        fragment("odd-input"),
        input_tables(),
        "## 7. Submodels",
        fragment("odd-submodels"),
        *(submodel(process) for process in (*processes.MONTH, *HELPING)),
    )


def name(process: ModuleType) -> str:
    """The name of a process, which is that of its block."""
    return process.__name__.rpartition(".")[2]


def title(process: ModuleType) -> str:
    """The name of a process in a heading."""
    return in_words(name(process))


def link(process: ModuleType) -> str:
    """A link to the submodel of a process."""
    return f"[{title(process)}](#submodel-{name(process).replace('_', '-')})"


def patterns() -> str:
    """The facts with which the model is compared, by pattern."""
    facts = data("facts")
    facts = facts[facts["pattern"].notna()]

    def band(low: Any, high: Any) -> str:
        if high != high:
            return f"{low:g} or more"
        return f"{low:g} to {high:g}"

    rows = [
        (fact.pattern, fact.fact, fact.date, band(fact.low, fact.high), fact.unit, fact.use, fact.confidence)
        for fact in facts.itertuples()
    ]
    return table(("pattern", "what was observed", "when", "band", "unit", "use", "confidence"), rows)


def entities() -> str:
    """State variables of startups, hubs and funders; contents of the map; knowledge of the world."""
    declaring = (*processes.MONTH, *HELPING)
    columns = [
        (f"`{column}`", declared.unit, declared.meaning, link(process))
        for process in declaring
        for column, declared in getattr(process, "COLUMNS", {}).items()
    ]
    named = [
        (heading, [(f"`{attribute}`", unit, meaning) for attribute, unit, meaning in attributes(thing)])
        for heading, thing in (
            ("Hubs", Hub),
            ("Funders", Funder),
            ("Ties", Contacts),
            ("Regions, cities and cells", Geography),
        )
    ]
    return paragraphs(
        "### Startups",
        table(("variable", "unit", "meaning", "declared by"), columns),
        *(f"### {heading}\n\n{table(('variable', 'unit', 'meaning'), rows)}" for heading, rows in named),
        "### Scales",
        scales(),
        parameters(Time, "time"),
    )


def scales() -> str:
    """Extent and resolution in time and space, and the number of each entity."""
    today, country = load_scenario("builtin:today"), geography()
    tables = {name: data(name) for name in ("hubs", "funders")}
    rows = [
        ("time", "1 month", f"{today.months} months, {today.start} to {today.end}; the present is {today.present}"),
        ("space", "hexagons 50 km apart", f"{len(country.cells)} cells in {len(country.regions)} regions"),
        ("cities", "coordinates", f"{len(country.cities)}, each on one cell"),
        ("hubs", "1 agent each", f"{sum(tables['hubs']['status'] == 'open')} open, more by policy"),
        ("funders", "1 agent each", f"{tables['funders']['funder'].nunique()}"),
        ("startups", "1 agent each", f"about {today.parameters.population.entries_per_year:g} founded a year"),
    ]
    return table(("scale", "resolution", "extent"), rows)


def schedule() -> str:
    """The month in the order of the code, as `hubsim month` prints it."""
    lines = []
    for number, step in enumerate(steps(), 1):
        what = link(step.process) if step.process else step.name.capitalize()
        touches = step.touches("`")
        lines.append(f"{number}. {what}: {step.sentence}" + (f" It {touches}." if touches else ""))
    return "\n".join(lines)


def constants(process: ModuleType) -> str:
    """The constants that a process's equations name and no scenario sets."""
    found: dict[str, Constant] = getattr(process, "CONSTANTS", {})
    parts = [f"`{symbol}` = {entry.value:g} {entry.unit}, {entry.meaning}" for symbol, entry in found.items()]
    return f"Fixed: {'; '.join(parts)}." if parts else ""


def symbols(process: ModuleType) -> str:
    """What the other symbols of a process's equations are measured in: a unit, or that of a column or parameter."""
    known = processes.COLUMNS | {path: one for block in processes.BLOCKS.items() for path, one in declared(block)}
    parts = [
        f"`{symbol}` {known[told].unit} (`{told}`)" if told in known else f"`{symbol}` {told}"
        for symbol, told in getattr(process, "SYMBOLS", {}).items()
    ]
    return f"Measured in: {', '.join(parts)}." if parts else ""


def declared(block: tuple[str, type[Block]]) -> Iterable[tuple[str, Declaration]]:
    """The parameters of a block by path."""
    return declarations(block[1], f"{block[0]}.").items()


def counts(process: ModuleType) -> str:
    """The monthly counts of a process."""
    found: dict[str, Count] = getattr(process, "COUNTS", {})
    parts = [f"`{series}` ({entry.unit}): {entry.meaning}" for series, entry in found.items()]
    return f"Counted each month: {' '.join(parts)}" if parts else ""


def payments(process: ModuleType) -> str:
    """The payments that a process enters in the ledger."""
    found: dict[Flow, Payment] = getattr(process, "PAYMENTS", {})
    parts = [f"{kind}, {source} to {target}: {entry.meaning}" for (source, target, kind), entry in found.items()]
    return f"In the ledger: {' '.join(parts)}" if parts else ""


def submodel(process: ModuleType) -> str:
    """One process: mechanism, month, parameters, constants, counts, payments, random streams."""
    summary, mechanism = docstring(process)
    acts = docstring(process.act) if hasattr(process, "act") else ("", "")
    streams = ", ".join(f"`{stream}`" for stream in getattr(process, "STREAMS", ()))
    block = getattr(process, "Parameters", None)
    return paragraphs(
        f"### {title(process)} {{ #submodel-{name(process).replace('_', '-')} }}",
        f"*{summary}*",
        mechanism,
        f"**Each month.** {acts[0]}\n\n{acts[1]}" if acts[0] else "",
        parameters(block, name(process)) if block else "",
        constants(process),
        symbols(process),
        counts(process),
        payments(process),
        f"Random streams: {streams}." if streams else "",
    )
