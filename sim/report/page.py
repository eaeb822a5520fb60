"""The page: reads a result, asks for tables and figures, and fills the template."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim.experiment.sweep_results import Sweep
from sim.figures.drawing import figures_of
from sim.figures.forest import forest
from sim.figures.style import clean
from sim.figures.sweep_drawing import figures_of_sweep
from sim.figures.words import words_of
from sim.language import Language, language
from sim.report.content import RANKED, Cell, Content, Table
from sim.report.parameters import KINDS, Row, Sources, rows, that_matter
from sim.report.pictures import inline
from sim.report.reading import Reading, kind_of, read
from sim.report.sweep import SweepContent
from sim.scenario import load_scenario
from sim.scenario.scenario import in_language

HERE = Path(__file__).parent
MADE_FROM = {
    "answer": "differences.csv",
    "paths": "monthly.parquet",
    "policy-gaps": "monthly.parquet",
    "differences": "differences.csv",
    "map": "regions.parquet, hubs.parquet",
    "survival": "survival.parquet",
    "cost-effect": "differences.csv",
}
"""The figures of the page, and the tables that each is drawn from."""
EXTRAS = ("explain.csv", "sensitivity.csv")
"""Tables of other commands that the report shows when they lie in the folder."""


@dataclass(frozen=True)
class Picture:
    """A figure on the page."""

    number: int
    key: str
    title: str
    svg: Markup


def page(folder: Path, code: str) -> str:
    """The report on a result folder as one HTML file, in the language of a code.

    Raises:
        StudyError: when there is nothing in the folder that a report could be made of.
        ValueError: when there is no such language.
    """
    t = language(code)
    if kind_of(folder) == Sweep.kind:
        return _sweep_page(folder, t)
    reading = read(folder, code)
    content = Content(reading, t)
    sources = Sources()
    table, counts = _parameters(reading, t, sources)
    sources.cite_data()
    pictures = _pictures(reading, content)
    return _render(
        "page.html.jinja",
        t,
        folder,
        reading.manifest,
        content=content,
        reading=reading,
        pictures=pictures,
        parameters=table,
        counts=counts,
        sources=sources.numbers,
        made_from=MADE_FROM,
        extras={name: _extra(folder, t, name, reading.missing) for name in EXTRAS},
        replications=_replications(reading),
    )


def _sweep_page(folder: Path, t: Language) -> str:
    result = Sweep(folder)
    base = load_scenario(result.store.resolved(result.manifest["scenarios"][0]["scenario"]))
    sources = Sources()
    table = rows(t, base, that_matter(base, ()), sources)
    sources.cite_data()
    pictures = {}
    for number, (key, figure) in enumerate(figures_of_sweep(result, words_of(t.code)), start=1):
        title = str(figure.get_label())
        text = t("Figure {number}. {title}. Its numbers are in the tables beside it.", number=number, title=title)
        pictures[key] = Picture(number, key, title, inline(figure, key, text))
    count = result.replications
    return _render(
        "sweep.html.jinja",
        t,
        folder,
        result.manifest,
        title=clean(in_language(result.manifest["name"], t.code)) or folder.name,
        description=clean(in_language(result.manifest["description"], t.code)),
        reference=base.title(t.code),
        content=SweepContent(result, t),
        pictures=pictures,
        parameters=table,
        counts=_counts(table),
        sources=sources.numbers,
        made_from=dict.fromkeys(pictures, "summary.csv"),
        extras={name: _extra(folder, t, name, {}) for name in EXTRAS},
        replications=t("{n} replication.", "{n} replications.", n=count),
    )


def _render(template: str, t: Language, folder: Path, manifest: dict[str, Any], **content: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(
        t=t,
        manifest=manifest,
        hashes=_hashes(manifest),
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        kinds=KINDS,
        command=shlex.join(["hubsim", "report", folder.name, "--lang", t.code]),
        **content,
    )


def _counts(table: Sequence[Row]) -> dict[str, int]:
    return {kind: sum(row.kind == kind for row in table) for kind in KINDS}


def _parameters(reading: Reading, t: Language, sources: Sources) -> tuple[list[Row], dict[str, int]]:
    base = reading.scenarios.get(reading.reference)
    if base is None:
        return [], {}
    found = rows(t, base, that_matter(base, reading.scenarios.values()), sources)
    return found, _counts(found)


def _pictures(reading: Reading, content: Content) -> dict[str, Picture]:
    """The figures that the tables allow; one that cannot be drawn is noted as missing."""
    t, drawn = content.t, {}
    try:
        if reading.differences is not None and reading.policies:
            main = reading.differences[reading.differences["outcome"].isin(RANKED)]
            drawn["answer"] = forest(main, reading.study)
        drawn |= {name: figure for name, figure in figures_of(reading.tables, t.code) if name in MADE_FROM}
    except Exception as error:  # a damaged table must not take the rest of the report with it
        reading.missing["figures"] = clean(str(error))[:200] or type(error).__name__
    pictures: dict[str, Picture] = {}
    for key in MADE_FROM:
        if key in drawn:
            number, title = len(pictures) + 1, str(drawn[key].get_label())
            text = t("Figure {number}. {title}. Its numbers are in the tables beside it.", number=number, title=title)
            pictures[key] = Picture(number, key, title, inline(drawn[key], key, text))
    return pictures


def _extra(folder: Path, t: Language, name: str, missing: dict[str, str]) -> Table | None:
    """A table that another command left in the folder, with its own columns; a word in `missing` when it is broken."""
    path = folder / name
    if not path.exists():
        return None
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        missing[name] = clean(str(error))[:200]
        return None
    return Table(
        name,
        [t(str(column)) for column in frame],
        [
            (_plain(t, first), [Cell(_plain(t, value)) for value in rest])
            for first, *rest in frame.itertuples(index=False)
        ],
    )


def _plain(t: Language, value: Any) -> str:
    if isinstance(value, str):
        return t(value) if value else ""
    if pd.isna(value):
        return "–"
    size = abs(float(value))
    return t.number(value, 0 if size >= 100 or float(value).is_integer() else 1 if size >= 10 else 3)


def _replications(reading: Reading) -> str:
    frame = reading.differences if reading.differences is not None else reading.summary
    assert frame is not None
    most = int(frame["n"].max())
    return reading.study.words.language("{n} replication per policy.", "{n} replications per policy.", n=most)


def _hashes(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """What identifies the study, its scenarios and what it was made with, as plain lines."""
    environment = manifest.get("environment")
    scenarios: Sequence[Any] = manifest.get("scenarios") or ()
    lines = [("study", manifest.get("study")), ("source", manifest.get("source_revision"))]
    lines += list(environment.items()) if isinstance(environment, dict) else []
    lines += [(str(one.get("scenario")), one.get("digest")) for one in scenarios if isinstance(one, dict)]
    return [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in lines if value]
