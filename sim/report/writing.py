"""The report as a file: one HTML file in English, French or Arabic, and optionally a PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.errors import StudyError
from sim.report.brief import briefs
from sim.report.page import page
from sim.report.pictures import Drawn
from sim.report.printing import page_count, print_pdf
from sim.studies.comparison import Comparison
from sim.studies.disk import DISK
from sim.studies.record import seal
from sim.studies.results import Results
from sim.studies.store import ResultStore
from sim.studies.sweep_results import Sweep
from sim.system.paths import possible
from sim.system.text import path_text


def write_report(
    result: Path | str | Results,
    language: str = "en",
    *,
    pdf: bool = False,
    brief: bool = False,
    author: str | None = None,
) -> list[Path]:
    """Write the report on a result into its folder: `report.html`, or `report-fr.html`, `report-ar.html`.

    Args:
        result: folder of `hubsim compare` or `hubsim sweep`, or the result of `sim.compare` or of a sweep.
        language: `en`, `fr` or `ar`.
        pdf: also print it with an installed Chromium.
        brief: instead, its first page alone as `brief.html` and `brief.pdf` (`brief-fr`, `brief-ar`): one A4 page.
        author: name on the report; that in the configuration of git by default, and none if there is none.

    Returns:
        The files written.

    Raises:
        StudyError: the folder holds no such result, cannot be written, or no browser can print it.
        ValueError: there is no such language.
    """
    if brief:
        return _write_brief(result, language, author)
    target = write_page(result, language, author=author)
    files = [target, print_pdf(target)] if pdf else [target]
    seal(ResultStore(target.parent))
    return files


def write_page(
    result: Path | str | Results,
    language: str = "en",
    drawn: Callable[[], Drawn] | None = None,
    author: str | None = None,
) -> Path:
    """Write the HTML file of `write_report`, with figures that `drawn` gives if they were drawn for the folder."""
    found = _opened(result)
    return _write(_folder(found), "report", language, page(found, language, drawn, author))


def _write_brief(result: Path | str | Results, language: str, author: str | None) -> list[Path]:
    """Write the brief and print it, in the largest type with which it fits one page."""
    found = _opened(result)
    files: list[Path] = []
    for text in briefs(found, language, author):
        target = _write(_folder(found), "brief", language, text)
        files = [target, print_pdf(target)]
        if page_count(files[1]) == 1:
            break
    return files


def _opened(result: Path | str | Results) -> Path | Comparison | Sweep:
    if isinstance(result, Sweep | Comparison):
        return result
    return result.folder if isinstance(result, Results) else possible(Path(path_text("the result", result)))


def _folder(result: Path | Comparison | Sweep) -> Path:
    return result if isinstance(result, Path) else result.folder


def _write(folder: Path, stem: str, language: str, text: str) -> Path:
    target = folder / (f"{stem}.html" if language == "en" else f"{stem}-{language}.html")
    try:
        DISK.write(target, text.encode())
    except OSError as error:
        raise StudyError(f"{target} cannot be written: {error.strerror}") from None
    return target
