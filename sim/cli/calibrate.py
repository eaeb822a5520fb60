"""`hubsim calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.console import Json, Out, Quiet, Workers, command, command_line, say, tell, width, write_json
from sim.system.paths import file_name

CALIBRATED = ("bank-1", "posterior_manifest.json", "prior_posterior.csv", "typical.csv", "world-1", "check")
"""What says of a folder that a calibration is kept there, one of these."""


@command
def calibrate(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="A calibration file.")],
    bank: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Learn from the runs of this bank instead of new ones.")
    ] = None,
    recovery: Annotated[
        bool,
        typer.Option("--recovery", help="Instead: does the procedure find the parameters of simulated histories?"),
    ] = False,
    contraction: Annotated[
        bool,
        typer.Option(
            "--contraction", help="Instead: prior beside posterior, from the bank that is there; nothing is run."
        ),
    ] = False,
    defaults: Annotated[
        bool,
        typer.Option("--defaults", help="Instead: choose the default parameters anew among the draws that come along."),
    ] = False,
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the parameters that the facts allow.

    Runs a bank of histories (going on where it stopped), learns a surrogate, samples the posterior,
    checks it with real runs and chooses the default parameters among its draws. Writes posterior.csv,
    posterior_manifest.json, prior_posterior.csv (how far the facts narrow what hubs do), responses.csv,
    typical.csv and bank.parquet.

    Example: hubsim calibrate experiments/calibration.yaml
    """
    from sim.errors import StudyError
    from sim.inference.calibrating import calibrate as run
    from sim.inference.calibrating import choose_again
    from sim.inference.calibration import load_calibration
    from sim.parameters.posterior import load_bank
    from sim.studies.display import as_text, grid, shown_progress
    from sim.studies.policies import locate_experiment
    from sim.studies.store import refuse_foreign

    asked = [name for name, on in (("recovery", recovery), ("contraction", contraction), ("defaults", defaults)) if on]
    if len(asked) > 1:
        raise StudyError(f"--{asked[0]} and --{asked[1]} exclude each other: give one of them")
    calibration = load_calibration(locate_experiment(experiment))
    stem = "recovery" if recovery else Path(experiment).stem + "-defaults" * defaults
    folder = out or Path("results") / file_name(stem)
    refuse_foreign(folder, CALIBRATED)
    known = None if bank is None else load_bank(bank, (*calibration.priors, *calibration.moments))
    if recovery:
        _recover(calibration, known, folder, workers, as_json, quiet)
        return
    if contraction:
        _compare_again(calibration, known, folder, as_json, quiet)
        return
    with shown_progress("runs", quiet) as watch:
        options: dict[str, Any] = {"workers": workers, "command": command_line(), "watch": watch}
        options["remark"] = None if quiet else say
        if defaults:
            _show_defaults(choose_again(calibration, folder, **options), folder, as_json, quiet)
            return
        found = run(calibration, folder, bank=known, **options)
    if as_json:
        write_json(found.manifest, folder)
        return
    moments, r2 = found.manifest["moments"], found.manifest["surrogate_r2"]
    rows = [
        (name, *(f"{moments[name][part]:.3g}" for part in ("mean", "low", "high")), f"{r2[name]:.2f}")
        for name in (*calibration.moments, "selection")
    ]
    report = found.manifest["convergence"]
    tell(
        as_text(grid(("moment", "mean", "5 %", "95 %", "surrogate R2"), rows), width=width())
        + f"worst R-hat {report['r_hat_worst']:.3f}, {report['effective_draws']:.0f} effective draws\n"
        + f"not identified by the facts: {', '.join(found.manifest['not_identified']) or 'none'}",
        folder,
    )
    if not quiet:
        say(f"results: {folder}")


def _compare_again(calibration: Any, bank: Any, folder: Path, as_json: bool, quiet: bool) -> None:
    from sim.inference.calibrating import compare_again
    from sim.inference.contraction import load_prior_posterior
    from sim.parameters.posterior import load_bank
    from sim.report import prior
    from sim.studies.display import as_text, grid
    from sim.words.language import language

    found = compare_again(calibration, load_bank() if bank is None else bank, folder)
    if as_json:
        write_json(found.astype(object).where(found.notna(), None).to_dict("records"), folder)
        return
    rows = load_prior_posterior(folder)
    t = language("en")
    table = prior.table(t, rows)
    cells = [(head, *(cell.text for cell in found)) for head, found in table.rows]
    tell("\n".join([as_text(grid(table.headings, cells), width=width()).rstrip(), *prior.sentences(t, rows)]), folder)
    if not quiet:
        say(f"results: {folder}")


def _show_defaults(choice: Any, folder: Path, as_json: bool, quiet: bool) -> None:
    from sim.inference.responses import RESPONSES
    from sim.studies.display import as_text, grid

    summary, table = choice.summary(), choice.table()
    if as_json:
        quantities = table.astype(object).where(table.notna(), None).to_dict("records")
        write_json({**summary, "quantities": quantities}, folder)
        return
    rows = [
        (row["quantity"], *(f"{row[part]:.3g}" for part in ("median", "sd", "value", "percentile")), row["outside"])
        for row in table.to_dict("records")
        if row["quantity"] in RESPONSES
    ]
    headings = ("minus today", "median", "s.d.", "this draw", "percentile", "outside")
    tell(
        as_text(grid(headings, rows), width=width())
        + f"typical: draw {summary['draw']}, {summary['distance']} standard deviations from the medians",
        folder,
    )
    if not quiet:
        say(f"results: {folder}")


def _recover(calibration: Any, bank: Any, folder: Path, workers: int | None, as_json: bool, quiet: bool) -> None:
    from sim.inference.recovery import recover
    from sim.parameters.posterior import load_bank
    from sim.studies.display import as_text, grid, shown_progress

    with shown_progress("runs", quiet) as watch:
        options: dict[str, Any] = {"workers": workers, "command": command_line(), "watch": watch}
        known, shares = recover(calibration, load_bank() if bank is None else bank, folder, **options)
    if as_json:
        write_json({"known_worlds": known.to_dict("records"), "coverage": shares.to_dict("records")}, folder)
        return
    rows = [
        (
            row["world"],
            row["seen"],
            row["quantity"],
            f"{100 * row['true']:.1f}",
            f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",
            "yes" if row["covered"] else "NO",
        )
        for row in known.to_dict("records")
    ]
    headings = ("simulated history", "what is seen of it", "quantity", "truth (points)", "90 % interval", "covered")
    total = shares.iloc[0]
    tell(
        as_text(grid(headings, rows), width=width())
        + f"other histories: {100 * total['coverage']:.0f} % of {total['n']:.0f} truths within their 90 % intervals",
        folder,
    )
    if not quiet:
        say(f"results: {folder}")
