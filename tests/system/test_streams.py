"""Printing comes last and harms nothing, with streams that are absent, closed, full, cut off, or lack letters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from sim.cli.console import Voice, conclude, print_result, write_json
from sim.cli.main import check
from sim.system.streams import Outlet, settle

SHORT = "name: Fès\ntime:\n  start: 2016-01\n  present: 2016-06\n  end: 2016-12\n"
NAMES = "Fès, Sidi Bou ‘Othmane – 90 %, مراكش"


@pytest.fixture
def settled(monkeypatch):
    """The streams of this process behind outlets, as a command has them."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    settle()


@pytest.fixture
def stream():
    """Opens text streams that are closed after the test."""
    with ExitStack() as opened:
        yield lambda path, encoding="utf-8": opened.enter_context(Path(path).open("w", encoding=encoding))


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", NAMES),
        ("cp1252", "Fès, Sidi Bou ‘Othmane – 90 %, ?????"),
        ("latin-1", "Fès, Sidi Bou 'Othmane - 90 %, ?????"),
        ("ascii", "Fes, Sidi Bou 'Othmane - 90 %, ?????"),
    ],
)
def test_a_character_that_the_output_does_not_have_is_written_as_the_nearest_that_it_has(
    settled, stream, tmp_path, encoding, written
):
    outlet = Outlet(stream(tmp_path / "text", encoding))
    print(NAMES, file=outlet, flush=True)
    assert (tmp_path / "text").read_text(encoding) == f"{written}\n"
    assert outlet.lost is None and outlet.encoding.lower() in (encoding, "iso-8859-1", "us-ascii")


def test_accents_written_as_characters_of_their_own_leave_nothing_behind(settled, stream, tmp_path):
    outlet = Outlet(stream(tmp_path / "text", "ascii"))
    print("Fe\u0300s \udce9", file=outlet, flush=True)
    assert (tmp_path / "text").read_text() == "Fes ?\n"


def test_json_keeps_its_letters_in_every_encoding(settled, stream, monkeypatch, tmp_path):
    for encoding in ("ascii", "cp1252", "utf-8"):
        monkeypatch.setattr(sys, "stdout", Outlet(stream(tmp_path / encoding, encoding)))
        write_json({"hub": NAMES})
        assert json.loads((tmp_path / encoding).read_text("utf-8")) == {"hub": NAMES}


def test_absent_closed_and_cut_off_streams_take_everything_and_lose_nothing_that_was_wanted(settled, stream, tmp_path):
    closed = stream(tmp_path / "text")
    closed.close()
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as unread:
        for broken in (None, unread):
            outlet = Outlet(broken)
            print("x" * 100_000, file=outlet, flush=True)
            assert outlet.lost is None and not outlet.isatty()
    outlet = Outlet(closed)
    print("text", file=outlet)
    assert isinstance(outlet.lost, ValueError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_device_loses_the_text_of_a_result_that_is_kept_and_fails_only_what_is_kept_nowhere(
    settled, stream, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(sys, "stdout", Outlet(stream("/dev/full")))
    print_result("table", tmp_path)
    with pytest.raises(typer.Exit) as leaving:
        print_result("table")
    assert leaving.value.exit_code == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"standard output does not take the text: No space left on device; the result is in {tmp_path}"
    assert told[1] == "standard output does not take the text: No space left on device"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_all_files_are_checked_also_where_the_answer_cannot_be_printed(settled, stream, monkeypatch, tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SHORT, encoding="utf-8")
    bad.write_text("name: [")
    monkeypatch.setattr(sys, "stdout", Outlet(stream("/dev/full")))
    for files, code in (([good], 1), ([good, bad], 2)):
        with pytest.raises(typer.Exit) as leaving:
            check([str(file) for file in files])
        assert leaving.value.exit_code == code


def test_figures_and_report_are_there_before_the_table_is_printed(capsys, monkeypatch):
    order = []

    def table(result, width):
        order.append("table")
        return "text\n"

    monkeypatch.setattr("sim.cli.publish.drawn", lambda result: False)
    monkeypatch.setattr("sim.cli.publish.illustrate", lambda result, workers: order.append("illustrate"))
    monkeypatch.setattr("sim.report.text.table", table)
    conclude(SimpleNamespace(folder="results/x", failures=[]), Voice(as_json=False, quiet=True))
    assert order == ["illustrate", "table"] and capsys.readouterr().out == "text\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with one policy of twelve months, run by a command that has no standard stream at all."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / "short.yaml").write_text(SHORT, encoding="utf-8")
    assert hubsim(folder, "run short.yaml", "<&- >&- 2>&-").returncode == 0
    return folder


def hubsim(folder, command, redirected=""):
    """A command in a shell of its own, on a narrow screen with few letters."""
    line = f'"{sys.executable}" -m sim.cli.main {command} {redirected}'
    root = str(Path(__file__).parents[2])
    variables = {**os.environ, "PYTHONPATH": root, "PYTHONIOENCODING": "cp1252", "COLUMNS": "40"}
    return subprocess.run(["sh", "-c", line], cwd=folder, env=variables, capture_output=True, check=False)


def test_a_command_without_streams_writes_all_that_it_writes(project):
    folder = project / "results" / "short"
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["state"] == "finished"
    assert (folder / "summary.csv").exists() and list((folder / "figures").iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_command_ends_with_its_own_code_on_a_full_device(project):
    done = hubsim(project, "run short.yaml", ">/dev/full")
    assert done.returncode == 0 and b"the result is in results/short" in done.stderr
    assert b"Traceback" not in done.stderr and b"Exception" not in done.stderr


def test_a_reader_that_has_seen_enough_ends_nothing_badly(project):
    done = hubsim(project, "show short.yaml", "| head -1")
    assert done.stdout.startswith(b"path ") and done.stdout.count(b"\n") == 1 and done.stderr == b""
