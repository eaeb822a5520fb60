"""`hubsim validate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from sim.cli.console import (
    FAILED,
    Json,
    Out,
    Parameters,
    Pictures,
    Quiet,
    Voice,
    Weights,
    Workers,
    command,
    figure,
    print_remark,
    width,
)
from sim.errors import StudyError
from sim.system.paths import file_name

if TYPE_CHECKING:
    import pandas as pd

    from sim.inference.calibration_file import Calibration

SEES_ALL = " (if the operator saw every closure)"
"""What follows the score without the model of reporting."""
Posterior = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Posterior sample.", show_default="the packaged one")
]


@command
def validate(
    parameters: Parameters = "posterior",
    posterior: Posterior = None,
    weights: Weights = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a fact is missed.")] = False,
    data_worth: Annotated[
        bool,
        typer.Option(
            "--data-worth",
            help="Instead: which missing fact would tell most of the effect, and improve choices most; with the tables "
            "to ask the operator for, in --lang.",
        ),
    ] = False,
    hold_out: Annotated[
        list[int] | None,
        typer.Option(
            parser=figure,
            metavar="YEAR",
            help="Instead: forecast the facts after this year from those known by then, and score the forecast beside "
            "two simple rules. May be given again, for another year.",
        ),
    ] = None,
    runs: Annotated[
        int, typer.Option(parser=figure, metavar="N", help="Worlds, each with its own draw if there are draws.")
    ] = 40,
    experiment: Annotated[
        str, typer.Option(metavar="FILE", help="Calibration file with the fitted facts.")
    ] = "calibration",
    lang: Pictures = "en",
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare the model with every fact and pattern.

    Missed facts stay on the scoreboard, with an explanation. Exits with 0 even if facts are missed, unless --strict.

    Example: hubsim validate --parameters fixed
    """
    from sim.figures.scoreboard import observed_against_simulated
    from sim.figures.style import save
    from sim.inference.calibration_file import load_calibration
    from sim.inference.regret import expected_effects
    from sim.inference.training_runs import bank_in
    from sim.inference.validation import patterns, readings, scoreboard, unreported
    from sim.report.text import validation as text
    from sim.report.text.plain import records
    from sim.scenario.arguments import number
    from sim.studies.lookup import locate_experiment
    from sim.system.spreadsheet import write_csv

    runs = number("runs", runs)
    calibration = load_calibration(locate_experiment(experiment))
    if weights is not None and (data_worth or hold_out):
        other = "--data-worth" if data_worth else "--hold-out"
        raise StudyError(f"--weights and {other} exclude each other: {other} weighs the facts itself")
    draws, suffix, weighting = _draws(parameters, posterior, weights)
    voice = Voice(as_json, quiet)
    if data_worth:
        folder = out or Path("results") / "validate-data-worth"
        effects = None if suffix else expected_effects(posterior, len(draws))
        beside = posterior.parent if posterior else None
        _show_data_worth(calibration, draws, effects, beside, Printed(folder, lang, voice))
        return
    if hold_out:
        if suffix or posterior:
            raise StudyError("--hold-out finds the draws itself; leave out --parameters and --posterior")
        inside = _show_forecasts(_years(calibration, hold_out), calibration, runs, lang, out, workers, voice)
        if strict and not inside:
            raise typer.Exit(FAILED)
        return
    folder = out or Path("results") / file_name(f"validate{suffix}")
    with voice.study() as options:
        if weighting and not quiet:
            print_remark(weighting)
        folder, found = bank_in(calibration.base, _chosen(calibration, draws, runs), folder, workers=workers, **options)
    fitted = [target.name for target in calibration.targets]
    board = scoreboard(found, fitted)
    write_csv(folder / "scoreboard.csv", board)
    save(observed_against_simulated(board, lang), folder / "figures", "scoreboard")
    claim = readings(found, calibration)
    write_csv(folder / "readings.csv", claim)
    marks = {"": patterns(board)}
    if calibration.base.parameters.reporting.enabled:
        marks[SEES_ALL] = patterns(scoreboard(unreported(found), fitted))
    voice.give(
        lambda: {
            "facts": records(board),
            "readings": records(claim),
            "patterns": marks[""],
            "patterns_without_reporting": marks.get(SEES_ALL),
        },
        lambda: text.board(board, claim, marks, width()),
        folder,
    )
    if strict and not all(board["passed"].dropna()):
        raise typer.Exit(FAILED)


def _chosen(calibration: Calibration, draws: list[dict[str, float]], runs: int) -> list[dict[str, float]]:
    """The values of the free parameters in each run."""
    declared = calibration.base.schema.declarations
    defaults = {path: float(declared[path].default) for path in calibration.priors}
    return [defaults | draws[number % len(draws)] for number in range(runs)]


def _years(calibration: Calibration, asked: list[int]) -> list[int]:
    """The years to hold out, each once and in order."""
    from sim.inference.calibration_file import last_month
    from sim.scenario.arguments import number

    years = sorted({number("hold_out", year) for year in asked})
    first, *_, last = sorted(int(last_month(target.date)[:4]) for target in calibration.targets)
    for year in years:
        if not first <= year < last:
            raise StudyError(
                f"--hold-out is {year}, but must be a year from {first} to {last - 1}: the facts that are fitted "
                f"are dated from {first} to {last}"
            )
    return years


def _show_forecasts(
    years: list[int],
    calibration: Calibration,
    runs: int,
    lang: str,
    out: Path | None,
    workers: int | None,
    voice: Voice,
) -> bool:
    """Forecast from each year, score the forecasts together, and print them; returns whether all facts are inside.

    A single year has its result in the folder itself, several have one folder each within it.
    """
    import pandas as pd

    from sim.figures.scoreboard import forecast_against_what_happened
    from sim.figures.style import save
    from sim.inference.forecast_scores import coverage, skills
    from sim.inference.training_runs import bank_in
    from sim.inference.validation import forecast
    from sim.report.text import validation as text
    from sim.report.text.plain import records
    from sim.system.spreadsheet import write_csv

    folder = out or Path("results") / file_name("-".join(map(str, ("validate", *years))))
    tables = []
    for year in years:
        month = f"{year}-12"
        draws = _chosen(calibration, _draws_known_by(calibration, month, runs), runs)
        with voice.study() as options:
            own, found = bank_in(
                calibration.base, draws, folder if len(years) == 1 else folder / str(year), workers=workers, **options
            )
        later = forecast(found, month, [target.name for target in calibration.until(month).targets])
        write_csv(own / "forecast.csv", later)
        save(forecast_against_what_happened(later, month, lang), own / "figures", "forecast")
        tables.append(later)
    folder = own if len(years) == 1 else folder
    whole = pd.concat(tables, ignore_index=True)
    against, inside = skills(whole), coverage(whole)
    write_csv(folder / "skill.csv", against)
    voice.give(
        lambda: {"facts": records(whole), "coverage": inside._asdict(), "skill": records(against)},
        lambda: text.forecast(whole, against, inside, width()),
        folder,
    )
    return bool(whole["inside"].all())


def _draws(parameters: str, posterior: Path | None, weights: Path | None) -> tuple[list[dict[str, float]], str, str]:
    """The draws that the options name (an empty draw means the defaults), a suffix for the folder, and a remark."""
    from sim.parameters.draws import POSTERIOR, draws_of
    from sim.parameters.posterior import load_posterior

    if weights is not None:
        if parameters != POSTERIOR and posterior is not None:
            raise StudyError("--parameters and --posterior exclude each other: give one of them")
        found = draws_of(posterior or parameters, weights)
        picked, weighting = found.picked, found.weights
        return picked, "-weighted", weighting.sentence if weighting else ""
    if parameters == POSTERIOR:
        return load_posterior(posterior), "", ""
    if posterior is not None:
        raise StudyError("--parameters and --posterior exclude each other: give one of them")
    return [dict(draw) for draw in draws_of(parameters).values] or [{}], f"-{Path(parameters).stem}", ""


def _draws_known_by(calibration: Calibration, month: str, count: int) -> list[dict[str, float]]:
    from sim.inference.forecast_scores import ask_for_scores
    from sim.inference.run_calibration import learn
    from sim.inference.sampling import ask_for_sampler
    from sim.inference.validation import draws_known_by
    from sim.parameters.posterior import load_bank

    ask_for_sampler("hubsim validate --hold-out")
    ask_for_scores("hubsim validate --hold-out")
    return draws_known_by(calibration, learn(calibration, load_bank()), month, count)


class Printed(NamedTuple):
    """Where a result goes: its folder, the language of what is for people there, and how it is printed."""

    folder: Path
    lang: str
    voice: Voice


def _show_data_worth(
    calibration: Any, draws: list[dict[str, float]], effects: pd.DataFrame | None, beside: Path | None, printed: Printed
) -> None:
    """Compute the worth of missing facts from draws, effects of policies at them, and the bank beside them if any."""
    import json

    import numpy as np

    from sim.errors import StudyError
    from sim.inference.data_worth import MIN_DRAWS, histories, narrowing, regrets
    from sim.inference.missing_data import MISSING_DATA
    from sim.inference.regret import Benefits, extra_costs
    from sim.inference.run_calibration import learn
    from sim.parameters.draws import Draws
    from sim.parameters.posterior import BANK_FILE, load_bank
    from sim.report.operator_tables import write_operator_tables
    from sim.report.text import validation as text
    from sim.report.text.plain import records
    from sim.report.whom_to_ask import DRAWS
    from sim.system.spreadsheet import write_csv
    from sim.words.language import LANGUAGES

    folder, lang, voice = printed
    if lang not in LANGUAGES:
        raise StudyError(f"--lang {lang}: there is no such language; choose {', '.join(LANGUAGES)}")
    free = tuple(calibration.priors)
    known = [number for number, draw in enumerate(draws) if set(free) <= draw.keys()]
    if len(known) < MIN_DRAWS:
        raise StudyError(
            f"--data-worth needs {MIN_DRAWS} draws or more of all {len(free)} free parameters, as the posterior has; "
            f"here are {len(known)}"
        )
    bank = load_bank(beside / BANK_FILE if beside and (beside / BANK_FILE).is_file() else None)
    seen = histories(learn(calibration, bank), np.array([[draws[number][path] for path in free] for number in known]))
    found = narrowing(seen)
    regret = None if effects is None else regrets(seen, Benefits(effects.iloc[known], extra_costs()))
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "data_worth.csv", found, float_format="%.6g")
    about = {"draws_digest": Draws(values=tuple(draws)).digest}  # the report shows the worth beside these draws only
    (folder / DRAWS).write_text(json.dumps(about) + "\n", encoding="utf-8")
    if regret is not None:
        write_csv(folder / "regret.csv", regret, float_format="%.6g")
    elif not voice.quiet:
        print_remark("no regret: effects of policies at these draws are not known (responses.csv)")
    if (lacking := [design for design in MISSING_DATA if design not in seen.shown]) and not voice.quiet:
        print_remark(f"left out, because the bank has not measured them: {', '.join(lacking)}")
    write_operator_tables(folder, lang)
    voice.give(
        lambda: {"facts": records(found), "regrets": [] if regret is None else records(regret)},
        lambda: text.data_worth(found, regret, width()),
        folder,
    )
