"""Twenty visitors who come and go leave nothing behind."""

from __future__ import annotations

import pytest
import soak

MINUTES = 30


@pytest.mark.slow
def test_half_an_hour_of_visitors_leaves_nothing_behind():
    samples, statuses = soak.soak(60 * MINUTES)
    assert set(statuses) <= {200, 503, soak.LEFT}, "503 asks to come again"
    assert statuses.count(200) > len(statuses) / 2
    for what, room in (("memory", 1.05), ("files", 1.1), ("threads", 1.1)):
        early, late = soak.growth(samples, what)
        assert late <= room * early, f"{what}: {early:.0f} in the second quarter, {late:.0f} in the last"
