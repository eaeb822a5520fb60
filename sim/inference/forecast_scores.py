"""How good forecasts were, beside two rules that need no model; the facts of one series count as one cluster.

Scores are in tolerances of the fact (a quarter of its band) and better if smaller: the continuous ranked probability
score and the interval score of the 90 % interval (Gneiting and Raftery 2007, Journal of the American Statistical
Association 102). The rules see what the model saw, the published values until the cut:

- *nothing changes*: the last published value of the series;
- *the trend goes on*: the line through its last two published values.

Both are normal, with variance s² h + e²: h years ahead, s the root mean square of the series' past changes per square
root of a year, e the tolerance, which the model's forecast contains as well. Of a series with a single value no change
is known; it gets the relative changes of all series, where a share changes relative to the smaller of itself and the
rest. A series is what the facts call by one `outcome`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from sim.inference.calibration_file import last_month
from sim.studies.extras import needs

RULES = {"nothing": "nothing changes", "trend": "the trend goes on"}
"""The rules by their suffix in columns."""
COVERED = 0.9
"""Probability of the intervals that are scored."""
CONFIDENCE = 0.9
"""Probability of the intervals of skill and coverage."""
FEWEST_CLUSTERS = 5
"""With fewer clusters, no interval of the skill is honest: the bootstrap sees none but these."""
_RESAMPLES = 4000
_SCORES = {"crps": "CRPS", "interval": "interval score"}


class Normal(NamedTuple):
    """A normal forecast; without a centre there is none."""

    centre: float
    sd: float


class Past(NamedTuple):
    """The published values of a series until a month, the latest last."""

    years: np.ndarray
    values: np.ndarray
    is_share: bool = False

    @property
    def bases(self) -> np.ndarray:
        """What changes are relative to, at each value."""
        size = np.abs(self.values)
        return np.minimum(size, 1 - size) if self.is_share else size

    @property
    def changes(self) -> np.ndarray:
        """Changes from each value to the next, per square root of a year."""
        found: np.ndarray = np.diff(self.values) / np.sqrt(np.diff(self.years))
        return found


def ask_for_scores(what: str) -> None:
    """Raise StudyError if the library of scores is not installed; called before the first run."""
    with needs("analysis", what):
        import scoringrules  # noqa: F401


def pasts(facts: pd.DataFrame, month: str) -> dict[str, Past]:
    """The published values that were known by a month, by series.

    Only values with a band of some width count: others are decisions (hubs, places), or are there to be looked at.
    """
    known = facts[facts["value"].notna() & (facts["high"] > facts["low"])]
    known = known.assign(at=known["date"].astype(str).map(last_month)).sort_values("at", kind="stable")
    known = known[known["at"] <= month].drop_duplicates(["outcome", "at"], keep="last")
    return {
        str(series): Past(
            rows["at"].map(_year).to_numpy(dtype=float),
            rows["value"].to_numpy(dtype=float),
            bool((rows["unit"] == "share").all()),
        )
        for series, rows in known.groupby("outcome")
    }


def relative_spread(past: dict[str, Past]) -> float:
    """Root mean square of the changes of all series, relative to where each began; NaN without any."""
    shares = [one.changes / one.bases[:-1] for one in past.values() if one.values.size > 1]
    return math.sqrt(float(np.mean(np.concatenate(shares) ** 2))) if shares else math.nan


def rule_forecast(rule: str, past: Past | None, year: float, error: float, spread: float) -> Normal:
    """What a rule forecasts of a series.

    Args:
        rule: a key of `RULES`.
        past: what was known of the series; None if nothing was.
        year: when the fact is about, in years.
        error: standard deviation of the error of observation.
        spread: `relative_spread` of all series.
    """
    if past is None or (rule == "trend" and past.values.size < 2):
        return Normal(math.nan, math.nan)
    ahead, last = year - past.years[-1], float(past.values[-1])
    changes = past.changes
    own = math.sqrt(float(np.mean(changes**2))) if changes.size else spread * float(past.bases[-1])
    slope = float(np.diff(past.values[-2:])[0] / np.diff(past.years[-2:])[0]) if rule == "trend" else 0.0
    return Normal(last + slope * ahead, math.sqrt(own**2 * ahead + error**2))


def scored(forecast: pd.DataFrame, samples: dict[str, np.ndarray], facts: pd.DataFrame, month: str) -> pd.DataFrame:
    """Add the scores of a forecast and of both rules to the rows of a forecast.

    Args:
        forecast: rows with `id`, `date`, `band_low`, `band_high`, `observed`, `low` and `high`.
        samples: the predictive sample of each fact by id.
        facts: the table of facts.
        month: last known month.

    Returns:
        The rows with `cut` (the month), `series`, `known` (True: whoever made the model knew the fact), and for the
        model, `_nothing` and `_trend` the scores `crps` and `interval`; NaN without a published figure or without a
        forecast of the rule.

    Raises:
        StudyError: the library of scores is not installed.
    """
    with needs("analysis", "scoring forecasts"):
        import scoringrules

    past, series = pasts(facts, month), facts.set_index("id")["outcome"]
    spread = relative_spread(past)
    rows = []
    for row in forecast.to_dict("records"):
        tolerance, observed = (row["band_high"] - row["band_low"]) / 4, row["observed"]
        name = str(series[row["id"]])
        found: dict[str, Any] = {"cut": month, "series": name, "known": True}
        found |= {f"{score}{suffix}": math.nan for suffix in ("", "_nothing", "_trend") for score in _SCORES}
        if math.isfinite(observed) and tolerance > 0:
            crps = scoringrules.crps_ensemble(observed, samples[row["id"]])
            interval = scoringrules.interval_score(observed, row["low"], row["high"], 1 - COVERED)
            found |= {"crps": crps / tolerance, "interval": interval / tolerance}
            fact = {"value": observed, "low": row["band_low"], "high": row["band_high"], "date": row["date"]}
            found |= rule_scores(fact, past.get(name), spread)
        rows.append(found)
    return forecast.join(pd.DataFrame(rows, index=forecast.index))


def rule_scores(fact: Mapping[Any, Any], past: Past | None, spread: float) -> dict[str, float]:
    """The scores of the rules for a fact with a value and a band, in tolerances; none of a rule that is silent.

    Args:
        fact: its `value`, `low`, `high` and `date`.
        past: what was known of the series; None if nothing was.
        spread: `relative_spread` of all series.
    """
    import scoringrules

    tolerance, found = (fact["high"] - fact["low"]) / 4, {}
    for rule in RULES:
        centre, sd = rule_forecast(rule, past, _year(last_month(str(fact["date"]))), tolerance, spread)
        if math.isfinite(sd):
            ends = centre + sd * ndtri([(1 - COVERED) / 2, (1 + COVERED) / 2])
            interval = scoringrules.interval_score(fact["value"], *ends, 1 - COVERED)
            found[f"crps_{rule}"] = float(scoringrules.crps_normal(fact["value"], centre, sd) / tolerance)
            found[f"interval_{rule}"] = float(interval / tolerance)
    return found


def skills(table: pd.DataFrame) -> pd.DataFrame:
    """Mean scores by cluster of the model and of each rule, and the skill of the model, over the facts that both score.

    Args:
        table: rows of `scored`, of one cut or of several.

    Returns:
        Columns `against, score, facts, clusters, model, rule, skill, low, high`; skill is 1 - model / rule: 1 is
        perfect, 0 no better than the rule. The interval (90 %) is a bootstrap over clusters with expanded percentiles
        (Hesterberg 2015, The American Statistician 69), which misses in 11 % of samples of eight skewed scores and in
        14 % of five; NaN with less than `FEWEST_CLUSTERS`.
    """
    rows = []
    for rule, name in RULES.items():
        for score, label in _SCORES.items():
            both = table.dropna(subset=[score, f"{score}_{rule}"])
            means = both.groupby("series")[[score, f"{score}_{rule}"]].mean().to_numpy()
            model, other = means.mean(axis=0) if len(means) else (math.nan, math.nan)
            low, high = _skill_interval(means)
            rows.append((name, label, len(both), len(means), model, other, 1 - model / other, low, high))
    names = ["against", "score", "facts", "clusters", "model", "rule", "skill", "low", "high"]
    return pd.DataFrame(rows, columns=names)


class Coverage(NamedTuple):
    """How many facts lie in the intervals: by fact, and as the mean over clusters with its interval (90 %)."""

    inside: int
    facts: int
    clusters: int
    share: float
    low: float
    high: float


def coverage(table: pd.DataFrame) -> Coverage:
    """Coverage of the forecast's intervals; `table` as for `skills`.

    The interval is Wilson's (1927, Journal of the American Statistical Association 22) for as many trials as there are
    clusters, each of which counts with the share of its facts that lie inside.
    """
    by_cluster = table.groupby("series")["inside"].mean()
    share, count = float(by_cluster.mean()), len(by_cluster)
    low, high = wilson(share, count)
    return Coverage(int(table["inside"].sum()), len(table), count, share, low, high)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Ends of the Wilson interval of a probability, of which `share` was seen in `count` trials; (0, 1) without any."""
    if count == 0:
        return 0.0, 1.0
    squared = float(ndtri((1 + CONFIDENCE) / 2)) ** 2
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    reach = math.sqrt(squared * (share * (1 - share) / count + squared / (4 * count**2))) / (1 + squared / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _skill_interval(means: np.ndarray) -> tuple[float, float]:
    """Interval of 1 - mean / mean over clusters, whose scores are (clusters, 2)."""
    count = len(means)
    if count < FEWEST_CLUSTERS:
        return math.nan, math.nan
    chosen = np.random.default_rng(1).integers(count, size=(_RESAMPLES, count))
    model, rule = np.moveaxis(means[chosen].mean(axis=1), 1, 0)
    tail = ndtr(math.sqrt(count / (count - 1)) * student.ppf((1 - CONFIDENCE) / 2, count - 1))
    low, high = np.quantile(1 - model / rule, [tail, 1 - tail])
    return float(low), float(high)


def _year(month: str) -> float:
    """The end of a month in years."""
    year, number = month.split("-")
    return int(year) + int(number) / 12
