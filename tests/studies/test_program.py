"""A result is reused only if its whole environment is the same; texts are not part of that."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from fake_worlds import TEN, TODAY, run_fake

from sim.errors import StudyError
from sim.inference.ladder import run_ladders
from sim.inference.training_runs import run_moments
from sim.studies import environment as made
from sim.studies import program, session
from sim.studies.environment import environment
from sim.studies.month_by_month import RunMonthByMonth
from sim.studies.points import RunPoints
from sim.studies.program import PACKAGE, digest_of
from sim.studies.session import open_session
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study
from sim.studies.worlds import run_policies

STUDY = Study("compare", (TODAY, TEN))
MODULE = """'A module.'

def f(x):
    'Double.'
    if x < 0:
        raise ValueError("below 0")
    return {}
"""


def names(files: frozenset[Path]) -> set[str]:
    return {file.relative_to(PACKAGE).as_posix() for file in files if file.is_relative_to(PACKAGE)}


@pytest.fixture
def edited(monkeypatch):
    """Simulate a change of the code in files of the package."""
    real = program._tree

    def edit(*names: str) -> None:
        more = ast.parse("edited = True").body
        files = {PACKAGE / name for name in names}
        assert all(file.exists() for file in files)

        def tree(file: Path) -> ast.Module:
            module = real(file)
            return ast.Module([*module.body, *more], []) if file in files else module

        monkeypatch.setattr(program, "_tree", tree)
        for cached in (digest_of, program._read, made._versions):
            cached.cache_clear()

    yield edit
    monkeypatch.undo()
    for cached in (digest_of, program._read, made._versions):
        cached.cache_clear()


@pytest.mark.parametrize(("again", "same"), [
    (MODULE.format("2 * x  # quickly").replace("Double", "Twice").replace("below 0", "x is negative"), True),
    (MODULE.format("2*x"), True),
    (MODULE.format("3 * x"), False),
    (MODULE.format("2 * x").replace("x < 0", "x < 1"), False),
])  # fmt: skip
def test_comments_docstrings_and_the_words_of_errors_do_not_count(tmp_path, again, same):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "m.py").write_text(MODULE.format("2 * x"))
    (tmp_path / "b" / "m.py").write_text(again)
    one, other = (digest_of(frozenset([tmp_path / folder / "m.py"])) for folder in "ab")
    assert (one == other) is same


def test_the_model_is_whole_folders_and_what_its_runner_imports():
    model = names(made._model())
    for folder in made.MODEL:
        assert {f"{folder}/{file.name}" for file in (PACKAGE / folder).glob("*.py")} <= model
    assert {
        "model/ecosystem.py",
        "kernel/randomness.py",
        "model/outcomes.py",
        "model/twins.py",
        "studies/worlds.py",
    } <= model
    assert not {
        name for name in model if name.split("/")[0] in ("words", "inference", "figures", "report", "page", "cli")
    }
    assert "studies/smallest.py" not in model


@pytest.mark.parametrize(("runner", "file"), [
    (run_ladders, "inference/ladder.py"), (run_moments, "inference/moments.py"), (RunPoints, "studies/design.py"),
    (RunMonthByMonth, "studies/month_by_month.py"),
])  # fmt: skip
def test_an_edited_runner_is_another_environment_for_its_studies_alone(edited, runner, file):
    before, others = environment(runner), environment()
    edited(file)
    assert made.changes(before, environment(runner)) == ["the program that runs this study has changed"]
    assert environment() == others


@pytest.mark.parametrize("file", ["processes/revenue.py", "kernel/randomness.py"])
def test_an_edited_model_is_another_environment_for_all(edited, file):
    before = environment(run_ladders), environment()
    edited(file)
    for earlier, now in zip(before, (environment(run_ladders), environment()), strict=True):
        assert "the model's source has changed" in made.changes(earlier, now)


def test_edited_commands_are_the_same_environment(edited):
    runners = (run_policies, run_ladders, run_moments, RunPoints, RunMonthByMonth)
    before = [environment(runner) for runner in runners]
    edited("cli/console.py", "cli/main.py", "words/language.py", "cli/validate.py", "report/page.py")
    assert [environment(runner) for runner in runners] == before


def sit(folder: Path, chunks: int, summarise=session._nothing) -> Path:
    with open_session(STUDY, Extent(4), folder, runner=run_fake, workers=1, summarise=summarise) as (store, opened):
        if opened is not None:
            opened.run(STUDY.chunk(position) for position in range(chunks))
            if chunks < 4:
                raise KeyboardInterrupt
    return store.folder


def test_a_finished_study_of_another_runner_is_left_and_an_unfinished_one_is_refused(tmp_path, monkeypatch):
    assert sit(tmp_path / "done", 4) == sit(tmp_path / "done", 4) == tmp_path / "done"
    with pytest.raises(KeyboardInterrupt):
        sit(tmp_path / "half", 2)
    real = session.environment
    monkeypatch.setattr(session, "environment", lambda runner: real(runner) | {"runner": "edited"})
    assert sit(tmp_path / "done", 4) == tmp_path / "done-2"
    with pytest.raises(StudyError, match="the program that runs this study has changed"):
        sit(tmp_path / "half", 4)


def write_count(store: ResultStore) -> None:
    (store.folder / "count.csv").write_text(str(store.rows()))


def test_tables_are_written_anew_when_other_source_wrote_them(tmp_path):
    folder = sit(tmp_path / "done", 4, write_count)
    (folder / "count.csv").write_text("stale")
    store = ResultStore(folder)
    store.note(figures=["figures/x.svg"])
    sit(folder, 4, write_count)
    assert (folder / "count.csv").read_text() == "stale" and store.manifest()["figures"]
    store.note(tables_by="other source")
    sit(folder, 4, write_count)
    assert (folder / "count.csv").read_text() == "8" and not store.manifest()["figures"]
