"""Mesa's own page of the same model: the standard `SolaraViz`, with one model per visitor.

It begins with the policy, the levers and the seed of the visit, which its address names as those of the other rooms do.
Mesa steps the model in one thread and draws it in another, so both take the model's lock.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import solara
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz, SpaceRenderer
from mesa.visualization.components import AgentPortrayalStyle, PropertyLayerStyle
from mesa.visualization.utils import update_counter

from sim.country.geography import geography
from sim.model.ecosystem import EcosystemModel
from sim.model.funder import Funder
from sim.model.history import REPORTED_FROM
from sim.model.hub import Hub
from sim.page.frames import GOLDEN_ANGLE
from sim.page.visit import Visit, read
from sim.scenario import Scenario
from sim.studies.lookup import BASE

BLUE, ORANGE, BLACK = "#0072B2", "#D55E00", "#000000"
LOOKS = {
    "hub": (BLACK, "s", 40),
    "funder": (BLACK, "*", 30),
    "startup outside a hub": ("#8f8f8f", "s", 2),
    "in a hub": ("#003F7D", "o", 8),
    "has left a hub": ("#007A57", "D", 4),
    "exports": ("#D55E00", "^", 5),
}
"""Colour, marker and size; without colours, the markers distinguish the states."""
PALE = ListedColormap(["#ffffff", *("#e4edf2", "#f1ecdf", "#e3ecdf", "#efe3ea") * 3])
"""Colours of the area outside the country, then of the regions."""
LINE_SERIES = {"active": (BLACK, "--"), "residents": (BLUE, "-"), "exporters": (ORANGE, "-.")}


class ShownScenario(Scenario):
    """A scenario that is false, because Mesa's Reset tests for a scenario of Mesa's own kind."""

    def __bool__(self) -> bool:
        return False


class Offer:
    """What the server shows; set before the first visitor comes."""

    presets: Mapping[str, Scenario] = MappingProxyType({})
    first = BASE


def offer(presets: Mapping[str, Scenario], first: str) -> None:
    """Say which policies there are, and which one a visitor sees first whose address names none."""
    Offer.presets, Offer.first = MappingProxyType(dict(presets)), first


def visit_of(search: str | None) -> Visit:
    """The visit that the address of Mesa's page names, after its question mark."""
    return read(dict(parse_qsl(search or "")), Offer.presets, Offer.first)


class ShownModel(EcosystemModel):
    """The ecosystem at the end of 2016, with the choices of Mesa's page: a policy by name, and a seed.

    Args:
        policy: key of the policy.
        rng: root seed.
        known: the policies by key.
    """

    def __init__(self, policy: str, rng: int, known: Mapping[str, Scenario]):
        scenario = known[policy]
        self.lock = threading.RLock()
        super().__init__(ShownScenario(**{part.name: getattr(scenario, part.name) for part in fields(scenario)}), rng)
        if (shown := self.months_until(REPORTED_FROM) + 12) > 0:
            self.run_until(shown)

    def step(self) -> None:
        """Simulate one month."""
        with self.lock:
            super().step()


class LockedRenderer(SpaceRenderer):
    """Draws while the model is locked."""

    def draw_agents(self, *args: Any, **kwargs: Any) -> Any:
        """Draw hubs, funders and startups."""
        with self.space.startups_at.__self__.lock:
            return super().draw_agents(*args, **kwargs)


def portrayal(agent: Any) -> AgentPortrayalStyle:
    """Hubs, funders, and startups by their state, spread around their cell."""
    if isinstance(agent, Hub):
        colour, marker, size = LOOKS["hub"]
        return AgentPortrayalStyle(color=colour, marker=marker, size=size if agent.is_open else 5, zorder=3)
    if isinstance(agent, Funder):
        colour, marker, size = LOOKS["funder"]
        return AgentPortrayalStyle(color=colour, marker=marker, size=size, zorder=2)
    inside = "in a hub" if agent.hub >= 0 else "has left a hub" if agent.left >= 0 else "startup outside a hub"
    colour, marker, size = LOOKS["exports" if agent.exporter else inside]
    x, y = scattered(agent.pos, agent.number)
    return AgentPortrayalStyle(x=x, y=y, color=colour, marker=marker, size=size, linewidths=0, zorder=1)


def key(axes: Axes) -> None:
    """Draw the legend beside the map."""
    for name, (colour, marker, _) in LOOKS.items():
        axes.plot([], [], marker, color=colour, label=name, markersize=6)
    axes.legend(loc="lower right", frameon=False)
    axes.set_axis_off()


def scattered(cell: tuple[int, int], number: int) -> tuple[float, float]:
    """A place in the hexagon of a cell, in Mesa's coordinates, which shift odd rows by their fraction as well."""
    column, row = cell
    radius, angle = 0.45 * math.sqrt(number * 0.754878 % 1), number * GOLDEN_ANGLE
    y = row + radius * math.sin(angle)
    aside = ((row - 1) % 2 - (y - 1) % 2) / 2
    return column + radius * math.cos(angle) + aside, y


def land(layer: Any) -> PropertyLayerStyle | None:
    """Regions in pale colours; the area outside the country stays nearly white."""
    if layer.name != "region":
        return None
    return PropertyLayerStyle(colormap=PALE, alpha=1, colorbar=False, vmin=-1, vmax=len(geography().regions) - 1)


@solara.component
def Lines(model: ShownModel) -> None:  # noqa: N802
    """National series of the months so far."""
    update_counter.get()
    with model.lock:
        history = model.history
    figure = Figure(figsize=(5, 4))
    axes = figure.add_subplot()
    for name, (colour, dashes) in LINE_SERIES.items():
        axes.plot(range(len(history)), history[name], dashes, color=colour, label=name)
    axes.set(xlabel="months since 2016-01", ylabel="startups")
    axes.legend()
    solara.FigureMatplotlib(figure, format="png")


@solara.component
def Page() -> None:  # noqa: N802
    """The stock page of Mesa."""
    search = solara.use_router().search
    visit = solara.use_memo(lambda: visit_of(search), [search])
    known = solara.use_memo(lambda: MappingProxyType({visit.policy.key: visit.policy, **Offer.presets}), [search])
    model = solara.use_memo(lambda: ShownModel(visit.policy.key, visit.seed, known), [search])

    def make_renderer() -> LockedRenderer:
        renderer = LockedRenderer(model, backend="matplotlib")
        renderer.setup_propertylayer(land).setup_agents(portrayal)
        renderer.draw_propertylayer()
        renderer.draw_agents()
        renderer.post_process = key
        return renderer

    renderer = solara.use_memo(make_renderer, [search])
    parameters = {
        "policy": {
            "type": "Select",
            "value": visit.policy.key,
            "values": list(known),
            "label": "Policy",
        },
        "rng": {
            "type": "SliderInt",
            "value": visit.seed,
            "min": 0,
            "max": max(100, visit.seed),
            "step": 1,
            "label": "Seed",
        },
        "known": known,
    }
    SolaraViz(model, renderer, components=[Lines], model_params=parameters, name="hubsim")
