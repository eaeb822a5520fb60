"""`hubsim explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.console import (
    FAILED,
    Json,
    Out,
    Parameters,
    Pictures,
    Quiet,
    Seed,
    Voice,
    Weights,
    Workers,
    command,
    figure,
    width,
)
from sim.system.paths import file_name


@command
def explain(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a policy.")],
    replications: Annotated[int, typer.Option(parser=figure, metavar="N", help="Worlds, two under each draw.")] = 100,
    parameters: Parameters = "posterior",
    weights: Weights = None,
    lang: Pictures = "en",
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Decompose the success rate and the export rate into steps.

    Reference line, selection, treatment by service, way of counting: each step is a difference between
    two runs on the same random numbers. Values and intervals come from the same draws of the posterior.

    Example: hubsim explain today
    """
    from sim.figures.style import mark_of, save
    from sim.figures.waterfall import waterfall
    from sim.inference.ladder import RATES
    from sim.inference.observables import COHORT
    from sim.inference.run_explanation import explain as run
    from sim.report.text import as_dict, table
    from sim.studies.lookup import load_all
    from sim.words.language import language

    [chosen] = load_all([scenario])
    folder = out or Path("results") / file_name(f"explain-{chosen.key}")
    voice = Voice(as_json, quiet)
    with voice.study("ladders") as options:
        found = run(
            chosen,
            folder,
            replications=replications,
            seed=seed,
            parameters=parameters,
            weights=weights,
            workers=workers,
            **options,
        )
    mark = mark_of(found.reread().manifest, language(lang))
    for rate in RATES:
        save(waterfall(found.table(rate), rate, COHORT, lang), found.folder / "figures", f"waterfall_{rate}", mark)
    voice.give(lambda: as_dict(found), lambda: table(found, width()), found.folder)
    if found.failures:
        raise typer.Exit(FAILED)
