"""The report as a file: one HTML file in English, French or Arabic, and optionally a PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.errors import StudyError
from sim.report.page import page
from sim.report.pictures import Drawn
from sim.report.printing import print_pdf
from sim.studies.comparison import Comparison
from sim.studies.disk import DISK
from sim.studies.results import Results
from sim.studies.sweep_results import Sweep
from sim.system.paths import possible
from sim.system.text import path_text


def write_report(result: Path | str | Results, language: str = "en", *, pdf: bool = False) -> list[Path]:
    """Write the report on a result into its folder: `report.html`, or `report-fr.html`, `report-ar.html`.

    Args:
        result: folder of `hubsim compare` or `hubsim sweep`, or the result of `sim.compare` or of a sweep.
        language: `en`, `fr` or `ar`.
        pdf: also print it with an installed Chromium.

    Returns:
        The files written.

    Raises:
        StudyError: the folder holds no such result, cannot be written, or no browser can print it.
        ValueError: there is no such language.
    """
    target = write_page(result, language)
    return [target, print_pdf(target)] if pdf else [target]


def write_page(result: Path | str | Results, language: str = "en", drawn: Callable[[], Drawn] | None = None) -> Path:
    """Write the HTML file of `write_report`, with figures that `drawn` gives if they were drawn for the folder."""
    folder = result.folder if isinstance(result, Results) else possible(Path(path_text("the result", result)))
    target = folder / ("report.html" if language == "en" else f"report-{language}.html")
    text = page(result if isinstance(result, Sweep | Comparison) else folder, language, drawn)
    try:
        DISK.write(target, text.encode())
    except OSError as error:
        raise StudyError(f"{target} cannot be written: {error.strerror}") from None
    return target
