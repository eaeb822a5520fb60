"""Worlds that many tests look at. They are made once; nobody may step or change them: fork them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from laboratory import branch, literature, run

from sim.scenario import Scenario

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Tests start hundreds of processes: where no bytecode may be kept, each would compile all modules that it imports."""


@pytest.fixture(scope="session", autouse=True)
def without_flushing() -> Iterator[None]:
    """Nobody takes the power from a test, and thousands of small files would wait for the disk: see `crashes`."""
    with patch.object(os, "fsync", lambda file: None):
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give whole files to a process, and all that need a browser or the site to one, which makes these once."""
    from xdist.scheduler import LoadFileScheduling

    class OneBrowser(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = Path(super()._split_scope(nodeid))
            alone = file.parent.name != "browser" and file.name != "test_published_site.py"
            return str(file) if alone else "browser"

    return OneBrowser(config, log)


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, also where the tests themselves run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def today() -> Scenario:
    return literature("today")


@pytest.fixture(scope="session")
def ten_hubs() -> Scenario:
    return literature("ten-hubs-2027")


@pytest.fixture(scope="session")
def world_now(today):
    """Today's world at its present; for forking."""
    from sim.model.ecosystem import EcosystemModel

    world = EcosystemModel(today, check_accounts=True)
    world.run_until(today.present_months)
    return world


@pytest.fixture(scope="session")
def world_today(today, world_now):
    """Today's world at its end."""
    return branch(world_now, today)


@pytest.fixture(scope="session")
def world_ten(ten_hubs, world_now):
    """The same world with ten hubs, at its end."""
    return branch(world_now, ten_hubs)


@pytest.fixture(scope="session")
def world_none(world_now):
    """The same world without hubs from the present on, at its end."""
    return branch(world_now, literature("no-hubs"))


@pytest.fixture(scope="session")
def short(today) -> Scenario:
    """Today's policy, ending in December 2027."""
    return today.with_values({"time.end": "2027-12"})


@pytest.fixture(scope="session")
def world_short(short, world_now):
    """Today's world in December 2027."""
    return branch(world_now, short)


@pytest.fixture(scope="session")
def compact(today) -> Scenario:
    """A country that begins in 2016, with its present in 2019 and its end in 2025: quick to run."""
    return today.with_values({"time.start": "2016-01", "time.present": "2019-12", "time.end": "2025-12"})


@pytest.fixture(scope="session")
def world_compact(compact):
    """The world of `compact` at its end."""
    return run(compact)


@pytest.fixture(scope="session")
def small(today) -> Scenario:
    """A country that begins in 2018, with its present in 2020 and its end in mid 2025: quickest to run."""
    return today.with_values({"time.start": "2018-01", "time.present": "2020-06", "time.end": "2025-06"})
