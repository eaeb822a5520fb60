"""The parameters of a study's worlds: draws of a posterior, a named set, or the package's defaults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import StudyError, did_you_mean
from sim.parameters.draw import Draw
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
    """

    name: str = FIXED
    values: tuple[Mapping[str, float], ...] = ()
    only: int | None = None

    def __bool__(self) -> bool:
        return bool(self.values)

    @property
    def digest(self) -> str:
        """SHA-256 of the draws."""
        return hashlib.sha256(json.dumps([sorted(draw.items()) for draw in self.values]).encode()).hexdigest()

    @property
    def options(self) -> dict[str, Any]:
        """Entries of a study's options that identify these draws; empty for the defaults."""
        if not self:
            return {}
        found: dict[str, Any] = {"parameters": self.name, "draws": len(self.values), "draws_digest": self.digest}
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
            raise StudyError(f"--draw {number}: there are no draws of the parameters {self.name}")
        if not 0 <= number < len(self.values):
            raise StudyError(
                f"--draw {number}: there is no such draw; {self.name} has draws from 0 to {len(self.values) - 1}"
            )
        return replace(self, only=number)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per draw: its number `draw`, and a column per parameter path."""
        import pandas as pd

        found = pd.DataFrame(list(self.values))
        found.insert(0, "draw", range(len(found)))
        return found

    def of(self, replication: int) -> Draw | None:
        """The draw of a replication, the same for every policy; None for the defaults.

        The order of draws is random but fixed, so that the first few are a random sample of all.
        """
        if not self:
            return None
        if self.only is not None:
            return self._draw(self.only)
        order = np.random.default_rng(0).permutation(len(self.values))
        return self._draw(int(order[replication // WORLDS_PER_DRAW % len(order)]))

    def __iter__(self) -> Iterator[Draw]:
        """The draws that worlds may use, in the order of their numbers."""
        return map(self._draw, range(len(self.values)) if self.only is None else [self.only])

    def _draw(self, number: int) -> Draw:
        return Draw(number, self.values[number], alone=len(self.values) == 1)


def parameters_name(parameters: str | PathLike[str]) -> str:
    """The argument of `--parameters` as text: a word, or the path of a file.

    Raises:
        StudyError: the argument is neither.
    """
    return on_disk(path_text("parameters", parameters))


def draws_at(parameters: str | PathLike[str], draw: int | None) -> Draws:
    """The draws that `--parameters` names, with the draw number `draw` for all worlds unless it is None.

    A number means one of the posterior if the parameters are `fixed`.

    Raises:
        StudyError, ScenarioError: as for `draws_of`, or there is no draw with that number.
    """
    parameters = parameters_name(parameters)
    if draw is None:
        return draws_of(parameters)
    return draws_of(POSTERIOR if parameters == FIXED else parameters).at(number("draw", draw))


def draws_of(parameters: str | PathLike[str]) -> Draws:
    """The draws that `--parameters` names: `posterior`, `fixed`, a set, or a file of draws (.csv) or values (.yaml).

    Raises:
        StudyError: nothing has that name, or the file has no draws.
        ScenarioError: parameter names or values in the file are wrong.
    """
    from sim.parameters.posterior import load_posterior
    from sim.parameters.sets import SETS, parameter_set

    parameters = parameters_name(parameters)
    if parameters == FIXED:
        return Draws()
    if parameters == POSTERIOR:
        return Draws(POSTERIOR, tuple(load_posterior()))
    if parameters in SETS or parameters.endswith((".yaml", ".yml")):
        return Draws(parameters, (parameter_set(parameters),))
    if parameters.endswith(".csv") and is_there(parameters):
        return Draws(parameters, tuple(load_posterior(parameters)))
    raise StudyError(
        f"--parameters {parameters}: there is no such file; choose {POSTERIOR}, {FIXED}, {', '.join(SETS)}, "
        "posterior.csv of a calibration, or a scenario file with the values"
        + did_you_mean(parameters, (POSTERIOR, FIXED, *SETS))
    )
