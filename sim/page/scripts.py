"""The scripts of the page, and which of them need each other."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"


@cache
def scripts(first: str) -> dict[str, str]:
    """The texts of a script and of all that it imports, by name, each after one that imports it."""
    found, waiting = {}, [first]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = (STATIC / name).read_text(encoding="utf-8")
            waiting += re.findall(r'from "\./([\w-]+\.js)"', found[name])
    return found
