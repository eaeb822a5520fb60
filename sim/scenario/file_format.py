"""The `format` of scenario and experiment files: by which rules a file is written.

A file may say `format: 1` at its top. The number grows when files must be written differently: a key is renamed or
removed, or means something else. A new key with a default changes no format. A file without `format` is read by
the rules of the hubsim that reads it. RELEASE.md says how long an older format is read.
"""

from __future__ import annotations

from typing import Any

KEY = "format"
FORMAT = 1
"""What this hubsim reads and writes."""


def format_schema() -> dict[str, Any]:
    """JSON Schema of the key."""
    meaning = "By which rules the file is written; those of the hubsim that reads it if not given."
    return {KEY: {"type": "integer", "const": FORMAT, "description": meaning}}
