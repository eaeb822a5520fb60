"""`hubsim forecast`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import Json, Out, Parameters, Pictures, Quiet, Seed, Voice, Workers, command, figure, width
from sim.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd


@command
def forecast(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A registered forecast, by its date.", show_default="the latest"),
    ] = None,
    register: Annotated[
        bool,
        typer.Option("--register", help="Make forecasts now, and register them beside the country's tables."),
    ] = False,
    replications: Annotated[
        int, typer.Option(parser=figure, metavar="N", help="Number of worlds of a new forecast; two share a draw.")
    ] = 400,
    parameters: Parameters = "posterior",
    seed: Seed = 1,
    whole: Annotated[bool, typer.Option("--all", help="Also print regions and hubs without a fact.")] = False,
    lang: Pictures = "en",
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what was forecast when, and how it scored.

    A fact is scored as soon as it is a row of the country's facts; what was known when a forecast was registered is
    called a hindcast. With --out, also writes the table and a figure.

    Example: hubsim forecast
    """
    from sim.country.data import table
    from sim.inference import registration as registry
    from sim.inference.forecast_scores import ask_for_scores
    from sim.inference.forecasts import against_facts
    from sim.report.text.forecasts import forecasts as text
    from sim.report.text.plain import records
    from sim.scenario.arguments import number

    ask_for_scores("hubsim forecast")
    voice = Voice(as_json, quiet)
    where = f"registered in {registry.forecasts_folder()}"
    if register:
        if name is not None:
            raise StudyError(f"--register names the forecast by its date; leave out {name}")
        with voice.study() as options:
            chosen = registry.register(
                out or Path("results/forecast"),
                replications=number("replications", replications),
                seed=seed,
                parameters=parameters,
                workers=workers,
                **options,
            )
    elif name is not None:
        chosen = registry.registration(name)
    else:
        every = registry.registrations()
        if not every:
            raise StudyError("no forecast is registered yet; register one with: hubsim forecast --register")
        chosen = every[-1]
        where += f"; all: {', '.join(one.name for one in every)}"
    board = against_facts(chosen, table("facts"))
    if out is not None:
        _write(board, out, lang)
    voice.give(
        lambda: {"about": chosen.about, "forecasts": records(board)},
        lambda: text(chosen, board, width(), whole=whole),
        out or registry.forecasts_folder(),
        where,
        recorded=out is not None,
    )


def _write(board: pd.DataFrame, folder: Path, lang: str) -> None:
    """Write the table and the figure into a folder."""
    from sim.figures.forecasts import forecasts_and_facts
    from sim.figures.style import save
    from sim.inference.registration import POLICIES
    from sim.system.spreadsheet import write_csv

    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "forecasts.csv", board)
    save(forecasts_and_facts(board, POLICIES[0], lang), folder / "figures", "forecasts")
