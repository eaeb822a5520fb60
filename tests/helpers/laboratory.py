"""Small worlds and what tests ask of them: run, look at, compare bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from sim.kernel.randomness import Stream, combine
from sim.model.ecosystem import EcosystemModel
from sim.model.history import NATIONAL
from sim.parameters.sets import parameter_set
from sim.processes import BLOCKS, COLUMNS
from sim.scenario import Scenario, load_scenario

SWITCHED = tuple(name for name, block in BLOCKS.items() if "enabled" in block.model_fields)
"""Blocks that can be switched off."""
BARE = {f"{name}.enabled": False for name in SWITCHED}
"""Values of a world with nothing but founders, revenue and cash."""
_DRIFTS = ("base_growth", "quality_effect", "skills_effect", "ties_effect", "export_effect")
NO_GROWTH = {f"revenue.{name}": 0.0 for name in _DRIFTS}
"""Values of a world in which nothing but chance moves revenue."""


def literature(key: str) -> Scenario:
    """A policy under the parameters of the literature, where single mechanisms are plain to see.

    The default parameters are what the baseline, the commands and the reference study are about.
    """
    return load_scenario(f"builtin:{key}").with_values(parameter_set("literature"))


def run(scenario: Scenario, seed: int = 1, replication: int = 0, **options: Any) -> EcosystemModel:
    """A world at the end of its scenario."""
    model = EcosystemModel(scenario, rng=seed, replication=replication, **options)
    model.run_until(scenario.months)
    return model


def branch(trunk: EcosystemModel, scenario: Scenario, months: int | None = None) -> EcosystemModel:
    """A fork of a world at its present, run to the scenario's end or for `months`."""
    model = trunk.fork(scenario)
    model.run_until(scenario.months if months is None else scenario.present_months + months)
    return model


def columns(model: EcosystemModel) -> dict[str, np.ndarray]:
    """Copies of all columns of the active startups, and their keys."""
    return {name: getattr(model.startups, name).copy() for name in ("key", *COLUMNS)}


def everyone(model: EcosystemModel) -> dict[str, np.ndarray]:
    """All columns of all startups ever founded, in order of founding; number n is row n."""
    order = np.argsort(model.startups.everyone("number"))
    return {name: model.startups.everyone(name)[order] for name in ("key", *COLUMNS)}


def by_key(model: EcosystemModel) -> dict[str, np.ndarray]:
    """All columns of all startups ever founded, sorted by key: comparable between policies."""
    order = np.argsort(model.startups.everyone("key"))
    return {name: model.startups.everyone(name)[order] for name in ("key", *COLUMNS)}


def series(model: EcosystemModel, name: str) -> np.ndarray:
    """A national monthly series from the start of the world, in the order of its months."""
    return model.recorder.national(name)[: model.months_done]


def recorded(model: EcosystemModel) -> dict[str, np.ndarray]:
    """Everything in a world's record by name: (months, 1), (months, hubs) and (months, regions)."""
    record = model.recorder
    by_place = {"hubs": record.hubs, "regions": record.regions}
    return {f"national.{name}": record.national(name)[:, None] for name in NATIONAL} | {
        f"{places}.{name}": values for places, series in by_place.items() for name, values in series._asdict().items()
    }


def differences(first: EcosystemModel, second: EcosystemModel, months: int | None = None) -> list[str]:
    """Names of everything that is not the same bit for bit in two worlds (up to some month)."""
    span = slice(0, months)
    found = []
    for name, one in recorded(first).items():
        other = recorded(second)[name]
        shared = min(one[0].size, other[0].size)
        if not np.array_equal(one[span, :shared], other[span, :shared], equal_nan=True):
            found.append(f"history.{name}")
    if first.ledger.months[span] != second.ledger.months[span]:
        found.append("ledger")
    if months is None:
        one, other = everyone(first), everyone(second)
        found += [name for name in one if not np.array_equal(one[name], other[name])]
        ties = ("first", "second", "ends")
        found += [
            f"contacts.{name}"
            for name in ties
            if not np.array_equal(getattr(first.contacts, name), getattr(second.contacts, name))
        ]
        found += [name for name, one in _states(first).items() if not np.array_equal(one, _states(second)[name])]
    return found


def _states(model: EcosystemModel) -> dict[str, Any]:
    """What hubs and funders are and have done, and the counts of cohorts."""
    opened = [hub for hub in model.hubs if hub.plan.opens < model.months_done]
    hubs = [(hub.name, hub.is_open, hub.places, hub.residents, hub.waiting, hub.mentor_hours) for hub in opened]
    funders = {
        f"funders.{name}": [getattr(funder, name) for funder in model.funders]
        for name in ("given", "repaid", "interest", "written_off", "funded_this_year", "central_this_year",
                     "spent_this_year")
    }  # fmt: skip
    deals = [(funder.index, *deal) for funder in model.funders for deal in funder.pipeline]
    cohorts = {f"cohorts.{name}": values for name, values in model.cohorts._asdict().items()}
    return {"hubs": hubs, "deals": deals, **funders, **cohorts}


Draws = dict[tuple[str, int], tuple[np.ndarray, np.ndarray]]
"""Keys and uniforms by (stream, month); draws for many months at once stand under month -1."""


@contextmanager
def recorded_draws() -> Iterator[Draws]:
    """Write down every uniform and normal that is drawn, and the months' words with which compiled loops draw."""
    drawn: dict[tuple[str, int], list[tuple[np.ndarray, np.ndarray]]] = {}
    draws: Draws = {}
    uniform: Callable[..., np.ndarray] = Stream.uniform
    normal: Callable[..., np.ndarray] = Stream.normal
    word_at: Callable[..., np.uint64] = Stream.at

    def watched(draw: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
        def drawing(self: Stream, month: Any, keys: np.ndarray) -> np.ndarray:
            values = draw(self, month, keys)
            one = np.ndim(month) == 0
            kept = np.ravel(keys).copy() if one else combine(*np.broadcast_arrays(keys, month))
            drawn.setdefault((self.name, int(month) if one else -1), []).append((kept, np.ravel(values).copy()))
            return values

        return drawing

    def at(self: Stream, month: int) -> np.uint64:
        word = word_at(self, month)
        drawn[f"{self.name}, within", month] = [(np.array([month], dtype=np.uint64), np.array([word]))]
        return word

    Stream.uniform, Stream.normal, Stream.at = watched(uniform), watched(normal), at  # type: ignore[method-assign]
    try:
        yield draws
    finally:
        Stream.uniform, Stream.normal, Stream.at = uniform, normal, word_at  # type: ignore[method-assign]
        for name, parts in drawn.items():
            keys, first = np.unique(np.concatenate([part[0] for part in parts]), return_index=True)
            draws[name] = keys, np.concatenate([part[1] for part in parts])[first]


def common_draws(first: Draws, second: Draws) -> tuple[int, int]:
    """Number of draws with the same stream, month and key, and how many of them differ."""
    common = different = 0
    for name in first.keys() & second.keys():
        (keys, values), (others, other_values) = first[name], second[name]
        _, mine, theirs = np.intersect1d(keys, others, assume_unique=True, return_indices=True)
        common += mine.size
        different += int(np.count_nonzero(values[mine] != other_values[theirs]))
    return common, different


def number_of_draws(draws: Draws) -> int:
    """Number of draws that were written down; a month's word counts as one."""
    return sum(keys.size for keys, _ in draws.values())
