"""The command that hands the tables of a result to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.console import Quiet, command, print_result, seal_quietly
from sim.system.paths import possible


@command
def export(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A result folder.")],
    to: Annotated[str, typer.Option(metavar="csv|stata", help="Kind of the files.")] = "csv",
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV files with a byte-order mark, so that Excel reads accents rightly.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder of the files.", show_default="RESULT/export", parser=possible),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write the tables of a result for Stata, R or a spreadsheet.

    One file for each table; its columns have the names that codebook.csv gives as alias.

    Example: hubsim export results/compare --to stata
    """
    from sim.studies.export import export as write_export

    paths = write_export(result, to, out=out, byte_order_mark=bom)
    seal_quietly(result)
    if not quiet:
        print_result("\n".join(map(str, paths)), result)
