"""The tutorials, the README and the notebook run as they are written, with fewer and shorter worlds."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from distributed import LocalCluster
from nbclient import NotebookClient

from sim.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "tutorials").glob("*.md")}
TUTORIALS = {name: text for name, text in PAGES.items() if "." not in name}
"""Pages in English; a translation has the code of its language behind the name."""
NOTEBOOK = ROOT / "experiments" / "two-policies.ipynb"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
SHORT = {
    "start: 2010-01": "start: 2020-01",
    "start: 2008-01": "start: 2020-01\n  end: 2030-06",
    "end: 2034-12": "end: 2030-06",
}
FEW = (
    (re.compile(r"replications=\d+\)"), "replications=2, workers=1)"),
    (re.compile(r"(--replications|replications:|replications =) *\d+"), r"\1 2"),
    (re.compile(r"--precision [\d.]+"), "--replications 2"),
    (re.compile(r"hubsim compare .*"), r"\g<0> --workers 1"),
    (re.compile(r"workers = \d+"), "workers = 1"),
    (re.compile(r"^uv run hubsim view.*$", re.MULTILINE), ""),  # the page listens until somebody ends it
    (re.compile(r"\buv run "), ""),
    (re.compile(r"\s+#.*"), ""),
)


def small(code: str) -> str:
    """The same with two worlds in one process, and without starting uv again."""
    for pattern, replacement in FEW:
        code = pattern.sub(replacement, code)
    return code


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with shorter worlds. A study that two pages have in common is run once."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("scenarios", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "experiments").mkdir()
    for root in (folder / "scenarios", folder / "examples" / "asteria" / "scenarios"):
        text = (root / "today.yaml").read_text(encoding="utf-8")
        for long, short in SHORT.items():
            text = text.replace(long, short)
        (root / "today.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def run(project, monkeypatch):
    """Run the blocks of a page one after the other: files, commands, Python."""
    monkeypatch.chdir(project)

    def hubsim(arguments):
        monkeypatch.setattr(sys, "argv", ["hubsim", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 0, arguments

    def shell(script):
        binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(command, env=os.environ | {"PATH": binaries}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"

    def call(blocks):
        names: dict = {}
        for language, title, code in blocks:
            code = small(code)
            if title:
                Path(title).write_text(code, encoding="utf-8")
            elif language == "bash" and "export" in code:
                shell(code)  # tables of another country need a process of their own
            elif language == "bash":
                for line in filter(str.strip, code.splitlines()):
                    words = shlex.split(line)
                    hubsim(words[1:]) if words[0] == "hubsim" else shell(line)
            elif language == "python":
                exec(compile(code, "<page>", "exec"), names)
        plt.close("all")

    return call


@pytest.fixture
def without_pictures(monkeypatch):
    """Leave out the figures and reports of studies, which other pages draw."""
    monkeypatch.setattr("sim.cli.publish.illustrate", lambda result, workers=None: None)


def test_there_is_a_tutorial_for_every_kind_of_user():
    assert set(TUTORIALS) == {"student", "lesson", "researcher", "policymaker", "mechanism", "country"}


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_the_reading_guide_has_the_same_commands_chapters_and_numbers_in_every_language(code):
    english, translated = PAGES["policymaker"], PAGES[f"policymaker.{code}"]

    def commands(page):
        return [re.sub("--lang [a-z]+", "", found) for *_, found in BLOCK.findall(page)]

    def chapters(page):
        digits = page.replace("بعثة واحدة", "1 بعثة")  # Arabic says one mission without a digit
        return [sorted(re.findall(r"[0-9]+", chapter)) for chapter in re.split("^## ", digits, flags=re.MULTILINE)]

    assert commands(translated) == commands(english)
    assert chapters(translated)[1:] == chapters(english)[1:]
    assert all(f"(policymaker.{other}md)" in translated for other in {"", "fr.", "ar."} - {f"{code}."})


@pytest.mark.parametrize("tutorial", sorted(set(TUTORIALS) - {"researcher"}))
def test_a_tutorial_runs(tutorial, run, request):
    if tutorial in ("student", "policymaker"):
        request.getfixturevalue("without_pictures")
    blocks = BLOCK.findall(TUTORIALS[tutorial])
    assert blocks
    run(blocks)


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore:Creating scratch directories:UserWarning",  # Dask complains of a busy disk
)
def test_a_researchers_study_runs_on_two_processors_and_on_dask(run, project, without_pictures):
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None
    ) as cluster:
        page = TUTORIALS["researcher"].replace("tcp://HOST:8786", cluster.scheduler_address)
        run(BLOCK.findall(page))
    here, there = (project / "results" / name / "runs.parquet" for name in ("places", "places-on-dask"))
    assert here.read_bytes() == there.read_bytes()
    assert (project / "hubs-or-hours.pdf").stat().st_size > 5_000


def test_the_commands_and_the_python_of_the_readme_run(run, without_pictures):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    commands = [line for line in lines if re.match(r"cp |uv run hubsim (?!view)", line)]
    assert len(commands) >= 4
    python = [line for line in lines if not re.match(r"cp |uv |python3 ", line)]
    run([("bash", "", "\n".join(commands)), ("python", "", "\n".join(python))])
    assert "hours_per_startup" in "\n".join(python)


def test_the_notebook_runs_from_its_scenarios_to_its_figure(project):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "commit it without outputs"
    for cell in notebook.cells:
        cell.source = small(cell.source) if cell.cell_type == "code" else cell.source
    where = {"metadata": {"path": str(project / "experiments")}}
    NotebookClient(notebook, timeout=300, resources=where).execute()
    drawn = project / "results" / "two-policies" / "additional-exporters.pdf"
    assert drawn.stat().st_size > 5_000
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ()))
    assert "mean of 2 worlds" in printed
