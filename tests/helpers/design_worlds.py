"""Fast fake worlds of two numbers that depend on the factors, for tests of sweeps; slow on request."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np

from sim.studies.worlds import RunResult

ISHIGAMI = ("accompaniment.remote_fraction", "fairs.hub_share", "fairs.subsidy")


def run_numbers(chunk, seed, record):
    """Two outcomes that depend on the point and on the world's chance; `HUBSIM_TEST_PAUSE` makes runs slow."""
    pause = float(os.environ.get("HUBSIM_TEST_PAUSE", "0"))
    for scenario in chunk.scenarios:
        if pause:
            time.sleep(pause)
        hubs, hours = scenario.values["network.hubs_by_2027"] or 6, scenario.values["accompaniment.hours_per_startup"]
        luck = np.random.default_rng([seed, chunk.replication]).normal()
        own = np.random.default_rng([seed, chunk.replication, hubs]).normal()
        survivors = 1000 + 10 * hubs + hours + 20 * luck + own
        cost = 1e6 * (40 * hubs + 10 * hours + own)
        yield RunResult(scenario.key, {"survivors_5y": survivors, "exporters": survivors - hours**2 / 8, "cost": cost})


def run_with_trouble(chunk, seed, record):
    """As `run_numbers`, but ten hubs fail in world 1."""
    for run in run_numbers(chunk, seed, record):
        if chunk.replication == 1 and run.scenario == "point-002":
            yield RunResult(run.scenario, stage="run", error="ZeroDivisionError: division by zero")
        else:
            yield run


def run_apart(chunk, seed, record):
    """As `run_numbers`, with channels of the differences from the chunk's reference."""
    runs = {run.scenario: run for run in run_numbers(chunk, seed, record)}
    origin = runs[chunk.reference].outcomes["survivors_5y"]
    for run in runs.values():
        more = {} if run.scenario == chunk.reference else {"survivors_5y/housed": run.outcomes["survivors_5y"] - origin}
        yield replace(run, channels=more)


def run_parameters(chunk, seed, record):
    """Outcomes that equal two parameters of the world and a lever, set by a draw, a factor or the base."""
    for scenario in chunk.scenarios:
        values = (scenario if chunk.draw is None else chunk.draw.under(scenario)).values
        names = {"learning": "competence.learning", "volatility": "revenue.volatility", "places": "fairs.places"}
        yield RunResult(scenario.key, {name: float(values[path]) for name, path in names.items()})


def run_ishigami(chunk, seed, record):
    """The function of Ishigami and Homma (1990), a = 7, b = 0.1, on three shares, plus a little chance per world."""
    for scenario in chunk.scenarios:
        x1, x2, x3 = ((2 * scenario.values[path] - 1) * np.pi for path in ISHIGAMI)
        luck = np.random.default_rng([seed, chunk.replication]).normal()
        y = np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)
        yield RunResult(scenario.key, {"y": y + 0.1 * luck})


def run_drawn(chunk, seed, record):
    """The sum of three shares and of a drawn parameter of the world."""
    for scenario in chunk.scenarios:
        living = scenario if chunk.draw is None else chunk.draw.under(scenario)
        shares = sum(scenario.values[path] for path in ISHIGAMI)
        yield RunResult(scenario.key, {"y": shares + living.values["revenue.volatility"]})


LEVELS = {
    "coordinators.enabled": [True, False],
    "admission.rule": ["queue", "ranked"],
    "network.openings": [None, [], [{"hub": "Fès", "opens": "2026-07", "places": 66}]],
    "network.hubs_by_2027": [None, 7, 10],
    "time.end": ["2034-12", "2036-06"],
}
"""Levels that are not numbers, or not all of them."""


def run_levels(chunk, seed, record):
    """An outcome that adds the position of each factor in `LEVELS`, plus a little chance per world."""

    def short(value):
        return len(value) if isinstance(value, list) else value

    for scenario in chunk.scenarios:
        ranks = {path: [short(level) for level in levels] for path, levels in LEVELS.items()}
        given = {path: short(scenario.values[path]) for path in LEVELS}
        places = [ranks[path].index(value) for path, value in given.items() if value in ranks[path]]
        luck = np.random.default_rng([seed, chunk.replication]).normal()
        outcomes = {"survivors_5y": 1000 + 100 * sum(places) + luck, "exporters": 7.0, "success_rate": np.nan}
        yield RunResult(scenario.key, outcomes)
