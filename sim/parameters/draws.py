"""The parameters of a study's worlds: draws of a posterior, a named set, or the package's defaults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import StudyError, did_you_mean, said
from sim.parameters.draw import Draw
from sim.parameters.weights import Weights, weights_of
from sim.scenario.arguments import number
from sim.system.paths import is_there
from sim.system.text import on_disk, path_text

if TYPE_CHECKING:
    import pandas as pd


POSTERIOR, FIXED = "posterior", "fixed"

WORLDS_PER_DRAW = 2
"""Consecutive replications that share one parameter draw, so that chance and parameter variance can be separated.

Two is the minimum for that. For a given number of worlds, more draws give more information: an effect can be clear only
with 45 draws that agree, and intervals reach their nominal coverage from 50 draws of two worlds, whatever the share of
chance (`tests/studies/test_effect_distribution.py`). Therefore studies run 100 worlds by default. Rates, whose variance
is mostly chance, need more.
"""


@dataclass(frozen=True)
class Draws:
    """The parameters that `--parameters` names: several draws of a posterior, one set, or none (the defaults).

    Attributes:
        name: the argument of `--parameters`.
        values: one mapping of values by dotted path per draw.
        only: number of the draw that all worlds use; None if worlds use different draws.
        numbers: number of each draw; empty if they are numbered from 0 in their order.
        weights: how much each draw counts; None if all count the same.
    """

    name: str = FIXED
    values: tuple[Mapping[str, float], ...] = ()
    only: int | None = None
    numbers: tuple[int, ...] = ()
    weights: Weights | None = None

    def __bool__(self) -> bool:
        return bool(self.values)

    @property
    def digest(self) -> str:
        """SHA-256 of the draws."""
        told: list[Any] = [sorted(draw.items()) for draw in self.values]
        return hashlib.sha256(json.dumps([*told, *self.numbers]).encode()).hexdigest()

    @property
    def options(self) -> dict[str, Any]:
        """Entries of a study's options that identify these draws; empty for the defaults."""
        if not self:
            return {}
        found: dict[str, Any] = {"parameters": self.name, "draws": len(self.values), "draws_digest": self.digest}
        if self.weights is not None:
            found |= {
                "weights": self.weights.name,
                "weights_digest": self.weights.digest,
                "effective_draws": round(self.weights.effective, 1),
            }
        return found if self.only is None else found | {"draw": self.only}

    def without(self, paths: Collection[str]) -> Draws:
        """These draws without some parameters: a design varies those itself."""
        left = tuple({path: value for path, value in draw.items() if path not in paths} for draw in self.values)
        return replace(self, values=left) if any(left) else Draws()

    def at(self, number: int) -> Draws:
        """These draws with one draw, `number`, for all worlds.

        Raises:
            StudyError: there is no draw with that number.
        """
        if not self:
            raise StudyError(
                said("--draw {number}: there are no draws of the parameters {name}", number=number, name=self.name)
            )
        if number not in self._rows:
            low, high = min(self._rows), max(self._rows)
            raise StudyError(
                said(
                    "--draw {number}: there is no such draw; {name} has draws from {low} to {high}",
                    number=number,
                    name=self.name,
                    low=low,
                    high=high,
                )
            )
        return replace(self, only=number)

    def weighted(self, path: str | PathLike[str]) -> Draws:
        """These draws with the weights in a file.

        Raises:
            StudyError: there are no draws to weight, all worlds use one, or the file has mistakes.
        """
        path = on_disk(path_text("weights", path))
        if len(self.values) < 2 or self.only is not None:
            what = (
                said("the parameters {name}", name=self.name)
                if self.only is None
                else said("draw {number} alone", number=self.only)
            )
            raise StudyError(
                said(
                    "--weights {path}: {what} cannot be weighted; leave --weights out, or choose several draws, such "
                    "as --parameters {posterior}",
                    path=path,
                    what=what,
                    posterior=POSTERIOR,
                )
            )
        return replace(self, weights=weights_of(path, list(self._rows)))

    @property
    def frame(self) -> pd.DataFrame:
        """One row per draw: its number `draw`, and a column per parameter path."""
        import pandas as pd

        found = pd.DataFrame(list(self.values))
        found.insert(0, "draw", list(self._rows))
        return found

    def of(self, replication: int) -> Draw | None:
        """The draw of a replication, the same for every policy; None for the defaults.

        The order of draws is random but fixed, so that the first few are a random sample of all, or of their weights.
        """
        if not self:
            return None
        if self.only is not None:
            return self._draw(self._rows[self.only])
        place = replication // WORLDS_PER_DRAW % len(self.values)
        return self._draw(int(self._order[place]), None if self.weights is None else place)

    def __iter__(self) -> Iterator[Draw]:
        """The draws that worlds may use, in the order of their numbers."""
        if self.only is not None:
            rows: Collection[int] = [self._rows[self.only]]
        else:
            rows = range(len(self.values)) if self.weights is None else sorted(set(self._order.tolist()))
        return map(self._draw, rows)

    @property
    def picked(self) -> list[dict[str, float]]:
        """Values of as many draws as there are, each as often as its weight says, in their order if all are equal."""
        rows = np.arange(len(self.values))
        return [dict(self.values[row]) for row in (rows if self.weights is None else self.weights.picks(rows))]

    @cached_property
    def _order(self) -> np.ndarray:
        """Rows of the draws in the order in which worlds use them, again from the first after the last."""
        order = np.random.default_rng(0).permutation(len(self.values))
        return order if self.weights is None else self.weights.picks(order)

    @cached_property
    def _rows(self) -> dict[int, int]:
        """Row of each draw by its number."""
        return {number: row for row, number in enumerate(self.numbers or range(len(self.values)))}

    def _draw(self, row: int, pick: int | None = None) -> Draw:
        number = self.numbers[row] if self.numbers else row
        return Draw(number, self.values[row], alone=len(self.values) == 1, pick=pick)


def parameters_name(parameters: str | PathLike[str]) -> str:
    """The argument of `--parameters` as text: a word, or the path of a file.

    Raises:
        StudyError: the argument is neither.
    """
    return on_disk(path_text("parameters", parameters))


def told_weights(draws: Draws) -> str:
    """The weights of draws as an argument in a Python call, with a comma behind it; empty without weights."""
    return "" if draws.weights is None else f"weights={draws.weights.name!r}, "


def draws_at(parameters: str | PathLike[str], draw: int | None, weights: str | PathLike[str] | None = None) -> Draws:
    """The draws that `--parameters` names, with the draw number `draw` for all worlds unless it is None.

    A number means one of the posterior if the parameters are `fixed`. Arguments as in `draws_of`.

    Raises:
        StudyError, ScenarioError: as for `draws_of`, or there is no draw with that number.
    """
    parameters = parameters_name(parameters)
    if draw is None:
        return draws_of(parameters, weights)
    found = draws_of(POSTERIOR if parameters == FIXED else parameters).at(number("draw", draw))
    return found if weights is None else found.weighted(weights)


def draws_of(parameters: str | PathLike[str], weights: str | PathLike[str] | None = None) -> Draws:
    """The draws that `--parameters` names: `posterior`, `fixed`, a set, or a file of draws (.csv) or values (.yaml).

    Args:
        parameters: the name.
        weights: a file with the weight of each draw; None if all count the same.

    Raises:
        StudyError: nothing has that name, the file has no draws, or the file of weights has mistakes.
        ScenarioError: parameter names or values in the file are wrong.
    """
    found = _named(parameters_name(parameters))
    return found if weights is None else found.weighted(weights)


def _named(parameters: str) -> Draws:
    from sim.parameters.posterior import load_posterior, numbered_draws
    from sim.parameters.sets import SETS, parameter_set

    if parameters == FIXED:
        return Draws()
    if parameters == POSTERIOR:
        return Draws(POSTERIOR, tuple(load_posterior()))
    if parameters in SETS or parameters.endswith((".yaml", ".yml")):
        return Draws(parameters, (parameter_set(parameters),))
    if parameters.endswith(".csv") and is_there(parameters):
        found = numbered_draws(parameters)
        numbers = () if list(found) == list(range(len(found))) else tuple(found)
        return Draws(parameters, tuple(found.values()), numbers=numbers)
    raise StudyError(
        said(
            "--parameters {parameters}: there is no such file; choose {names}, posterior.csv of a calibration, or a "
            "scenario file with the values{near}",
            parameters=parameters,
            names=", ".join((POSTERIOR, FIXED, *SETS)),
            near=did_you_mean(parameters, (POSTERIOR, FIXED, *SETS)),
        )
    )
