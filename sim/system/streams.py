"""Standard output and error for commands: they accept every character, and never stop the work of a command."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO

PLAIN_HANDLER = "hubsim.plain"
"""Name of the error handler that replaces characters that an encoding lacks."""
_LIKE = {"–": "-", "—": "-", "─": "-", "−": "-", "‘": "'", "’": "'", "×": "x", "→": "->", "≤": "<=", "≥": ">="}


class Outlet(io.TextIOBase):
    """A text stream that may be absent, closed, full, or unable to encode some characters; writing never fails.

    Attributes:
        lost: the error by which text was lost; None if none was lost, or if the reader closed the stream.
    """

    def __init__(self, stream: TextIO | None):
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:
            stream.reconfigure(errors=PLAIN_HANDLER)
        self.lost: Exception | None = None
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """Name of the handler for characters that the encoding lacks."""
        return PLAIN_HANDLER

    def writable(self) -> bool:
        """Always True."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks at the stream."""
        return self._stream is not None and not self._stream.closed and self._stream.isatty()

    def fileno(self) -> int:
        """Number of the stream's file; raises OSError when it has none."""
        return super().fileno() if self._stream is None else self._stream.fileno()

    def write(self, text: str, /) -> int:
        """Write text, or drop it if the stream fails."""
        if self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._drop(error)
        return len(text)

    def flush(self) -> None:
        """Flush the stream, or drop its text if the stream fails."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._drop(error)

    def _drop(self, error: Exception) -> None:
        """Give the stream up: the text it still holds goes to the null device, so that Python exits normally."""
        if not isinstance(error, BrokenPipeError):
            self.lost = error
        stream, self._stream = self._stream, None
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def settle() -> None:
    """Put an outlet in front of standard output and error.

    If a standard stream is closed, its descriptor is opened on the null device, so that no result file gets that number
    and with it the output of libraries.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    codecs.register_error(PLAIN_HANDLER, _plain)
    sys.stdout, sys.stderr = Outlet(sys.stdout), Outlet(sys.stderr)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Replacement of characters that an encoding lacks: the letter without its accent, or a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_like, error.object[error.start : error.end])), error.end


def _like(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _LIKE.get(character) or plain or "?"
