"""Loops over startups that Numba compiles on their first call.

The machine code is kept on disk, so only the first run of a new version compiles, and of several
processes that begin together one compiles a function while the others wait for it. Numba itself is
imported with the first call, not with this module. Without Numba, or when compiling is switched off
(`NUMBA_DISABLE_JIT=1`), the same functions run as plain Python: slowly, the same numbers but for rounding.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from dis import get_instructions
from enum import EnumType
from functools import cache, partial, update_wrapper, wraps
from importlib import import_module
from pathlib import Path
from pickle import UnpicklingError
from types import CodeType, FunctionType, ModuleType
from typing import Any, overload
from zlib import crc32

import numpy as np

from sim.system.held import held

_FROM_PYTHON: dict[str, Any] = {"no_cfunc_wrapper": True}
_FROM_COMPILED: dict[str, Any] = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True, "forceinline": True}
"""Doors that nobody goes through are not built: a tenth of the time that compiling takes."""


@overload
def inlined[F: Callable[..., Any]](function: F) -> F: ...
@overload
def inlined[F: Callable[..., Any]](*, plain: Callable[..., Any]) -> Callable[[F], F]: ...
def inlined(function: Any = None, *, plain: Any = None) -> Any:
    """Make a function callable from compiled and inlined functions; where nothing compiles, `plain` replaces it."""
    if function is None:
        return partial(inlined, plain=plain)
    if plain is None:
        function.__dict__["inlined"] = function
        return function

    @wraps(function)
    def call(*arguments: Any) -> Any:
        return plain(*arguments)

    call.__dict__["inlined"] = function
    return call


@dataclass(frozen=True)
class Exported:
    """A function of floats that a library exports to Cython, for compiled and inlined functions to call.

    It takes one argument more, always 0: Cython's own, which says that nobody has overridden the function.
    """

    module: str
    name: str
    arguments: int

    def __call__(self, *arguments: float) -> float:
        """Call it from Python."""
        found: float = getattr(import_module(self.module), self.name)(*arguments[: self.arguments])
        return found

    def linked(self) -> Any:
        """What the compiler calls: a name and not an address, so that machine code on the disk stays valid."""
        from llvmlite.binding import add_symbol
        from numba import types
        from numba.extending import get_cython_function_address

        symbol = f"{self.module}.{self.name}"
        add_symbol(symbol, get_cython_function_address(self.module, self.name))
        return types.ExternalFunction(symbol, types.float64(*[types.float64] * self.arguments, types.int32))


def compiled[**P, R](function: Callable[P, R], plain: Callable[P, R] | None = None) -> Callable[P, R]:
    """Compile a function of arrays and numbers when it is first called; it takes no keywords.

    The function may use NumPy and the constants, `inlined` and `Exported` functions of its module, imported ones as
    well, but no other compiled function. Without Numba, `plain` takes its place, or the function itself as it is.
    """
    machine: Callable[P, R] | None = None

    @wraps(function)
    def call(*arguments: P.args, **_: P.kwargs) -> R:
        nonlocal machine
        if machine is None:
            machine = fastest(function, plain)
        try:
            return machine(*arguments)  # type: ignore[call-arg]
        except SystemError as error:
            raise interrupted(error) from None

    return call


def interrupted(error: SystemError) -> BaseException:
    """The exception to raise for it: Ctrl-C in machine code arrives this way, and must stop the study, not the run.

    It may be wrapped several times, once for each call on the way out.
    """
    found: BaseException = error
    while isinstance(found, SystemError) and (cause := found.__cause__ or found.__context__):
        found = cause
    return found


def fastest(function: Callable[..., Any], plain: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Machine code of a function; where nothing compiles, `plain` or the function itself."""
    if not _compiles():
        return plain or np.errstate(over="ignore")(function)  # 64-bit keys wrap around
    from numba import njit

    linked = _linked(function)
    options = {"error_model": "numpy", **_FROM_PYTHON}
    machine: Callable[..., Any]
    try:
        machine = _once(njit(cache=True, **options)(linked))
    except RuntimeError:  # there is no folder where machine code may be kept
        machine = njit(**options)(linked)
    return machine


def _compiles() -> bool:
    try:
        from numba import config
    except ImportError:
        return False
    return not config.DISABLE_JIT  # type: ignore[attr-defined]


def _once(machine: Any) -> Any:
    """Compile a function in one process at a time; those that wait find its machine code on the disk."""
    from numba.core.caching import NullCache

    compile_for, folder = machine.compile, Path(machine.stats.cache_path)
    lock = folder / f".{crc32(f'{machine.__module__}.{machine.__qualname__}'.encode()):08x}.lock"

    def compile_once(signature: Any) -> Any:
        with ExitStack() as stack:
            with suppress(OSError):
                stack.enter_context(held(lock, wait=True))
            try:
                return compile_for(signature)
            except (OSError, EOFError, UnpicklingError):  # the disk is full, or what lies there cannot be read
                machine._cache = NullCache()
                return compile_for(signature)

    machine.compile = compile_once
    return machine


@cache
def tell_whether_kept(say: Callable[[str], None]) -> None:
    """Say, once, when there is no folder where machine code can be kept, so that every process compiles anew."""
    if os.access(Path(__file__).parent, os.W_OK) or not _compiles():
        return  # the first is the usual case, found without importing Numba
    from numba import njit

    try:
        njit(cache=True)(inlined)
    except RuntimeError:
        say(
            f"machine code cannot be kept: neither {Path(__file__).parent} nor a home folder can be written, so every "
            "process compiles anew. Set NUMBA_CACHE_DIR to a folder that can be written."
        )


@cache
def _helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """An inlined function, compiled once for all that call it."""
    from numba import njit

    found: Callable[..., Any] = njit(**_FROM_COMPILED)(_linked(function))
    return found


def _linked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with those that it calls compiled, under a name that changes with what it uses."""
    used = _used(function)
    helpers: dict[str, Any] = {}
    for name, value in used.items():
        if hasattr(value, "linked"):
            helpers[name] = value.linked()
        elif machine := getattr(value, "inlined", None):
            helpers[name] = _helper(machine)
    linked = FunctionType(function.__code__, function.__globals__ | helpers, function.__name__, function.__defaults__)
    update_wrapper(linked, function)
    linked.__qualname__ += f"-{_stamp(used):08x}"  # the machine code on disk knows only changes of its own file
    return linked


def _used(function: Callable[..., Any]) -> dict[str, Any]:
    """Constants and functions that a function names, and those that its inlined functions name."""
    names = (each.argval for each in get_instructions(function) if each.opname == "LOAD_GLOBAL")  # not those of fields
    used = {name: value for name in names if (value := function.__globals__.get(name)) is not None}
    for value in list(used.values()):
        if machine := getattr(value, "inlined", None):
            used = _used(machine) | used
    return used


def _stamp(used: dict[str, Any]) -> int:
    """A number that changes with the functions and constants that a function uses."""
    return crc32(repr([(name, _content(value)) for name, value in sorted(used.items())]).encode())


def _content(value: Any) -> Any:
    """What machine code takes of a value: a function's code with its names, an enum's members, a record's fields."""
    if isinstance(value, ModuleType):
        return value.__name__, getattr(value, "__version__", "")  # not its path: a copy of the program keeps its code
    code = getattr(getattr(value, "inlined", value), "__code__", None)
    if isinstance(code, CodeType):
        return code.co_code, code.co_consts, code.co_names
    return [*value.__members__.items()] if isinstance(value, EnumType) else getattr(value, "_fields", value)
