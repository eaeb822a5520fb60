"""`hubsim explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    Workers,
    command,
    figure,
    width,
)
from sim.system.paths import file_name

if TYPE_CHECKING:
    from sim.inference.explaining import Explanation


@command
def explain(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a policy.")],
    replications: Annotated[int, typer.Option(parser=figure, metavar="N", help="Worlds, two under each draw.")] = 100,
    parameters: Parameters = "posterior",
    lang: Pictures = "en",
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take the success rate and the export rate apart.

    Reference line, selection, treatment by service, way of counting: each step is a difference between
    two runs on the same random numbers. Values and intervals come from the same draws of the posterior.

    Example: hubsim explain today
    """
    from sim.figures.style import save
    from sim.figures.waterfall import waterfall
    from sim.inference.explaining import explain as run
    from sim.inference.explanation import RATES
    from sim.inference.moments import COHORT
    from sim.report.text.plain import records
    from sim.studies.policies import load_all

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
            workers=workers,
            **options,
        )
    for rate in RATES:
        save(waterfall(found.table(rate), rate, COHORT, lang), found.folder / "figures", f"waterfall_{rate}")
    voice.give(
        lambda: {rate: records(found.table(rate)) for rate in RATES},
        lambda: _text(found, parameters),
        found.folder,
    )
    if found.failures:
        raise typer.Exit(FAILED)


def _text(found: Explanation, parameters: str) -> str:
    from sim.inference.explanation import RATES
    from sim.inference.moments import COHORT
    from sim.report.text.layout import as_text, grid
    from sim.report.text.numbers import count

    holds = "chance only" if found.draws is None else "chance taken out"
    text = ""
    for rate in RATES:
        table = found.table(rate)
        headings = (f"{rate} rate", "mean, points", "median", f"95 % ({holds})", "P(> 0)")
        text += as_text(grid(headings, [_rung(row) for row in table.to_dict("records")]), width=width())
        if table.set_index("rung")["value"].isna()["cohort"]:
            text += f"Nobody was admitted from {COHORT[0]} to {COHORT[1]}: there is no rate of the admitted.\n"
    return f"{text}{count(found.replications, 'world')}, parameters {parameters}"


def _rung(row: dict[Any, Any]) -> tuple[str, ...]:
    from sim.inference.explanation import TOTALS

    scale = 1 if row["rung"] in ("entry", "net_per_1000") else 100
    signed = row["rung"] not in TOTALS

    def number(value: float) -> str:
        return "–" if value != value else f"{scale * value:+.1f}" if signed else f"{scale * value:.1f}"

    interval = "–" if row["low"] != row["low"] else f"{number(row['low'])} to {number(row['high'])}"
    chance = "" if row["p_positive"] != row["p_positive"] else f"{row['p_positive']:.2f}"
    return row["label"], number(row["value"]), number(row["median"]), interval, chance
