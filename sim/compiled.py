"""Loops over startups that Numba compiles on their first call.

The machine code is kept on disk, so only the first run of a new version compiles. Numba itself is
imported with the first call, not with this module. Without Numba the same functions run as plain
Python: the same numbers, slowly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps


def compiled[**P, R](function: Callable[P, R], plain: Callable[P, R] | None = None) -> Callable[P, R]:
    """Compile a function of arrays and numbers when it is first called.

    The function may use NumPy and the constants of its module, but no other compiled function.
    Without Numba, `plain` takes its place, or the function itself as it is.
    """

    @cache
    def fastest() -> Callable[P, R]:
        try:
            from numba import njit
        except ImportError:
            return plain or function
        return njit(cache=True, error_model="numpy")(function)

    @wraps(function)
    def call(*arguments: P.args, **names: P.kwargs) -> R:
        return fastest()(*arguments, **names)

    return call
