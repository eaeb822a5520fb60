"""The texts to translate, and the command that updates the catalogues.

`python -m tools.catalogue` adds missing texts to every catalogue in `sim/words/locale`, with an empty translation, and
removes unused ones. Texts come from the declarations of parameters and outcomes, and from every `t("…")` of the
figures, the report and the page.

Texts without a translation are shown in English. Before a release, `python -m tools.catalogue --check` lists them.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

import sim
from sim.declare.declaration import in_words
from sim.inference.contraction import QUANTITIES
from sim.model.outcomes import DEFINED
from sim.model.shown import BY_NAME
from sim.processes import COLUMNS, COUNTS
from sim.report.parameters import ORIGIN_KINDS, SET_ELSEWHERE, without_addresses
from sim.scenario import builtin_scenarios, load_scenario, schema
from sim.scenario.schema import DEFAULT_ELSEWHERE
from sim.studies.columns import Kind, labels, meanings
from sim.studies.statistics import Kind as LevelKind
from sim.studies.statistics import Verdict
from sim.words.language import LANGUAGES, unit_text
from sim.words.units import AROUND, PHRASES

PACKAGE = Path(sim.__file__).resolve().parent
LOCALES = PACKAGE / "words" / "locale"
_SPEAKING = ("report", "figures", "page", "scenario", "country", "parameters", "studies", "inference")
_SPEAKING_FILES = ("words/units.py", "errors.py", "system/text.py", "cli/site.py", "processes/accompaniment.py")
"""Packages, and single files, whose `t("…")` are for people, and whose `said("…")` tell mistakes."""


_KEYWORDS = ("t", "pgettext", "said")


class Message(NamedTuple):
    """A text, with its English plural or the context of its translation, if it has one."""

    text: str
    plural: str = ""
    context: str = ""


def _spoken(file: Path) -> Iterator[Message]:
    """The texts of `t("…")`, `t("one", "many", n=…)` and `t.pgettext("context", "…")` in a file."""
    how: Any = {"encoding": "utf-8"}
    with file.open("rb") as source:
        if file.suffix == ".py":
            calls: Iterable[tuple[Any, ...]] = extract_python(source, dict.fromkeys(_KEYWORDS), (), how)
        else:
            calls = babel_extract(source, _KEYWORDS, (), how)
        for _, name, found, _ in calls:
            texts = [str(text) for text in (found if isinstance(found, tuple) else (found,)) if text]
            if name == "said":
                del texts[1:]  # texts among its values are no plural
            if texts:
                yield Message(texts[1], context=texts[0]) if name == "pgettext" else Message(*texts)


@cache
def texts() -> dict[Message, str]:
    """Every text that is translated, with its place in the code."""
    found: dict[Message, str] = {}

    def note(message: Message | str, place: str) -> None:
        if message and message != "-":
            found.setdefault(Message(message) if isinstance(message, str) else message, place)

    files = [file for package in _SPEAKING for file in sorted((PACKAGE / package).rglob("*"))]
    for file in (*files, *map(PACKAGE.joinpath, _SPEAKING_FILES)):
        if file.suffix in (".py", ".jinja"):
            for message in _spoken(file):
                note(message, f"sim/{file.relative_to(PACKAGE).as_posix()}")
    for path, declaration in schema().declarations.items():
        note(declaration.meaning, path)
        note(declaration.group, path)
        note(declaration.label, path)
        note(unit_text(declaration.unit), path)
        note(without_addresses(declaration.origin), path)
        for choice in declaration.choices:
            note(choice, path)
    for name, outcome in DEFINED.items():
        for text in (outcome.label, outcome.sentence, outcome.shown.unit, outcome.shown.difference):
            note(text, f"outcome {name}")
    for shown in BY_NAME.values():
        note(shown.unit, "sim/model/shown.py")
    declared = [*((name, one.meaning, one.unit) for name, one in COUNTS.items())]
    declared += [(name, one.meaning, one.unit) for name, one in COLUMNS.items()]
    for name, sentence, unit in declared:
        for text in (in_words(name), sentence, unit_text(unit)):
            note(text, f"column {name}")
    for label in (*labels(), *get_args(Kind)):
        note(unit_text(label), "sim/studies/columns.py")
    for meaning in meanings():
        note(meaning, "sim/studies/columns.py")
    for word in (*get_args(Verdict), *get_args(LevelKind)):
        note(word, "sim/studies/statistics.py")
    for name, quantity in QUANTITIES.items():
        for text in (quantity.label, unit_text(quantity.unit)):
            note(text, f"prior beside posterior {name}")
    for words in (*ORIGIN_KINDS.values(), DEFAULT_ELSEWHERE, SET_ELSEWHERE):
        note(words, "sim/report/parameters.py")
    for phrase in PHRASES.values():
        note(Message(phrase.one, phrase.many), "sim/words/units.py")
    for text in AROUND.values():
        note(text, "sim/words/units.py")
    return found


def catalogue(code: str) -> Catalog:
    """A language's catalogue, read from its file."""
    with (LOCALES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def message_of(entry: Entry) -> Message:
    """The message that an entry of a catalogue translates."""
    ids = (entry.id,) if isinstance(entry.id, str) else entry.id
    return Message(*ids) if entry.context is None else Message(ids[0], context=entry.context)


def untranslated(code: str) -> list[str]:
    """Texts that a language lacks, in whole or in one of its plural forms, and policies without a name in it."""
    held = catalogue(code)
    found = []
    for message in texts():
        entry = held.get(message.text, message.context or None)
        forms = [] if entry is None else [entry.string] if isinstance(entry.string, str) else entry.string
        if not forms or not all(forms):
            found.append(message.text)
    for _, path in builtin_scenarios():
        policy = load_scenario(path)
        for what, text in (("name", policy.name), ("description", policy.description)):
            if not isinstance(text, dict) or not text.get(code):
                found.append(f"{what} of {policy.key}")
    return found


_PERCENTILE = re.compile(r"\bpercentile (\d+)")


def _moved(text: str, held: Mapping[tuple[str, str], Any]) -> str:
    """The translation of the same text with another percentile, adapted to the new one; empty if there is none."""
    now = _PERCENTILE.search(text)
    for (old, _), translation in held.items() if now else ():
        before = _PERCENTILE.search(old)
        if now and before and _PERCENTILE.sub("", old) == _PERCENTILE.sub("", text):
            return re.sub(rf"\b{before[1]}\b", now[1], translation, count=1)
    return ""


def update(code: str) -> None:
    """Update one catalogue; existing translations stay."""
    held = {(message_of(entry).text, message_of(entry).context): entry.string for entry in catalogue(code) if entry.id}
    fresh = Catalog(code)
    for message, place in texts().items():
        translation = held.get((message.text, message.context)) or _moved(message.text, held)
        ids = (message.text, message.plural) if message.plural else message.text
        entry = fresh.add(ids, translation, user_comments=[place], context=message.context or None)
        entry.flags.discard("python-format")  # "95 % interval" is none
    head = f"Language: {code}", f"Plural-Forms: {fresh.plural_forms}", "Content-Type: text/plain; charset=utf-8"
    with (LOCALES / f"{code}.po").open("wb") as file:
        file.write("".join(('msgid ""\nmsgstr ""\n', *(f'"{line}\\n"\n' for line in head), "\n")).encode())
        write_po(file, fresh, width=110, omit_header=True)


def main(*, check: bool) -> int:
    """Update the catalogues, or check them: list texts without a translation, and return 1 if there are any."""
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
