"""`hubsim leave-out`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.console import (
    FAILED,
    Json,
    Out,
    Parameters,
    Quiet,
    Seed,
    Voice,
    Workers,
    command,
    figure,
    print_remark,
    width,
)


@command
def leave_out(
    mechanisms: Annotated[
        list[str] | None, typer.Argument(metavar="[MECHANISM]...", help="What to leave out; none: each in turn.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(parser=figure, metavar="N", help="Draws of the posterior, with two worlds of each policy."),
    ] = 100,
    parameters: Parameters = "posterior",
    experiment: Annotated[
        str, typer.Option(metavar="FILE", help="Calibration file with the fitted facts.")
    ] = "calibration",
    bank: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Bank of the calibration.", show_default="the packaged one")
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Leave out one mechanism at a time, and see what the answers become.

    What ten hubs and twice the intensity add to survivors and exporters: as drawn, and refitted to the facts by
    weighting the draws, where that holds. The same command resumes it after an interruption.

    Example: hubsim leave-out --draws 100 --workers 2
    """
    from sim.inference.calibration_file import load_calibration
    from sim.inference.leave_one_out import leave_one_out
    from sim.inference.without_mechanism import mechanisms_of
    from sim.parameters.draws import draws_of
    from sim.parameters.posterior import load_bank
    from sim.report.text.leave_out import table
    from sim.scenario.arguments import number
    from sim.studies.claim import refuse_foreign
    from sim.studies.lookup import locate_experiment

    chosen, count = mechanisms_of(mechanisms or ()), number("draws", draws)
    calibration = load_calibration(locate_experiment(experiment))
    known = load_bank(bank, (*calibration.priors, *calibration.moments))
    folder = out or Path("results/leave-out")
    refuse_foreign(folder, ("moments", "policies"))
    voice = Voice(as_json, quiet)
    with voice.study() as options:
        found = leave_one_out(
            calibration, known, draws_of(parameters), chosen, folder, count=count, seed=seed, workers=workers, **options
        )
    voice.give(lambda: found.told, lambda: table(found, width()), folder)
    if found.failed:
        print_remark(f"{found.failed} runs failed; they are left out: see failures in the manifests of {folder}")
        raise typer.Exit(FAILED)
