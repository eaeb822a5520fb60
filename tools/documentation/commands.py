"""The commands with their arguments and options, from the command line's own declarations."""

from __future__ import annotations

import inspect
import re
from typing import Any

import typer.main

from tools.documentation.markdown import fragment, paragraphs, table

_DEFAULT = re.compile(r"default: \((.*)\)\]")


def page() -> str:
    """One section per command."""
    from sim.cli import main  # noqa: F401 (registers the commands)
    from sim.cli.console import app

    found: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
    return paragraphs(fragment("commands"), *(section(name, command) for name, command in found.items()))


def section(name: str, command: Any) -> str:
    """A command's description, example and options."""
    text = inspect.cleandoc(command.help or "")
    about, _, example = text.partition("Example: ")
    context = command.context_class(command, info_name=f"hubsim {name}")
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    records = [parameter.get_help_record(context) for parameter in command.params if parameter.name != "help"]
    rows = [(f"`{record[0]}`", _DEFAULT.sub(r"default: \1]", record[1])) for record in records if record is not None]
    return paragraphs(
        f"## hubsim {name}",
        about,
        f"```text\n{usage}\n```",
        f"For example `{' '.join(example.split())}`." if example else "",
        table(("argument or option", "meaning"), rows),
    )
