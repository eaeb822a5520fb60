"""All figures of a sweep, of its sensitivity, and of a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.country.data import is_home
from sim.figures.drawing import Sheets
from sim.figures.frontier import frontier
from sim.figures.gaps import MOST_LEVELS, gaps
from sim.figures.heatmap import heatmap
from sim.figures.indices import indices
from sim.figures.lines import Rows, choices, lines
from sim.figures.plane import plane_of, policies_in, varying
from sim.figures.style import NARROW, mark_of, save
from sim.figures.values import level_in
from sim.figures.words import factor_label
from sim.scenario import builtin_scenarios, load_scenario
from sim.studies.folder import ResultFolder
from sim.words.language import Language
from sim.words.language import language as language_of

if TYPE_CHECKING:
    from sim.inference.frontier import Frontier
    from sim.inference.sensitivity import Sensitivity
    from sim.scenario import Scenario
    from sim.studies.sweep_results import Sweep

MOST_CHOICES = 40


def draw_sweep(result: Sweep, language: str = "en") -> list[Path]:
    """Draw the figures that a sweep's factors allow: `heatmap` and `lines`, or `choices`, as SVG and PNG.

    Random designs have no such figure; `hubsim sensitivity` and `hubsim discover` read them.
    """
    written: list[Path] = []
    for name, figure in figures_of_sweep(result, language_of(language)):
        written += save(figure, result.folder / "figures", name, mark_of(result.manifest, language_of(language)))
    return written


def figures_of_sweep(result: Sweep, t: Language) -> Iterator[tuple[str, Figure]]:
    """The figures of a sweep one after the other, each with the name of its files."""
    for name, draw in _drawings(result, t):
        yield name, draw()


def sheets_of_sweep(result: Sweep, t: Language) -> Iterator[tuple[str, Sheets]]:
    """As `figures_of_sweep`, both sheets of each figure."""
    for name, draw in _drawings(result, t):
        yield name, Sheets(draw(), draw(width=NARROW))


def _drawings(result: Sweep, t: Language) -> Iterator[tuple[str, Callable[..., Figure]]]:
    """The drawings that a sweep's factors allow, each with its name."""
    plane = plane_of(result)
    if plane is not None:
        if result.compared and plane.y_path and max(len(plane.x), len(plane.y)) <= MOST_LEVELS:
            yield "gaps", partial(gaps, result, t)
        elif min(len(plane.x), len(plane.y)) > 2:
            base = load_scenario(result.store.resolved(result.manifest["scenarios"][0]["scenario"]))
            policies = {scenario.title(t.code): scenario for scenario in _policies()}
            yield "heatmap", partial(heatmap, plane, policies_in(plane, base, policies), t)
        yield "lines", partial(lines, plane_of(result, paired=True) or plane, t)
    elif (paths := varying(result)) and (result.compared or len(result.points) <= MOST_CHOICES):
        found = {outcome: result.level_of(outcome) for outcome in result.shown}
        labels = {
            str(key): " · ".join(level_in(t, path, values[path]) for path in paths)
            for key, values in result.points.head(MOST_CHOICES).iterrows()
        }
        named = t.listed([factor_label(t, path) for path in paths])
        left_out = len(result.points) - len(labels)
        worlds = (result.replications, result.draws_used)
        yield "choices", partial(choices, found, Rows(labels, named, left_out), worlds, t)


@cache
def _policies() -> list[Scenario]:
    """The packaged policies; none with the tables of another country, because they name hubs of theirs."""
    return [load_scenario(path) for _, path in builtin_scenarios()] if is_home() else []


def draw_sensitivity(found: Sensitivity, folder: Path) -> list[Path]:
    """Draw the indices as `sensitivity.svg` and `.png`."""
    t = language_of("en")
    mark = mark_of(ResultFolder(folder).manifest(), t)
    return save(indices(found, t), folder / "figures", "sensitivity", mark)


def draw_frontier(result: Frontier, language: str = "en") -> list[Path]:
    """Draw the frontier as `frontier.svg` and `.png`."""
    t = language_of(language)
    figure = frontier(result.frontier, result.aims, result.manifest["limit"], t)
    return save(figure, result.folder / "figures", "frontier", mark_of(result.manifest, t))
