"""Fake worlds of three numbers for tests without the model: fast, deterministic, and able to fail."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from sim.studies.worlds import RunResult

MONTHS = [f"2024-{month:02d}" for month in range(1, 13)]


@dataclass(frozen=True)
class FakeScenario:
    """A fake scenario with the attributes that the store and the workers use."""

    key: str
    effect: float = 0.0
    trouble: str = ""
    history_digest: str = "same"
    same_cost_as: str | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.effect, self.trouble)).encode()).hexdigest()

    @property
    def parameters(self) -> SimpleNamespace:
        return SimpleNamespace(network=SimpleNamespace(random_openings=False))

    def to_yaml(self, origins=False) -> str:
        return f"name: {self.key}\n"


TODAY = FakeScenario("today")
TEN = FakeScenario("ten-hubs", effect=0.02)
SLOW = FakeScenario("slow", trouble="slow")


def run_fake(chunk, seed, record):
    """A fake runner: every policy of a replication has the same chance."""
    for scenario in chunk.scenarios:
        luck = np.random.default_rng([seed, chunk.replication])
        if scenario.trouble == "error" and chunk.replication == 1:
            yield RunResult(scenario.key, stage="run", error="ZeroDivisionError: division by zero")
            continue
        if scenario.trouble == "killed twice" and chunk.replication == 2:
            deaths = Path(os.environ["FAKE_DEATHS"])
            if not deaths.exists() or deaths.stat().st_size < 2:
                with deaths.open("a") as file:
                    file.write("x")
                os.kill(os.getpid(), signal.SIGKILL)
        if scenario.trouble == "slow":
            time.sleep(float(os.environ.get("FAKE_PAUSE", "0")))
        if scenario.trouble == "unwritable" and chunk.replication == 1:
            raise OSError(28, "No space left on device")
        if scenario.trouble == "interrupt" and chunk.replication == 3:
            raise KeyboardInterrupt
        survival = 0.6 + 0.01 * luck.normal() + scenario.effect
        own = np.random.default_rng([seed, chunk.replication, int(1000 * abs(scenario.effect))])
        outcomes = {
            "survival_5y": survival + 0.001 * own.normal(),
            "survival_5y_n": 2500.0,
            "export_rate": float("nan") if scenario.trouble == "nobody" else 0.35 + 0.01 * luck.normal(),
            "export_rate_n": 40.0,
            "survivors_5y": 1500 + 2500 * scenario.effect + 10 * luck.normal() + own.normal(),
            "exporters": 200 + 5 * luck.normal() + own.normal(),
            "cost": 300_000 + 1e6 * scenario.effect + 100 * luck.normal(),
            "survival_5y:Oriental": survival,
        }
        columns = {"month": np.array(MONTHS, object), "active": luck.normal(size=12), "open": np.full(12, True)}
        series = {
            "monthly": columns,
            "hubs": columns | {"hub": np.full(12, "Rabat", object)},
            "regions": columns | {"region": np.full(12, "Oriental", object)},
            "survival": {
                "population": np.array(["founded"], object),
                "cohort": np.array(["2015-2019"], object),
                "age_months": np.array([0]),
            },
        }
        yield RunResult(scenario.key, outcomes, {name: series[name] for name in record})
