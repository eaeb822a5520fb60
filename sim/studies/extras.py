"""Optional libraries that only some commands need, and the message if one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.errors import StudyError, said


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Import libraries of an optional `extra` for `what`; raises StudyError with the way to install a missing one."""
    try:
        yield
    except ImportError as missing:
        raise StudyError(
            said(
                "{what} needs {library}, which is not installed; install it with: uv sync --extra {extra}, or "
                "outside a clone: pip install 'hubsim[{extra}]'",
                what=what,
                library=missing.name or "a library",
                extra=extra,
            )
        ) from None
