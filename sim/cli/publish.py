"""Draws the figures of a result and writes its report. A result itself holds numbers only.

Figures and report are imported late, because a result whose figures exist already needs neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path

from sim.studies.comparison import Comparison
from sim.studies.execution import Workers, workers_for
from sim.studies.program import digest_of, source_files
from sim.studies.results import Results, no_result
from sim.studies.sweep_results import Sweep


def drawn(result: Results) -> bool:
    """Whether all figures of a result exist, show its present runs, and were drawn by the present source."""
    figures = result.manifest.get("figures", [])
    if result.manifest.get("figures_by") != _source():
        return False
    return bool(figures) and all((result.folder / figure).exists() for figure in figures)


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
    return paths


def illustrate(result: Results, workers: int | Workers | None = None) -> None:
    """Draw all figures of a result in English, and write the English report of a comparison or sweep.

    A comparison uses several processes, `workers` (None: one per processor); the files do not depend on their number.
    """
    from sim.figures.drawing import ALL
    from sim.report.writing import write_report

    if isinstance(result, Comparison):
        crew = workers_for(workers, 1 + len(ALL))
        if crew.count > 1:
            try:
                _side_by_side(result, crew)
                return
            except BrokenExecutor:  # a worker was killed: memory may suffice for one process
                pass
    draw(result)
    if isinstance(result, Comparison | Sweep):
        write_report(result)


def _side_by_side(result: Comparison, crew: Workers) -> None:
    from sim.figures.drawing import ALL, draw_one
    from sim.report.writing import write_report

    with crew:
        report = crew.submit(write_report, result.folder)  # first, because it takes longest
        figures = [crew.submit(partial(draw_one, result.folder), name) for name in ALL]
        _note(result, (path for figure in figures for path in figure.result()))
        report.result()


def _note(result: Results, paths: Iterable[Path]) -> None:
    """Record in the manifest the names of the English figures and the digest of the source that drew them."""
    figures = sorted(path.relative_to(result.folder).as_posix() for path in paths)
    result.manifest = result.store.note(figures=figures, figures_by=_source())


def _source() -> str:
    """Digest of the source code of figures and reports, and of the numbers that they show."""
    return digest_of(source_files(draw))
