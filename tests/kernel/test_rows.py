"""Which rows a loop goes through, how many are of each group, and who comes first: as NumPy says, compiled and not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.compiled import compiled
from sim.kernel.randomness import Streams, rows_below
from sim.kernel.ranking import first_of_each
from sim.kernel.rows import counted, marked


@compiled
def compiled_marked(marks: np.ndarray) -> np.ndarray:
    return marked(marks)


@compiled
def compiled_counted(groups: np.ndarray, size: int) -> np.ndarray:
    return counted(groups, size)


@compiled
def compiled_below(keys: np.ndarray, word: np.uint64, bound: float) -> np.ndarray:
    return rows_below(keys, word, bound)


@compiled
def compiled_first(group: np.ndarray, first: np.ndarray, second: np.ndarray, room: np.ndarray) -> np.ndarray:
    return first_of_each(group, first, second, room)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.booleans(), max_size=70))
def test_marked_rows_are_all_that_are_marked_in_order(marks):
    given_marks = np.array(marks, dtype=np.bool_)
    for find in (marked, compiled_marked):
        assert np.array_equal(find(given_marks), np.flatnonzero(given_marks))


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(0, 5), max_size=40))
def test_every_row_is_counted_once(groups):
    given_groups = np.array(groups, dtype=np.int32)
    for count in (counted, compiled_counted):
        assert np.array_equal(count(given_groups, 6), np.bincount(given_groups, minlength=6))


@pytest.mark.parametrize("bound", [0.0, 1e-3, 0.2, 1.0])
def test_rows_below_a_bound_are_those_whose_uniform_is(bound):
    keys, stream = np.arange(10_001, dtype=np.uint64) * np.uint64(7919), Streams(3, 0, 2)["any"]
    expected = np.flatnonzero(stream.uniform(1, keys) < bound)
    assert np.array_equal(compiled_below(keys, stream.at(1), bound), expected)


def test_a_draw_that_equals_a_bound_is_not_below_it():
    keys, stream = np.arange(50, dtype=np.uint64), Streams(3, 0, 2)["any"]
    draws = stream.uniform(1, keys)
    assert not stream.below(1, keys, draws).any() and stream.below(1, keys, np.nextafter(draws, 1)).all()
    for row, draw in enumerate(draws.tolist()):
        assert row not in compiled_below(keys, stream.at(1), draw)
        assert row in compiled_below(keys, stream.at(1), np.nextafter(draw, 1))


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 2**32), st.integers(2, 60), st.data())
def test_the_first_of_each_group_are_chosen_and_one_less_changes_at_most_one_choice(seed, size, data):
    random = np.random.default_rng(seed)
    keys, ties = random.integers(0, 9, size).astype(float), random.permutation(size).astype(float)
    group, room = random.integers(0, 3, size), np.array(data.draw(st.lists(st.integers(0, 30), min_size=3, max_size=3)))
    order = np.lexsort((ties, keys))
    expected = [order[group[order] == one][: room[one]] for one in range(3)]
    assert np.array_equal(compiled_first(group, keys, ties, room), np.concatenate(expected))
    gone = data.draw(st.integers(0, size - 1))
    left = np.delete(np.arange(size), gone)
    without = set(left[compiled_first(group[left], keys[left], ties[left], room)].tolist())
    chosen = set(np.concatenate(expected).tolist())
    assert len(chosen - without - {gone}) == 0 and len(without - chosen) <= 1
