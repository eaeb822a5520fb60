"""The parameters on which the difference between two policies depends, from the draws of a comparison.

This needs no new runs: the posterior draws are the sample (given-data sensitivity: Plischke, Borgonovo and Smith 2013,
"Global sensitivity measures from given data", Eur. J. Oper. Res. 226). Each draw has its parameters and its mean
difference over worlds. Ranks measure the association, because effects are skewed.

- `rank`: Spearman's rank correlation of a parameter with the difference, including the influence of parameters that are
  correlated with it in the posterior. Interval by Fisher's z with the variance of Bonett and Wright (2000), "Sample
  size requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65.
- `partial`: partial rank correlation (Marino et al. 2008, "A methodology for performing global uncertainty and
  sensitivity analysis in systems biology", J. Theor. Biol. 254), given the leading parameters.

There are hardly more draws than parameters, so partial correlations given all other parameters would be noise. Instead,
leading parameters are selected one by one: each has the largest partial correlation given the earlier ones, and passes
Student's test at 5 %, corrected for the number of remaining parameters and of requested outcomes (Bonferroni). If no
parameter matters, at most 5 of 100 comparisons select one. The intervals of leading parameters do not account for this
selection. Chance in the draws' means reduces all correlations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr
from scipy.stats import rankdata

from sim.errors import StudyError, said, suggestion
from sim.parameters.draws import draws_of
from sim.scenario.arguments import word
from sim.studies.codebook import write_codebook
from sim.studies.comparison import Comparison
from sim.studies.folder import ResultFolder
from sim.studies.store import DRAWS_TABLE

LEVEL, ERROR = 0.95, 0.05
MIN_DRAWS = 20
"""Smallest number of draws for which dependence is computed."""
DRAWS_PER_LEADER = 10
"""Smallest number of draws per leading parameter."""
TABLE = "dependence"
"""Name of the table, which has the columns `DEPENDENCE_COLUMNS`."""
DEPENDENCE_COLUMNS = (
    "scenario", "reference", "outcome", "parameter", "leads", "rank", "rank_low", "rank_high", "partial",
    "partial_low", "partial_high", "explained", "draws",
)  # fmt: skip


def dependence(parameters: pd.DataFrame, effect: np.ndarray, error: float = ERROR) -> pd.DataFrame:
    """Association of an effect with each parameter over draws.

    Args:
        parameters: one row per draw, one column per parameter.
        effect: mean difference of each draw, (draws,); NaN if not defined.
        error: probability that a parameter leads although none matters.

    Returns:
        One row per parameter, leading ones first, then by size of `rank`: `parameter`, `leads` (1 for the first; NaN
        for others), `rank` and `partial` with `_low` and `_high` (95 %), `explained` (adjusted share of the variance of
        the effect's ranks that the leading parameters explain together), `draws`. Empty with fewer than `MIN_DRAWS`
        draws, or if the effect is the same in all draws.
    """
    known = np.isfinite(effect)
    draws = int(known.sum())
    moving = parameters.loc[known, parameters[known].nunique() > 1]
    if draws < MIN_DRAWS or moving.empty or np.ptp(effect[known]) == 0:
        return pd.DataFrame(columns=DEPENDENCE_COLUMNS[3:])
    ranks, ranked = _standard(rankdata(moving.to_numpy(), axis=0)), _standard(rankdata(effect[known]))
    leading = _leading(ranks, ranked, error)
    alone = ranked @ ranks
    given = np.array(
        [_partial(ranks, ranked, place, [one for one in leading if one != place]) for place in range(len(alone))]
    )
    others = np.array([len(leading) - (place in leading) for place in range(len(alone))])
    order = {place: number for number, place in enumerate(leading, start=1)}
    table = pd.DataFrame(
        {
            "parameter": moving.columns,
            "leads": [float(order.get(place, math.nan)) for place in range(len(alone))],
            **_with_interval("rank", alone, np.full(len(alone), draws)),
            **_with_interval("partial", given, draws - others),
            "explained": _explained(ranks[:, leading], ranked),
            "draws": draws,
        }
    )
    size = table["rank"].abs()
    return table.assign(size=-size).sort_values(["leads", "size"], ignore_index=True).drop(columns="size")


def _standard(ranks: np.ndarray) -> np.ndarray:
    """Scale columns to mean 0 and length 1, so that their products are correlations."""
    centred = ranks - ranks.mean(axis=0)
    return centred / np.sqrt((centred**2).sum(axis=0))


def _left_over(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Residuals of values after a linear regression on `others`."""
    return values - others @ np.linalg.lstsq(others, values, rcond=None)[0] if others.shape[1] else values


def _partial(ranks: np.ndarray, ranked: np.ndarray, place: int, others: Sequence[int]) -> float:
    """Partial correlation of a parameter's ranks with the effect's, given other parameters."""
    given = ranks[:, list(others)]
    own, rest = _left_over(ranks[:, place], given), _left_over(ranked, given)
    size = math.sqrt(float(own @ own) * float(rest @ rest))
    return float(own @ rest) / size if size > 1e-12 else math.nan


def _leading(ranks: np.ndarray, ranked: np.ndarray, error: float) -> list[int]:
    """Column indices of the leading parameters in their order."""
    draws, count = ranks.shape
    found: list[int] = []
    while len(found) < min(count, draws // DRAWS_PER_LEADER):
        left = [place for place in range(count) if place not in found]
        partial = np.nan_to_num([_partial(ranks, ranked, place, found) for place in left])
        best = int(np.argmax(np.abs(partial)))
        freedom, size = draws - 2 - len(found), min(abs(float(partial[best])), 1 - 1e-12)
        chance = 2 * float(stdtr(freedom, -size * math.sqrt(freedom / (1 - size**2))))
        if chance * len(left) > error:
            break
        found.append(left[best])
    return found


def _with_interval(name: str, values: np.ndarray, draws: np.ndarray) -> dict[str, np.ndarray]:
    """A rank correlation with its 95 % interval; `draws` is reduced by one per given parameter."""
    centre = np.arctanh(np.clip(values, -1 + 1e-12, 1 - 1e-12))
    half = float(ndtri(0.5 + LEVEL / 2)) * np.sqrt((1 + values**2 / 2) / (draws - 3))
    return {name: values, f"{name}_low": np.tanh(centre - half), f"{name}_high": np.tanh(centre + half)}


def _explained(leading: np.ndarray, ranked: np.ndarray) -> float:
    """Adjusted share of the variance of the effect's ranks that the leading parameters explain together."""
    draws, count = leading.shape
    rest = _left_over(ranked, leading)
    return max(0.0, 1 - float(rest @ rest) * (draws - 1) / (draws - 1 - count)) if count else 0.0


def dependence_of(comparison: Comparison, policy: str, against: str, outcomes: Sequence[str]) -> pd.DataFrame:
    """Dependence of the difference between two policies of a comparison, by outcome: columns `DEPENDENCE_COLUMNS`.

    Raises:
        StudyError: a policy does not exist; or the comparison has no draws or too few; or its draws have changed since.
    """
    policy, against = word("policy", policy), word("against", against)
    for name in (policy, against):
        if name not in comparison.scenarios:
            raise StudyError(
                said(
                    "{folder} has no policy {name}{near}",
                    folder=comparison.folder,
                    name=repr(name),
                    near=suggestion(name, comparison.scenarios, said("it has")),
                )
            )
    if policy == against:
        raise StudyError(
            said("{policy} is compared with itself: name two policies with --policy and --against", policy=repr(policy))
        )
    parameters = parameters_of(comparison)
    draws = pd.Series(comparison.draw_numbers)  # without weights: what several picks share is known once
    found = []
    for outcome in outcomes:
        difference = pd.Series(comparison.values(policy, outcome) - comparison.values(against, outcome))
        effect = difference.groupby(draws).mean().drop(index=-1, errors="ignore")
        table = dependence(parameters.loc[effect.index], effect.to_numpy(), ERROR / len(outcomes))
        found.append(table.assign(scenario=policy, reference=against, outcome=outcome))
    return pd.concat(found, ignore_index=True)[list(DEPENDENCE_COLUMNS)]


def parameters_of(comparison: Comparison) -> pd.DataFrame:
    """The parameters of a comparison by draw, from its `draws.csv` or, if it has none, from their source.

    Raises:
        StudyError: the comparison has no draws or too few, or the source has other draws now.
    """
    draws, options = comparison.draw_numbers, comparison.manifest["options"]
    used = 0 if draws is None else np.unique(draws[draws >= 0]).size
    if used < MIN_DRAWS:
        raise StudyError(
            said(
                "{folder} has {used} draws of the parameters; what a difference depends on needs {min_draws} or "
                "more. Compare with --parameters posterior and more replications",
                folder=comparison.folder,
                used=used,
                min_draws=MIN_DRAWS,
            )
        )
    if comparison.store.has(f"{DRAWS_TABLE}.csv"):
        return comparison.store.frame(f"{DRAWS_TABLE}.csv").set_index("draw")
    drawn = draws_of(options["parameters"])
    if drawn.options["draws_digest"] != options["draws_digest"]:
        raise StudyError(
            said(
                "the draws of {parameters} are others now than those of {folder}; compare again",
                parameters=options["parameters"],
                folder=comparison.folder,
            )
        )
    return drawn.frame.set_index("draw")


def write_dependence(comparison: Comparison, found: pd.DataFrame) -> None:
    """Write a table into `dependence.csv` of the comparison; rows of other pairs of policies stay."""
    before = ResultFolder(comparison.store).frame(f"{TABLE}.csv")
    if before is not None:
        pairs = ["scenario", "reference"]
        same = before.set_index(pairs).index.isin(found.set_index(pairs).index)
        found = pd.concat([before[~same], found], ignore_index=True)
    comparison.store.write_csv(TABLE, found)
    write_codebook(comparison.store)
