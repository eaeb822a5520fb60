"""Write the typical draw of the posterior into `sim/processes`: each default, and the percentile in its origin.

After a calibration, or a new choice of the defaults: copy its tables into `sim/country/data`, then

    uv run python -m tools.documentation.defaults
    uv run python -m tools.catalogue
    uv run python -m tools.documentation
"""

from __future__ import annotations

import re
from pathlib import Path

from sim import processes
from sim.parameters.posterior import medoid, percentiles

PROCESSES = Path(processes.__file__).parent


def rewritten(source: str, key: str, value: float, percentile: int) -> str:
    """The source of a process with a new default, and a new percentile in the origin, of one parameter.

    Raises:
        ValueError: the parameter is missing, or its origin has no percentile.
    """
    declared = rf"(\n    {key}: float = parameter\(\n        )[^,\s]+(,\n(?:        .*\n)*?.*at percentile )\d+"
    found, count = re.subn(declared, rf"\g<1>{value!r}\g<2>{percentile}", source)
    if count != 1:
        raise ValueError(f"there is no parameter {key} whose origin ends its first sentence with 'at percentile N'")
    return found


def main() -> None:
    """Rewrite all defaults, with four significant digits."""
    places = percentiles()
    for path, value in medoid().items():
        block, _, key = path.partition(".")
        file = PROCESSES / f"{block}.py"
        source = file.read_text(encoding="utf-8")
        file.write_text(rewritten(source, key, float(f"{value:.4g}"), places[path]), encoding="utf-8")


if __name__ == "__main__":
    main()
