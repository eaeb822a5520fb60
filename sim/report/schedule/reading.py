"""What a function does to startups, from its source: the columns that it reads and writes, the streams that it draws.

The source is followed from function to function, through records, tuples and names, over both branches of each
choice: the result is what may happen. Functions of `sim.kernel` and of other packages are not followed; their
arguments count as read.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import FunctionType, ModuleType
from typing import Any

from sim.kernel.randomness import Streams
from sim.kernel.records import fields_of, streams_of
from sim.kernel.state import Start
from sim.model.table import Table
from sim.processes import COLUMNS
from sim.report.schedule.abstract import NOTHING, ColumnValue, Instance, Items, Known, Method, Record, Value, inside_of

COMPETENCES = ("finance", "market_access", "skills")
STARTED = {"competence": COMPETENCES, "mean_competence": COMPETENCES, "log_revenue": ("revenue",)}
"""Columns from which fields of `Start` are made, where the names differ."""


@dataclass
class Touched:
    """Names of the columns that are read and written, and of the streams that are drawn."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    draws: set[str] = field(default_factory=set)


@cache
def _tree(function: Callable[..., Any]) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


def body_of(function: Callable[..., Any]) -> list[ast.stmt]:
    """The statements of a function."""
    return _tree(inspect.unwrap(function)).body


class SourceReader:
    """Follows functions of a model and of its processes.

    Args:
        model: class of the model, the first argument of every process.
    """

    def __init__(self, model: type):
        self.model, self.found = model, Touched()
        self._results: dict[Any, Value] = {}

    def seen(self, function: Callable[..., Any]) -> Touched:
        """What a function that takes a world does."""
        self.follow(function, (frozenset({Instance(self.model)}),), {})
        return self.found

    def seen_of(self, call: ast.Call, inside: Callable[..., Any]) -> tuple[Any, Touched]:
        """The function that a call in a method of the model calls, and what it does."""
        frame = _Frame(self, inside, {"self": frozenset({Instance(self.model)})})
        [called] = frame.value(call.func)
        frame.value(call)
        return called.function if isinstance(called, Method) else called.what, self.found

    @cached_property
    def parts(self) -> dict[str, type]:
        """Classes of the attributes that the model creates."""
        make: Any = inspect.getattr_static(self.model, "__init__")
        found: dict[str, type] = {"before": Start}
        for node in ast.walk(_tree(make)):
            match node:
                case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Call(func=ast.Name(id=kind))):
                    made = make.__globals__.get(kind)
                    if isinstance(made, type):
                        found[name] = made
        return found

    def follow(self, function: Callable[..., Any], given: tuple[Value, ...], named: dict[str, Value]) -> Value:
        """What a function may return, given what its arguments may be."""
        plain = inspect.unwrap(function)
        key = plain, given, tuple(sorted(named.items(), key=lambda item: item[0]))
        if key not in self._results:
            self._results[key] = NOTHING  # a recursive call adds nothing
            arguments = _tree(plain).args
            names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
            local = dict(zip(names, given, strict=False)) | named
            if arguments.vararg:
                local[arguments.vararg.arg] = frozenset({Items(given[len(names) :])})
            frame = _Frame(self, plain, local)
            frame.run(_tree(plain).body)
            self._results[key] = frame.returned
        return self._results[key]


class _Frame:
    """One call of a function, with the values that its names may have."""

    def __init__(self, reader: SourceReader, function: Callable[..., Any], local: dict[str, Value]):
        self.reader, self.local, self.returned = reader, local, NOTHING
        self.rooms = inspect.unwrap(function).__globals__

    # --- statements

    def run(self, statements: Iterable[ast.stmt]) -> None:
        """Follow statements; those of loops twice."""
        for statement in statements:
            match statement:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._assign(target, self.value(value))
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._assign(target, self.value(value))
                case ast.AugAssign(target=target, value=value):
                    self._use(self.value(value))
                    self._use(self.value(target))
                    self._write(target)
                case ast.Return(value=ast.expr() as value):
                    self.returned |= self.value(value)
                case ast.For(target=target, iter=over, body=body, orelse=rest):
                    for _ in range(2):
                        self._assign(target, self._each(self.value(over)))
                        self.run((*body, *rest))
                case ast.While(test=test, body=body):
                    for _ in range(2):
                        self._use(self.value(test))
                        self.run(body)
                case ast.If(test=test, body=body, orelse=rest):
                    self._use(self.value(test))
                    self.run((*body, *rest))
                case ast.FunctionDef():
                    self.run(statement.body)
                case _:
                    for child in ast.iter_child_nodes(statement):
                        if isinstance(child, ast.stmt):
                            self.run([child])
                        elif isinstance(child, ast.expr):
                            self._use(self.value(child))

    def _assign(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(id=name):
                self.local[name] = self.local.get(name, NOTHING) | value
            case ast.Tuple(elts=targets):
                for place, one in enumerate(targets):
                    self._assign(one, self._item(value, place))
            case _:
                self._write(target)
                self._use(value)

    def _write(self, target: ast.expr) -> None:
        """Note the columns that an assignment to this target changes."""
        whole = target if isinstance(target, ast.Name | ast.Attribute) else getattr(target, "value", target)
        for one in self.value(whole):
            if isinstance(one, ColumnValue) and one.now:
                self.reader.found.writes.add(one.name)
        if isinstance(target, ast.Subscript):
            self._use(self.value(target.slice))

    def _use(self, value: Value) -> None:
        """Note that columns are read."""
        for one in value:
            match one:
                case ColumnValue(name=name):
                    self.reader.found.reads.add(name)
                case Record(items=inner) | Items(items=inner):
                    for part in inner:
                        self._use(part)

    # --- expressions

    def value(self, node: ast.expr) -> Value:
        """The values that an expression may have; its reads are recorded."""
        match node:
            case ast.Constant(value=what):
                return frozenset({Known(what)})
            case ast.Name(id=name):
                found = self.local.get(name)
                return found if found is not None else self._known(self.rooms.get(name))
            case ast.Attribute(value=owner, attr=name):
                return frozenset(part for one in self.value(owner) for part in self._attribute(one, name))
            case ast.JoinedStr(values=parts):
                return self._joined(parts)
            case ast.Subscript(value=owner, slice=index):
                return self._subscript(self.value(owner), index)
            case ast.Call():
                return self._call(node)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return frozenset({Items(tuple(self._spliced(parts)))})
            case ast.Dict(values=parts):
                return frozenset({Items(tuple(self.value(part) for part in parts))})
            case ast.IfExp(test=test, body=body, orelse=rest):
                self._use(self.value(test))
                return self.value(body) | self.value(rest)
            case ast.BoolOp(values=parts):
                return frozenset(one for part in parts for one in self.value(part))
            case ast.NamedExpr(target=target, value=part):
                self._assign(target, self.value(part))
                return self.value(part)
            case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.SetComp(elt=part):
                self._comprehend(node.generators)
                return frozenset({Items((self.value(part),))})
            case ast.DictComp(value=part):
                self._comprehend(node.generators)
                return frozenset({Items((self.value(part),))})
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._use(self.value(child))
        return NOTHING

    def _joined(self, parts: list[ast.expr]) -> Value:
        """All texts that an f-string of known parts may have."""
        texts = [""]
        for part in parts:
            inner = self.value(part.value if isinstance(part, ast.FormattedValue) else part)
            known = [one.what for one in inner if isinstance(one, Known)]
            texts = [f"{text}{what}" for text in texts for what in known]
        return frozenset(Known(sys.intern(text)) for text in texts)

    def _known(self, what: Any) -> Value:
        if isinstance(what, tuple) and not hasattr(what, "_fields"):
            return frozenset({Items(tuple(self._known(one) for one in what))})
        return NOTHING if what is None else frozenset({Known(what)})

    def _comprehend(self, generators: list[ast.comprehension]) -> None:
        for one in generators:
            self._assign(one.target, self._each(self.value(one.iter)))
            for test in one.ifs:
                self._use(self.value(test))

    def _spliced(self, parts: Iterable[ast.expr]) -> Iterator[Value]:
        for part in parts:
            if isinstance(part, ast.Starred):
                found = inside_of(self.value(part.value))
                for place in range(max(map(len, found), default=0)):
                    yield frozenset(one for items in found if place < len(items) for one in items[place])
            else:
                yield self.value(part)

    def _each(self, value: Value) -> Value:
        """The values that an element of `value` may have."""
        self._use(frozenset(one for one in value if isinstance(one, ColumnValue)))
        return frozenset(one for items in inside_of(value) for part in items for one in part)

    def _item(self, value: Value, place: int) -> Value:
        return frozenset(one for items in inside_of(value) if place < len(items) for one in items[place])

    def _attribute(self, owner: Any, name: str) -> Value:
        match owner:
            case Instance(kind=kind) if kind is Start:
                columns = [frozenset({ColumnValue(one, now=False)}) for one in STARTED.get(name, (name,))]
                of_one_policy = frozenset({Items(tuple(columns))})
                return frozenset({Items((of_one_policy,))}) if name == "competence" else columns[0].union(*columns)
            case Instance(kind=kind) if issubclass(kind, Table) and (name in COLUMNS or name == "key"):
                return frozenset({ColumnValue(name)})
            case Instance(kind=kind) if kind is self.reader.model and name in self.reader.parts:
                return frozenset({Instance(self.reader.parts[name])})
            case Instance(kind=kind):
                inside = inspect.getattr_static(kind, name, None)
                made = inside.func if isinstance(inside, cached_property) else getattr(inside, "fget", None)
                if made:
                    return self.reader.follow(made, (frozenset({owner}),), {})
                return frozenset({Method(name, owner)}) if callable(inside) else NOTHING
            case Record(kind=kind, items=fields) if name in fields_of(kind):
                return fields[fields_of(kind).index(name)]
            case Record() | ColumnValue():
                return frozenset({Method(name, owner)})
            case Known(what=ModuleType() | type() as room):
                return self._known(getattr(room, name, None))
        return NOTHING

    def _subscript(self, owner: Value, index: ast.expr) -> Value:
        if isinstance(index, ast.Tuple):
            for one in index.elts:
                owner = self._subscript(owner, one)
            return owner
        self._use(self.value(index))
        chosen, found = self.value(index), NOTHING
        for one in owner:
            match one:
                case Instance(kind=kind) if kind is Streams:
                    self.reader.found.draws.update(name.what for name in chosen if isinstance(name, Known))
                case ColumnValue():
                    found |= {one}
                case Items(items=items) | Record(items=items):
                    places = [
                        place.what for place in chosen if isinstance(place, Known) and isinstance(place.what, int)
                    ]
                    exact = len(places) == 1 and -len(items) <= places[0] < len(items)
                    found |= items[places[0]] if exact else self._each(frozenset({one}))
        return found

    def _call(self, node: ast.Call) -> Value:
        given = tuple(self._spliced(node.args))
        words = [(word.arg, self.value(word.value)) for word in node.keywords]
        named = {name: value for name, value in words if name}
        result, owners = NOTHING, self.value(node.func)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "at" and len(node.args) == 3:
            self._write(node.args[0])  # as in np.add.at(column, rows, amounts)
        for one in owners:
            match one:
                case Known(what=FunctionType() as function) if _followed(function):
                    result |= self.reader.follow(function, given, named)
                case Known(what=type() as kind) if hasattr(kind, "_fields"):
                    fields = dict(zip(fields_of(kind), given, strict=False)) | named
                    result |= {Record(kind, tuple(fields.get(name, NOTHING) for name in fields_of(kind)))}
                case Method(name="see", owner=Instance(kind=kind)) if issubclass(kind, Table):
                    record = next(one.what for one in given[0] if isinstance(one, Known))
                    columns = (
                        frozenset({ColumnValue(name)}) if name in COLUMNS or name == "key" else NOTHING
                        for name in fields_of(record)
                    )
                    result |= {Record(record, tuple(columns))}
                case Method(name="column", owner=Instance(kind=kind)) if issubclass(kind, Table):
                    result |= {ColumnValue(known.what) for known in given[0] if isinstance(known, Known)}
                case Method(name="found", owner=Instance(kind=kind)) if issubclass(kind, Table):
                    self.reader.found.writes |= {"key", *COLUMNS}
                case Method(name="words", owner=Instance(kind=kind)) if kind is Streams:
                    for known in given[0]:
                        self.reader.found.draws.update(streams_of(known.what))
                case Method(name="_replace", owner=Record(kind=kind, items=fields)):
                    replaced = dict(zip(fields_of(kind), fields, strict=True)) | named
                    result |= {Record(kind, tuple(replaced.values()))}
                case Method(owner=Instance(kind=kind) as owner) if not issubclass(kind, Table | Streams):
                    if isinstance(one.function, FunctionType) and _followed(one.function):
                        result |= self.reader.follow(one.function, (frozenset({owner}), *given), named)
                case Method(owner=owner):
                    self._use(frozenset({owner, *(part for value in (*given, *named.values()) for part in value)}))
                case _:
                    for value in (*given, *named.values()):
                        self._use(value)
                        result |= {part for part in value if isinstance(part, Items)}
        if not owners:
            for value in (*given, *named.values()):
                self._use(value)
        return result


def _followed(function: Callable[..., Any]) -> bool:
    """Whether the source of a function is followed."""
    from sim.processes import MONTH

    home = inspect.unwrap(function).__module__
    package = home.partition(".")[0]
    others = {process.__name__.partition(".")[0] for process in MONTH}
    return package in others and not home.startswith("sim.kernel.")
