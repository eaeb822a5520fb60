"""exp, log and the normal quantile of compiled loops: right to the last digit, everywhere, and in vector registers."""

from __future__ import annotations

import re
from collections.abc import Callable

import mpmath
import numba
import numpy as np
import pytest

from sim.kernel import mathematics
from sim.kernel.compiled import _linked, compiled
from sim.kernel.mathematics import (
    exp,
    log,
    near_normal_quantile,
    normal_quantile,
)


@compiled
def exps(numbers: np.ndarray, found: np.ndarray) -> None:
    for place in range(numbers.size):
        found[place] = exp(numbers[place])


@compiled
def logs(numbers: np.ndarray, found: np.ndarray) -> None:
    for place in range(numbers.size):
        found[place] = log(numbers[place])


@compiled
def quantiles(numbers: np.ndarray, found: np.ndarray) -> None:
    for place in range(numbers.size):
        found[place] = normal_quantile(numbers[place])


function: Callable[[float], float] = mathematics.exp


def loop(numbers: np.ndarray, found: np.ndarray) -> None:
    for place in range(numbers.size):
        found[place] = function(numbers[place])


def applied(loop: Callable[[np.ndarray, np.ndarray], None], numbers: np.ndarray) -> np.ndarray:
    found = np.empty(numbers.size)
    loop(numbers, found)
    return found


def units_off(loop: Callable[[np.ndarray, np.ndarray], None], exact: Callable, numbers: np.ndarray) -> float:
    """Largest error in units in the last place of the exact result."""
    worst = mpmath.mpf(0)
    with mpmath.workprec(200):
        for number, found in zip(numbers.tolist(), applied(loop, numbers).tolist(), strict=True):
            wanted = exact(mpmath.mpf(number))
            worst = max(worst, abs(found - wanted) / mpmath.mpf(np.spacing(abs(float(wanted)))))
    return float(worst)


def spread(random: np.random.Generator, *ranges: tuple[float, float]) -> np.ndarray:
    return np.concatenate([random.uniform(low, high, 1500) for low, high in ranges])


def test_exp_is_at_most_one_unit_off():
    numbers = spread(np.random.default_rng(1), (-745, 709.7), (-1, 1), (-745, -708), (-1e-8, 1e-8), (700, 709.7))
    assert units_off(exps, mpmath.exp, numbers) <= 1


def test_log_is_at_most_one_unit_off():
    random = np.random.default_rng(2)
    numbers = [np.exp(random.uniform(-744, 709, 3000)), 1 + random.uniform(-1e-3, 1e-3, 1500), spread(random, (0.5, 2))]
    assert units_off(logs, mpmath.log, np.concatenate(numbers)) <= 1


def test_the_normal_quantile_is_right_in_both_tails():
    random = np.random.default_rng(3)
    lower = np.exp(random.uniform(np.log(2.0**-54), np.log(0.5), 1500))
    numbers = np.concatenate([lower, 1 - lower, random.uniform(0, 1, 1500), [2.0**-54, 1 - 2.0**-53, 1e-300, 0.5]])
    worst = 0.0
    with mpmath.workprec(160):
        for number, found in zip(numbers.tolist(), applied(quantiles, numbers).tolist(), strict=True):
            density = mpmath.npdf(found)  # one step of Newton's from the right to 15 digits gives 30
            worst = max(
                worst, float(abs((mpmath.ncdf(found) - mpmath.mpf(number)) / density / found)) if found else 0.0
            )
    assert worst <= 1e-15


def test_the_ends_are_those_of_the_functions():
    with np.errstate(all="ignore"):
        ends = np.array([-np.inf, -746.0, -745.2, 709.8, np.inf, np.nan, 0.0])
        assert np.array_equal(applied(exps, ends), np.exp(ends), equal_nan=True)
        ends = np.array([0.0, -0.0, -1.0, np.inf, np.nan, 5e-324, 1.0])
        assert applied(logs, ends) == pytest.approx(np.log(ends), rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("name", ["exp", "log", "near_normal_quantile"])
def test_loops_are_vectorised(name, monkeypatch):
    """Numba can stop vectorising without a word: the machine code of a loop has operations on several numbers."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", False)
    monkeypatch.setitem(loop.__globals__, "function", getattr(mathematics, name))
    machine = numba.njit(error_model="numpy")(_linked(loop))
    machine(np.full(8, 0.5), np.empty(8))
    [code] = machine.inspect_asm().values()
    several = re.findall(r"v?(?:f[n]?m(?:add|sub)\d*|mul|add|div)pd\s|f(?:mla|mul|add)\s+v\d+\.2d", code)
    assert len(several) >= 8
    assert near_normal_quantile(0.5) == 0
