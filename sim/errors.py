"""A person's mistake that is not in a file: the kind of error that every door tells in plain words."""

from __future__ import annotations


class StudyError(ValueError):
    """A person's mistake about a study, what it was asked for, or its folder: no traceback, exit code 2."""
