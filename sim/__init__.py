"""hubsim: an agent-based simulator of a country's startup-hub network."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.agents import Funder, Hub, Startup
    from sim.experiment.comparison import Comparison, compare
    from sim.model import EcosystemModel
    from sim.outcomes import OUTCOMES, measure
    from sim.scenario import Scenario, ScenarioError, load_scenario

_HOMES = {
    "Comparison": "sim.experiment.comparison",
    "EcosystemModel": "sim.model",
    "Funder": "sim.agents",
    "Hub": "sim.agents",
    "OUTCOMES": "sim.outcomes",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.scenario",
    "Startup": "sim.agents",
    "compare": "sim.experiment.comparison",
    "load_scenario": "sim.scenario",
    "measure": "sim.outcomes",
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
    "load_scenario",
    "measure",
]

try:
    __version__ = version("hubsim")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    """Import the parts only when they are asked for, so that the command line answers at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
