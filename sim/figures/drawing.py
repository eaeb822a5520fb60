"""All figures of a result folder."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sim.figures.cost_effect import EFFECTS, cost_effect
from sim.figures.forest import forest
from sim.figures.hub_map import hub_map
from sim.figures.names import ALL
from sim.figures.path_tables import policy_gaps, policy_paths
from sim.figures.paths import PATH_SERIES, paths
from sim.figures.study import Cube, ShownStudy, cube_of, shown_study, spanning
from sim.figures.style import save
from sim.figures.survival import survival
from sim.studies.contrasts import THE_QUESTION
from sim.studies.folder import ResultFolder

_KEYS = ("scenario", "replication", "month")


def draw_all(folder: Path | str, *, language: str = "en") -> list[Path]:
    """Draw the figures that the tables in a result folder allow, as SVG and PNG in `folder/figures`.

    Args:
        folder: result of `hubsim compare` or `hubsim run`.
        language: language of the words.

    Returns:
        The files written: those of `ALL`, each as `.svg` and `.png`. A figure whose table is missing is left out.

    Raises:
        StudyError: a table is damaged; the figures of the others are drawn.
        ValueError: when there is no such language.
    """
    results = ResultFolder(folder)
    written: list[Path] = []
    for name, figure in figures_of(results, language):
        written += save(figure, results.folder / "figures", name)
    results.refuse_damaged()
    return written


def draw_one(folder: Path, name: str) -> tuple[Figure | None, list[Path], Mapping[str, str]]:
    """Draw one figure of `ALL` in English.

    Processes that draw several figures call it: each reads the tables of a folder once.

    Returns:
        The figure, None where a table is missing; the files that `draw_all` would write for it, SVG and PNG; and the
        missing tables, as in `ResultFolder`.

    Raises:
        StudyError: a table is damaged.
    """
    drawings, missing = _read_once(folder, (folder / "manifest.json").stat().st_mtime_ns)
    if name not in drawings:
        return None, [], missing
    figure = drawings[name]()
    return figure, save(figure, folder / "figures", name), missing


@lru_cache(maxsize=1)
def _read_once(folder: Path, changed: int) -> tuple[dict[str, Callable[[], Figure]], Mapping[str, str]]:
    """The drawings and missing tables of a folder, read again when the time `changed` (ns) of its results differs."""
    results = ResultFolder(folder)
    found = dict(_drawings(results, "en"))
    results.refuse_damaged()
    return found, results.missing


def figures_of(
    results: ResultFolder, language: str = "en", wanted: Container[str] = ALL
) -> Iterator[tuple[str, Figure]]:
    """The `wanted` figures of a result folder one after the other, each with the name of its files."""
    for name, draw in _drawings(results, language):
        if name in wanted:
            yield name, draw()


def _drawings(results: ResultFolder, language: str) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """The drawings that the tables allow, each with its name."""
    monthly = results.frame("monthly.parquet", (*_KEYS, *PATH_SERIES))
    survivors = results.frame("survival.parquet")
    differences = results.frame("differences.csv")
    frames = [frame for frame in (monthly, survivors, differences) if frame is not None]
    study = shown_study(results, frames, language)
    if monthly is not None:
        cube = cube_of(monthly, [name for name in PATH_SERIES if name in monthly])
        study = replace(study, highlights=spanning(cube, study.reference))
        yield from _paths(cube, study.within(cube.scenarios))
    if differences is not None and study.policies:
        yield "differences", partial(forest, differences, study)
    yield from _map(results, study)
    if survivors is not None:
        yield "survival", partial(survival, survivors, study.within(survivors["scenario"].unique()))
    if differences is not None and "cost" in set(differences["outcome"]) and set(EFFECTS) & set(differences["outcome"]):
        yield "cost-effect", partial(cost_effect, differences, study)


def _paths(cube: Cube, study: ShownStudy) -> Iterator[tuple[str, Callable[[], Figure]]]:
    if not any(np.isfinite(values).any() for values in cube.values.values()):
        return
    yield "paths", partial(paths, cube, study)
    if study.policies:
        yield "policy-paths", partial(policy_paths, cube, study)
        yield "policy-gaps", partial(policy_gaps, cube, study)


def _map(results: ResultFolder, study: ShownStudy) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """The map of the last month: the reference beside the first policy of the study's question."""
    held = results.frame("regions.parquet", ("scenario", "month"))
    if held is None:
        return
    study = study.within(held["scenario"].unique())
    policy = next((key for key in (*THE_QUESTION, *study.policies) if key in study.policies), study.reference)
    shown = (study.reference, policy)
    regions = results.frame("regions.parquet", (*_KEYS, "region", "founders_5y", "survivors_5y"), shown)
    if regions is None or not {"founders_5y", "survivors_5y"} <= set(regions):
        return
    hubs = results.frame("hubs.parquet", (*_KEYS, "hub", "places", "residents"), shown)
    yield "map", partial(hub_map, regions, hubs, study, policy, str(held["month"].max()))
