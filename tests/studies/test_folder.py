"""Result folders: figures and reports tolerate unreadable files, and studies refuse them."""

from __future__ import annotations

import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, run_fake

from sim.errors import StudyError
from sim.studies.folder import ResultFolder
from sim.studies.session import open_session
from sim.studies.store import ResultStore, UnreadableTableError
from sim.studies.study import Extent, Study


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "result"
    study = Study("compare", (TODAY, TEN), options={"reference": "today"})
    with open_session(study, Extent(3), folder, runner=run_fake, workers=1) as (store, session):
        session.run(study.chunk(position) for position in range(3))
    store.write_csv("differences", pd.DataFrame({"scenario": ["ten-hubs", "2030"], "difference": [1.5, None]}))
    store.write_csv("nothing", pd.DataFrame({"scenario": []}))
    return folder


@pytest.mark.parametrize("name", ["differences.csv", "monthly.parquet", "runs.parquet"])
def test_both_readers_read_the_same(kept, name):
    found = ResultFolder(kept)
    pd.testing.assert_frame_equal(found.frame(name), ResultStore(kept).frame(name))
    assert not found.missing and found.manifest() == ResultStore(kept).manifest()


def test_columns_and_rows_are_chosen_alike_in_both_formats(kept):
    found = ResultFolder(kept)
    for name in ("differences.csv", "monthly.parquet"):
        chosen = found.frame(name, ("scenario", "no such column"), ["ten-hubs"])
        assert list(chosen) == ["scenario"] and set(chosen["scenario"]) == {"ten-hubs"}
        nobody = found.frame(name, ("scenario",), ["nobody"])
        assert nobody is not None and nobody.empty, "the table is there, only not for them"
    assert found.frame("differences.csv")["scenario"].tolist() == ["ten-hubs", "2030"], "names stay text"


def test_what_is_missing_empty_or_damaged_is_told_apart(kept, tmp_path):
    store = ResultStore(tmp_path)
    store.path("monthly").write_bytes(b"PAR1 broken by somebody")
    store.path("differences.csv").write_bytes(b'scenario\n"open')
    found = ResultFolder(store)
    for name in ("summary.csv", "monthly.parquet", "differences.csv"):
        assert found.frame(name) is None
        with pytest.raises(UnreadableTableError, match="is not there" if name == "summary.csv" else "it is damaged"):
            store.frame(name)
    assert found.missing["summary.csv"] == "" and found.missing["monthly.parquet"] and found.missing["differences.csv"]
    assert found.manifest() == {} and found.scenario("today", ("name",)) == {}
    with pytest.raises(StudyError, match=r"monthly\.parquet cannot be read, it is damaged"):
        found.refuse_damaged()

    other = ResultFolder(kept)
    assert other.frame("differences.csv", needs=("scenario", "verdict")) is None
    assert other.missing == {"differences.csv": "verdict"}
    assert other.optional("nothing.csv") is None and other.optional("summary.csv") is None
    assert set(other.missing) == {"differences.csv"}, "what not every folder has is no loss"
