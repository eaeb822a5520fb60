"""Bands of differences on the page end at zero where the probability of more says so, as the intervals of tables do."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from sim.page.picture import picture
from sim.page.worker import COMPARED_SERIES, Run, WorldPair
from sim.studies.bands import bands
from sim.studies.statistics import effects

MONTHS, WORLDS = 60, 60


def test_a_band_ends_at_zero_where_its_sign_is_sure(today, ten_hubs):
    random = np.random.default_rng(4)
    draws = np.arange(WORLDS) // 2
    helped = random.gamma(0.8, 1.0, (WORLDS // 2, 1, MONTHS))[draws] + random.normal(0, 0.05, (WORLDS, 1, MONTHS))
    level = random.normal(100, 10, (WORLDS, len(COMPARED_SERIES), MONTHS))
    pairs = [
        WorldPair(Run((one + more).astype(np.float32), {}), Run(one.astype(np.float32), {}), {})
        for one, more in zip(level, helped, strict=True)
    ]
    shown = picture(pairs, ten_hubs, today, draws).shown["series"]["exporters"]
    place = COMPARED_SERIES.index("exporters")
    left = np.stack([pair.policy.series[place] for pair in pairs])
    right = np.stack([pair.against.series[place] for pair in pairs])
    whole = bands(left - right, draws)
    sure = effects(left, right, draws).p_positive >= 0.975
    cut = sure & (whole[0] < 0)
    assert 0 < cut.sum() < MONTHS
    low = np.array(shown["difference"][0])
    assert (low[cut] == 0).all()
    assert low[~cut] == pytest.approx(whole[0][~cut], rel=1e-5)
    assert shown["difference"][2] == pytest.approx(whole[2], rel=1e-5)
