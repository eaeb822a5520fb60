"""`hubsim calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.console import Json, Out, Quiet, Voice, Workers, command, width
from sim.system.paths import file_name

CALIBRATED = (
    "bank-1",
    "posterior_manifest.json",
    "prior_posterior.csv",
    "typical.csv",
    "world-1",
    "check",
    "weights_manifest.json",
)
"""Files that mark a calibration's folder: a folder with other content and none of them is refused."""


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
        typer.Option("--contraction", help="Instead: compare prior and posterior, from an existing bank without runs."),
    ] = False,
    defaults: Annotated[
        bool,
        typer.Option("--defaults", help="Instead: choose the default parameters again among the packaged draws."),
    ] = False,
    fact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE:LOW:HIGH",
            help="Instead: weigh the draws of the posterior by a new fact, without runs; NAME is a row of facts.csv or "
            "a moment of the bank, NAME=LOW:HIGH a band without a value. May be given several times.",
        ),
    ] = None,
    posterior: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For --fact: the draws to weigh.", show_default="the packaged ones"),
    ] = None,
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the parameters that the facts allow.

    Runs or continues a bank of histories, learns a surrogate, samples the posterior, checks it with real runs, and
    chooses the default parameters among its draws. Writes posterior.csv, posterior_manifest.json, prior_posterior.csv
    (how far the facts narrow the effects of hubs), responses.csv, typical.csv and bank.parquet. With --fact it writes
    weights.csv, for the option --weights of other commands, and moved.csv, by how much the fact moves each effect.

    Example: hubsim calibrate experiments/calibration.yaml
    """
    from sim.errors import StudyError
    from sim.inference.calibration_file import load_calibration
    from sim.inference.run_calibration import calibrate as run
    from sim.inference.run_calibration import choose_again
    from sim.parameters.posterior import load_bank
    from sim.report.text import calibration as text
    from sim.report.text.plain import records
    from sim.studies.lookup import locate_experiment
    from sim.studies.store import refuse_foreign

    ways = {"recovery": recovery, "contraction": contraction, "defaults": defaults, "fact": bool(fact)}
    asked = [name for name, on in ways.items() if on]
    if len(asked) > 1:
        raise StudyError(f"--{asked[0]} and --{asked[1]} exclude each other: give one of them")
    if posterior is not None and not fact:
        raise StudyError("--posterior names the draws that --fact weighs; give a fact, or leave it out")
    calibration = load_calibration(locate_experiment(experiment))
    stem = "recovery" if recovery else Path(experiment).stem + "-defaults" * defaults + "-facts" * bool(fact)
    folder = out or Path("results") / file_name(stem)
    refuse_foreign(folder, CALIBRATED)
    known = None if bank is None else load_bank(bank, (*calibration.priors, *calibration.moments))
    voice = Voice(as_json, quiet)
    if recovery:
        _recover(calibration, known, folder, workers, voice)
    elif fact:
        _weigh(calibration, known, (fact, posterior), folder, voice)
    elif contraction:
        _compare_again(calibration, known, folder, voice)
    elif defaults:
        with voice.study() as options:
            choice = choose_again(calibration, folder, workers=workers, **options)
        data = {**choice.summary(), "quantities": records(choice.table())}
        voice.give(lambda: data, lambda: text.defaults(choice, width()), folder)
    else:
        with voice.study() as options:
            found = run(calibration, folder, bank=known, workers=workers, **options)
        voice.give(lambda: found.manifest, lambda: text.calibrated(found, calibration.moments, width()), folder)


def _weigh(calibration: Any, bank: Any, asked: tuple[list[str], Path | None], folder: Path, voice: Voice) -> None:
    from sim.inference.new_fact import check_names, fact_of, weigh
    from sim.parameters.draws import POSTERIOR, draws_of
    from sim.parameters.posterior import load_bank
    from sim.report.text import calibration as text
    from sim.report.text.plain import records

    facts = [fact_of(one) for one in asked[0]]
    bank = load_bank() if bank is None else bank
    check_names(facts, calibration, bank)
    found = weigh(calibration, bank, draws_of(asked[1] or POSTERIOR), facts)
    found.write(folder)
    data = {**found.told, "moved": records(found.moved), "weights": records(found.weights)}
    voice.give(lambda: data, lambda: text.new_facts(found, folder, width()), folder)


def _compare_again(calibration: Any, bank: Any, folder: Path, voice: Voice) -> None:
    from sim.inference.contraction import load_prior_posterior
    from sim.inference.run_calibration import compare_again
    from sim.parameters.posterior import load_bank
    from sim.report.text import calibration as text
    from sim.report.text.plain import records

    found = compare_again(calibration, load_bank() if bank is None else bank, folder)
    voice.give(
        lambda: records(found), lambda: text.prior_beside_posterior(load_prior_posterior(folder), width()), folder
    )


def _recover(calibration: Any, bank: Any, folder: Path, workers: int | None, voice: Voice) -> None:
    from sim.inference.recovery import recover
    from sim.parameters.posterior import load_bank
    from sim.report.text import calibration as text

    with voice.study() as options:
        known, shares = recover(calibration, load_bank() if bank is None else bank, folder, workers=workers, **options)
    data = {"known_worlds": known.to_dict("records"), "coverage": shares.to_dict("records")}
    voice.give(lambda: data, lambda: text.recovery(known, shares, width()), folder)
