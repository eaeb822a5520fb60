"""Sums of compiled loops: the same in any order, and right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.compiled import compiled
from sim.kernel.masks import everywhere
from sim.kernel.sums import MONEY, PAYMENT, from_steps, small_total, stepped, steps, total_money


@compiled
def sums(amounts: np.ndarray, words: np.ndarray, found: np.ndarray) -> None:
    payments, small = 0, 0.0
    for place in range(amounts.size):
        payments += steps(amounts[place], PAYMENT)
        small += stepped(amounts[place] * 1e-9)
    found[0], found[1], found[2] = total_money(words, 2, amounts), from_steps(payments, PAYMENT), small
    found[3] = small_total(words, 2, amounts * 1e-9)


def summed(amounts: np.ndarray, words: np.ndarray) -> np.ndarray:
    found = np.empty(4)
    sums(amounts, words, found)
    return found


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order(amounts, random):
    numbers, everyone = np.array(amounts), np.full(len(amounts), everywhere(3), dtype=np.uint32)
    order = list(range(numbers.size))
    random.shuffle(order)
    found = summed(numbers, everyone)
    assert np.array_equal(found, summed(numbers[order], everyone))
    rounding, exact = 1e-12 * np.abs(numbers).sum(), float(np.sum(numbers))
    assert found[0] == pytest.approx(exact, abs=numbers.size / MONEY + rounding)
    assert found[1] == pytest.approx(exact, abs=numbers.size / PAYMENT + rounding)
    assert found[2:] == pytest.approx([exact * 1e-9] * 2, abs=numbers.size * 2**-40 + 1e-9 * rounding)


def test_only_rows_whose_words_hold_are_summed():
    amounts, words = np.array([1.0, 20.0, 300.0]), np.array([0b100, 0b011, 0b110], dtype=np.uint32)
    found = summed(amounts, words)
    assert found[0] == 301.0
    assert found[3] == pytest.approx(301e-9, abs=2**-39)


def test_payments_are_rounded_to_the_nearest_step():
    assert from_steps(steps(1.5 + 0.4 / PAYMENT, PAYMENT), PAYMENT) == 1.5
    assert from_steps(steps(1.5 + 0.6 / PAYMENT, PAYMENT), PAYMENT) == 1.5 + 1 / PAYMENT


def test_the_word_of_all_policies_has_a_bit_for_each():
    assert [int(everywhere(policies)) for policies in (1, 2, 31, 32)] == [1, 3, 2**31 - 1, 2**32 - 1]
