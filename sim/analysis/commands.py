"""The commands of analysis: calibrate, validate, explain. `sim.cli` registers them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sim.console import (
    FAILED,
    Json,
    Parameters,
    Quiet,
    Seed,
    Workers,
    command,
    command_line,
    figure,
    say,
    tell,
    width,
    write_json,
)
from sim.files import file_name, possible

Out = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Result folder.", show_default="results/<command>", parser=possible),
]
Language = Annotated[str, typer.Option("--lang", metavar="en|fr|ar", help="Language of the figures.")]
Posterior = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Posterior sample.", show_default="the one that comes along")
]

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
    from sim.analysis.calibrating import calibrate as run
    from sim.analysis.calibrating import choose_again
    from sim.analysis.calibration import load_calibration
    from sim.analysis.posterior import load_bank
    from sim.experiment.display import as_text, grid, shown_progress
    from sim.experiment.policies import locate_experiment
    from sim.experiment.store import refuse_foreign
    from sim.experiment.study import StudyError

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
    from sim.analysis.calibrating import compare_again
    from sim.analysis.contraction import load_prior_posterior
    from sim.analysis.posterior import load_bank
    from sim.experiment.display import as_text, grid
    from sim.language import language
    from sim.report import prior

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
    from sim.analysis.responses import RESPONSES
    from sim.experiment.display import as_text, grid

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
    from sim.analysis.posterior import load_bank
    from sim.analysis.recovery import recover
    from sim.experiment.display import as_text, grid, shown_progress

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
    lang: Language = "en",
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold every fact and pattern against the model.

    Misses stay on the board, with a sentence. Exits with 0 whatever the marks, unless --strict.

    Example: hubsim validate --parameters fixed
    """
    from sim.analysis.bank import bank_in
    from sim.analysis.calibration import last_month, load_calibration
    from sim.analysis.validation import forecast, readings, scoreboard
    from sim.experiment.display import shown_progress
    from sim.experiment.policies import locate_experiment
    from sim.experiment.study import StudyError
    from sim.figures.scoreboard import forecast_against_what_happened, observed_against_simulated
    from sim.figures.style import save
    from sim.scenario.asked import number
    from sim.spreadsheet import write_csv

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
    from sim.analysis.posterior import load_posterior
    from sim.experiment.draws import POSTERIOR, draws_of
    from sim.experiment.study import StudyError

    if parameters == POSTERIOR:
        return load_posterior(posterior), ""
    if posterior is not None:
        raise StudyError("--parameters and --posterior exclude each other: give one of them")
    return [dict(draw) for draw in draws_of(parameters).values] or [{}], f"-{Path(parameters).stem}"


def _known_then(calibration: Any, month: str, count: int) -> list[dict[str, float]]:
    from sim.analysis.calibrating import learn
    from sim.analysis.posterior import load_bank
    from sim.analysis.sampling import ask_for_sampler
    from sim.analysis.validation import known_then

    ask_for_sampler("hubsim validate --hold-out")
    return known_then(calibration, learn(calibration, load_bank()), month, count)


def _show_board(board: Any, claim: Any, folder: Path, as_json: bool) -> None:
    from sim.analysis.validation import patterns
    from sim.experiment.display import as_text, grid

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
    from sim.experiment.display import as_text, grid

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

    from sim.analysis.calibrating import learn
    from sim.analysis.posterior import load_bank
    from sim.analysis.validation import FEWEST, data_worth
    from sim.experiment.display import as_text, grid
    from sim.experiment.study import StudyError

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


@command
def explain(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a policy.")],
    replications: Annotated[int, typer.Option(parser=figure, metavar="N", help="Worlds, two under each draw.")] = 100,
    parameters: Parameters = "posterior",
    lang: Language = "en",
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
    from sim.analysis.explaining import explain as run
    from sim.analysis.explanation import RATES
    from sim.analysis.moments import COHORT
    from sim.experiment.display import as_text, grid, shown_progress
    from sim.experiment.policies import load_all
    from sim.experiment.tabulation import count
    from sim.figures.style import save
    from sim.figures.waterfall import waterfall

    [chosen] = load_all([scenario])
    folder = out or Path("results") / file_name(f"explain-{chosen.key}")
    with shown_progress("ladders", quiet) as watch:
        found = run(
            chosen,
            folder,
            replications=replications,
            seed=seed,
            parameters=parameters,
            workers=workers,
            command=command_line(),
            watch=watch,
            remark=None if quiet else say,
        )
    for rate in RATES:
        save(waterfall(found.table(rate), rate, COHORT, lang), found.folder / "figures", f"waterfall_{rate}")
    if as_json:
        tables = {rate: found.table(rate) for rate in RATES}
        write_json(
            {
                rate: table.astype(object).where(table.notna(), None).to_dict("records")
                for rate, table in tables.items()
            },
            found.folder,
        )
    else:
        holds = "chance only" if found.draws is None else "chance taken out"
        text = ""
        for rate in RATES:
            rows = [_rung(row) for row in found.table(rate).to_dict("records")]
            headings = (f"{rate} rate", "mean, points", "median", f"95 % ({holds})", "P(> 0)")
            text += as_text(grid(headings, rows), width=width())
            if found.table(rate).set_index("rung")["value"].isna()["cohort"]:
                text += f"Nobody was admitted from {COHORT[0]} to {COHORT[1]}: there is no rate of the admitted.\n"
        tell(f"{text}{count(found.replications, 'world')}, parameters {parameters}", found.folder)
    if not quiet:
        say(f"results: {found.folder}")
    if found.failures:
        raise typer.Exit(FAILED)


def _rung(row: dict[Any, Any]) -> tuple[str, ...]:
    from sim.analysis.explanation import TOTALS

    scale = 1 if row["rung"] in ("entry", "net_per_1000") else 100
    signed = row["rung"] not in TOTALS

    def number(value: float) -> str:
        return "–" if value != value else f"{scale * value:+.1f}" if signed else f"{scale * value:.1f}"

    interval = "–" if row["low"] != row["low"] else f"{number(row['low'])} to {number(row['high'])}"
    chance = "" if row["p_positive"] != row["p_positive"] else f"{row['p_positive']:.2f}"
    return row["label"], number(row["value"]), number(row["median"]), interval, chance
