"""All figures of a result folder."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.change_map import change_map, regional_of
from sim.figures.channel_bars import channel_bars
from sim.figures.contrast_matrix import contrast_matrix
from sim.figures.cost_effect import EFFECTS, cost_effect
from sim.figures.forest import OTHER_OUTCOMES, forest, other_forest, regional_forest, regions_of
from sim.figures.hub_map import hub_map
from sim.figures.names import ALL
from sim.figures.paths import PATH_SERIES, paths
from sim.figures.policy_gaps import policy_gaps
from sim.figures.price_ranges import PRICES, price_ranges
from sim.figures.study import Cube, ShownStudy, cube_of, shown_study
from sim.figures.style import NARROW, mark_of, save
from sim.figures.survival import survival
from sim.studies.channels import FRAME
from sim.studies.contrasts import JUDGED, THE_QUESTION
from sim.studies.equal_money import CostClaim, equal_money_groups
from sim.studies.folder import ResultFolder
from sim.words.language import language as language_of

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
    mark = mark_of(results.manifest(), language_of(language))
    for name, figure in figures_of(results, language):
        written += save(figure, results.folder / "figures", name, mark)
    results.refuse_damaged()
    return written


class Sheets(NamedTuple):
    """One figure on a page, and the same on a sheet for a telephone."""

    wide: Figure
    narrow: Figure


def draw_one(folder: Path, name: str) -> tuple[Sheets | None, list[Path], Mapping[str, str]]:
    """Draw one figure of `ALL` in English.

    Processes that draw several figures call it: each reads the tables of a folder once.

    Returns:
        The figure, None where a table is missing; the files that `draw_all` would write for it, SVG and PNG, of the
        wide sheet; and the missing tables, as in `ResultFolder`.

    Raises:
        StudyError: a table is damaged.
    """
    drawings, missing = _read_once(folder, (folder / "manifest.json").stat().st_mtime_ns)
    if name not in drawings:
        return None, [], missing
    sheets = _sheets(drawings[name])
    mark = mark_of(ResultFolder(folder).manifest(), language_of("en"))
    return sheets, save(sheets.wide, folder / "figures", name, mark), missing


@lru_cache(maxsize=1)
def _read_once(folder: Path, changed: int) -> tuple[dict[str, Callable[..., Figure]], Mapping[str, str]]:
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


def sheets_of(results: ResultFolder, language: str, wanted: Container[str]) -> Iterator[tuple[str, Sheets]]:
    """As `figures_of`, both sheets of each figure."""
    for name, draw in _drawings(results, language):
        if name in wanted:
            yield name, _sheets(draw)


def _sheets(draw: Callable[..., Figure]) -> Sheets:
    return Sheets(draw(), draw(width=NARROW))


def _drawings(results: ResultFolder, language: str) -> Iterator[tuple[str, Callable[..., Figure]]]:
    """The drawings that the tables allow, each with its name."""
    monthly = results.frame("monthly.parquet", (*_KEYS, *PATH_SERIES))
    survivors = results.frame("survival.parquet")
    differences = results.frame("differences.csv")
    frames = [frame for frame in (monthly, survivors, differences) if frame is not None]
    study = shown_study(results, frames, language)
    if monthly is not None:
        cube = cube_of(monthly, [name for name in PATH_SERIES if name in monthly])
        yield from _paths(cube, study.within(cube.scenarios))
    if differences is not None and study.policies:
        yield from _differences(results, differences, study)
    yield from _map(results, differences, study)
    if survivors is not None:
        yield "survival", partial(survival, survivors, study.within(survivors["scenario"].unique()))
    if differences is not None and "cost" in set(differences["outcome"]) and set(EFFECTS) & set(differences["outcome"]):
        yield "cost-effect", partial(cost_effect, differences, study)
    if differences is not None and set(PRICES) & set(differences["outcome"]) and not study.older:
        yield "prices", partial(price_ranges, differences, study)


def _differences(
    results: ResultFolder, differences: pd.DataFrame, study: ShownStudy
) -> Iterator[tuple[str, Callable[..., Figure]]]:
    """The figures of effects, of pairs of policies, and of channels."""
    yield "differences", partial(forest, differences, study)
    if set(OTHER_OUTCOMES) & set(differences["outcome"]):
        yield "other-differences", partial(other_forest, differences, study)
    if regions_of(differences):
        yield "regions", partial(regional_forest, differences, study)
    contrasts = results.optional("contrasts.csv", needs=("scenario", "other", "outcome", "p_positive", "verdict"))
    if contrasts is not None and set(JUDGED) & set(contrasts["outcome"]) and not study.older:
        claims = (
            CostClaim(one["scenario"], one.get("same_cost_as")) for one in results.manifest().get("scenarios", ())
        )
        yield "contrasts", partial(contrast_matrix, contrasts, differences, equal_money_groups(claims), study)
    channels = results.optional("channels.csv", needs=FRAME)
    if channels is not None and set(JUDGED) & set(channels["outcome"]):
        yield "channels", partial(channel_bars, channels, differences, study)


def _paths(cube: Cube, study: ShownStudy) -> Iterator[tuple[str, Callable[..., Figure]]]:
    if not any(np.isfinite(values).any() for values in cube.values.values()):
        return
    yield "paths", partial(paths, cube, study)
    if study.policies:
        yield "policy-gaps", partial(policy_gaps, cube, study)


def _map(
    results: ResultFolder, differences: pd.DataFrame | None, study: ShownStudy
) -> Iterator[tuple[str, Callable[..., Figure]]]:
    """What the first policy of the study's question changes by region; without differences, the reference's survival.

    The hubs are those of the last month.
    """
    held = results.frame("regions.parquet", ("scenario", "month"))
    if held is None:
        return
    month = str(held["month"].max())
    policy = next((key for key in (*THE_QUESTION, *study.policies) if key in study.policies), study.reference)
    hubs = results.frame("hubs.parquet", (*_KEYS, "hub", "places", "residents"), (study.reference, policy))
    if differences is not None and study.policies:
        regional = regional_of(differences, results.frame("summary.csv"), study, policy)
        if regional is not None:
            yield "map", partial(change_map, regional, hubs, study, month)
            return
    regions = results.frame("regions.parquet", (*_KEYS, "region", "founders_5y", "survivors_5y"), (study.reference,))
    if regions is not None and {"founders_5y", "survivors_5y"} <= set(regions):
        yield "map", partial(hub_map, regions, hubs, study, month)
