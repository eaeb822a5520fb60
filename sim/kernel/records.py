"""Compiled loops that take named records: columns, parameters and draws are bound by name, never by position.

    class Loan(NamedTuple):
        debt: np.ndarray
        cash: np.ndarray

    @kernel
    def repay(of: Loan, share: float) -> float: ...

Numba takes long to recognize a `NamedTuple`, so a door that is made here once takes records apart, and they are put
together again behind it, where the compiler dissolves them: named inside, flat outside. A misspelt or forgotten name is
an error before anything is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, get_type_hints

from sim.kernel.compiled import compiled, inlined

MOST_ARGUMENTS = 8
"""More than so many, and nobody sees any longer what a loop needs."""


def kernel[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of records (`NamedTuple`), arrays and numbers when it is first called; see `compiled`.

    Raises:
        TypeError: the function takes more than eight arguments; or, when it is called, a record is of another kind.
    """
    names = list(signature(function).parameters)
    if len(names) > MOST_ARGUMENTS:
        raise TypeError(f"{function.__qualname__} takes {len(names)} arguments, at most {MOST_ARGUMENTS} are readable")
    hints = get_type_hints(function)
    records = {name: hints[name] for name in names if hasattr(hints[name], "_fields")}
    flat, together = [], []
    for name in names:
        fields = [f"{name}__{field}" for field in records[name]._fields] if name in records else [name]
        flat += fields
        together.append(f"{name}_record({', '.join(fields)})" if name in records else name)
    machine = compiled(_door(function, flat, together, records))
    return wraps(function)(_call(machine, names, records, function))


def _call(machine: Callable, names: list[str], records: dict[str, type], function: Callable) -> Callable:
    """Check the kinds of records, take them apart, call the machine: written out, as every month comes this way."""
    checks = "".join(f"    if type({name}) is not {name}_record: refuse({name}, {name}_record)\n" for name in records)
    apart = ", ".join(f"*{name}" if name in records else name for name in names)

    def refuse(given: Any, kind: type) -> None:
        raise TypeError(f"{function.__qualname__} takes a {kind.__name__}, not a {type(given).__name__}")

    rooms: dict[str, Any] = {f"{name}_record": kind for name, kind in records.items()}
    rooms |= {"machine": machine, "refuse": refuse}
    exec(f"def call({', '.join(names)}):\n{checks}    return machine({apart})", rooms)
    found: Callable = rooms["call"]
    return found


def _door(function: Callable, flat: list[str], together: list[str], records: dict[str, type]) -> Callable:
    """A function of flat arguments that calls `function` with its records; machine code is kept beside that file."""
    rooms: dict[str, Any] = {f"{name}_record": kind for name, kind in records.items()}
    rooms |= {"__name__": function.__module__, "body": inlined(function)}
    source = f"def {function.__name__}({', '.join(flat)}): return body({', '.join(together)})"
    exec(compile(source, function.__code__.co_filename, "exec"), rooms)
    door: Any = rooms[function.__name__]
    door.__code__ = door.__code__.replace(co_firstlineno=function.__code__.co_firstlineno)
    return door
