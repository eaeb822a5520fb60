"""The `format` of scenario and experiment files: the version of the rules by which a file is written.

A file may state `format: 1` at its top. The number increases when a key is renamed or removed, or changes its
meaning. A new key with a default does not change the format. A file without `format` is read by the current rules.
RELEASE.md states how long hubsim reads an older format.
"""

from __future__ import annotations

from typing import Any

KEY = "format"
FORMAT = 1
"""The format that this version of hubsim reads and writes."""


def format_schema() -> dict[str, Any]:
    """JSON Schema of the key `format`."""
    meaning = "By which rules the file is written; those of the hubsim that reads it if not given."
    return {KEY: {"type": "integer", "const": FORMAT, "description": meaning}}
