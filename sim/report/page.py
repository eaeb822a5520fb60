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

from sim.figures.drawing import figures_of
from sim.figures.forest import forest
from sim.figures.style import clean
from sim.language import LANGUAGES, Language, language
from sim.report.content import RANKED, Cell, Content, Table
from sim.report.parameters import KINDS, Row, Sources, rows, that_matter
from sim.report.pictures import inline
from sim.report.reading import Reading, read

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
    reading = read(folder, code)
    content = Content(reading, t)
    sources = Sources()
    table, counts = _parameters(reading, t, sources)
    sources.cite_data()
    pictures = _pictures(reading, content)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.jinja").render(
        t=t,
        content=content,
        reading=reading,
        pictures=pictures,
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        parameters=table,
        kinds=KINDS,
        counts=counts,
        sources=sources.numbers,
        made_from=MADE_FROM,
        command=shlex.join(["hubsim", "report", reading.folder.name, "--lang", code]),
        extras={name: _extra(reading, t, name) for name in EXTRAS},
        manifest=reading.manifest,
        hashes=_hashes(reading.manifest),
        languages=LANGUAGES,
        replications=_replications(reading),
    )


def _parameters(reading: Reading, t: Language, sources: Sources) -> tuple[list[Row], dict[str, int]]:
    base = reading.scenarios.get(reading.reference)
    if base is None:
        return [], {}
    found = rows(t, base, that_matter(base, reading.scenarios.values()), sources)
    return found, {kind: sum(row.kind == kind for row in found) for kind in KINDS}


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


def _extra(reading: Reading, t: Language, name: str) -> Table | None:
    """A table that another command left in the folder, with its own columns."""
    path = reading.folder / name
    if not path.exists():
        return None
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        reading.missing[name] = clean(str(error))[:200]
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
