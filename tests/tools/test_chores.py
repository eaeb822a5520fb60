"""What contributors are told: every chore has a name, every name is told, and what the texts point to is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "sim").exists(), reason="the chores are those of the repository")
GUIDES = ("CONTRIBUTING.md", "RELEASE.md", "CODE_OF_CONDUCT.md", "SECURITY.md")


def settings() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def commands() -> dict[str, list[list[str]]]:
    """The commands of each chore, divided into words."""
    chores = settings()["tool"]["poe"]["tasks"]
    steps = {name: chore.get("sequence", [chore]) for name, chore in chores.items()}
    return {name: [shlex.split(step["cmd"]) for step in each] for name, each in steps.items()}


def test_the_guide_lists_the_chores_with_what_they_do() -> None:
    told = re.findall(
        r"^\| `([\w-]+)` \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert dict(told) == {name: chore["help"] for name, chore in settings()["tool"]["poe"]["tasks"].items()}


def test_every_program_of_the_tools_is_a_chore() -> None:
    called = {words[2] for each in commands().values() for words in each if words[:2] == ["python", "-m"]}
    guarded = [
        file for file in (ROOT / "tools").rglob("*.py") if "\nif __name__ ==" in file.read_text(encoding="utf-8")
    ]
    packages = [
        ROOT / name / "__main__.py"
        for name in ("benchmarks", "tests/baseline", "tools/documentation", "tools/mutation")
    ]
    programs = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__") for file in guarded + packages
    }
    assert programs == called
    assert all(find_spec(name) for name in called)


def test_the_task_runner_reads_its_table() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "poethepoet", "--dry-run", "coverage"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("coverage run -m pytest") == 2


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_names_chores_and_files_that_are_there(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    assert set(re.findall(r"uv run poe ([\w-]+)", text)) - {"NAME"} <= set(commands())
    targets = re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", text)
    named = re.findall(r"`((?:sim|tests|tools|docs|examples|experiments|scenarios|results|benchmarks)/[\w./-]*)`", text)
    assert all((ROOT / name).exists() for name in (*targets, *named) if name), (targets, named)


def test_commits_are_looked_at_with_commands_that_are_chores_or_commands_of_hubsim() -> None:
    hooks = YAML(typ="safe").load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"], "the project's own tools, fetched from nowhere"
    known = {" ".join(words).removesuffix(" .") for each in commands().values() for words in each}
    for hook in hooks[0]["hooks"]:
        assert hook["entry"].removeprefix("uv run ") in {*known, "hubsim check"}


def test_classifiers_name_the_pythons_that_are_tested() -> None:
    tested = re.search(r"for version in (.+); do", (ROOT / ".ci/run").read_text(encoding="utf-8"))
    own = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(settings()["project"]["classifiers"]))
    assert tested and set(named) <= {own, *tested[1].split()} and own in named
    assert settings()["project"]["requires-python"] == f">={min(named)}"
