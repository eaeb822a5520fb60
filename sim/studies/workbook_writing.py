"""Writes a search as a spreadsheet to be filled in; `sim.studies.workbook` reads it back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.country.data import sheet as table_of
from sim.country.hubs import roadmap
from sim.errors import StudyError, said
from sim.scenario.file_format import FORMAT, KEY
from sim.scenario.loading import BUILTIN, builtin_scenarios
from sim.scenario.schema import unit_here
from sim.studies.experiment import Experiment, ExperimentSettings
from sim.studies.workbook import COLUMNS, HUBS, LEVERS, MOST_ROWS, PRICES, SEARCH, SUFFIX, is_workbook

CITIES = "Cities"
SETTINGS = ("name", "base", "budget", "extra", "samples", "replications", "seed", "outcomes")
_ABOUT = {
    "name": "What the search is called.",
    "base": "The policy with which all others are compared: builtin:NAME, or a file.",
    "outcomes": "The aims, two or more, with semicolons between them.",
}


def write_workbook(experiment: Experiment, path: Path) -> None:
    """Write a search as a workbook to be filled in.

    Raises:
        StudyError: the experiment is no search, or the file exists or cannot be written.
    """
    if experiment.design != "search":
        raise StudyError(
            said(
                "{key} has the design {design}; a workbook holds a search", key=experiment.key, design=experiment.design
            )
        )
    if not is_workbook(path):
        raise StudyError(
            said(
                "--write {path}: a spreadsheet is written; give it a name that ends in {suffix}",
                path=path,
                suffix=SUFFIX,
            )
        )
    if path.exists():
        raise StudyError(said("--write {path}: this file exists; choose another name, or delete it first", path=path))
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    try:
        with xlsxwriter.Workbook(path) as book:
            bold, plain = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": False})
            for name, rows in _contents(experiment, path).items():
                sheet = book.add_worksheet(name)
                sheet.freeze_panes(1, 0)
                sheet.write_row(0, 0, COLUMNS.get(name, ("hub", "where")), bold)
                for number, row in enumerate(rows, 1):
                    for column, value in enumerate(row):
                        if value is not None:
                            sheet.write(number, column, value, plain)
                sheet.autofit()
            cities = len(_cities()) + 1
            hubs = book.get_worksheet_by_name(HUBS)
            source = {"validate": "list", "source": f"={CITIES}!$A$2:$A${cities}", "error_type": "warning"}
            hubs.data_validation(1, 0, MOST_ROWS - 1, 0, source)
    except (OSError, XlsxWriterException) as failure:
        raise StudyError(said("--write {path}: it cannot be written ({failure})", path=path, failure=failure)) from None


def _contents(experiment: Experiment, path: Path) -> dict[str, Sequence[Sequence[Any]]]:
    """The rows of each sheet."""
    declared = experiment.base.schema.declarations
    about = {name: field.description for name, field in ExperimentSettings.model_fields.items()} | _ABOUT
    settings = {name: getattr(experiment, name) for name in SETTINGS if name not in ("name", "base", "outcomes")}
    settings |= {"name": experiment.title(), "base": _base(experiment, path)}
    settings["outcomes"] = "; ".join(experiment.outcomes)
    levers = [
        (
            factor.path,
            factor.low if factor.values is None else None,
            factor.high if factor.values is None else None,
            None if factor.values is None else "; ".join(map(_text, factor.values)),
            unit_here(factor.unit),
            declared[factor.path].meaning,
        )
        for factor in experiment.factors
    ]
    prices = [
        (name, experiment.base.values[name], unit_here(one.unit), one.meaning)
        for name, one in declared.items()
        if name.startswith("costs.")
    ]
    return {
        SEARCH: [(KEY, FORMAT, ""), *((name, settings[name], about[name]) for name in SETTINGS)],
        HUBS: [(one.hub, one.opens, *one.places) for one in experiment.openings],
        LEVERS: levers,
        PRICES: prices,
        CITIES: _cities(),
    }


def _cities() -> list[tuple[str, str]]:
    """Where a hub may open: the hubs of the roadmap, and the cities of the country."""
    named = [(name, "roadmap") for name in roadmap()]
    return named + [(row["city"], "city") for row in table_of("cities").records() if row["city"] not in dict(named)]


def _text(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _base(experiment: Experiment, path: Path) -> str:
    """The base as the workbook names it: a packaged scenario, or a path from the workbook's folder."""
    node = experiment.tree.at(("base",))
    named = str(node.value) if node is not None else ""
    if named.startswith(BUILTIN):
        return named
    file = os.path.normpath(os.path.join(os.path.dirname(node.origin.file) if node else "", named))  # noqa: PTH118, PTH120
    packaged = dict(builtin_scenarios()).get(experiment.base.key)
    if packaged is not None and Path(packaged).resolve() == Path(file).resolve():
        return f"{BUILTIN}{experiment.base.key}"
    return Path(os.path.relpath(file, path.resolve().parent)).as_posix()
