"""Chooses typical defaults: the draw under which policies have the effects that are typical of the posterior.

Studies use posterior draws; a single world uses the default parameters. To make both agree, the defaults are one of the
draws that fit the facts at least as well as half of the draws: the one nearest to the posterior medians of policy
effects and of fitted moments, in posterior standard deviations of the expected values. A draw that is central in the
parameters would not serve: there are so many parameters that every draw is extreme in some, and these may determine the
effects.

Expected values are means over worlds with the chance removed by a one-way analysis of variance (Searle, Casella and
McCulloch 1992, Variance Components, 3.6). Distances use the best estimate of each, shrunk towards the median by its
reliability; percentiles use estimates that have the spread of expected values (Louis 1984, Journal of the American
Statistical Association 79, 393-398).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.inference.responses import POLICIES, RESPONSE_COUNTS, RESPONSES

NARROW = [f"{policy}: {outcome}" for policy in POLICIES[:2] for outcome in RESPONSE_COUNTS]
"""The responses of most interest: survivors and exporters with more hubs, and with deeper accompaniment."""
NARROW_LIMITS, WIDE_LIMITS = (25.0, 75.0), (10.0, 90.0)
"""Limits of the percentiles of the responses `NARROW`, and of all other responses."""
LIMITS = pd.DataFrame(
    [NARROW_LIMITS if name in NARROW else WIDE_LIMITS for name in RESPONSES], RESPONSES, ["low", "high"]
)


@dataclass(frozen=True)
class Means:
    """Means of several quantities over the worlds of each draw.

    Attributes:
        values: means by draw and quantity, (draws, quantities), in the unit of each quantity.
        worlds: number of worlds of each draw, (draws,).
        chance: variance between the worlds of one draw, (quantities,).
    """

    values: pd.DataFrame
    worlds: pd.Series
    chance: pd.Series

    @property
    def noise(self) -> pd.DataFrame:
        """Variance of chance in each mean, (draws, quantities)."""
        return pd.DataFrame(np.outer(1 / self.worlds, self.chance), self.values.index, self.values.columns)

    @property
    def spread(self) -> pd.Series:
        """Variance of the expected values over draws: the variance of the means without chance, (quantities,)."""
        return (self.values.var() - self.noise.mean()).clip(lower=0)

    @property
    def reliability(self) -> pd.DataFrame:
        """Share of the expected values in the variance of the means, (draws, quantities); 0 if draws do not differ."""
        return (self.spread / (self.spread + self.noise)).fillna(0)

    def scores(self, power: float = 1.0) -> pd.DataFrame:
        """Distance of expected values from their median, in their standard deviations; 0 if draws do not differ.

        With `power` 1 these are the best estimates, with 1/2 estimates that have the spread of expected values.
        """
        deviation = self.reliability**power * (self.values - self.values.median())
        found: pd.DataFrame = (deviation / np.sqrt(self.spread.where(self.spread > 0))).fillna(0.0)
        return found

    def distances(self) -> pd.Series:
        """Root mean square of the scores of each draw; responses and moments have equal weights as groups."""
        squares = self.scores() ** 2
        parts = squares[RESPONSES].mean(axis=1) + squares.drop(columns=RESPONSES).mean(axis=1)
        return (parts / 2) ** 0.5

    def percentiles(self, power: float = 0.5) -> pd.DataFrame:
        """Percentile of each draw's estimates among the expected values of all draws; ties count half."""
        every, estimates = self.scores(0.5).to_numpy(), self.scores(power).to_numpy()[:, None]
        share = (every < estimates).mean(axis=1) + (every == estimates).mean(axis=1) / 2
        return pd.DataFrame(100 * share, self.values.index, self.values.columns)

    def outside(self, power: float = 0.5) -> pd.DataFrame:
        """Mask (draws, responses) of the responses whose percentile is outside `LIMITS`."""
        found = self.percentiles(power)[RESPONSES]
        return (found < LIMITS["low"]) | (found > LIMITS["high"])


def draw_means(runs: pd.DataFrame) -> Means:
    """Means by draw of runs (worlds, quantities) indexed by the number of the draw; some draw has two runs or more."""
    groups = runs.groupby(level=0)
    squares = ((runs - groups.transform("mean")) ** 2).sum()
    freedom = (groups.count() - 1).clip(lower=0).sum()
    return Means(groups.mean(), groups.size(), squares / freedom)


def short_list(means: Means, misfit: pd.Series, length: int, among: Sequence[int]) -> list[int]:
    """The `length` best draws `among` some: those that fit, sorted by responses outside `LIMITS` and by distance."""
    order = pd.DataFrame({"outside": means.outside(1.0).sum(axis=1), "distance": means.distances()})
    fits = order[misfit <= misfit.median()].loc[lambda fitting: fitting.index.isin(among)]
    return fits.sort_values(["outside", "distance"], kind="stable").index[:length].tolist()


def chosen(means: Means, misfit: pd.Series) -> int:
    """The typical draw: the nearest draw without responses outside `LIMITS` or, if there is none, the nearest draw.

    Only draws that fit and have the most worlds are considered, because others are not known precisely enough.
    """
    fits = (misfit <= misfit.median()) & (means.worlds == means.worlds.max())
    inside = fits & ~means.outside().any(axis=1)
    return int(means.distances()[inside if inside.any() else fits].idxmin())
