"""The command `publish`: the page as a site without a server, from a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.console import Quiet, Speech, Voice, Workers, command, command_line, figure, print_remark, print_result
from sim.system.paths import is_there, possible

MAIN = "main-levers"
"""The experiment of which a site is made if none is named."""


@command
def publish(
    study: Annotated[
        str,
        typer.Argument(
            metavar="[EXPERIMENT|RESULT]",
            help="An experiment file or its name, which is run first; or the result of a sweep.",
        ),
    ] = MAIN,
    replications: Annotated[
        int | None,
        typer.Option(
            parser=figure,
            metavar="N",
            help="For an experiment: number of worlds.",
            show_default="as the experiment says",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Folder of the site.", show_default="site in the result folder", parser=possible
        ),
    ] = None,
    workers: Workers = None,
    lang: Speech = "en",
    quiet: Quiet = False,
) -> None:
    """Write the page as a site without a server.

    One HTML file in three languages, which opens from a folder and from any web host. At the points of a sweep it
    shows the numbers that were computed; between them it interpolates, and shows the measured error of that.

    Example: hubsim publish results/main-levers --out site
    """
    from sim.cli.studies import load_named_experiment
    from sim.errors import StudyError, said
    from sim.page.site.writing import write_site
    from sim.studies.sweep import folder_of
    from sim.studies.sweep import sweep as run_sweep
    from sim.studies.sweep_results import Sweep

    if is_there(Path(study) / "manifest.json"):
        if replications is not None:
            raise StudyError(said("--replications is for an experiment that is run first; leave it out for a result"))
        result = Sweep(study)
    elif Path(study).is_dir():
        raise StudyError(
            said(
                "{study} holds no result: there is no manifest.json in it; run: hubsim publish {main}",
                study=study,
                main=MAIN,
            )
        )
    else:
        loaded = load_named_experiment(study)
        with Voice(as_json=False, quiet=quiet).study() as options:
            options["command"] = f"hubsim sweep {study}" + (f" --replications {replications}" if replications else "")
            result = run_sweep(
                loaded, replications=replications, workers=workers, out=folder_of(loaded), **options
            ).reread()
    target = write_site(result, out or result.folder / "site", command_line())
    print_result(str(target), target.parent)
    if not quiet:
        print_remark(f"{target.stat().st_size / 1e6:.1f} MB; open it in a browser, or copy it to any web host")
