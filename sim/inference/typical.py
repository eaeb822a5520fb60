"""Typical defaults: the draw whose policies do what the posterior says they do, by a written rule.

Studies live under the posterior, one world at the default parameters. So that both tell the same story, the defaults
are the draw that, among those that fit the facts at least as well as half of the draws, lies nearest to the
posterior medians of what policies do and of the moments that were fitted, in posterior standard deviations of the
expected values. A draw in the midst of the parameters would not do: among so many of them every draw is far out
in some, and what policies do may be decided there.

Expected values are means over worlds without the chance in them, by a one-way analysis of variance (Searle,
Casella and McCulloch 1992, Variance Components, 3.6). Distances use the best guess of each, shrunken towards the
median by its reliability; percentiles use guesses that are spread as expected values are (Louis 1984, Journal of
the American Statistical Association 79, 393-398).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.inference.responses import COUNTS, POLICIES, RESPONSES

NARROW = [f"{policy}: {outcome}" for policy in POLICIES[:2] for outcome in COUNTS]
"""Survivors and exporters of more hubs and of deeper ones: what is asked most."""
MIDDLE, WITHIN = (25.0, 75.0), (10.0, 90.0)
"""Percentiles between which these should lie, and all other responses."""
LIMITS = pd.DataFrame([MIDDLE if name in NARROW else WITHIN for name in RESPONSES], RESPONSES, ["low", "high"])


@dataclass(frozen=True)
class Means:
    """Means of several quantities over the worlds of each draw.

    Attributes:
        values: (draws, quantities), in the unit of each.
        worlds: (draws,) how many worlds each mean is of.
        chance: (quantities,) variance between the worlds of one draw.
    """

    values: pd.DataFrame
    worlds: pd.Series
    chance: pd.Series

    @property
    def noise(self) -> pd.DataFrame:
        """Variance that chance leaves in each mean."""
        return pd.DataFrame(np.outer(1 / self.worlds, self.chance), self.values.index, self.values.columns)

    @property
    def spread(self) -> pd.Series:
        """Variance of the expected values over draws: that of the means, without the chance in them."""
        return (self.values.var() - self.noise.mean()).clip(lower=0)

    @property
    def reliability(self) -> pd.DataFrame:
        """Share of the expected values in the variance of means of so many worlds; 0 where draws do not differ."""
        return (self.spread / (self.spread + self.noise)).fillna(0)

    def scores(self, power: float = 1.0) -> pd.DataFrame:
        """How far expected values are from their median, in their standard deviations; 0 where draws do not differ.

        With `power` 1 the best guesses, with 1/2 guesses that are spread as the expected values are.
        """
        deviation = self.reliability**power * (self.values - self.values.median())
        found: pd.DataFrame = (deviation / np.sqrt(self.spread.where(self.spread > 0))).fillna(0.0)
        return found

    def distances(self) -> pd.Series:
        """Root mean square of the scores of each draw; responses count as much as moments, however many there are."""
        squares = self.scores() ** 2
        parts = squares[RESPONSES].mean(axis=1) + squares.drop(columns=RESPONSES).mean(axis=1)
        return (parts / 2) ** 0.5

    def percentiles(self, power: float = 0.5) -> pd.DataFrame:
        """Percentile of each draw's guesses among the expected values of all draws, ties in the middle."""
        every, guesses = self.scores(0.5).to_numpy(), self.scores(power).to_numpy()[:, None]
        share = (every < guesses).mean(axis=1) + (every == guesses).mean(axis=1) / 2
        return pd.DataFrame(100 * share, self.values.index, self.values.columns)

    def outside(self, power: float = 0.5) -> pd.DataFrame:
        """Which responses of each draw lie outside `LIMITS`, (draws, responses) yes or no."""
        found = self.percentiles(power)[RESPONSES]
        return (found < LIMITS["low"]) | (found > LIMITS["high"])


def means_of(runs: pd.DataFrame) -> Means:
    """Means by draw of runs (worlds, quantities), whose index is the number of the draw; some have two or more."""
    groups = runs.groupby(level=0)
    squares = ((runs - groups.transform("mean")) ** 2).sum()
    freedom = (groups.count() - 1).clip(lower=0).sum()
    return Means(groups.mean(), groups.size(), squares / freedom)


def short_list(means: Means, misfit: pd.Series, length: int, among: Sequence[int]) -> list[int]:
    """Draws `among` some that deserve more worlds: those that fit, have the least outside, and are nearest."""
    order = pd.DataFrame({"outside": means.outside(1.0).sum(axis=1), "distance": means.distances()})
    fits = order[misfit <= misfit.median()].loc[lambda fitting: fitting.index.isin(among)]
    return fits.sort_values(["outside", "distance"], kind="stable").index[:length].tolist()


def chosen(means: Means, misfit: pd.Series) -> int:
    """The typical draw, by the rule; only draws with the most worlds are known well enough.

    The nearest of the draws with no response outside `LIMITS`; if there is none, the nearest of all.
    """
    fits = (misfit <= misfit.median()) & (means.worlds == means.worlds.max())
    inside = fits & ~means.outside().any(axis=1)
    return int(means.distances()[inside if inside.any() else fits].idxmin())
