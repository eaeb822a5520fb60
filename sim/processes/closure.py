"""Closure for other reasons: founders give up, move on or fall out.

With quality q, s the mean competence at the start of the month, and m the hours received from mentors:

    h = h0 exp(-h_q q - h_s (s - s_ref)) (1 + h_a g(m) [q < 0]),   P(closes) = 1 - exp(-h)

with g(m) as in `competence`. The last factor is 1 by default: advice may show founders of weak ideas early that these
are weak. Startups of accelerators close earlier and more often than matched ones (Yu 2020, Management Science), and
incubated ones live shorter (Amezcua 2010), so accompaniment may lower survival.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import Cause
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.mathematics import exp
from sim.kernel.randomness import uniforms
from sim.kernel.records import by_policy, columns, kernel, read_from
from sim.kernel.rows import marked
from sim.processes.competence import AT_REFERENCE, REFERENCE

if TYPE_CHECKING:
    from sim.kernel.world import World


CONSTANTS = {"s_ref": AT_REFERENCE}

SYMBOLS = {"h": "1/month", "q": "quality", "s": "0-1", "g(m)": "share", "m": "hours"}


class Parameters(Mechanism):
    """Parameters of closure."""

    rate: float = parameter(
        0.003285,
        short="Closures for other reasons",
        unit="1/month",
        symbol="h0",
        low=0,
        high=0.2,
        meaning="Hazard of closing for other reasons at average quality.",
        origin="calibrated: the typical draw, at percentile 54. Fitted to: survival of starters",
        prior=(0.0005, 0.006),
    )
    quality_effect: float = parameter(
        0.9827,
        short="Effect of quality on closing",
        unit="1/s.d.",
        symbol="h_q",
        low=0,
        high=5,
        meaning="How much less often better startups close.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 53. Held against: survival of "
        "starters",
        prior=(0, 1.5),
    )
    competence_effect: float = parameter(
        0.6,
        short="Effect of competence on closing",
        unit="-",
        symbol="h_s",
        low=0,
        high=20,
        meaning="How much less often more competent startups close.",
        origin="assumed: small against quality",
    )
    advice_effect: float = parameter(
        0.7651,
        short="Effect of advice on weak ideas",
        unit="-",
        symbol="h_a",
        low=0,
        high=20,
        meaning="How much more often weak ideas close with full advice.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 72. Range: from nothing to "
        "twice as often; Yu 2020, Management Science 66, and Amezcua 2010 give the direction and no size",
        prior=(0, 1),
    )


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    rate: np.ndarray
    quality_effect: np.ndarray
    competence_effect: np.ndarray
    advice_effect: np.ndarray


@by_policy
class Advice(NamedTuple):
    """Hours after which most of what a month can teach is taught, (policies,)."""

    hours_scale: Any


def _advice(parameters: Any) -> Advice:
    return Advice(parameters.competence.hours_scale)


@columns
class Closing(NamedTuple):
    """Columns that it looks at."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    quality: np.ndarray
    hours: np.ndarray


STREAMS = ("closure.event",)
PRONE = 2.5
"""Index below minus which a startup is much more likely to close than others."""


def act(world: World) -> None:
    """Mark this month's closures for other reasons."""
    if not world.acts(Rates):
        return
    word = world.streams["closure.event"].at(world.month)
    rates, advice, competence = world.rates(Rates), world.by_policy(_advice), world.before.mean_competence
    _close(world.startups.see(Closing), rates, advice, competence, word, world.leaving)


@inlined
def _likely(of: Closing, rates: Rates, draws: np.ndarray) -> np.ndarray:
    """Rows of those whose draw may mean a closure under some policy.

    With an index above -PRONE the draw has to be very low; only these few need the exact hazard.
    """
    highest, index_of_prone, steepest, flattest = 0.0, -np.inf, 0.0, np.inf
    for policy in range(rates.rate.size):
        highest = max(highest, rates.rate[policy] * exp(PRONE) * (1 + rates.advice_effect[policy]))
        index_of_prone = max(index_of_prone, REFERENCE * rates.competence_effect[policy] - PRONE)
        steepest = max(steepest, rates.quality_effect[policy])
        flattest = min(flattest, rates.quality_effect[policy])
    likely = np.empty(draws.size, dtype=np.bool_)
    for row in range(draws.size):
        by_quality = min(of.quality[row] * steepest, of.quality[row] * flattest)
        likely[row] = (draws[row] < highest) | (by_quality < index_of_prone)
    return marked(likely)


@kernel
def _close(
    of: Closing, rates: Rates, advice: Advice, competence: np.ndarray, word: np.uint64, leaving: np.ndarray
) -> None:
    """Mark in `leaving` those that close and do not leave for another cause."""
    draws = uniforms(of.key[: of.used], word)
    for row in _likely(of, rates, draws):
        for policy in range(rates.rate.size):
            if rates.enabled[policy] and holds(of.alive[row], policy) and leaving[policy, row] == Cause.ACTIVE:
                index = rates.quality_effect[policy] * of.quality[row]
                index += rates.competence_effect[policy] * (competence[policy, row] - REFERENCE)
                hazard = rates.rate[policy] * exp(-index)
                if of.quality[row] < 0:
                    taught = 1 - exp(-of.hours[policy, row] / advice.hours_scale[policy])
                    hazard *= 1 + rates.advice_effect[policy] * taught
                if draws[row] < 1 - exp(-hazard):
                    leaving[policy, row] = Cause.CLOSED
