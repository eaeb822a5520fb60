"""hubsim: an agent-based simulator of a country's startup-hub network."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.cli.publish import draw
    from sim.model.ecosystem import EcosystemModel
    from sim.model.funder import Funder
    from sim.model.hub import Hub
    from sim.model.outcomes import OUTCOMES, measure
    from sim.model.startup import Startup
    from sim.report.text import table
    from sim.report.writing import write_report
    from sim.scenario import Scenario, ScenarioError, load_scenario
    from sim.studies.comparison import Comparison, compare

_HOMES = {
    "Comparison": "sim.studies.comparison",
    "EcosystemModel": "sim.model.ecosystem",
    "Funder": "sim.model.funder",
    "Hub": "sim.model.hub",
    "OUTCOMES": "sim.model.outcomes",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.scenario",
    "Startup": "sim.model.startup",
    "compare": "sim.studies.comparison",
    "draw": "sim.cli.publish",
    "load_scenario": "sim.scenario",
    "measure": "sim.model.outcomes",
    "table": "sim.report.text",
    "write_report": "sim.report.writing",
}

__all__ = [
    "OUTCOMES",
    "Comparison",
    "EcosystemModel",
    "Funder",
    "Hub",
    "Scenario",
    "ScenarioError",
    "Startup",
    "compare",
    "draw",
    "load_scenario",
    "measure",
    "table",
    "write_report",
]

try:
    __version__ = version("hubsim")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    """Import each part on first use, so that the command line starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
