"""Reads a YAML 1.2 file safely: plain values, with the line and column of every key, value and item.

The reader accepts what a scenario needs: one document with groups, lists, text, numbers, true/false and null. It
refuses tags, anchors, aliases and merge keys (`<<`), so a file cannot build objects, grow without limit or recurse.
Limits of size, depth and number of values keep the time for any file well below a second.
"""

from __future__ import annotations

import errno
import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sim.errors import message_of, said, shorten
from sim.scenario.errors import Origin, Problems
from sim.system.text import MAX_KEY, UNPRINTABLE, printable

MAX_BYTES = 256 * 1024
MAX_VALUES = 5_000
MAX_DEPTH = 20
MAX_DIGITS = 30

EMPTY = said("the file is empty; write at least a name or an extends line")

_INDENT = re.compile(r"^(?P<spaces> *)(?P<odd>[\t\u00a0\u3000])[^\S\r\n]*[^\s#]", re.MULTILINE)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_COMMA = re.compile("[0-9],[0-9]+")
DECIMAL = said("this comma parts two numbers; write a decimal number with a point: 0.5 and not 0,5")

_SYNTAX = {
    "mapping values are not allowed": said(
        "a ':' is not allowed here; put text that holds ': ' in quotes, and line keys up with the others of their group"
    ),
    "could not find expected ':'": said("a key needs ': ' and a value after it"),
    "while scanning a quoted scalar": said("this text is not closed; add the missing quotation mark"),
    "while parsing a flow sequence": said("this list is not right: ',' separates items and ']' ends it"),
    "while parsing a flow mapping": said("this group is not right: ',' separates keys and '}' ends it"),
    "expected <block end>": said("this line does not line up with the others of its group; check its indentation"),
    "cannot start any token": said("text may not begin with this character; put it in quotes"),
    "found unknown escape character": said("unknown escape after '\\'; use single quotes, or write '\\\\'"),
}
"""Messages for the parser's errors, with what to do about them."""


class UnreadableError(Exception):
    """A file cannot be read any further; the reason is among the problems already."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place: text, number, bool, None, a list of nodes, or nodes by key."""

    value: Any
    origin: Origin
    key: Origin | None = None

    @property
    def place(self) -> Origin:
        """The place that messages point to: a scalar itself, or the key of a group or list."""
        return self.key if self.key and isinstance(self.value, dict | list) else self.origin

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    @property
    def size(self) -> int:
        """Number of scalar values at and below this node; groups and lists do not count."""
        if isinstance(self.value, dict | list):
            inside = self.value.values() if isinstance(self.value, dict) else self.value
            return sum(node.size for node in inside)
        return 1

    def at(self, path: tuple[str | int, ...]) -> Node | None:
        """The node at a path below this one, or None."""
        node = self
        for step in path:
            inside = node.value
            if isinstance(inside, dict) and step in inside:
                node = inside[step]
                continue
            if not (isinstance(inside, list) and isinstance(step, int) and step < len(inside)):
                return None
            node = inside[step]
        return node


def _bytes(path: str) -> bytes:
    """Read a regular file; refuse a pipe or device without waiting for it."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb", closefd=True) as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError(said("not an ordinary file, but a pipe or device; give the path of a YAML file"))
        return file.read(MAX_BYTES + 1) or b""


def _why(failure: OSError | ValueError) -> str:
    if isinstance(failure, FileNotFoundError | NotADirectoryError):
        return said("no such file")
    if isinstance(failure, IsADirectoryError):
        return said("a folder, not a file; name one of the YAML files in it")
    if isinstance(failure, PermissionError):
        return said("the file may not be read; check its permissions")
    if isinstance(failure, OSError) and failure.errno == errno.ELOOP:
        return said("a symbolic link that leads in a circle")
    if isinstance(failure, OSError):
        return said("the file cannot be read ({reason})", reason=failure.strerror)
    return message_of(failure)


class _EncodingError(Exception):
    """Text that cannot be decoded; its arguments are a message, a line and a column."""


def _text(content: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark.

    Raises:
        _EncodingError: for another encoding, or a character that YAML does not allow.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        before = content[: failure.start].decode("utf-8-sig", errors="replace")
        wide = content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content
        what = "UTF-16" if wide else said("byte {code}", code=f"0x{content[failure.start]:02X}")
        raise _EncodingError(
            said("the file is not UTF-8 text ({what}); save it with the encoding UTF-8", what=what),
            *_line_and_column(before, len(before)),
        ) from None
    bad = UNPRINTABLE.search(text)
    if bad:
        character = said("the invisible character {code}", code=f"U+{ord(bad[0]):04X}")
        what = said("a NUL byte: binary or UTF-16?") if bad[0] == "\0" else character
        message = said("the file holds {what}; save it as plain UTF-8 text", what=what)
        raise _EncodingError(message, *_line_and_column(text, bad.start()))
    return text


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    before = text[:position].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _indentation(character: str) -> str:
    name = said("a tab") if character == "\t" else said("the blank {code}", code=f"U+{ord(character):04X}")
    return said("{name} at the beginning of a line; indent with spaces only", name=name)


class YamlReader:
    """Reads several files, which may hold `MAX_VALUES` values together.

    The reader adds mistakes to `problems`, leaves out the wrong values, and goes on.
    """

    def __init__(self, problems: Problems):
        self.problems = problems
        self.label = ""
        self.last = Origin()
        """Place of the value that is being read."""
        self.values = 0
        self.events: Iterator[Event] = iter(())
        self.text = ""

    def read(self, path: str, label: str, asked_at: Origin | None = None) -> Node:
        """Read the group of keys in the file at `path`.

        Args:
            path: path of the file.
            label: the file's name in messages.
            asked_at: the place that names the file, which messages point to if the file cannot be opened.

        Raises:
            UnreadableError: the file cannot be read any further.
        """
        self.label = label
        self.last = start = Origin(label, 1, 1)
        try:
            content = _bytes(path)
        except (OSError, ValueError) as failure:
            about = f"{label}: " if asked_at else ""
            raise self._stop(asked_at or start, about + _why(failure)) from None
        if len(content) > MAX_BYTES:
            raise self._stop(
                start, said("the file is larger than {n} kB, too large for a scenario", n=MAX_BYTES // 1024)
            )
        try:
            text = _text(content)
        except _EncodingError as failure:
            message, line, column = failure.args
            raise self._stop(Origin(label, line, column), message) from None
        odd = list(islice(_INDENT.finditer(text), 20))
        for match in odd:
            self._note(Origin(label, *_line_and_column(text, match.start("odd"))), _indentation(match["odd"]))
        if odd:
            raise UnreadableError
        return self._parse(text)

    def _parse(self, text: str) -> Node:
        self.text = text
        try:
            self.events = iter(YAML(typ="safe", pure=True).parse(text))
            return self._document()
        except UnreadableError:
            raise
        except MarkedYAMLError as failure:
            mark, message = _syntax(failure)
            place = Origin(self.label, mark.line + 1, mark.column + 1) if mark is not None else self.last
        except Exception as failure:  # hostile text may raise anything in the parser; the user gets a message
            place, message = self.last, said("not valid YAML ({reason})", reason=shorten(str(failure)))
        raise self._stop(place, message)

    def _document(self) -> Node:
        start = next((event for event in self.events if isinstance(event, DocumentStartEvent)), None)
        if start is None:
            raise self._stop(Origin(self.label, 1, 1), EMPTY)
        if start.version not in (None, (1, 2)) and str(start.version) != "1.2":
            self._note(self._origin(start), said("scenario files are YAML 1.2; remove the %YAML line"))
        node = self._node(next(self.events), depth=0)
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                message = said("a second document begins here; a file holds one: remove '---'")
                raise self._stop(self._origin(event), message)
        if node is None:
            raise UnreadableError
        if node.value is None:
            raise self._stop(self._origin(start), EMPTY)
        if not isinstance(node.value, dict):
            raise self._stop(node.origin, said("the file must be a group of keys (key: value), one on each line"))
        return node

    def _origin(self, event: Event) -> Origin:
        return Origin(self.label, event.start_mark.line + 1, event.start_mark.column + 1)

    def _note(self, origin: Origin, message: str) -> None:
        self.problems.note(origin, message)

    def _stop(self, origin: Origin, message: str) -> UnreadableError:
        self._note(origin, message)
        return UnreadableError()

    def _node(self, event: Event, depth: int) -> Node | None:
        """Read the value that begins with `event`; returns None if the value is wrong."""
        self.last = origin = self._origin(event)
        self.values += 1
        if self.values > MAX_VALUES:
            raise self._stop(origin, said("more than {n} values, too many for a scenario", n=MAX_VALUES))
        if depth > MAX_DEPTH:
            raise self._stop(origin, said("values are nested more than {n} deep", n=MAX_DEPTH))
        refused = self._refused(event)
        if refused:
            self._note(origin, refused)
        node: Node | None = None
        if isinstance(event, MappingStartEvent):
            node = Node(self._members(depth), origin)
        elif isinstance(event, SequenceStartEvent):
            node = Node(self._items(depth), origin)
        elif (
            isinstance(event, ScalarEvent)
            and not refused
            and event.value[:1] == "0" != event.value
            and self._is_decimal(event)
        ):
            self._note(origin, DECIMAL)
        elif isinstance(event, ScalarEvent) and not refused:
            try:
                node = Node(_scalar(event), origin)
            except ValueError as failure:
                self._note(origin, message_of(failure))
        return None if refused else node

    @staticmethod
    def _refused(event: Event) -> str | None:
        if isinstance(event, AliasEvent):
            return said("the alias '*{name}' is not allowed; write the value out, or use extends", name=event.anchor)
        if anchor := getattr(event, "anchor", None):
            return said("the anchor '&{name}' is not allowed; aliases are not used in these files", name=anchor)
        if tag := getattr(event, "tag", None):
            return said("the tag {tag} is not allowed; write the plain value (text in quotes)", tag=shorten(str(tag)))
        return None

    def _is_decimal(self, event: Event) -> bool:
        """Whether these digits follow a digit and a comma directly, as in `0,5`: lists have a space after the comma."""
        place = event.start_mark.index
        return bool(_COMMA.fullmatch(self.text[max(0, place - 2) : place] + str(getattr(event, "value", ""))))

    def _items(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            node = self._node(event, depth + 1)
            if node is not None:
                items.append(node)
        return items

    def _members(self, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            place, key_event = self._origin(event), event
            key = self._node(event, depth + 1)
            event = next(self.events)
            node = self._node(event, depth + 1)
            if node is not None and isinstance(event, ScalarEvent) and event.style is None and not event.value:
                node = replace(node, origin=place)  # the parser places a missing value at the next token
            name = key.value if key is not None else None
            if key is None:
                continue
            if not isinstance(name, str):
                split = self._is_decimal(key_event)
                self._note(place, DECIMAL if split else said("a key must be text; put it in quotes if it is meant"))
            elif name == "<<":
                self._note(place, said("merge keys (<<) are not allowed; use extends, or write the values out"))
            elif len(name) > MAX_KEY:
                self._note(place, said("a key of more than {n} characters", n=MAX_KEY))
            elif name in members:
                first = members[name].key
                earlier = said("an earlier line")
                where = said("line {line}, column {column}", line=first.line, column=first.column) if first else earlier
                named = {"name": shorten(name), "where": where}
                self._note(place, said("duplicate key {name}: it is already at {where}; keep one of them", **named))
            elif node is not None:
                members[name] = replace(node, key=place)
        return members


def _scalar(event: ScalarEvent) -> Any:
    """Convert a scalar by the core schema of YAML 1.2; quoted and block text stays text.

    Raises:
        ValueError: a scenario cannot use this value; the message says why.
    """
    text = printable(event.value)
    if event.style is not None:
        return text
    if text in _NULL:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(said("{text} is not a number that a scenario can use; write a finite number", text=text))
    is_integer, is_other = _INTEGER.fullmatch(text), _OTHER_BASE.fullmatch(text)
    if not (is_integer or is_other or _FLOAT.fullmatch(text)):
        return text
    if len(text) > MAX_DIGITS:
        message = said("a number of {n} characters is too long; {most} are allowed", n=len(text), most=MAX_DIGITS)
        raise ValueError(message)
    if is_other:
        return int(text, 0)
    if is_integer:
        if len(text.lstrip("+-")) > 1 and text.lstrip("+-").startswith("0"):
            message = said("{text} begins with 0, which some programs read as octal; write {n}", text=text, n=int(text))
            raise ValueError(message)
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(said("{text} is too large for a number; write a finite number", text=text))
    return number


def _syntax(failure: MarkedYAMLError) -> tuple[Any, str]:
    """The place and the message for text that is not YAML; the place is None for a list or group without an end."""
    problem, context = failure.problem or "", failure.context or ""
    if "<stream end>" in problem and "flow node" in context:
        return None, said("the list or group that begins here has no end; close it with ']' or '}'")
    begun = context.startswith(("while parsing a flow", "while scanning a quoted", "while scanning a simple"))
    mark = failure.context_mark if begun and failure.context_mark is not None else failure.problem_mark
    for sign, message in _SYNTAX.items():
        if sign in problem or sign in context:
            return mark, message
    return mark, said("not valid YAML: {reason}", reason=", ".join(part for part in (context, problem) if part))
