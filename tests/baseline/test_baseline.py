"""The small study still gives the numbers that are kept in `numbers.yaml`."""

from __future__ import annotations

import pytest

from baseline import read, study


def test_the_small_study_gives_the_kept_numbers():
    kept, found = read(), study()
    assert set(kept) == set(found)
    moved = {name: (kept[name], found[name]) for name in kept if found[name] != pytest.approx(kept[name], rel=1e-9)}
    assert not moved, "meant? then refresh them with `uv run python -m tests.baseline`"
