"""Write the typical draw of the posterior into `sim/processes`: each default, its percentile, and if facts tell it.

After a calibration, or a new choice of the defaults: copy its tables into `sim/country/data`, then

    uv run python -m tools.documentation.defaults
    uv run python -m tools.catalogue
    uv run python -m tools.documentation
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import wrap

from sim import processes
from sim.parameters.posterior import load_manifest, medoid, percentiles

PROCESSES = Path(processes.__file__).parent


CALIBRATED = "calibrated: the typical draw, at percentile"
ASSUMED = "assumed: the facts do not tell it; from the typical draw, at percentile"
FITTED, HELD = "Fitted to:", "Held against:"
"""How the facts follow that tell a parameter, and those with which it is only compared."""
WIDTH = 102
"""Characters of an origin on one line."""


def rewritten(source: str, key: str, value: float, percentile: int, identified: bool) -> str:
    """The source of a process with a new default of one parameter, and a new beginning of its origin.

    Raises:
        ValueError: the parameter is missing, or its origin has no percentile.
    """
    declared = (
        rf"(\n    {key}: float = parameter\(\n        )[^,\s]+(,\n(?:        .*\n)*?        origin=)"
        rf"\"(?:{CALIBRATED}|{ASSUMED}) \d+((?:[^\"\n]*\"\s+\")*[^\"\n]*\")"
    )
    kind = CALIBRATED if identified else ASSUMED

    def declare(found: re.Match[str]) -> str:
        rest = re.sub(r"\"\s+\"", "", found[3])[:-1].replace(*((HELD, FITTED) if identified else (FITTED, HELD)))
        lines = wrap(f"{kind} {percentile}{rest}", WIDTH, break_on_hyphens=False, break_long_words=False)
        return f"{found[1]}{value!r}{found[2]}" + "\n        ".join(f'"{line} "' for line in lines)[:-2] + '"'

    found, count = re.subn(declared, declare, source)
    if count != 1:
        raise ValueError(f"there is no parameter {key} whose origin begins with {CALIBRATED!r} or {ASSUMED!r}")
    return found


def main() -> None:
    """Rewrite all defaults, with four significant digits."""
    places, unidentified = percentiles(), load_manifest()["not_identified"]
    for path, value in medoid().items():
        block, _, key = path.partition(".")
        file = PROCESSES / f"{block}.py"
        source = file.read_text(encoding="utf-8")
        found = rewritten(source, key, float(f"{value:.4g}"), places[path], path not in unidentified)
        file.write_text(found, encoding="utf-8")


if __name__ == "__main__":
    main()
