"""The printed month: what it says of each process is what the process does in a world."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from sim.declare import Trial
from sim.kernel.randomness import Streams
from sim.model.ecosystem import EcosystemModel
from sim.processes import BLOCKS, COLUMNS, MONTH, STREAMS
from sim.report.schedule.month import steps

STEP_OF = {step.process: step for step in steps()}
EVENTFUL = {
    **{f"{name}.enabled": True for name, block in BLOCKS.items() if issubclass(block, Trial)},
    "missions.per_year": 2,
    "time.start": "2018-01",
    "time.present": "2020-06",
    "time.end": "2025-12",
    "admission.stay": 12,
    "acquisition.rate": 0.5,
    "refounding.probability": 0.5,
    "accompaniment.remote_fraction": 0.2,
}


@pytest.fixture(scope="module")
def seen(today):
    """Columns that changed while each process acted, and streams that it asked for, in a world where much happens."""
    written, drawn, acting = defaultdict(set), defaultdict(set), [None]

    class Watched(Streams):
        def __getitem__(self, name):
            drawn[acting[0]].add(name)
            return super().__getitem__(name)

    def watched(process, act):
        def watch(world):
            acting[0], startups = process, world.startups
            before = {name: startups.column(name, 0).copy() for name in ("key", *COLUMNS)}
            act(world)
            acting[0] = None
            written[process] |= {name for name in before if not np.array_equal(before[name], startups.column(name, 0))}

        return watch

    model = EcosystemModel(today.with_values(EVENTFUL))
    model.bundle.streams = Watched(1, 0, model.end)
    with pytest.MonkeyPatch.context() as patch:
        for process in MONTH:
            patch.setattr(process, "act", watched(process, process.act))
        model.run_until(model.end)
    return written, drawn


@pytest.mark.parametrize("process", MONTH, ids=lambda process: process.__name__.rpartition(".")[2])
def test_what_a_process_writes_and_draws_is_what_the_month_says(process, seen):
    written, drawn = seen
    assert written[process] == set(STEP_OF[process].writes)
    assert drawn[process] == set(STEP_OF[process].draws)


def test_the_month_is_whole_and_in_order():
    assert [step.process for step in steps() if step.process] == list(MONTH)
    between = [step.name for step in steps() if not step.process]
    assert between == ["found", "remember start", "close", "close books", "begin counting"]
    assert {stream for step in steps() for stream in step.draws} == set(STREAMS)
    assert all(step.sentence.endswith(".") for step in steps())
    assert {column for step in steps() for column in step.writes} == {"key", *COLUMNS}


def test_what_is_read_is_told_from_the_source():
    said = {step.name: step for step in steps()}
    assert said["insolvency"].reads == ("key", "cash") and said["insolvency"].writes == ()
    assert said["cash"].reads == ("finance", "revenue", "cash", "hub") and said["cash"].writes == ("cash",)
    assert said["graduation"].touches("`") == "reads `hub`, `admitted`; writes `hub`, `left`, `left_reason`"
    assert "every column" in said["found"].touches()
