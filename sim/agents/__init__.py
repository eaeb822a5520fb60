"""The agents: startups (in columns), hubs and funders (ordinary Mesa agents)."""

from sim.agents.columns import Startups
from sim.agents.funder import Funder
from sim.agents.hub import Hub
from sim.agents.startup import Startup

__all__ = ["Funder", "Hub", "Startup", "Startups"]
