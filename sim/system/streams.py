"""Standard output and error as a command may rely on them: they take any character, and never stop what it does."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO

PLAIN = "hubsim.plain"
"""Name of the way in which characters are written that an encoding does not have."""
_LIKE = {"–": "-", "—": "-", "─": "-", "−": "-", "‘": "'", "’": "'", "×": "x", "→": "->", "≤": "<=", "≥": ">="}


class Outlet(io.TextIOBase):
    """A stream of text that may be absent, closed, full, or short of characters, without harm to whoever writes.

    Attributes:
        lost: why some of the text is lost; None while nothing is, and when the reader wanted no more of it.
    """

    def __init__(self, stream: TextIO | None):
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:
            stream.reconfigure(errors=PLAIN)
        self.lost: Exception | None = None
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """How characters are written that the encoding does not have."""
        return PLAIN

    def writable(self) -> bool:
        """It takes everything."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._stream is not None and not self._stream.closed and self._stream.isatty()

    def fileno(self) -> int:
        """Number of the stream's file; raises OSError when it has none."""
        return super().fileno() if self._stream is None else self._stream.fileno()

    def write(self, text: str, /) -> int:
        """Write text, or drop it."""
        if self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._drop(error)
        return len(text)

    def flush(self) -> None:
        """Bring out what was written, or drop it."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._drop(error)

    def _drop(self, error: Exception) -> None:
        """Take the stream for gone: what it still holds goes nowhere, so that the interpreter may end in peace."""
        if not isinstance(error, BrokenPipeError):
            self.lost = error
        stream, self._stream = self._stream, None
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def settle() -> None:
    """Put an outlet before standard output and error.

    Where they are closed, their numbers are given to the null device, so that no result file gets them and with it
    what libraries print.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    codecs.register_error(PLAIN, _plain)
    sys.stdout, sys.stderr = Outlet(sys.stdout), Outlet(sys.stderr)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an encoding does not have: the letter without its accent, or a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_like, error.object[error.start : error.end])), error.end


def _like(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _LIKE.get(character) or plain or "?"
