"""The commands: each parses its options, calls a package that it imports when it runs, and prints the result."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from textwrap import fill, indent
from typing import Annotated, Any

import typer

from sim.cli.console import (
    BAD_INPUT,
    ENDLESS,
    FAILED,
    Draw,
    Json,
    Out,
    Parameters,
    Prices,
    Quiet,
    ScenarioArgument,
    Seed,
    Speech,
    Voice,
    Weights,
    Workers,
    app,
    command,
    conclude,
    figure,
    print_remark,
    print_result,
    seal_quietly,
    told,
    width,
    write_json,
)
from sim.system.streams import settle


def main() -> None:
    """Run the command line; numerical libraries use one thread per process, because runs are parallel already."""
    settle()
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    app()


@command
def run(
    scenario: ScenarioArgument,
    seed: Seed = 1,
    replication: Annotated[
        int, typer.Option(parser=figure, metavar="R", help="Which world of that seed; 0 or more.")
    ] = 0,
    end: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Last month.", show_default="the scenario's own")
    ] = None,
    parameters: Parameters = "fixed",
    weights: Weights = None,
    prices: Prices = "median",
    draw: Draw = None,
    agents: Annotated[bool, typer.Option("--agents", help="Also write one row per startup and month.")] = False,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run one scenario in one world.

    Writes monthly tables, outcomes and figures.

    Example: hubsim run ten-hubs-2027 --seed 4 --agents
    """
    from sim.scenario import Origin
    from sim.studies.lookup import load_all
    from sim.studies.single import run_single

    [chosen] = load_all([scenario])
    if end is not None:
        chosen = chosen.with_values({"time.end": end}, origins={"time.end": Origin(text="--end")})
    voice = Voice(as_json, quiet)
    with voice.study("months") as options:
        world = run_single(
            chosen,
            seed=seed,
            replication=replication,
            parameters=parameters,
            weights=weights,
            prices=prices,
            draw=draw,
            agents=agents,
            out=out,
            **options,
        )
    if world.failures:
        print_remark(f"the run failed at the stage {world.failures[0]['stage']!r}: {world.failures[0]['error']}")
        raise typer.Exit(FAILED)
    conclude(world, voice)


@command
def compare(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO]...", help="Scenario files or names; none: the policies of scenarios/."),
    ] = None,
    reference: Annotated[str, typer.Option(metavar="NAME", help="The policy that others are compared with.")] = "today",
    replications: Annotated[
        int | None, typer.Option(parser=figure, metavar="N", help="Number of worlds.", show_default="100")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(
            parser=figure,
            metavar="P",
            help="Instead of N: run until the Monte-Carlo errors of the median differences in survival_5y and "
            "export_rate are below P (0.005 is half a point) and no verdict is about to turn; at most 1,000 worlds.",
        ),
    ] = None,
    seed: Seed = 1,
    parameters: Parameters = "posterior",
    weights: Weights = None,
    prices: Prices = "median",
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare policies in the same worlds.

    Prints means and effects with intervals, probabilities and verdicts; writes tables, figures and a report.

    Example: hubsim compare today ten-hubs-2027 six-hubs-deeper --replications 30
    """
    from sim.errors import StudyError
    from sim.scenario.arguments import number
    from sim.studies.comparison import MAX_REPLICATIONS
    from sim.studies.comparison import compare as compare_policies
    from sim.studies.execution import ProcessWorkers, workers_for
    from sim.studies.lookup import load_all, policies, with_reference
    from sim.studies.rehearsal import get_ready

    if replications is not None and precision is not None:
        raise StudyError("--replications and --precision exclude each other: give one of them")
    voice = Voice(as_json, quiet)
    worlds = 100 if replications is None else number("replications", replications)
    with workers_for(workers, worlds if precision is None else MAX_REPLICATIONS) as crew:
        if isinstance(crew, ProcessWorkers):
            crew.get_ready(partial(get_ready, crew.count))
        loaded, key = with_reference(load_all(scenarios or list(policies().values())), reference)
        with voice.study() as options:
            comparison = compare_policies(
                loaded,
                reference=key,
                replications=worlds,
                precision=precision,
                seed=seed,
                parameters=parameters,
                weights=weights,
                prices=prices,
                workers=crew,
                out=out or (None if scenarios else Path("results/compare")),
                **options,
            )
        conclude(comparison, voice, crew)


@command
def report(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A result of `hubsim compare` or `hubsim sweep`.")],
    lang: Annotated[str, typer.Option(metavar="en|fr|ar", help="Language of the report.")] = "en",
    pdf: Annotated[bool, typer.Option("--pdf", help="Also print it to PDF, through an installed Chromium.")] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="Instead: its first page alone, as a PDF of one A4 page (comparisons only).")
    ] = False,
    author: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name on the report.", show_default="user.name of git, if any")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write the report on a comparison of policies, or on a sweep.

    One HTML file without outside references, and the tables as a workbook for spreadsheets, in the result folder; both
    commands write the English ones.

    Example: hubsim report results/compare --lang fr --pdf
    """
    from sim.errors import StudyError
    from sim.report.workbook import write_workbook
    from sim.report.writing import write_report
    from sim.words.language import LANGUAGES

    if lang not in LANGUAGES:
        raise StudyError(f"--lang {lang}: there is no such language; choose {', '.join(LANGUAGES)}")
    paths = [
        *write_report(result, lang, pdf=pdf, brief=brief, author=author),
        *([] if brief else [write_workbook(result, lang)]),
    ]
    seal_quietly(result)
    if not quiet:
        print_result("\n".join(map(str, paths)), result)


@command
def show(
    scenario: ScenarioArgument,
    diff: Annotated[
        str | None, typer.Option(metavar="OTHER", help="Show only what differs from this scenario.")
    ] = None,
    parameters: Parameters = "fixed",
    draw: Draw = None,
    as_json: Json = False,
) -> None:
    """Show every value of a scenario.

    With its unit, its origin (file and line, draw or default) and its source.

    Example: hubsim show ten-hubs-2027 --diff today
    """
    from sim.parameters.draws import draws_at
    from sim.scenario import show_rows
    from sim.studies.lookup import load_all

    under = draws_at(parameters, draw).of(0)
    loaded = load_all([scenario, diff] if diff else [scenario])
    chosen, *other = loaded if under is None else map(under.under, loaded)
    if other:
        headings: tuple[str, ...] = ("path", chosen.key, other[0].key)
        rows: list[Any] = chosen.diff(other[0])
    else:
        headings = ("path", "value", "unit", "origin", "source")
        rows = list(show_rows(chosen))
    if as_json:
        write_json([dict(zip(headings, row, strict=True)) for row in rows])
    elif not rows:
        print_result(f"{chosen.key} and {other[0].key} have the same values")
    else:
        from sim.report.layout import as_text, grid

        terminal = sys.stdout.isatty()
        print_result(as_text(grid(headings, rows, ruled=terminal), width=width() if terminal else ENDLESS))


@command
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario or experiment files.")],
    lang: Speech = "en",
    quiet: Quiet = False,
) -> None:
    """Check scenario and experiment files.

    Prints every mistake as file:line:column: message.

    Example: hubsim check scenarios/*.yaml experiments/*.yaml --lang fr
    """
    from sim.cli.check_file import check_file
    from sim.scenario import ScenarioError
    from sim.studies.lookup import locate_any

    bad, good = False, []
    for file in files:
        try:
            good.append(f"{file}: ok, {check_file(locate_any(file))} values")
        except ScenarioError as error:
            bad = True
            print_remark(told(error, lang))
    try:
        if good and not quiet:
            print_result("\n".join(good))
    finally:
        if bad:
            raise typer.Exit(BAD_INPUT)


@command
def schema(
    kind: Annotated[
        str, typer.Argument(metavar="[scenario|experiment|record]", help="Which kind of file.")
    ] = "scenario",
) -> None:
    """Print the JSON Schema of a kind of file.

    For editors that complete and check YAML, and for programs that read the record of a result.

    Example: hubsim schema scenario > scenario.schema.json
    """
    from sim.errors import StudyError
    from sim.scenario import scenario_schema
    from sim.studies.experiment import experiment_schema
    from sim.studies.record import record_schema

    schemas = {"scenario": scenario_schema, "experiment": experiment_schema, "record": record_schema}
    if kind not in schemas:
        raise StudyError(f"there is no schema of {kind!r}; choose scenario, experiment or record")
    write_json(schemas[kind]())


@command
def month(as_json: Json = False) -> None:
    """Print what happens in a month, as the code does it.

    Each step in order, with the columns of startups that it reads and writes and the random streams that it draws from.

    Example: hubsim month
    """
    from sim.report.schedule.month import steps

    if as_json:
        names = ("name", "sentence", "reads", "writes", "draws")
        write_json([{name: getattr(step, name) for name in names} for step in steps()])
    else:
        lines = []
        for number, step in enumerate(steps(), 1):
            lines.append(fill(f"{number}. {step.name}: {step.sentence}", width(), subsequent_indent="    "))
            if touches := step.touches():
                lines.append(indent(fill(touches, width() - 4, break_on_hyphens=False), "    "))
        print_result("\n".join(lines))


@command
def scenarios(as_json: Json = False) -> None:
    """List the policies that have a name.

    Those that are packaged, and those in scenarios/ here; with the tables of another country, the latter only.

    Example: hubsim scenarios
    """
    from sim.report.layout import as_text, grid
    from sim.scenario import ScenarioError
    from sim.studies.lookup import list_policies

    found = list_policies()
    rows = [(one.key, one.title(), " ".join(one.describe().split())) for one in found.usable]
    if as_json:
        write_json([dict(zip(("scenario", "name", "description"), row, strict=True)) for row in rows])
    elif rows:
        headings = ("scenario", "name", "which decision it stands for")
        print_result(as_text(grid(headings, rows), width=width()))
    else:
        print_remark("there is no policy in scenarios/ here")
    if found.possible_here:
        print_remark("The packaged policies are not listed: they stand for decisions of another country.")
    groups = {True: "Possible here, as builtin:NAME", False: "Not possible here, as hubsim check builtin:NAME explains"}
    for possible, what in groups.items():
        if keys := [key for key, can in found.possible_here.items() if can == possible]:
            print_remark(f"{what}: {', '.join(keys)}.")
    if found.mistakes:
        print_remark(str(ScenarioError(found.mistakes)))
        raise typer.Exit(BAD_INPUT)


@command
def view(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO]", help="The policy that is shown first.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets everybody who reaches this machine use the page.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(parser=figure, metavar="N", help="Port; 0 takes a free one.")] = 8765,
    workers: Workers = None,
) -> None:
    """Open the browser page.

    Change one thing and see what follows; needs the extra `app`, and Mesa's own view the extra `mesa-page`.

    Example: hubsim view ten-hubs-2027 --port 8765
    """
    from sim.page import view as serve

    serve(scenario, host=host, port=port, processes=workers, say=print_remark)


from sim.cli import calibrate as calibrate_command  # noqa: E402, F401 (each registers itself)
from sim.cli import explain as explain_command  # noqa: E402, F401
from sim.cli import export as export_command  # noqa: E402, F401
from sim.cli import forecast as forecast_command  # noqa: E402, F401
from sim.cli import leave_out as leave_out_command  # noqa: E402, F401
from sim.cli import site as site_command  # noqa: E402, F401
from sim.cli import studies as commands  # noqa: E402, F401 (registers the commands for studies at scale)
from sim.cli import validate as validate_command  # noqa: E402, F401
from sim.cli import verify as verify_command  # noqa: E402, F401

if __name__ == "__main__":
    main()
