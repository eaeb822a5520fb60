"""A site of 20 points, made once for all that look at it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from site_worlds import EXPERIMENT, run_levers
from sweeps import run, written

from sim.studies.sweep_results import Sweep


class Site(NamedTuple):
    """The result of a sweep, and the file that was made of it."""

    result: Sweep
    file: Path


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Site:
    from sim.page.site.writing import write_site

    folder = tmp_path_factory.mktemp("site")
    result = run(written(folder, EXPERIMENT, "six-levers"), folder / "result", runner=run_levers)
    return Site(result, write_site(result, folder / "site", "hubsim publish result"))
