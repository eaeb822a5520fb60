"""A site as one HTML file: numbers, words in three languages, scripts and styles, without any outside reference."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from sim.errors import StudyError, said
from sim.page.scripts import STATIC, scripts
from sim.page.site.data import site_data
from sim.page.site.levers import levers_of
from sim.page.site.texts import site_texts
from sim.page.words import words
from sim.studies.disk import DISK
from sim.studies.sweep_results import Sweep
from sim.system.text import path_text
from sim.words.language import LANGUAGES

NAME = "index.html"
MARK = '<meta name="generator" content="hubsim publish">'
"""What tells a site of ours from any other page."""
MOST_BYTES = 15_000_000
CHARTS = STATIC / "vendor" / "echarts-5.6.0.common.min.js"
_IMPORT = re.compile(r'(?<=from ")\./(?=[\w-]+\.js")')
"""The part of an import that a page without files does not have."""


def write_site(result: Sweep, out: Path | str, command: str) -> Path:
    """Write the site of a sweep into the folder `out`; returns the path of its file.

    Args:
        result: a finished sweep with a reference.
        out: the folder; a site that hubsim wrote there is replaced, any other page is not.
        command: the command that makes the site, which it names.

    Raises:
        StudyError: no site can be made of the result, it would be too large, or the folder cannot take it.
    """
    target = Path(path_text("out", out)) / NAME
    _refuse_foreign(target)
    content = page(result, command).encode()
    if len(content) > MOST_BYTES:
        raise StudyError(
            said(
                "the site would have {size} MB, and {most} MB are allowed: use fewer points, name fewer outcomes, or "
                "leave out record: [monthly]",
                size=f"{len(content) / 1e6:.1f}",
                most=f"{MOST_BYTES / 1e6:.0f}",
            )
        )
    try:
        DISK.make(target.parent)
        DISK.write(target, content)
    except OSError as error:
        raise _unwritable(target, error) from None
    return target


def page(result: Sweep, command: str) -> str:
    """The site as HTML; raises StudyError if none can be made of the result."""
    data, levers = site_data(result), levers_of(result)
    environment = Environment(loader=PackageLoader("sim.page", "static"), autoescape=True)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}
    sources = {
        name: _address(_IMPORT.sub("", text).encode(), "text/javascript") for name, text in scripts("site.js").items()
    }
    return environment.get_template("site.html").render(
        title=words("en")["title"],
        data=data,
        texts={code: site_texts(code, result, levers, data, command) for code in LANGUAGES},
        modules={"imports": sources},
        charts=Markup(CHARTS.read_text(encoding="utf-8").replace("</script", "<\\/script")),
        style=Markup("".join((STATIC / name).read_text(encoding="utf-8") for name in ("page.css", "site.css"))),
        icon=_address((STATIC / "icon.svg").read_bytes(), "image/svg+xml"),
    )


def _address(content: bytes, kind: str) -> str:
    """A file as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _unwritable(target: Path, error: OSError) -> StudyError:
    """The error that says why a site cannot be written there."""
    return StudyError(
        said(
            "{target} cannot be written ({reason}); name another folder with --out",
            target=target,
            reason=error.strerror,
        )
    )


def _refuse_foreign(target: Path) -> None:
    try:
        there = target.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwritable(target, error) from None
    if MARK not in there:
        raise StudyError(
            said(
                "{target} was not written by hubsim publish and stays as it is; name another folder with --out",
                target=target,
            )
        )
