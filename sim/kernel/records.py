"""Compiled loops that take named records: columns, parameters and draws are bound by name, never by position.

    class Loan(NamedTuple):
        debt: np.ndarray
        cash: np.ndarray

    @kernel
    def repay(of: Loan, share: float) -> float: ...

Numba takes long to recognize a `NamedTuple`, so a door that is made here once takes records apart, and they are put
together again behind it, where the compiler dissolves them: named inside, flat outside. A misspelt or forgotten name is
an error before anything is computed.

Records of `columns` say which names a loop takes from startups, those of `read_from` which parameters of a block, and
those of `draws` which streams, those of `booked` what they add to in the month's books. They are filled from there:
nobody fills these records in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_type_hints

import numpy as np

from sim.errors import did_you_mean
from sim.kernel.compiled import fastest, inlined, interrupted

if TYPE_CHECKING:
    from pydantic import BaseModel

    from sim.declare import Flow

MOST_ARGUMENTS = 8
"""With more, a reader no longer sees what a loop needs."""


def kernel[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of records (`NamedTuple`), arrays and numbers when it is first called; see `compiled`.

    Raises:
        TypeError: the function takes more than eight arguments; or, when it is called, a record is of another kind.
    """
    names = list(signature(function).parameters)
    if len(names) > MOST_ARGUMENTS:
        raise TypeError(f"{function.__qualname__} takes {len(names)} arguments, at most {MOST_ARGUMENTS} are readable")
    hints = get_type_hints(function)
    kinds: dict[str, Any] = {}
    parts = [_parts(name, hints[name], kinds) for name in names]
    return wraps(function)(_call(_door(function, parts, kinds), parts, kinds, function))


class _Part(NamedTuple):
    """One argument: names of its numbers and arrays, how it is taken apart and put together again."""

    flat: list[str]
    apart: str
    together: str


def _parts(path: str, kind: Any, kinds: dict[str, Any]) -> _Part:
    """How an argument, or a field of one, crosses the door; the kinds of records are collected by their label."""
    name = path.replace(".", "__")
    if not hasattr(kind, "_fields"):
        return _Part([name], path, name)
    label, hints = f"{name}_record", get_type_hints(kind)
    kinds[label] = kind
    if kind in _BY_POLICY:
        return _Part([name], f"{path}[0].base", f"{label}({', '.join(f'{name}[{row}]' for row in range(len(hints)))})")
    fields = [_parts(f"{path}.{field}", hints[field], kinds) for field in fields_of(kind)]
    whole = not _named(kind) and not any(hasattr(hint, "_fields") for hint in hints.values())
    apart = f"*{path}" if whole else ", ".join(field.apart for field in fields)
    together = f"{label}({', '.join(field.together for field in fields)})"
    return _Part([name for field in fields for name in field.flat], apart, together)


def _named(kind: type) -> bool:
    """Whether its fields are taken by name from the table of startups."""
    return kind in _COLUMNS


def _call(
    door: Callable[..., Any], parts: list[_Part], kinds: dict[str, Any], function: Callable[..., Any]
) -> Callable[..., Any]:
    """Check the kinds of records, take them apart, call the machine: written out, as every month comes this way."""
    names = list(signature(function).parameters)
    records = [name for name in names if f"{name}_record" in kinds and not _named(kinds[f"{name}_record"])]
    checks = "".join(f"    if type({name}) is not {name}_record: refuse({name}, {name}_record)\n" for name in records)

    def refuse(given: Any, kind: type) -> None:
        raise TypeError(f"{function.__qualname__} takes a {kind.__name__}, not a {type(given).__name__}")

    def first_called(*arguments: Any) -> Any:
        rooms["machine"] = fastest(door)
        return rooms["machine"](*arguments)

    rooms: dict[str, Any] = {**kinds, "machine": first_called, "refuse": refuse, "interrupted": interrupted}
    apart = ", ".join(part.apart for part in parts)
    found_together = _put_together("made", get_type_hints(function).get("return"), rooms)
    body = (
        f"    try: made = machine({apart})\n"
        f"    except SystemError as error: raise interrupted(error) from None\n"
        f"    return {found_together}"
    )
    exec(f"def call({', '.join(names)}):\n{checks}{body}", rooms)
    found: Callable[..., Any] = rooms["call"]
    return found


def _taken_apart(path: str, kind: Any) -> str:
    """A record that a loop returns as tuples: Numba would look its class up in Python, where Ctrl-C can be lost."""
    if not hasattr(kind, "_fields"):
        return path
    hints = get_type_hints(kind)
    parts = [_taken_apart(f"{path}[{place}]", hints[field]) for place, field in enumerate(fields_of(kind))]
    return f"({', '.join(parts)},)"


def _put_together(path: str, kind: Any, rooms: dict[str, Any]) -> str:
    """The same tuples as the record; its classes are added to `rooms`."""
    if not hasattr(kind, "_fields"):
        return path
    label, hints = f"{path.replace('[', '_').replace(']', '')}_kind", get_type_hints(kind)
    rooms[label] = kind
    fields = enumerate(fields_of(kind))
    parts = [_put_together(f"{path}[{place}]", hints[field], rooms) for place, field in fields]
    return f"{label}({', '.join(parts)})"


def _door(function: Callable[..., Any], parts: list[_Part], kinds: dict[str, Any]) -> Callable[..., Any]:
    """A function of flat arguments that calls `function` with its records; machine code is kept beside that file."""
    rooms: dict[str, Any] = {**kinds, "__name__": function.__module__, "body": inlined(function)}
    flat = ", ".join(name for part in parts for name in part.flat)
    made = _taken_apart("made", get_type_hints(function).get("return"))
    together = ", ".join(part.together for part in parts)
    source = f"def {function.__name__}({flat}):\n    made = body({together})\n    return {made}"
    exec(compile(source, function.__code__.co_filename, "exec"), rooms)
    door: Any = rooms[function.__name__]
    door.__code__ = door.__code__.replace(co_firstlineno=function.__code__.co_firstlineno)
    found: Callable[..., Any] = door
    return found


# --- what records are bound to -----------------------------------------------------------------------

_COLUMNS: dict[type, tuple[str, ...]] = {}
_STREAMS: dict[type, tuple[str, ...]] = {}
_BOOKED: dict[type, tuple[str | Flow, ...]] = {}
_OF_ALL = ("used", "alive")
"""What startups have besides columns: the rows in use, and the words of the policies under which each is active."""


def columns[R](record: type[R]) -> type[R]:
    """Say that the fields of a record are columns of startups; see `Startups.see`."""
    _COLUMNS[record] = fields_of(record)
    return record


def draws[R](process: str) -> Callable[[type[R]], type[R]]:
    """Say that the fields of a record are words of a process's streams; `Streams.words` fills it."""

    def bind(record: type[R]) -> type[R]:
        _STREAMS[record] = tuple(f"{process}.{field}" for field in fields_of(record))
        return record

    return bind


def booked[R](**payments: Flow) -> Callable[[type[R]], type[R]]:
    """Say that the fields of a record are what a loop adds to in the month's books; `World.books` fills it.

    A field is the payment that is given for it, else the count of that name, or what programmes cost: `cost_grants`.
    """

    def bind(record: type[R]) -> type[R]:
        _BOOKED[record] = tuple(payments.get(field, field) for field in fields_of(record))
        return record

    return bind


def read_from[R](block: type[BaseModel]) -> Callable[[type[R]], type[R]]:
    """Say that the fields of a record are parameters of a block, one for each policy; see `World.rates`.

    Raises:
        TypeError: the block has no parameter of that name.
    """

    def bind(record: type[R]) -> type[R]:
        if said := _unknown(record, fields_of(record), block.model_fields, "parameter"):
            raise TypeError(said)
        _BLOCKS[record] = block
        return by_policy(record)

    return bind


_BLOCKS: dict[type, type[BaseModel]] = {}


def block_of(record: type) -> type[BaseModel]:
    """The block of parameters that a record of `read_from` reads."""
    return _BLOCKS[record]


_BY_POLICY: set[type] = set()


def by_policy[R](record: type[R]) -> type[R]:
    """Say that a record holds numbers of each policy; `stacked` fills it, and the door hands it over as one table."""
    _BY_POLICY.add(record)
    return record


def stacked[R](rows: Sequence[R]) -> R:
    """Records of numbers, one for each policy, as one record of arrays (policies,): the rows of a table of floats."""
    kind: Any = type(rows[0])
    return cast(R, kind(*np.array(rows, dtype=float).T.copy()))


def streams_of(record: type) -> tuple[str, ...]:
    """Names of the streams that a record draws from, in the order of its fields."""
    return _STREAMS[record]


def entries_of(record: type) -> tuple[str | Flow, ...]:
    """What a record adds to in the month's books, in the order of its fields: names of counts, and payments."""
    return _BOOKED[record]


def fields_of(record: type) -> tuple[str, ...]:
    """Names of the fields of a `NamedTuple`."""
    found: tuple[str, ...] = getattr(record, "_fields")  # noqa: B009 (no type of the standard library says it)
    return found


def undeclared(
    declared: Collection[str], streams: Collection[str], booked: Collection[str | Flow]
) -> Iterator[tuple[str, str]]:
    """What records name that nobody declares: the record's module, and a sentence.

    Declared are columns of startups, random streams, and what is booked: counts, costs of programmes and payments.
    """
    for bound, known, what in (
        (_COLUMNS, (*declared, *_OF_ALL), "column of startups"),
        (_STREAMS, streams, "random stream"),
        (_BOOKED, booked, "count or payment"),
    ):
        for record, names in bound.items():
            if said := _unknown(record, map(_told, names), set(map(_told, known)), what):
                yield record.__module__, said


def _told(name: str | Flow) -> str:
    return name if isinstance(name, str) else f"{name[2]}, {name[0]} to {name[1]}"


def _unknown(record: type, names: Iterable[str], declared: Collection[str], what: str) -> str:
    """A sentence on the first of these names that is not declared, with the nearest that is; empty if all are."""
    for name in names:
        if name not in declared:
            near = did_you_mean(name, declared)
            return f"{record.__module__}.{record.__qualname__} names the {what} {name!r}, which nobody declares{near}"
    return ""
