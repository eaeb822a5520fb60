"""The tutorials and the notebook run as they are written, with fewer and shorter worlds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
TUTORIALS = ROOT / "docs" / "tutorials"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
FEW = (
    (re.compile(r"(--replications|replications[:=]|replications =) *\d+"), r"\1 2"),
    (re.compile(r"(--workers|workers =) \d+"), r"\1 1"),
    (re.compile(r"hubsim compare .*"), r"\g<0> --workers 1"),
    (re.compile(r"\buv run "), ""),
)


def small(code: str) -> str:
    """The same with two worlds in one process, and without starting uv again."""
    for pattern, replacement in FEW:
        code = pattern.sub(replacement, code)
    return code


@pytest.fixture
def workplace(tmp_path):
    """A folder that looks like a copy of the project, with shorter worlds."""
    for name in ("scenarios", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "experiments").mkdir()
    root = tmp_path / "scenarios" / "today.yaml"
    text = root.read_text(encoding="utf-8")
    root.write_text(text.replace("start: 2010-01", "start: 2017-01").replace("end: 2034-12", "end: 2031-12"))
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": binaries, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_tutorial_has_something_to_run():
    assert {tutorial.stem for tutorial in TUTORIALS.glob("*.md")} == {
        "student", "researcher", "policymaker", "mechanism", "country",
    }  # fmt: skip


@pytest.mark.parametrize("tutorial", sorted(TUTORIALS.glob("*.md")), ids=lambda tutorial: tutorial.stem)
def test_a_tutorial_runs(tutorial, workplace):
    blocks = BLOCK.findall(tutorial.read_text(encoding="utf-8"))
    script = ["set -euo pipefail"]
    for language, title, code in blocks:
        if title:
            (workplace / title).write_text(small(code), encoding="utf-8")
        elif language == "bash":
            script.append(small(code))
    assert len(blocks) > 0
    if len(script) > 1:
        run(["bash", "-c", "\n".join(script)], workplace)
    python = [small(code) for language, title, code in blocks if language == "python"]
    if python:
        run([sys.executable, "-W", "error", "-c", "\n".join(python)], workplace)


def test_the_notebook_runs_from_its_scenarios_to_its_figure(workplace):
    notebook = nbformat.read(ROOT / "experiments" / "two-policies.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "commit it without outputs"
    for cell in notebook.cells:
        cell.source = small(cell.source)
    folder = workplace / "experiments"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    drawn = workplace / "results" / "two-policies" / "additional-exporters.pdf"
    assert drawn.stat().st_size > 5_000
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ()))
    assert "mean of 2 worlds" in printed
