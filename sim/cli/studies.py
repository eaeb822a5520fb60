"""The commands for studies at scale: `sweep` and `merge_shards`, `sensitivity`, `discover` and `search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import (
    FAILED,
    Json,
    Out,
    Parameters,
    Prices,
    Quiet,
    Voice,
    Weights,
    Workers,
    command,
    command_line,
    conclude,
    figure,
    print_result,
    width,
    write_json,
)
from sim.system.paths import is_there, possible

if TYPE_CHECKING:
    from sim.studies.experiment import Experiment

ExperimentArgument = Annotated[str, typer.Argument(metavar="EXPERIMENT", help="An experiment file, or its name.")]
Replications = Annotated[
    int | None,
    typer.Option(parser=figure, metavar="N", help="Number of worlds.", show_default="as the experiment says"),
]
Cluster = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler that has the workers: tcp://HOST:8786.")
]


@command
def sweep(
    experiment: ExperimentArgument,
    replications: Replications = None,
    parameters: Parameters = "posterior",
    weights: Weights = None,
    prices: Prices = "median",
    workers: Workers = None,
    cluster: Cluster = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Run only the I-th of N parts; join them with `hubsim merge`.")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show its progress; from any terminal.")] = False,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a designed study, or continue it.

    Prints an estimate of its cost before it starts. The same command resumes it after an interruption.

    Example: hubsim sweep experiments/hubs-by-intensity.yaml --workers 2
    """
    from sim.studies.status import status_of
    from sim.studies.store import ResultStore
    from sim.studies.sweep import folder_of
    from sim.studies.sweep import sweep as run_sweep

    loaded = load_named_experiment(experiment)
    if status:
        found = status_of(ResultStore(out or folder_of(loaded, shard)))
        write_json(vars(found)) if as_json else print_result(str(found))
        return
    voice = Voice(as_json, quiet)
    with voice.study() as options:
        result = run_sweep(
            loaded,
            replications=replications,
            parameters=parameters,
            weights=weights,
            prices=prices,
            workers=workers,
            cluster=cluster,
            shard=shard,
            out=out,
            **options,
        )
    conclude(result, voice)


@command
def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Results of `hubsim sweep --shard I/N`.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="A new result folder.", parser=possible)],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Join the shards of a study.

    Refuses folders that are not the shards of one study.

    Example: hubsim merge results/sensitivity-shard-1-of-2 results/sensitivity-shard-2-of-2 --out results/sensitivity
    """
    from sim.studies.merging import merge_shards as merge_shards

    result = merge_shards(folders, out, command_line())
    conclude(result, Voice(as_json, quiet))


@command
def sensitivity(
    study: Annotated[
        str, typer.Argument(metavar="EXPERIMENT|RESULT", help="An experiment file, or a result of `hubsim compare`.")
    ],
    policy: Annotated[
        str | None, typer.Option(metavar="NAME", help="For a result: the policy whose difference is analysed.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For a result: the other policy.", show_default="the reference"),
    ] = None,
    replications: Replications = None,
    parameters: Parameters = "posterior",
    weights: Weights = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find out which parameters matter.

    For an experiment: runs a sweep of the design morris or sobol, or reads a finished one, and computes indices with
    bootstrap intervals, where the factors vary independently over their ranges. For a comparison: finds the parameters
    on which the difference between two policies depends, by rank correlations over its draws, without new runs.

    Example: hubsim sensitivity results/compare --policy ten-hubs-2027 --against today
    """
    voice = Voice(as_json, quiet)
    if is_there(possible(study) / "manifest.json"):
        _depends(possible(study), policy, against, voice)
        return
    from sim.errors import StudyError
    from sim.figures.sweep_drawing import draw_sensitivity
    from sim.inference.sensitivity import MEASURES, analyse
    from sim.report.text import as_dict, table
    from sim.studies.sweep import sweep as run_sweep

    if policy is not None or against is not None:
        raise StudyError(f"--policy and --against are for a result of `hubsim compare`; {study} is an experiment")
    loaded = load_named_experiment(study)
    if loaded.design not in MEASURES:
        raise StudyError(f"{loaded.key} has the design {loaded.design}; sensitivity needs design: morris, or sobol")
    with voice.study() as options:
        result = run_sweep(
            loaded,
            replications=replications,
            parameters=parameters,
            weights=weights,
            workers=workers,
            cluster=cluster,
            out=out,
            **options,
        )
    found = analyse(result, loaded)
    found.write(result.store)
    draw_sensitivity(found, result.folder)
    voice.give(lambda: as_dict(found), lambda: table(found, width()), result.folder)
    if result.failures:
        raise typer.Exit(FAILED)


def _depends(folder: Path, policy: str | None, against: str | None, voice: Voice) -> None:
    """Print and keep what the difference between two policies of a comparison depends on."""
    from sim.errors import StudyError
    from sim.inference.dependence import TABLE, dependence_of, write_dependence
    from sim.report.text.dependence import table
    from sim.report.text.numbers import PRINTED_OUTCOMES
    from sim.report.text.plain import without_nan
    from sim.studies.comparison import Comparison

    comparison = Comparison(folder)
    other = against or comparison.reference
    candidates = [key for key in comparison.scenarios if key != other]
    if policy is None and len(candidates) != 1:
        raise StudyError(f"{folder} compares several policies: name one with --policy ({', '.join(candidates)})")
    asked = policy or candidates[0]
    found = dependence_of(comparison, asked, other, [name for name in PRINTED_OUTCOMES if name in comparison.outcomes])
    write_dependence(comparison, found)
    voice.give(
        lambda: without_nan(found.to_dict("records")),
        lambda: table(found, comparison, asked, other, width()),
        folder,
        f"table: {folder}/{TABLE}.csv",
    )


@command
def discover(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A result of `hubsim sweep`, best of lhs or sobol.")],
    outcome: Annotated[str, typer.Option(metavar="NAME", help="The outcome that has an aim.")],
    below: Annotated[
        float | None, typer.Option(parser=figure, metavar="LIMIT", help="A miss is a mean below this.")
    ] = None,
    above: Annotated[
        float | None, typer.Option(parser=figure, metavar="LIMIT", help="A miss is a mean above this.")
    ] = None,
    density: Annotated[
        float,
        typer.Option(
            parser=figure, metavar="SHARE", help="Share of misses that a box should have; above 0, at most 1."
        ),
    ] = 0.8,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the conditions in which a policy misses its aim.

    Boxes of conditions (PRIM) with their coverage and density; also as boxes.csv and limits.csv.

    Example: hubsim discover results/conditions --outcome export_rate --below 0.35
    """
    from sim.inference.discovery import discover as find
    from sim.report.text import as_dict, table
    from sim.studies.sweep_results import Sweep

    opened = Sweep(result)
    found = find(opened, outcome, below=below, above=above, density=density)
    found.write(opened.store)
    where = f"boxes: {opened.folder}/boxes.csv and limits.csv"
    Voice(as_json, quiet).give(lambda: as_dict(found), lambda: table(found, width()), opened.folder, where)


@command
def search(
    experiment: Annotated[
        str, typer.Argument(metavar="EXPERIMENT", help="A search: a file, a spreadsheet, or a name.")
    ] = "search",
    extra: Annotated[
        float | None,
        typer.Option(parser=figure, metavar="MILLION", help="The most that a policy may cost beyond the base."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE.xlsx", help="Only write the search as a spreadsheet to fill in.", parser=possible),
    ] = None,
    lang: Annotated[str, typer.Option(metavar="en|fr|ar", help="Language of the answer and the figure.")] = "en",
    parameters: Parameters = "posterior",
    weights: Weights = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search for the best policies that a budget allows.

    Proposes only what the budget allows, judges by differences from the base in the same worlds, and runs the best
    again in fresh ones. The same command resumes it. For hubs, places and prices of your own, write a spreadsheet,
    fill it in, and search it.

    Example: hubsim search --extra 100
    """
    from dataclasses import replace

    from sim.errors import StudyError
    from sim.inference.policy_search import search as run_search
    from sim.report.text.frontier import table
    from sim.scenario.arguments import number
    from sim.words.language import LANGUAGES, language

    if lang not in LANGUAGES:
        raise StudyError(f"--lang {lang}: there is no such language; choose {', '.join(LANGUAGES)}")
    loaded, voice = load_named_experiment(experiment), Voice(as_json, quiet)
    if extra is not None:
        loaded = replace(loaded, extra=number("extra", extra), budget=None)
    if write is not None:
        from sim.studies.workbook_writing import write_workbook

        write_workbook(loaded, write)
        print_result(f"{write}\nFill it in; then: hubsim check {write}; hubsim search {write}", write)
        return
    with voice.study() as options:
        result = run_search(
            loaded,
            parameters=parameters,
            weights=weights,
            workers=workers,
            cluster=cluster,
            out=out,
            **options,
        )
    conclude(result, voice, language=lang, text=lambda: table(result, width(), language(lang)))


def load_named_experiment(name: str) -> Experiment:
    """Load an experiment by its path, or by the name of an experiment in experiments/ or in the package."""
    from sim.studies.experiment import load_experiment
    from sim.studies.lookup import locate_experiment

    return load_experiment(locate_experiment(name))
