"""The tables to ask the operator of the hubs for: one row per application or, where that cannot be given, totals.

They contain what `sim.inference.missing_data` would be computed from. A table is a CSV file for a spreadsheet: under
the names of its columns stand, in the language of whoever fills it in, what each column means and its unit; then empty
rows. Lines that explain begin with `#`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sim.inference.observables import COHORT
from sim.system.spreadsheet import csv_of
from sim.words.language import Language, language

APPLICATIONS_FILE, TOTALS_FILE = "operator-applications.csv", "operator-totals.csv"
AGES = (12, 24, 36, 48, 60)
"""Months after application at which the fate of a startup is asked for."""
EMPTY_ROWS = 20
"""Rows to fill in, in the table of applications; more may follow."""


class Asked(NamedTuple):
    """A column that is asked for: its name in the file, what it means, and its unit."""

    name: str
    meaning: str
    unit: str


def applications(t: Language) -> list[Asked]:
    """Columns of the table with one row per application of a startup to a hub, admitted or not."""
    month, yes_no = t("month, YYYY-MM"), t("1 yes, 0 no, empty if not known")
    return [
        Asked("number", t("Number that you give the startup; no names, no addresses, no identifiers."), t("number")),
        Asked("hub", t("Hub to which it applied."), t("text")),
        Asked("founded", t("Month in which it was founded."), month),
        Asked("applied", t("Month of the application. Every application counts, whatever came of it."), month),
        Asked(
            "decision",
            t("What the hub decided: accepted (good enough for a place, whether or not one was free) or refused."),
            t("accepted, refused"),
        ),
        Asked(
            "score_class",
            t("Score or rank given by the jury, in fifths of all applicants; those next to the threshold tell most."),
            t("1 lowest to 5 highest; n just below or p just above the threshold, if you can"),
        ),
        Asked("admitted", t("Month in which it moved in or was first accompanied; empty if never."), month),
        Asked("gave_up", t("Month in which it was taken off the list without having got a place; else empty."), month),
        Asked("left", t("Month in which it left the hub; empty if it is still there or never was."), month),
        Asked(
            "reason",
            t("Why it left the hub or the list."),
            t("end of stay, own wish, dismissed, closed down, bought, other"),
        ),
        Asked(
            "hours",
            t("Hours of individual accompaniment that it was given in all."),
            t("hours; empty if not recorded"),
        ),
        *(
            Asked(
                f"alive_{age}m",
                t(
                    "Whether it operated, or had been bought, {age} months after its application; also if it was not "
                    "admitted, as trade register and tax roll show.",
                    age=age,
                ),
                yes_no,
            )
            for age in AGES
        ),
        *(
            Asked(
                f"revenue_{age}m",
                t("Revenue of the twelve months up to month {age} after its application.", age=age),
                t("thousand {currency}, two digits suffice; empty if not known"),
            )
            for age in AGES
        ),
        *(
            Asked(
                f"export_{age}m",
                t(
                    "Whether it had customers abroad in the twelve months up to month {age} after its application.",
                    age=age,
                ),
                yes_no,
            )
            for age in AGES
        ),
        Asked("source", t("How you know whether it is alive."), t("register, tax, asked, seen")),
    ]


def totals(t: Language) -> list[Asked]:
    """Columns of the table of totals, with one row per year of application and group."""
    startups = t("number of startups; write <5 for one to four")
    return [
        Asked("year", t("Year of application."), t("year")),
        Asked("group", t("Group of applicants."), t("filled in")),
        Asked("applicants", t("Startups in the group."), startups),
        *(
            Asked(f"alive_{age}m", t("Of these, operating or bought after {age} months.", age=age), startups)
            for age in AGES
        ),
        Asked("unknown_60m", t("Of these, those of whom you do not know it after 60 months."), startups),
        Asked("export_60m", t("Of these, with customers abroad in the fifth year after application."), startups),
        Asked(
            "revenue_24m",
            t("Mean revenue in the second year after application, of those operating then."),
            t("thousand {currency}"),
        ),
        Asked("wait", t("Mean time from application to admission; empty for those never admitted."), t("months")),
        Asked("hours", t("Mean hours of individual accompaniment in all, per startup."), t("hours")),
    ]


def groups(t: Language) -> list[str]:
    """Groups of applicants in the table of totals; together they are all applicants."""
    return [
        t("admitted within a month"),
        t("admitted after two or three months"),
        t("admitted after more than three months"),
        t("accepted, but gave up before a place was free"),
        t("accepted, closed down while waiting"),
        t("refused, close to the threshold"),
        t("refused, far from the threshold"),
    ]


def write_operator_tables(folder: Path, lang: str) -> None:
    """Write both tables, empty, into a folder.

    Args:
        folder: a folder that exists.
        lang: language of the explanations; a code in `sim.words.language.LANGUAGES`.
    """
    t = language(lang)
    about = t(
        "Anonymous, for the applications of {first} to {last}: everybody who applied, also those refused and those who "
        "gave up; without them nothing can be compared.",
        first=t.month(COHORT[0]),
        last=t.month(COHORT[1]),
    )
    if_not = t("If rows cannot be given, {file} suffices; it needs no data of single startups.", file=TOTALS_FILE)
    first, last = (int(month[:4]) for month in COHORT)
    years = [[str(year), group] for year in range(first, last + 1) for group in groups(t)]
    _write(folder / APPLICATIONS_FILE, t, [about, if_not], applications(t), [[]] * EMPTY_ROWS)
    _write(folder / TOTALS_FILE, t, [about], totals(t), years)


def _write(
    path: Path, t: Language, remarks: Sequence[str], columns: Sequence[Asked], rows: Sequence[Sequence[str]]
) -> None:
    """Write a table as spreadsheets of the language read it: semicolons where the comma is the decimal sign."""
    width = len(columns)
    explaining = [*([remark] for remark in remarks), [one.meaning for one in columns], [one.unit for one in columns]]
    filled = [*([f"# {first}", *others] for first, *others in explaining), *rows]
    body = [[*row, *[""] * (width - len(row))] for row in filled]
    frame = pd.DataFrame(body, columns=[column.name for column in columns])
    text = csv_of(frame, sep="," if t.decimal == "." else ";")
    path.write_text(text, encoding="utf-8-sig", newline="\n")
