"""The page of the report: reads a result, asks for tables and figures, and fills the template."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sim.country.data import is_home
from sim.errors import StudyError
from sim.figures.drawing import Sheets, sheets_of
from sim.figures.style import NARROW
from sim.report import acceptability, by_region, channels, contrasts, prices, prior
from sim.report.first_page import FirstPage
from sim.report.imprint import imprint
from sim.report.parameters import ORIGIN_KINDS, ParameterRow, Sources, rows, that_matter
from sim.report.pictures import MADE_FROM, Drawn, Vector, font_faces, vector
from sim.report.related_results import Companions
from sim.report.rendering import render
from sim.report.report_data import ReportData, kind_of, read_report_data
from sim.report.sections import Content
from sim.report.smaller import smaller
from sim.report.sweep import SweepContent
from sim.scenario import load_scenario
from sim.scenario.scenario import in_language
from sim.studies.comparison import Comparison
from sim.studies.sweep_results import Sweep
from sim.system.text import clean
from sim.words.language import Language, language


@dataclass(frozen=True)
class PageFigure:
    """A figure on the page."""

    number: int
    key: str
    title: str
    svg: Markup
    letters: set[str]


def page(
    result: Path | Comparison | Sweep,
    code: str,
    drawn: Callable[[], Drawn] | None = None,
    author: str | None = None,
) -> str:
    """The report on a result folder, or on an open result, as one HTML file, in the language with this code.

    `drawn` gives the figures if they were drawn already; it is called after all else has been read, because other
    processes may still draw. Without an `author`, the name that git knows is written, if it knows one.

    Raises:
        StudyError: the folder holds nothing to report on.
        ValueError: there is no such language.
    """
    t = language(code)
    known = {scenario.key: scenario for scenario in result.asked} if isinstance(result, Comparison) else {}
    folder = result.folder if isinstance(result, Comparison) else result
    if isinstance(folder, Sweep) or kind_of(folder) == Sweep.kind:
        return _sweep_page(folder, t, drawn, author)
    data = read_report_data(folder, code, known)
    content = Content(data, t)
    sources = Sources()
    table, counts = _parameters(data, t, sources)
    sources.cite_data()
    companions = Companions(folder, data.manifest, t, data.missing)
    first = FirstPage(data, t)
    pictures = _pictures(data, content, companions, drawn)
    return _render(
        "page.html.jinja",
        t,
        folder,
        data.manifest,
        author,
        first=first,
        content=content,
        data=data,
        pictures=pictures,
        parameters=table,
        counts=counts,
        sources=sources.numbers,
        made_from=MADE_FROM,
        companions=companions,
        prices=prices.table(data, t) if data.differences is not None else None,
        residual=prices.residual_value(data, t, first.finding.shown),
        by_region=by_region.tables(data, t, first.finding.shown),
        relocated=by_region.relocated(data, t, first.finding.shown),
        acceptability=acceptability.tables(data, t),
        contrasts=contrasts.contrasts(data, t, content.kind),
        parts=channels.tables(data, t),
        sources_of=partial(channels.sentences, data, t),
        rankings=contrasts.rankings(data, t),
        best=contrasts.sentences(data, t),
    )


def _sweep_page(result: Path | Sweep, t: Language, drawn: Callable[[], Drawn] | None, author: str | None) -> str:
    try:
        return _page_of_sweep(result if isinstance(result, Sweep) else Sweep(result), t, drawn, author)
    except StudyError:
        raise
    except (KeyError, OSError, ValueError) as error:  # Arrow's and pandas' own errors are of these kinds
        message, folder = clean(str(error))[:200] or type(error).__name__, getattr(result, "folder", result)
        raise StudyError(f"{folder} is damaged ({message}). Run the command in its manifest.json again.") from None


def _page_of_sweep(result: Sweep, t: Language, drawn: Callable[[], Drawn] | None, author: str | None) -> str:
    from sim.figures.sweep_drawing import sheets_of_sweep

    base = load_scenario(result.store.resolved(result.manifest["scenarios"][0]["scenario"]))
    sources = Sources()
    table = rows(t, base, that_matter(base, ()), sources)
    sources.cite_data()
    missing: dict[str, str] = {}
    companions = Companions(result.folder, result.manifest, t, missing)
    shown = dict(drawn().vectors) if drawn else _sheets(sheets_of_sweep(result, t))
    shown |= _related(companions, "sensitivity")
    pictures = {key: _picture(t, number, key, one) for number, (key, one) in enumerate(shown.items(), start=1)}
    return _render(
        "sweep.html.jinja",
        t,
        result.folder,
        result.manifest,
        author,
        title=t.typeset(clean(in_language(result.manifest["name"], t.code))) or result.folder.name,
        description=t.typeset(clean(in_language(result.manifest["description"], t.code))),
        reference=t.typeset(base.title(t.code)),
        content=SweepContent(result, t),
        pictures=pictures,
        parameters=table,
        counts=_counts(table),
        sources=sources.numbers,
        made_from=MADE_FROM | {key: "summary.csv" for key in pictures if key not in MADE_FROM},
        companions=companions,
        missing=missing,
        replications=t("{n} replication.", "{n} replications.", n=result.replications),
    )


def _render(
    template: str, t: Language, folder: Path, manifest: Mapping[str, Any], author: str | None, **content: Any
) -> str:
    where = folder.resolve()
    named = where.relative_to(Path.cwd()).as_posix() if where.is_relative_to(Path.cwd()) else where.name
    pictures: dict[str, PageFigure] = content.pop("pictures")
    letters = set().union(*(one.letters for one in pictures.values()))
    style, drawings = smaller([one.svg for one in pictures.values()])
    return render(
        template,
        font_faces(letters) + style,
        pictures={
            key: replace(one, svg=Markup(svg)) for (key, one), svg in zip(pictures.items(), drawings, strict=True)
        },
        t=t,
        manifest=manifest,
        imprint=imprint(t, manifest, author),
        hashes=_hashes(manifest, t),
        kinds=ORIGIN_KINDS,
        prior_table=prior.table(t) if is_home() else None,
        prior_sentences=prior.sentences(t) if is_home() else [],
        named=named,
        command=shlex.join(["hubsim", "report", named, "--lang", t.code]),
        **content,
    )


def _counts(table: Sequence[ParameterRow]) -> dict[str, int]:
    return {kind: sum(row.kind == kind for row in table) for kind in ORIGIN_KINDS}


def _parameters(data: ReportData, t: Language, sources: Sources) -> tuple[list[ParameterRow], dict[str, int]]:
    base = data.scenarios.get(data.reference)
    if base is None:
        return [], {}
    found = rows(t, base, that_matter(base, data.scenarios.values()), sources)
    return found, _counts(found)


def _pictures(
    data: ReportData, content: Content, companions: Companions, drawn: Callable[[], Drawn] | None
) -> dict[str, PageFigure]:
    """The figures that the tables allow; a figure that cannot be drawn is listed as missing."""
    shown: dict[str, Vector] = {}
    draw_all = drawn or (lambda: Drawn([], _sheets(sheets_of(data.tables, content.t.code, MADE_FROM)), {}))
    sources: list[Callable[[], dict[str, Vector]]] = [
        partial(_related, companions),
        lambda: _tabled(data, draw_all()),
    ]
    for draw in sources:
        try:
            shown |= draw()
        except Exception as error:  # a damaged table must not take the rest of the report with it
            data.missing["figures"] = clean(str(error))[:200] or type(error).__name__
    keys = [key for key in MADE_FROM if key in shown]
    return {key: _picture(content.t, number, key, shown[key]) for number, key in enumerate(keys, start=1)}


def _related(companions: Companions, *only: str) -> dict[str, Vector]:
    """The figures of other results, or of them `only` those with some names."""
    return {
        key: vector(draw(), draw(width=NARROW), key=key)
        for key, draw in companions.figures().items()
        if not only or key in only
    }


def _tabled(data: ReportData, drawn: Drawn) -> dict[str, Vector]:
    """The figures of the tables; notes which tables are missing."""
    data.missing.update(drawn.missing)
    return drawn.vectors


def _sheets(figures: Iterable[tuple[str, Sheets]]) -> dict[str, Vector]:
    return {key: vector(*sheets, key=key) for key, sheets in figures}


def _picture(t: Language, number: int, key: str, shown: Vector) -> PageFigure:
    files = t.listed(MADE_FROM.get(key, "summary.csv").split(", "))
    text = t("Figure {number}. {title}. Its numbers are in {files}.", number=number, title=shown.title, files=files)
    return PageFigure(number, key, shown.title, shown.described(text), shown.letters)


_IDENTITY = {"fingerprint": "fingerprint", "study": "study", "source": "source_revision"}
"""Entries of the manifest that identify a result, by the names that the page gives them."""


def _hashes(manifest: Mapping[str, Any], t: Language) -> list[tuple[str, str]]:
    """What identifies the study, its scenarios, its model and its data, as lines of text."""
    environment = manifest.get("environment")
    scenarios: Sequence[Any] = manifest.get("scenarios") or ()
    lines = [(name, manifest.get(entry)) for name, entry in _IDENTITY.items()]
    lines += list(environment.items()) if isinstance(environment, dict) else []
    lines += [(str(one.get("scenario")), one.get("digest")) for one in scenarios if isinstance(one, dict)]
    words = {
        "fingerprint": t("fingerprint of the data"), "study": t("study"),
        "source": t("source"), "machine": t("machine"), "model": t("model"), "data": t("data"),
    }  # fmt: skip
    found = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in lines if value]
    return [(words.get(name, name), value) for name, value in found]
