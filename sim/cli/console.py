"""What all commands share: the application, its options, its exit codes, and its output."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.errors import Mistake, StudyInterrupted, StudyStoppedError, in_words, message_of
from sim.system.paths import possible
from sim.system.streams import Outlet

if TYPE_CHECKING:
    from sim.studies.execution import Workers as Crew
    from sim.studies.results import Results

ENDLESS = 10_000
"""Width in characters of a table that is not printed to a terminal: each row fits one line."""

BAD_INPUT, FAILED, INTERRUPTED = Mistake.exit_code, StudyStoppedError.exit_code, StudyInterrupted.exit_code

app = typer.Typer(
    name="hubsim",
    help="What do startup hubs do? Simulates a country's hub network under different policies.",
    epilog="Begin with: hubsim compare",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ScenarioArgument = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a policy (see `hubsim scenarios`)."),
]


def figure(text: str) -> Any:
    """Convert a typed number; other text stays text, because the later check of the argument states its range."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


Seed = Annotated[int, typer.Option(parser=figure, metavar="N", help="Root seed of all chance; 0 or more.")]
Workers = Annotated[
    int | None,
    typer.Option(parser=figure, metavar="N", help="Number of processes.", show_default="one per processor"),
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Result folder.", show_default="results/<name of the study>", parser=possible),
]
Speech = Annotated[str, typer.Option("--lang", metavar="en|fr|ar", help="Language of the messages.")]
Pictures = Annotated[str, typer.Option("--lang", metavar="en|fr|ar", help="Language of the figures.")]
Parameters = Annotated[
    str,
    typer.Option(
        metavar="SET",
        help="Parameters of the worlds: posterior (draws of what the facts allow), fixed (the defaults), "
        "evidence-weighted, operator-friendly, or a file of draws (.csv) or values (.yaml).",
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="How much each draw of the parameters counts: a table with the columns draw and weight, as "
        "`hubsim calibrate --fact` writes it.",
        show_default="all the same",
    ),
]
Draw = Annotated[
    int | None,
    typer.Option(
        parser=figure,
        metavar="K",
        help="Use this draw of the posterior, or of the file that --parameters names; the table `runs` of a "
        "comparison has the draw of each run.",
    ),
]
Prices = Annotated[
    str,
    typer.Option(
        metavar="END",
        help="Prices of what policies buy: median, or the low or high end of what is plausible. What a scenario "
        "sets itself, the published fit-out of hubs, the life of buildings and the discount rate stay.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the table as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Register a command; its expected errors end it with a plain message and the error's exit code."""

    @wraps(function)
    def without_traceback(*arguments: Any, **options: Any) -> None:
        try:
            function(*arguments, **options)
        except (Mistake, StudyStoppedError, StudyInterrupted) as error:
            print_remark(told(error, str(options.get("lang", "en"))))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            print_remark(f"interrupted. Go on with: {command_line()}")
            raise typer.Exit(INTERRUPTED) from None

    return app.command()(without_traceback)


def told(error: BaseException, lang: str) -> str:
    """An error's message in the language that a command was asked to speak; English where it has no translation."""
    from sim.words.language import LANGUAGES, language

    if lang not in LANGUAGES[1:] or not isinstance(error, Exception):
        return str(error)
    t = language(lang)
    return error.in_words(t) if isinstance(error, Mistake) else in_words(message_of(error), t)


def print_remark(text: str) -> None:
    """Print a remark or an error to standard error; results go to standard output."""
    print(text, file=sys.stderr, flush=True)


def command_line() -> str:
    """The present command line, quoted so that a user can run it again."""
    return shlex.join(["hubsim", *sys.argv[1:]])


def print_result(text: str, kept: Path | None = None) -> None:
    """Print a result as the last action of a command.

    If standard output fails (a full disk), the command fails too, unless the folder `kept` holds the result.

    Raises:
        typer.Exit: standard output failed and no folder holds the result.
    """
    print(text.removesuffix("\n"), flush=True)
    lost = sys.stdout.lost if isinstance(sys.stdout, Outlet) else None
    if lost is None:
        return
    reason = f"standard output does not take the text: {getattr(lost, 'strerror', None) or lost}"
    if kept is None:
        print_remark(reason)
        raise typer.Exit(FAILED)
    print_remark(f"{reason}; the result is in {kept}")


def width() -> int:
    """Width of the terminal in characters, from 40 to 160; 120 if the output is not a terminal."""
    return min(max(shutil.get_terminal_size((120, 24)).columns, 40), 160)


def write_json(data: Any, kept: Path | None = None) -> None:
    """Print plain data as JSON; `kept` as in `print_result`. Letters are escaped if the output is not Unicode."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    print_result(json.dumps(data, indent=2, ensure_ascii=not unicode), kept)


def seal_quietly(folder: Path) -> None:
    """Bring the record of a result folder up to date; where it cannot be written, say so and go on.

    A folder without runs of its own, such as that of a calibration, gets a new record with the present command.
    """
    from sim.studies.record import MANIFEST, hashes, seal, write_record
    from sim.studies.store import ResultStore

    store = ResultStore(folder)
    try:
        if store.has(MANIFEST):
            seal(store)
        else:
            write_record(store, hashes(store), command=command_line())
    except OSError as error:
        print_remark(f"the record of {folder} could not be written: {error.strerror or error}")
    except Mistake as error:
        print_remark(f"the record is left as it is: {error}")


@dataclass(frozen=True)
class Voice:
    """The output of a command: its result as JSON or text; progress and remarks unless `quiet`."""

    as_json: bool
    quiet: bool

    @contextmanager
    def study(self, unit: str = "runs") -> Iterator[dict[str, Any]]:
        """Yield the arguments that a command passes to a study: `progress`, `remark` and `command`."""
        from sim.cli.progress import shown_progress

        with shown_progress(unit, self.quiet) as watch:
            yield {"progress": watch, "remark": None if self.quiet else print_remark, "command": command_line()}

    def give(
        self,
        data: Callable[[], Any],
        text: Callable[[], str],
        folder: Path,
        where: str | None = None,
        *,
        recorded: bool = True,
    ) -> None:
        """Print a result as plain data or as text, then the folder that holds it, or the remark `where` instead.

        Before that, the record of the folder is brought up to date unless it is not `recorded`.
        """
        if recorded:
            seal_quietly(folder)
        write_json(data(), folder) if self.as_json else print_result(text(), folder)
        if not self.quiet:
            print_remark(where or f"results: {folder}")


def conclude(
    results: Results,
    voice: Voice,
    workers: Crew | None = None,
    *,
    language: str = "en",
    text: Callable[[], str] | None = None,
) -> None:
    """Draw the figures of a result, write its report, and print its table and its folder.

    Args:
        results: the result.
        voice: how it is printed.
        workers: processes that draw.
        language: language of the figures in the folder; those of another than English are drawn over them.
        text: the printed text; by default the table in English.

    Raises:
        typer.Exit: runs failed, or figures or report could not be made.
    """
    from sim.cli import publish
    from sim.report.text import as_dict, table
    from sim.studies.worlds import describe

    undrawn = None
    if not publish.drawn(results):
        try:
            publish.illustrate(results, workers)
            if language != "en":
                publish.draw(results, language)
        except Exception as error:
            undrawn = describe(error)
            print_remark(f"figures and report could not be made: {undrawn}")
    voice.give(lambda: as_dict(results), text or (lambda: table(results, width())), results.folder)
    if results.failures or undrawn:
        raise typer.Exit(FAILED)
