"""The report that a policymaker reads: one HTML file in English, French or Arabic."""

from __future__ import annotations

from pathlib import Path

from sim.report.page import page
from sim.report.printing import print_pdf
from sim.studies.sweep_results import Sweep


def write_report(result: Path | str | Sweep, language: str = "en", *, pdf: bool = False) -> list[Path]:
    """Write the report on a result folder into it: `report.html`, or `report-fr.html`, `report-ar.html`.

    Args:
        result: folder of `hubsim compare` or `hubsim sweep`, or a sweep that is open.
        language: `en`, `fr` or `ar`.
        pdf: also print it, through an installed Chromium.

    Returns:
        The files written.

    Raises:
        StudyError: when the folder holds no such result, cannot be written, or there is nothing to print with.
        ValueError: when there is no such language.
    """
    from sim.errors import StudyError
    from sim.studies.disk import DISK
    from sim.system.paths import possible
    from sim.system.text import path_text

    source = result if isinstance(result, Sweep) else possible(Path(path_text("the result", result)))
    folder = source.folder if isinstance(source, Sweep) else source
    target = folder / ("report.html" if language == "en" else f"report-{language}.html")
    text = page(source, language)
    try:
        DISK.write(target, text.encode())
    except OSError as error:
        raise StudyError(f"{target} cannot be written: {error.strerror}") from None
    return [target, print_pdf(target)] if pdf else [target]


__all__ = ["page", "print_pdf", "write_report"]
