"""Figures and report of a result do not depend on the number of workers, and are made again if their source changed."""

from __future__ import annotations

import ast
import shutil
from collections import Counter
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from report_folders import CHANGES, make, table_of

from sim.cli.publish import draw, drawn, illustrate
from sim.errors import StudyError
from sim.figures import drawing
from sim.figures.drawing import draw_one
from sim.report.writing import write_report
from sim.studies import program
from sim.studies.comparison import Comparison
from sim.studies.execution import ThisProcess
from sim.studies.program import PACKAGE


def pictures(folder):
    return {path.name: path.read_bytes() for path in (*folder.glob("figures/*"), folder / "report.html")}


class DeadWorkers(ThisProcess):
    """Two workers that are killed by every task."""

    count = 2

    def submit(self, work, task):
        future = Future()
        future.set_exception(BrokenProcessPool())
        return future


def test_pictures_are_the_same_whoever_draws_them(tmp_path, monkeypatch):
    found = Comparison(make(tmp_path / "result"))
    count: Counter[str] = Counter()
    drawings = drawing._drawings

    def counting(*arguments):
        for name, draw_it in drawings(*arguments):
            yield name, lambda name=name, draw_it=draw_it, **how: (count.update([name, *how]), draw_it(**how))[1]

    draw(found)
    write_report(found.folder)
    alone, noted = pictures(found.folder), found.manifest["figures"]
    assert {"report.html", "paths.svg", "differences.png"} <= alone.keys()
    for crew in (None, DeadWorkers()):
        shutil.rmtree(found.folder / "figures")
        (found.folder / "report.html").unlink()
        found.store.note(figures=[])
        if crew:
            monkeypatch.setattr("sim.cli.publish.workers_for", lambda count, tasks, crew=crew: crew)
            monkeypatch.setattr(drawing, "_drawings", counting)
        illustrate(found, 2)
        assert pictures(found.folder) == alone
        assert Comparison(found.folder).manifest["figures"] == noted and drawn(found)
    del count["width"]
    assert set(count.values()) == {2}, "each is drawn once for the folder and the report, and once for telephones"
    assert {f"figures/{name}.svg" for name in count} <= set(noted)


def test_a_process_that_has_drawn_reads_results_again_when_they_have_changed(tmp_path):
    found = Comparison(make(tmp_path / "result"))

    def drawn_bytes() -> list[bytes]:
        _, files, _ = draw_one(found.folder, "differences")
        return [path.read_bytes() for path in files]

    before = drawn_bytes()
    assert drawn_bytes() == before
    table_of(CHANGES).query("scenario == 'ten-hubs-2027'").to_csv(found.folder / "differences.csv", index=False)
    found.store.note(state="finished")
    assert drawn_bytes() != before


def test_a_picture_that_cannot_be_drawn_is_an_error_of_the_one_who_asked(tmp_path):
    found = Comparison(make(tmp_path / "result"))
    found.store.path("monthly").write_bytes(b"PAR1 broken by somebody")
    with pytest.raises(StudyError, match=r"monthly\.parquet cannot be read, it is damaged: .*footer"):
        illustrate(found, 2)
    assert not drawn(found)


@pytest.mark.parametrize("file", ["figures/forest.py", "figures/gaps.py", "report/prices.py", "studies/statistics.py"])
def test_figures_are_drawn_again_when_what_draws_them_or_what_they_show_has_changed(tmp_path, monkeypatch, file):
    found = Comparison(make(tmp_path / "result"))
    found.store.note(figures=[])
    monkeypatch.setattr("sim.figures.drawing.draw_all", lambda folder, language: [folder / "manifest.json"])
    draw(found, "fr")
    assert not drawn(found), "figures in French do not stand for those that a command draws"
    draw(found)
    assert drawn(found)
    real = program._tree

    def tree(path: Path) -> ast.Module:
        more = ast.parse("edited = True").body if path == PACKAGE / file else []
        return ast.Module([*real(path).body, *more], [])

    with monkeypatch.context() as edited:
        edited.setattr(program, "_tree", tree)
        for cached in (program.digest_of, program._read):
            cached.cache_clear()
        try:
            assert not drawn(found)
        finally:
            for cached in (program.digest_of, program._read):
                cached.cache_clear()
    assert drawn(found)
