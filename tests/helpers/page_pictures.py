"""Pictures of the page from invented worlds: what a browser shows of them needs no run."""

from __future__ import annotations

import json

import numpy as np

from sim.model.outcomes import OUTCOMES
from sim.model.twins import CHANNELS, column
from sim.page.marks import marks
from sim.page.picture import picture
from sim.page.texts import texts_of
from sim.page.worker import COMPARED_SERIES, Run, WorldPair
from sim.scenario import load_scenario
from sim.studies.channels import PRINTED
from sim.words.language import language

WORLDS, MONTHS = 32, 156


def pairs(gap: float = 0.02) -> list[WorldPair]:
    """Worlds in which the policy has about `gap` more of everything that is a share, and more of the rest."""
    chance = np.random.default_rng(1)
    found = []
    for _ in range(WORLDS):
        levels = np.where(np.isin(COMPARED_SERIES, ("exporters", "cost")), 900.0, 0.5)[:, None]
        against = levels * (1 + 0.05 * chance.standard_normal((len(COMPARED_SERIES), MONTHS)))
        more = np.zeros(MONTHS)
        more[60:] = gap * (1 + 0.3 * chance.standard_normal())
        sides = [Run((against * (1 + part)).astype(np.float32), {}) for part in (more, np.zeros(MONTHS))]
        for index, side in enumerate(sides):
            shift = 1 + gap * (1 - index) * (1 + 0.3 * chance.standard_normal())
            regions = {f"survivors_5y:{name}": 50.0 * shift for name in ("Oriental", "Souss-Massa")}
            side.outcomes.update(dict.fromkeys(OUTCOMES, 0.5 * shift) | regions)
        channels = {column(name, channel): gap for name in PRINTED for channel in CHANNELS}
        found.append(WorldPair(*sides, channels))
    return found


def events(code: str = "en", times: int = 1, gap: float = 0.02) -> str:
    """A stream with the same picture several times, as the server sends it, in the language `code`."""
    today, ten_hubs = (load_scenario(f"builtin:{key}") for key in ("today", "ten-hubs-2027"))
    draws = [index // 2 for index in range(WORLDS)]
    found = picture(pairs(gap), ten_hubs, today, draws)
    found.shown.update(wanted=WORLDS, replications=list(range(WORLDS)))
    found = found._replace(marks=marks(ten_hubs, today, ()))
    text = json.dumps(found.shown | texts_of(found, language(code), "2034", ("Ten hubs by 2027", "Today")))
    return times * f"data: {text}\n\n" + "event: done\ndata: {}\n\n"
