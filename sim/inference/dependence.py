"""What the difference between two policies depends on, told from the draws of a comparison.

No further runs: the draws of the posterior are the sample (given-data sensitivity: Plischke, Borgonovo and Smith
2013, "Global sensitivity measures from given data", Eur. J. Oper. Res. 226). For each draw there are its parameters
and its mean difference over worlds; what goes together is told by ranks, since effects are skewed.

- `rank`: Spearman's rank correlation of a parameter with the difference, whatever else goes with the parameter in
  the posterior. Interval by Fisher's z with the variance of Bonett and Wright (2000), "Sample size requirements for
  estimating Pearson, Kendall and Spearman correlations", Psychometrika 65.
- `partial`: partial rank correlation (Marino et al. 2008, "A methodology for performing global uncertainty and
  sensitivity analysis in systems biology", J. Theor. Biol. 254), given the parameters that lead.

There are hardly more draws than parameters, so partial correlations given all others would be noise. Instead
parameters lead one after the other: each time the one with the largest partial correlation given those before
it, as long as Student's test of it holds at 5 % for all that remain, in all outcomes asked about (Bonferroni).
Where no parameter matters, one is named in at most 5 of 100 comparisons. Those that lead were chosen by their
size, which their intervals do not allow for. Chance in the draws' means makes all correlations smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr
from scipy.stats import rankdata

from sim.errors import StudyError, suggestion
from sim.parameters.draws import draws_of
from sim.scenario.arguments import word
from sim.studies.comparison import Comparison
from sim.studies.folder import ResultFolder
from sim.studies.store import DRAWS

LEVEL, ERROR = 0.95, 0.05
MIN_DRAWS = 20
"""Draws below which nothing is said."""
DRAWS_PER_LEADER = 10
"""Draws for each parameter that leads."""
TABLE = "dependence"
"""Name of the table, with the columns of `COLUMNS`."""
COLUMNS = (
    "scenario", "reference", "outcome", "parameter", "leads", "rank", "rank_low", "rank_high", "partial",
    "partial_low", "partial_high", "explained", "draws",
)  # fmt: skip


def dependence(parameters: pd.DataFrame, effect: np.ndarray, error: float = ERROR) -> pd.DataFrame:
    """How an effect goes with each parameter over draws.

    Args:
        parameters: one row a draw, a column each.
        effect: mean difference of each draw, shape (draws,); NaN where it is not defined.
        error: probability that a parameter leads where none matters.

    Returns:
        One row a parameter, those that lead first, then by size: parameter, `leads` (1 is the first; NaN for the
        others), `rank` and `partial` with `_low` and `_high` (95 %), `explained` (adjusted share of the variance of
        the effect's ranks that those leading explain together) and `draws`. Empty with fewer than 20 draws, or when
        the effect is the same in all.
    """
    known = np.isfinite(effect)
    draws = int(known.sum())
    moving = parameters.loc[known, parameters[known].nunique() > 1]
    if draws < MIN_DRAWS or moving.empty or np.ptp(effect[known]) == 0:
        return pd.DataFrame(columns=COLUMNS[3:])
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
    """Columns with mean 0 and length 1, so that their products are correlations."""
    centred = ranks - ranks.mean(axis=0)
    return centred / np.sqrt((centred**2).sum(axis=0))


def _left_over(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """What a linear model of the others leaves of the values."""
    return values - others @ np.linalg.lstsq(others, values, rcond=None)[0] if others.shape[1] else values


def _partial(ranks: np.ndarray, ranked: np.ndarray, place: int, others: Sequence[int]) -> float:
    """Partial correlation of a parameter's ranks with the effect's, given other parameters."""
    given = ranks[:, list(others)]
    own, rest = _left_over(ranks[:, place], given), _left_over(ranked, given)
    size = math.sqrt(float(own @ own) * float(rest @ rest))
    return float(own @ rest) / size if size > 1e-12 else math.nan


def _leading(ranks: np.ndarray, ranked: np.ndarray, error: float) -> list[int]:
    """Places of the parameters that lead, the first one first."""
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
    """A rank correlation of so many draws (less one for each parameter that is given) with its 95 % interval."""
    centre = np.arctanh(np.clip(values, -1 + 1e-12, 1 - 1e-12))
    half = float(ndtri(0.5 + LEVEL / 2)) * np.sqrt((1 + values**2 / 2) / (draws - 3))
    return {name: values, f"{name}_low": np.tanh(centre - half), f"{name}_high": np.tanh(centre + half)}


def _explained(leading: np.ndarray, ranked: np.ndarray) -> float:
    """Adjusted share of the variance of the effect's ranks that those leading explain together."""
    draws, count = leading.shape
    rest = _left_over(ranked, leading)
    return max(0.0, 1 - float(rest @ rest) * (draws - 1) / (draws - 1 - count)) if count else 0.0


def dependence_of(comparison: Comparison, policy: str, against: str, outcomes: Sequence[str]) -> pd.DataFrame:
    """What the difference between two policies of a comparison depends on, outcome by outcome: `COLUMNS`.

    Raises:
        StudyError: no such policy, or no draws, too few of them, or other ones than the comparison had.
    """
    policy, against = word("policy", policy), word("against", against)
    for name in (policy, against):
        if name not in comparison.scenarios:
            raise StudyError(
                f"{comparison.folder} has no policy {name!r}{suggestion(name, comparison.scenarios, 'it has')}"
            )
    if policy == against:
        raise StudyError(f"{policy!r} is compared with itself: name two policies with --policy and --against")
    parameters = parameters_of(comparison)
    draws = pd.Series(comparison.draws)
    found = []
    for outcome in outcomes:
        difference = pd.Series(comparison.values(policy, outcome) - comparison.values(against, outcome))
        effect = difference.groupby(draws).mean().drop(index=-1, errors="ignore")
        table = dependence(parameters.loc[effect.index], effect.to_numpy(), ERROR / len(outcomes))
        found.append(table.assign(scenario=policy, reference=against, outcome=outcome))
    return pd.concat(found, ignore_index=True)[list(COLUMNS)]


def parameters_of(comparison: Comparison) -> pd.DataFrame:
    """The parameters of a comparison by draw: from its own `draws.csv`, or where it had them from.

    Raises:
        StudyError: it had none, too few of them, or they are others by now.
    """
    draws, options = comparison.draws, comparison.manifest["options"]
    used = 0 if draws is None else np.unique(draws[draws >= 0]).size
    if used < MIN_DRAWS:
        raise StudyError(
            f"{comparison.folder} has {used} draws of the parameters; what a difference depends on needs {MIN_DRAWS} "
            "or more. Compare with --parameters posterior and more replications"
        )
    if comparison.store.has(f"{DRAWS}.csv"):
        return comparison.store.frame(f"{DRAWS}.csv").set_index("draw")
    drawn = draws_of(options["parameters"])
    if drawn.options["draws_digest"] != options["draws_digest"]:
        raise StudyError(
            f"the draws of {options['parameters']} are others now than those of {comparison.folder}; compare again"
        )
    return drawn.frame.set_index("draw")


def keep(comparison: Comparison, found: pd.DataFrame) -> None:
    """Write what was found into `dependence.csv` of the comparison; other pairs of policies in it stay."""
    before = ResultFolder(comparison.store).frame(f"{TABLE}.csv")
    if before is not None:
        pairs = ["scenario", "reference"]
        same = before.set_index(pairs).index.isin(found.set_index(pairs).index)
        found = pd.concat([before[~same], found], ignore_index=True)
    comparison.store.write_csv(TABLE, found)
