"""Results as text and as plain data: the tables that commands print, and their output with `--json`."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from sim.inference.discovery import Discovery
from sim.inference.frontier import Frontier
from sim.inference.run_explanation import Explanation
from sim.inference.sensitivity import Sensitivity
from sim.report.text import comparison, discovery, explanation, frontier, sensitivity, sweep, world
from sim.studies.comparison import Comparison
from sim.studies.results import no_result
from sim.studies.single import SingleRun
from sim.studies.sweep_results import Sweep


@singledispatch
def table(result: Any, width: int = 120) -> str:
    """The result of a study as the text that its command prints.

    Args:
        result: what `compare`, `sweep`, `run_single`, `search`, `explain`, `analyse` or `discover` returns.
        width: columns that the text may take.

    Raises:
        StudyError: `result` is not the result of a study.
    """
    raise no_result(result)


@singledispatch
def as_dict(result: Any) -> dict[str, Any]:
    """The result of a study as plain data, as its command writes it with `--json`; undefined values are None.

    Raises:
        StudyError: `result` is not the result of a study.
    """
    raise no_result(result)


for _kind, _door in (
    (Comparison, comparison),
    (Discovery, discovery),
    (Explanation, explanation),
    (Frontier, frontier),
    (Sensitivity, sensitivity),
    (Sweep, sweep),
    (SingleRun, world),
):
    table.register(_kind)(_door.table)
    as_dict.register(_kind)(_door.as_dict)
