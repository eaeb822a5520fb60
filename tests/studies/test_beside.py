"""Two studies share one queue of chunks, and end together whatever happens."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from fake_worlds import TEN, TODAY, FakeScenario, run_fake

from sim.errors import StudyInterrupted, StudyStoppedError
from sim.studies.execution import Progress, ThisProcess
from sim.studies.session import open_session, together
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study

MAIN = Study("compare", (TODAY, TEN), options={"reference": "today"})
OTHER = Study("under-sets", (TODAY, TEN), record=())


class NotingWorkers(ThisProcess):
    """Notes how many chunks of each size it was given, in their order."""

    def __init__(self):
        self.asked = []

    def submit(self, work, task):
        self.asked.append(len(task.scenarios))
        return super().submit(work, task)


def run(folder, crew=None, other=OTHER, tell=None):
    watch, watch_beside = together(tell)
    how = {"runner": run_fake, "workers": crew or ThisProcess(), "command": "hubsim compare"}
    with (
        open_session(MAIN, Extent(4), folder, **how, progress=watch) as (store, session),
        open_session(other, Extent(2), folder / "beside", **how, progress=watch_beside) as (_, second),
    ):
        session.expect(8)
        second.expect(2 * len(other.scenarios))
        chunks = [other.chunk(place) for place in range(2)]
        session.run((MAIN.chunk(place) for place in range(4)), beside=(second, chunks))
    return store


def states(folder):
    return [ResultStore(place).manifest()["state"] for place in (folder, folder / "beside")]


def test_chunks_of_another_session_follow_in_the_same_queue_and_go_to_its_folder(tmp_path):
    crew, told = NotingWorkers(), []
    single = replace(OTHER, scenarios=(TODAY,))
    run(tmp_path, crew, single, lambda found: told.append((found.done, found.total)))
    assert crew.asked[:6] == [2, 2, 2, 2, 1, 1]
    assert told[-1] == (10, 10) and sorted(told, key=lambda one: one[0]) == told
    for folder, scenarios in ((tmp_path, ["ten-hubs", "today"]), (tmp_path / "beside", ["today"])):
        assert sorted(set(ResultStore(folder).frame("runs")["scenario"])) == scenarios
    assert states(tmp_path) == ["finished", "finished"]


def test_an_interrupt_ends_both_and_the_outer_one_says_how_to_go_on(tmp_path):
    impatient = replace(OTHER, scenarios=(TODAY, FakeScenario("hasty", trouble="stop")))
    with pytest.raises(StudyInterrupted, match=f"8 finished runs are kept in {tmp_path}. Go on with: hubsim compare"):
        run(tmp_path, Interrupting(), impatient)
    assert states(tmp_path) == ["interrupted", "interrupted"]


class Interrupting(ThisProcess):
    """Ctrl-C arrives with the first chunk of the second study."""

    def submit(self, work, task):
        if any(scenario.key == "hasty" for scenario in task.scenarios):
            raise KeyboardInterrupt
        return super().submit(work, task)


def test_a_full_disk_stops_both_and_is_told_once(tmp_path):
    greedy = replace(OTHER, scenarios=(TODAY, FakeScenario("greedy", trouble="unwritable")))
    with pytest.raises(StudyStoppedError) as stopped:
        run(tmp_path, other=greedy)
    assert str(stopped.value).count("What is done is kept in") == 1 and f"in {tmp_path}." in str(stopped.value)
    assert states(tmp_path) == ["stopped", "stopped"]
    with suppress(StudyStoppedError):
        run(tmp_path, other=greedy)
    assert len(ResultStore(tmp_path).frame("runs")) == 8


def test_the_progress_of_two_sessions_is_their_sum():
    one, two = Progress(10), Progress(None)
    one.done, one.failed, two.done, two.kept = 4, 1, 3, 2
    both = one + two
    assert (both.total, both.done, both.failed, both.kept) == (None, 7, 1, 2)
    assert both.seconds >= max(one.seconds, two.seconds) - 1
