"""What processes count and pay: declared beside the mechanism, and nothing that is not."""

from __future__ import annotations

import numpy as np
import pytest

from sim.declare import Count, UndeclaredError
from sim.model.history import NATIONAL
from sim.model.ledger import Ledger
from sim.model.tally import Tally
from sim.processes import COUNTS, MONTH, PAYMENTS


def test_the_series_begin_with_what_the_processes_declare():
    declared = {name for process in MONTH for name in getattr(process, "COUNTS", {})}
    assert declared == set(COUNTS) and NATIONAL[: len(COUNTS)] == tuple(COUNTS)
    assert all(isinstance(count, Count) and count.unit and count.meaning.endswith(".") for count in COUNTS.values())


def test_a_count_that_nobody_declares_is_named_with_the_nearest():
    tally = Tally(COUNTS, np.zeros(len(COUNTS)))
    tally["export_entries"] += 2
    told = r"the count 'export_entry'; did you mean 'export_entries'\?.*COUNTS = {\"export_entry\": Count\("
    with pytest.raises(UndeclaredError, match=told):
        tally["export_entry"] += 1
    with pytest.raises(UndeclaredError, match=told):
        tally["export_entry"] = 1.0
    assert list(tally) == list(COUNTS) and sum(tally.values()) == 2


def test_every_count_is_of_its_month(world_compact):
    done = world_compact.months_done
    founded, closed = (world_compact.startups.everyone(name) for name in ("founded", "closed"))
    assert np.array_equal(world_compact.recorder.national("founded")[:done], np.bincount(founded, minlength=done))
    left = sum(world_compact.recorder.national(name)[:done] for name in ("failed", "acquired"))
    assert np.array_equal(left, np.bincount(closed[closed >= 0], minlength=done))


def test_a_payment_that_nobody_declares_is_named_with_the_nearest():
    told = (
        r"the payment 'export entries, startups to abroad'; did you mean 'export entry, startups to abroad'\?.*"
        r"PAYMENTS = {\(\"startups\", \"abroad\", \"export entries\"\): Payment\("
    )
    with pytest.raises(UndeclaredError, match=told):
        Ledger(PAYMENTS, 1).flow("startups", "abroad", "export entries", 1.0)
