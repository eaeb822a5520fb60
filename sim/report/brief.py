"""The brief: the first page of the report of a comparison alone, on one printed page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.errors import StudyError
from sim.report.first_page import FirstPage
from sim.report.imprint import imprint
from sim.report.rendering import render
from sim.report.report_data import kind_of, read_report_data
from sim.studies.comparison import Comparison
from sim.studies.sweep_results import Sweep
from sim.words.language import language

SIZES = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.52)
"""Sizes of the type to try, largest first, until all fits one page."""


def briefs(result: Path | Comparison | Sweep, code: str, author: str | None = None) -> Iterator[str]:
    """The brief of a comparison as HTML in the language with this code, at each of `SIZES`.

    Raises:
        StudyError: the folder holds no comparison.
        ValueError: there is no such language.
    """
    t = language(code)
    folder = result if isinstance(result, Path) else result.folder
    if isinstance(result, Sweep) or kind_of(folder) == Sweep.kind:
        raise StudyError(f"{folder} holds a sweep, but --brief is about a comparison of policies; leave it out")
    known = {scenario.key: scenario for scenario in result.asked} if isinstance(result, Comparison) else {}
    data = read_report_data(folder, code, known)
    first, about = FirstPage(data, t), imprint(t, data.manifest, author)
    for size in SIZES:
        yield render("brief.html.jinja", t=t, data=data, first=first, imprint=about, manifest=data.manifest, size=size)
