"""`hubsim validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.console import (
    FAILED,
    Json,
    Out,
    Parameters,
    Pictures,
    Quiet,
    Workers,
    command,
    command_line,
    figure,
    say,
    tell,
    width,
    write_json,
)
from sim.system.paths import file_name

Posterior = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Posterior sample.", show_default="the one that comes along")
]


@command
def validate(
    parameters: Parameters = "posterior",
    posterior: Posterior = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a fact is missed.")] = False,
    data_worth: Annotated[
        bool, typer.Option("--data-worth", help="Instead: which missing fact would tell most of the effect.")
    ] = False,
    hold_out: Annotated[
        int | None,
        typer.Option(
            parser=figure,
            metavar="YEAR",
            help="Instead: forecast what happened after this year from what was known then.",
        ),
    ] = None,
    runs: Annotated[
        int, typer.Option(parser=figure, metavar="N", help="Worlds, each at a draw of its own if there are.")
    ] = 40,
    experiment: Annotated[
        str, typer.Option(metavar="FILE", help="Calibration file that says what was fitted.")
    ] = "calibration",
    lang: Pictures = "en",
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold every fact and pattern against the model.

    Misses stay on the board, with a sentence. Exits with 0 whatever the marks, unless --strict.

    Example: hubsim validate --parameters fixed
    """
    from sim.errors import StudyError
    from sim.figures.scoreboard import forecast_against_what_happened, observed_against_simulated
    from sim.figures.style import save
    from sim.inference.bank import bank_in
    from sim.inference.calibration import last_month, load_calibration
    from sim.inference.validation import forecast, readings, scoreboard
    from sim.scenario.asked import number
    from sim.studies.display import shown_progress
    from sim.studies.policies import locate_experiment
    from sim.system.spreadsheet import write_csv

    runs = number("runs", runs)
    calibration = load_calibration(locate_experiment(experiment))
    draws, suffix = _draws(parameters, posterior)
    if data_worth:
        _show_data_worth(calibration, draws, as_json)
        return
    if hold_out is not None:
        if suffix or posterior:
            raise StudyError("--hold-out finds the draws itself; leave out --parameters and --posterior")
        hold_out = number("hold_out", hold_out)
        first, *_, last = sorted(int(last_month(target.date)[:4]) for target in calibration.targets)
        if not first <= hold_out < last:
            raise StudyError(
                f"--hold-out is {hold_out}, but must be a year from {first} to {last - 1}: the facts that are fitted "
                f"are dated from {first} to {last}"
            )
        draws, suffix = _known_then(calibration, f"{hold_out}-12", runs), f"-{hold_out}"
    declared = calibration.base.schema.declarations
    defaults = {path: float(declared[path].default) for path in calibration.priors}
    chosen = [defaults | draws[number % len(draws)] for number in range(runs)]
    folder = out or Path("results") / file_name(f"validate{suffix}")
    with shown_progress("runs", quiet) as watch:
        folder, found = bank_in(
            calibration.base,
            chosen,
            folder,
            workers=workers,
            command=command_line(),
            watch=watch,
            remark=None if quiet else say,
        )
    if hold_out is None:
        board = scoreboard(found, [target.name for target in calibration.targets])
        write_csv(folder / "scoreboard.csv", board)
        save(observed_against_simulated(board, lang), folder / "figures", "scoreboard")
        claim = readings(found, calibration)
        write_csv(folder / "readings.csv", claim)
        _show_board(board, claim, folder, as_json)
        passed = board["passed"].dropna()
    else:
        month = f"{hold_out}-12"
        told = forecast(found, month, [target.name for target in calibration.until(month).targets])
        write_csv(folder / "forecast.csv", told)
        save(forecast_against_what_happened(told, month, lang), folder / "figures", "forecast")
        _show_forecast(told, folder, as_json)
        passed = told["inside"]
    if not quiet:
        say(f"results: {folder}")
    if strict and not all(passed):
        raise typer.Exit(FAILED)


def _draws(parameters: str, posterior: Path | None) -> tuple[list[dict[str, float]], str]:
    """The draws that the options name (an empty one leaves the defaults), and what tells the result folder apart."""
    from sim.errors import StudyError
    from sim.parameters.draws import POSTERIOR, draws_of
    from sim.parameters.posterior import load_posterior

    if parameters == POSTERIOR:
        return load_posterior(posterior), ""
    if posterior is not None:
        raise StudyError("--parameters and --posterior exclude each other: give one of them")
    return [dict(draw) for draw in draws_of(parameters).values] or [{}], f"-{Path(parameters).stem}"


def _known_then(calibration: Any, month: str, count: int) -> list[dict[str, float]]:
    from sim.inference.calibrating import learn
    from sim.inference.sampling import ask_for_sampler
    from sim.inference.validation import known_then
    from sim.parameters.posterior import load_bank

    ask_for_sampler("hubsim validate --hold-out")
    return known_then(calibration, learn(calibration, load_bank()), month, count)


def _show_board(board: Any, claim: Any, folder: Path, as_json: bool) -> None:
    from sim.inference.validation import patterns
    from sim.studies.display import as_text, grid

    marks = patterns(board)
    if as_json:
        facts, read = (frame.astype(object).where(frame.notna(), None).to_dict("records") for frame in (board, claim))
        write_json({"facts": facts, "readings": read, "patterns": marks}, folder)
        return
    rows = [_board_row(row) for row in board.to_dict("records")]
    headings = ("fact", "band", "observed", "model (90 %)", "mark", "use", "remark")
    text = str(as_text(grid(headings, rows), width=width()))
    if len(claim):
        text += as_text(grid(_CLAIM, [_reading(row) for row in claim.to_dict("records")]), width=width())
    passed, missed = sum(marks.values()), ", ".join(name for name in marks if not marks[name])
    tell(f"{text}patterns passed: {passed} of {len(marks)}; missed: {missed or 'none'}", folder)


_CLAIM = ("what the claim may mean", "prior weight", "claimed", "model (90 %)", "mark", "posterior weight")


def _reading(row: dict[Any, Any]) -> tuple[str, ...]:
    mark = {True: "pass", False: "MISS"}.get(row["passed"], "–")
    model = f"{_number(row['value'])} ({_number(row['low'])} to {_number(row['high'])})"
    return row["reading"], f"{row['prior']:.2f}", _number(row["observed"]), model, mark, f"{row['posterior']:.2f}"


def _show_forecast(told: Any, folder: Path, as_json: bool) -> None:
    from sim.studies.display import as_text, grid

    if as_json:
        write_json(told.astype(object).where(told.notna(), None).to_dict("records"), folder)
        return
    rows = []
    for row in told.to_dict("records"):
        name, band, observed, model, *_ = _board_row(row)
        rows.append((row["date"], name, observed, band, model, "inside" if row["inside"] else "OUTSIDE"))
    headings = ("date", "fact", "happened", "its band", "forecast (90 %)", "mark")
    inside = f"inside the forecast's interval: {int(told['inside'].sum())} of {len(told)}"
    tell(as_text(grid(headings, rows), width=width()) + inside, folder)


def _board_row(row: dict[Any, Any]) -> tuple[str, ...]:
    mark = {True: "pass", False: "MISS"}.get(row["passed"], "–")
    model = f"{_number(row['value'])} ({_number(row['low'])} to {_number(row['high'])})"
    band = f"{_number(row['band_low'])} to {_number(row['band_high'])}"
    name = f"{row['pattern']} {row['id']}".strip()
    return name, band, _number(row["observed"]), model, mark, row["used"], row["remark"]


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _show_data_worth(calibration: Any, draws: list[dict[str, float]], as_json: bool) -> None:
    import numpy as np

    from sim.errors import StudyError
    from sim.inference.calibrating import learn
    from sim.inference.validation import FEWEST, data_worth
    from sim.parameters.posterior import load_bank
    from sim.studies.display import as_text, grid

    free = tuple(calibration.priors)
    full = [[draw[path] for path in free] for draw in draws if set(free) <= draw.keys()]
    if len(full) < FEWEST:
        raise StudyError(
            f"--data-worth needs {FEWEST} draws or more of all {len(free)} free parameters, as the posterior has; "
            f"here are {len(full)}"
        )
    found = data_worth(learn(calibration, load_bank()), np.array(full))
    if as_json:
        write_json(found.to_dict("records"))
        return
    rows = [
        (
            row["fact"],
            f"{100 * row['spread_now']:.1f}",
            f"{100 * row['spread_then']:.1f}",
            f"{100 * row['reduction']:.0f} %",
        )
        for row in found.to_dict("records")
    ]
    headings = ("missing fact", "spread of the effect now (points)", "expected with the fact", "reduction")
    tell(as_text(grid(headings, rows), width=width()))
