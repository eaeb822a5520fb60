"""The commands with which a result is trusted: `verify` and `cite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.console import FAILED, Json, Quiet, command, figure, print_remark, print_result, write_json
from sim.errors import StudyError

ResultArgument = Annotated[Path, typer.Argument(metavar="RESULT", help="A result folder.")]


@command
def verify(
    result: ResultArgument,
    rerun: Annotated[
        int, typer.Option(parser=figure, metavar="N", help="Also run N of its worlds again, and compare every number.")
    ] = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check that a result is what its program gave.

    Reads every file again and compares it with the record of the folder; names the incidents that touch the result.
    With --rerun, runs worlds again that the fingerprint chooses, and says which numbers differ, and by how much. Exits
    with 0 if all is the same, with 1 if something differs.

    Example: hubsim verify results/compare --rerun 3
    """
    from sim.inference.rerun import rerun as run_again
    from sim.report.text.verification import as_data, told
    from sim.studies.incidents import touching
    from sim.studies.store import ResultStore
    from sim.studies.verification import verify_files

    if not isinstance(rerun, int) or rerun < 0:
        raise StudyError(f"--rerun is {rerun}, but must be a whole number of worlds, 0 or more")
    incidents = touching(ResultStore(result))
    try:
        found = verify_files(ResultStore(result))
    except StudyError:
        for one in incidents:  # results older than their records are those that incidents touch
            print_remark(one.sentence)
        raise

    def watch(done: int, of: int) -> None:
        if not quiet:
            print_remark(f"{done} of {of} worlds run again")

    again = run_again(found.store, found.record.fingerprint, rerun, watch) if rerun else None
    if as_json:
        write_json(as_data(found, again, incidents))
    else:
        print_result(told(found, again, incidents))
    if not found.same or (again is not None and again.moved):
        raise typer.Exit(FAILED)


@command
def cite(result: ResultArgument, as_json: Json = False) -> None:
    """Print how to cite a result.

    As BibTeX, and as text in English, French and Arabic, with the fingerprint by which others can check it.

    Example: hubsim cite results/compare
    """
    from sim.report.citation import Citation
    from sim.studies.store import ResultStore
    from sim.words.language import LANGUAGES

    found = Citation.of(ResultStore(result))
    texts = {code: found.text(code) for code in LANGUAGES}
    if as_json:
        write_json({"bibtex": found.bibtex, **texts})
    else:
        print_result("\n\n".join([found.bibtex, *texts.values()]))
