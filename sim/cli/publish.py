"""Draws the figures of a result and writes its report and its workbook. A result itself holds numbers only.

Figures and report are imported late, because a result whose figures exist already needs neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.figures.names import ALL
from sim.studies.comparison import Comparison
from sim.studies.execution import ThisProcess, Workers, workers_for
from sim.studies.program import digest_of, source_files
from sim.studies.record import seal
from sim.studies.results import Results, no_result
from sim.studies.sweep_results import Sweep

if TYPE_CHECKING:
    from sim.report.pictures import Drawn


def drawn(result: Results) -> bool:
    """Whether all figures of a result exist, show its present runs, and were drawn by the present source."""
    figures = result.manifest.get("figures", [])
    if not figures or not all((result.folder / figure).exists() for figure in figures):
        return False
    there: bool = result.manifest.get("figures_by") == _source()
    return there


def draw(result: Results, language: str = "en") -> list[Path]:
    """Draw all figures of a result into its folder.

    Args:
        result: the result of a comparison, a sweep, a search or a single run.
        language: language of the words in the figures: `en`, `fr` or `ar`.

    Returns:
        Paths of the files written; each figure as `.svg` and `.png`.

    Raises:
        StudyError: `result` is not such a result.
        ValueError: the language is not one of these.
    """
    if not isinstance(result, Results):
        raise no_result(result)
    from sim.figures import drawing, sweep_drawing
    from sim.inference.frontier import Frontier

    if isinstance(result, Sweep):
        paths = sweep_drawing.draw_sweep(result, language)
    elif isinstance(result, Frontier):
        paths = sweep_drawing.draw_frontier(result, language)
    else:
        paths = drawing.draw_all(result.folder, language=language)
    _note(result, paths if language == "en" else [])
    seal(result.store)
    return paths


def illustrate(result: Results, workers: int | Workers | None = None) -> None:
    """Draw all figures of a result in English, and write the English report and workbook of a comparison or sweep.

    Each figure is drawn once for both. Several processes draw those of a comparison, `workers` (None: one per
    processor), while this one writes the report; the files do not depend on their number.
    """
    if isinstance(result, Comparison):
        try:
            _illustrate_comparison(result, workers_for(workers, len(ALL)))
        except BrokenExecutor:  # a worker was killed: memory may suffice for one process
            _illustrate_comparison(result, ThisProcess())
    elif isinstance(result, Sweep):
        _illustrate_sweep(result)
    else:
        draw(result)


def _illustrate_comparison(result: Comparison, crew: Workers) -> None:
    with crew:
        figures = [crew.submit(partial(_drawn_once, result.folder), name) for name in ALL]
        workbook = crew.submit(_write_workbook, result.folder)
        from sim.report.pictures import Drawn
        from sim.report.writing import write_page

        _source()  # takes half a second, in which the others draw already

        def drawn() -> Drawn:
            each = [figure.result() for figure in figures]
            return Drawn(
                [path for one in each for path in one.files],
                {name: found for one in each for name, found in one.vectors.items()},
                each[0].missing,
            )

        write_page(result, drawn=drawn)
        workbook.result()
        _note(result, drawn().files)


def _drawn_once(folder: Path, name: str) -> Drawn:
    """Draw a figure of a comparison for its folder and for the page, in a process that may not know Matplotlib yet."""
    from sim.report.pictures import drawn_once

    return drawn_once(folder, name)


def _write_workbook(folder: Path) -> Path:
    """Write the English workbook of a result."""
    from sim.report.workbook import write_workbook

    return write_workbook(folder)


def _illustrate_sweep(result: Sweep) -> None:
    from sim.report.pictures import sweep_drawn_once
    from sim.report.writing import write_page

    drawn = sweep_drawn_once(result)
    _note(result, drawn.files)
    write_page(result, drawn=lambda: drawn)
    _write_workbook(result.folder)


def _note(result: Results, paths: Iterable[Path]) -> None:
    """Record in the manifest the names of the English figures and the digest of the source that drew them."""
    figures = sorted(path.relative_to(result.folder).as_posix() for path in paths)
    result.manifest = result.store.note(figures=figures, figures_by=_source())


def _source() -> str:
    """Digest of the source code of figures and reports, and of the numbers that they show."""
    return digest_of(source_files(draw))
