"""What there is to translate, and the command that brings the catalogues up to date.

`python -m tools.catalogue` gives every catalogue in `sim/words/locale` the texts that it lacks, with an empty
translation, and drops those that nobody uses any more. Texts come from the declarations of parameters and
outcomes, the words of figures, the names of hubs, and every `t("…")` of the report and the page.

What is not translated is shown in English. Before a release, `python -m tools.catalogue --check` lists it and fails.
"""

from __future__ import annotations

import ast
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

import sim
from sim.country.data import table
from sim.figures.sweep_words import TEXTS as SWEEP_TEXTS
from sim.figures.words import TEXTS
from sim.inference.contraction import QUANTITIES
from sim.model.outcomes import OUTCOMES
from sim.report.parameters import KINDS, without_addresses
from sim.scenario import builtin_scenarios, load_scenario, schema
from sim.words.language import LANGUAGES

PACKAGE = Path(sim.__file__).resolve().parent
LOCALES = PACKAGE / "words" / "locale"
_SPEAKING = ("report", "figures", "page")
_SPEAKING_FILES = ("studies/channels.py",)
"""Packages, and files of others, whose `t("…")` are for people."""
Message = str | tuple[str, str]


def _spoken(file: Path) -> Iterator[Message]:
    """The texts of `t("…")` and `t("one", "many", n=…)` in a Python file or a template."""
    source = file.read_text(encoding="utf-8")
    calls: Iterator[tuple[str, list[object]]]
    if file.suffix == ".py":
        calls = (
            (
                getattr(node.func, "id", getattr(node.func, "attr", "")),
                [getattr(arg, "value", None) for arg in node.args],
            )
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call)
        )
    else:
        calls = (
            (getattr(node.node, "name", ""), [getattr(arg, "value", None) for arg in node.args])
            for node in Environment().parse(source).find_all(nodes.Call)
        )
    for name, arguments in calls:
        texts = [text for text in arguments if isinstance(text, str) and text]
        if name == "t" and texts and len(texts) == len(arguments):
            yield texts[0] if len(texts) == 1 else (texts[0], texts[1])


@cache
def texts() -> dict[Message, str]:
    """Everything that people read in their language, with where it comes from."""
    found: dict[Message, str] = {}

    def note(message: Message, place: str) -> None:
        if message and message != "-":
            found.setdefault(message, place)

    files = [file for package in _SPEAKING for file in sorted((PACKAGE / package).rglob("*"))]
    for file in (*files, *map(PACKAGE.joinpath, _SPEAKING_FILES)):
        if file.suffix in (".py", ".jinja"):
            for message in _spoken(file):
                note(message, f"sim/{file.relative_to(PACKAGE).as_posix()}")
    for path, declaration in schema().declarations.items():
        note(declaration.meaning, path)
        if declaration.lever:
            note(declaration.label, path)
            note(declaration.group, path)
        note(declaration.unit, path)
        note(without_addresses(declaration.origin), path)
        for choice in declaration.choices:
            note(choice, path)
    for name, outcome in OUTCOMES.items():
        for text in (outcome.label, outcome.sentence, outcome.shown.unit, outcome.shown.difference):
            note(text, f"outcome {name}")
    for key, text in (*TEXTS.items(), *SWEEP_TEXTS.items()):
        note(text, f"figure {key}")
    for name, quantity in QUANTITIES.items():
        for text in (quantity.label, quantity.unit):
            note(text, f"prior beside posterior {name}")
    for kind in KINDS.values():
        note(kind, "sim/report/parameters.py")
    for hub in table("hubs")["hub"]:
        if hub not in set(table("cities")["city"]):
            note(hub, "sim/country/data/hubs.csv")
    return found


def catalogue(code: str) -> Catalog:
    """A language's catalogue as it is in its file."""
    with (LOCALES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def untranslated(code: str) -> list[str]:
    """Texts that a language lacks, in all or in one of its plural forms, and policies without a name in it."""
    held = catalogue(code)
    found = []
    for message in texts():
        entry = held.get(message if isinstance(message, str) else message[0])
        forms = [] if entry is None else [entry.string] if isinstance(entry.string, str) else entry.string
        if not forms or not all(forms):
            found.append(str(message))
    for _, path in builtin_scenarios():
        policy = load_scenario(path)
        for what, text in (("name", policy.name), ("description", policy.description)):
            if not isinstance(text, dict) or not text.get(code):
                found.append(f"{what} of {policy.key}")
    return found


_PERCENTILE = re.compile(r"\bpercentile (\d+)")


def _moved(text: str, held: Mapping[str, Any]) -> str:
    """The translation of the same text with another percentile, brought up to date; empty if there is none."""
    now = _PERCENTILE.search(text)
    for old, translation in held.items() if now else ():
        before = _PERCENTILE.search(old)
        if now and before and _PERCENTILE.sub("", old) == _PERCENTILE.sub("", text):
            return re.sub(rf"\b{before[1]}\b", now[1], translation, count=1)
    return ""


def update(code: str, translations: Mapping[str, str | tuple[str, ...]] | None = None) -> None:
    """Bring one catalogue up to date: what is translated stays, `translations` are added."""
    held = {
        str(entry.id if isinstance(entry.id, str) else entry.id[0]): entry.string
        for entry in catalogue(code)
        if entry.id
    }
    held |= translations or {}
    fresh = Catalog(code)
    for message, place in texts().items():
        single = message if isinstance(message, str) else message[0]
        entry = fresh.add(message, held.get(single) or _moved(single, held), user_comments=[place])
        entry.flags.discard("python-format")  # "95 % interval" is none
    head = f"Language: {code}", f"Plural-Forms: {fresh.plural_forms}", "Content-Type: text/plain; charset=utf-8"
    with (LOCALES / f"{code}.po").open("wb") as file:
        file.write("".join(('msgid ""\nmsgstr ""\n', *(f'"{line}\\n"\n' for line in head), "\n")).encode())
        write_po(file, fresh, width=110, omit_header=True)


def main(*, check: bool) -> int:
    """Update the catalogues, or check them: say what is not translated, and return 1 if there is any."""
    lacking = {}
    for code in LANGUAGES[1:]:
        if not check:
            update(code)
        lacking[code] = untranslated(code)
        print(f"{code}: {len(lacking[code])} texts to translate")
        if check:
            print(*(f"  {text}" for text in lacking[code]), sep="\n", end="\n" * bool(lacking[code]))
    return int(check and any(lacking.values()))


if __name__ == "__main__":
    parser = ArgumentParser(description="Bring the catalogues of translations up to date.")
    parser.add_argument("--check", action="store_true", help="change nothing; list what is missing and fail if any is")
    sys.exit(main(check=parser.parse_args().check))
