"""Messages about mistakes are sentences of the catalogue, not texts that only English readers understand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from sim.country.data import CountryError
from sim.country.data.sheet import TableError, read_sheet
from sim.errors import Mistake, StudyStoppedError, in_words, message_of
from sim.page.site.writing import _refuse_foreign
from sim.studies.claim import refuse_foreign
from sim.studies.lookup import locate
from sim.words.language import LANGUAGES, language

PACKAGE = Path(sim.__file__).parent
KINDS = ("StudyError", "StudyStoppedError", "TableError", "CountryError", "Mistake", "Fault")
"""Errors, and faults of tables, whose message a person reads."""
STILL_ENGLISH = ("cli", "model", "report")
"""Folders with messages that are told in English only."""


def english_only() -> Iterator[tuple[str, int]]:
    """File and line of each message that is a text of the code."""
    for file in sorted(PACKAGE.rglob("*.py")):
        place = file.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
                message = node.args[-1 if node.func.id == "Fault" else 0]
                if isinstance(message, ast.JoinedStr | ast.BinOp | ast.Constant):
                    yield place, message.lineno


def test_messages_are_sentences_of_the_catalogue():
    found = list(english_only())
    assert [place for place in found if place[0].split("/")[0] not in STILL_ENGLISH] == []
    assert {place.split("/")[0] for place, _ in found} == set(STILL_ENGLISH), "what is translated leaves the list"


def refusals(folder: Path) -> Iterator[Exception]:
    """Mistakes of studies, of tables and of a site, as they are made."""
    table = folder / "facts.csv"
    for content in (b"", b"a,a\n1,2\n", b"a\xff\n", b"a,b\n1,2,3\n" * 30, "a\n".encode("utf-16")):
        table.write_bytes(content)
        with pytest.raises(TableError) as caught:
            read_sheet(table)
        yield caught.value
    for ask in (
        lambda: sim.compare(["today"], reference="todai"),
        lambda: sim.compare("today"),
        lambda: locate("no-such-policy"),
        lambda: refuse_foreign(folder, ["other"]),
        lambda: sim.country.data.path("no-such-table"),
        lambda: _refuse_foreign(folder / "facts.csv"),
    ):
        with pytest.raises((Mistake, CountryError, StudyStoppedError)) as found:
            ask()
        yield found.value


def test_refusals_are_told_in_each_language(tmp_path):
    for failure in refusals(tmp_path):
        told = [in_words(message_of(failure), language(code)) for code in LANGUAGES]
        assert told[0] == str(failure)
        assert len(set(told)) == 3, told[0]
        assert all(str(tmp_path / "facts.csv") in text for text in told) == (str(tmp_path / "facts.csv") in told[0])


def test_publish_refuses_in_the_language_asked_for(tmp_path, capsys):
    from typer.testing import CliRunner

    from sim.cli.main import app

    for code, start in (("en", f"{tmp_path} holds no result"), ("fr", f"{tmp_path} ne contient pas de résultat")):
        found = CliRunner().invoke(app, ["publish", str(tmp_path), "--lang", code])
        assert found.exit_code == 2
        assert start in found.output + capsys.readouterr().err
