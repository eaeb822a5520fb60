"""What the doors make of a result: its figures and its report. A result itself holds numbers only.

Figures and report are imported late: a result that is drawn already needs neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path

from sim.studies.comparison import Comparison
from sim.studies.execution import Workers, workers_for
from sim.studies.program import digest_of, sources
from sim.studies.results import Results, no_result
from sim.studies.sweep_results import Sweep


def drawn(result: Results) -> bool:
    """Whether the figures belong to the runs of a result, are all there, and were drawn by this source."""
    figures = result.manifest.get("figures", [])
    if result.manifest.get("figures_by") != _source():
        return False
    return bool(figures) and all((result.folder / figure).exists() for figure in figures)


def draw(result: Results, language: str = "en") -> list[Path]:
    """Draw all figures of a result into its folder.

    Args:
        result: what a comparison, a sweep, a search or one run gave.
        language: of the words in them: `en`, `fr` or `ar`.

    Returns:
        The files written, each figure as `.svg` and `.png`.

    Raises:
        StudyError: it is no such result.
        ValueError: when there is no such language.
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
    """Draw all figures of a result and write its report, where there is one for its kind, both in English.

    Those of a comparison are made side by side on so many processes (None: one per processor): the same files as one
    after the other.
    """
    from sim.figures.drawing import ALL
    from sim.report.writing import write_report

    if isinstance(result, Comparison):
        crew = workers_for(workers, 1 + len(ALL))
        if crew.count > 1:
            try:
                _side_by_side(result, crew)
                return
            except BrokenExecutor:  # a worker was killed: there may be memory for one
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
    """Keep in the manifest which English figures there are, and which source drew them."""
    figures = sorted(path.relative_to(result.folder).as_posix() for path in paths)
    result.manifest = result.store.note(figures=figures, figures_by=_source())


def _source() -> str:
    """Digest of the source of figures and reports, and of the numbers that they show."""
    return digest_of(sources(draw))
