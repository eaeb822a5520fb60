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
    "sbc.json",
    "all_waves.csv",
)
"""Files that mark a calibration's folder: a folder with other content and none of them is refused."""


@command
def calibrate(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="A calibration file.")],
    bank: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Learn from the runs of this bank instead of new ones.")
    ] = None,
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
    simulation_based: Annotated[
        bool,
        typer.Option(
            "--simulation-based",
            help="Instead: are posteriors right, and do they move with the truth? For 200 known truths of a bank.",
        ),
    ] = False,
    all_waves: Annotated[
        bool,
        typer.Option("--all-waves", help="Instead: repeat all waves after the first for 10 known truths; takes hours."),
    ] = False,
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
    from sim.studies.claim import refuse_foreign
    from sim.studies.lookup import locate_experiment

    ways = {
        "contraction": contraction,
        "defaults": defaults,
        "fact": bool(fact),
        "simulation-based": simulation_based,
        "all-waves": all_waves,
    }
    asked = [name for name, on in ways.items() if on]
    if len(asked) > 1:
        raise StudyError(f"--{asked[0]} and --{asked[1]} exclude each other: give one of them")
    if posterior is not None and not fact:
        raise StudyError("--posterior names the draws that --fact weighs; give a fact, or leave it out")
    calibration = load_calibration(locate_experiment(experiment))
    own = Path(experiment).stem
    stems = {"contraction": own, "fact": f"{own}-facts"}
    stem = stems.get(asked[0], f"{own}-{asked[0]}") if asked else own
    folder = out or Path("results") / file_name(stem)
    refuse_foreign(folder, CALIBRATED)
    known = None if bank is None else load_bank(bank, (*calibration.priors, *calibration.moments))
    voice = Voice(as_json, quiet)
    if fact:
        _weigh(calibration, known, (fact, posterior), folder, voice)
    elif contraction:
        _compare_again(calibration, known, folder, voice)
    elif simulation_based:
        _verify(calibration, known, folder, workers, voice)
    elif all_waves:
        _repeat(calibration, known, folder, workers, voice)
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


def _verify(calibration: Any, bank: Any, folder: Path, workers: int | None, voice: Voice) -> None:
    from sim.figures.truths import draw_truths
    from sim.inference.simulated_truths import first_wave_of, spread_truths
    from sim.inference.simulation_based import TRUTHS, verify
    from sim.parameters.posterior import load_bank
    from sim.report.text import truths as text

    first_wave = first_wave_of(calibration, load_bank() if bank is None else bank)
    truths = spread_truths(calibration, first_wave, TRUTHS)
    with voice.study("truths") as options:
        found = verify(calibration, first_wave, truths, folder, workers=workers, **options)
    draw_truths(found)
    voice.give(lambda: found.summary, lambda: text.verified(found.summary, width()), found.folder)


def _repeat(calibration: Any, bank: Any, folder: Path, workers: int | None, voice: Voice) -> None:
    from sim.inference.all_waves import LONGEST, TRUTHS, through_all_waves
    from sim.inference.run_calibration import calibrate as run
    from sim.inference.sampling import ask_for_sampler
    from sim.inference.simulated_truths import first_wave_of, spread_truths
    from sim.parameters.posterior import load_bank
    from sim.report.text import truths as text
    from sim.report.text.plain import records

    ask_for_sampler("hubsim calibrate --all-waves")
    first_wave = first_wave_of(calibration, load_bank() if bank is None else bank)
    truths = spread_truths(calibration, first_wave, TRUTHS)
    with voice.study() as options:

        def whole(of: Any, shared: Any, own: Path) -> Any:
            return run(of, own, first_wave=shared, workers=workers, checked=False, steps=LONGEST, **options)

        found = through_all_waves(calibration, first_wave, truths, folder, whole)
    voice.give(lambda: records(found), lambda: text.all_waves(found, width()), folder)
