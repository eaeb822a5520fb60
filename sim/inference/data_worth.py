"""How much each missing fact would tell of the treatment effect, and how much better it would make a choice.

Pre-posterior analysis by regression (Strong, Oakley and Brennan 2014, Medical Decision Making 34, 311-326): at
posterior draws, the surrogate predicts the observables of each missing fact, and the chance of one history is added.
What these simulated data would tell of a quantity is what a regression on them (linear terms and squares) foretells.
All foretold values are of draws that the regression has not seen, so that a useless fact tells nothing, and many
observables are not worse than few.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.inference.missing_data import designs_in
from sim.inference.regret import Benefits, Choice, regret
from sim.inference.surrogate import Surrogate

EFFECT = "effect_survival_5y"
EVERYTHING, THE_EFFECT = "all of them", "the effect itself, exactly"
"""All missing facts together; and, as a limit that no data reach, the mean effect of accompaniment on survival."""
_EXACTLY = "all of {}, exactly"
"""Another limit: all free parameters of a process."""
MIN_DRAWS = 20
"""Smallest number of draws for computing the worth of a fact."""
_REPEATS, _FOLDS, _PENALTIES = 50, 10, np.logspace(-3, 1, 9)
_RESAMPLES, _FEWER = 200, 10
"""Bootstrap samples of draws; they use every `_FEWER`th history, because draws differ more than histories."""
_ENDS = (0.05, 0.95)
_NOTHING = 1e-12
"""Smaller shares of the largest square are errors of rounding, not variance."""


class Histories(NamedTuple):
    """Simulated data: `_REPEATS` histories of each draw, one after the other.

    Attributes:
        shown: by missing fact its observables in each history, (histories, observables).
        effect: the effect at each draw, without chance, (draws,).
        exact: by limit what is known exactly there: the effect, or the parameters of a process, (draws, quantities).
        fold: which part of the draws each draw belongs to, (draws,).
    """

    shown: dict[str, np.ndarray]
    effect: np.ndarray
    exact: dict[str, np.ndarray]
    fold: np.ndarray


def histories(surrogate: Surrogate, draws: np.ndarray) -> Histories:
    """Simulate the missing facts.

    Args:
        surrogate: surrogate of the effect and of observables; facts whose observables it lacks are left out.
        draws: posterior draws, (draws, parameters).
    """
    rng = np.random.default_rng(1)
    moments = surrogate(draws)
    spread = surrogate.spread(moments)
    place = {name: index for index, name in enumerate(surrogate.moments)}
    fold = rng.permutation(len(draws)) % _FOLDS
    designs = designs_in(surrogate.moments)
    shown = {}
    for design, names in (designs | {EVERYTHING: tuple(sum(designs.values(), ()))}).items():
        columns = [place[name] for name in names]
        mean, error = (np.repeat(table[:, columns], _REPEATS, axis=0) for table in (moments, spread))
        shown[design] = mean + error * rng.standard_normal(mean.shape)
    effect = moments[:, place[EFFECT]]
    return Histories(shown, effect, {THE_EFFECT: effect[:, None]} | _processes(surrogate, draws), fold)


def _processes(surrogate: Surrogate, draws: np.ndarray) -> dict[str, np.ndarray]:
    """The free parameters of each process at each draw, from -1 to 1, and their products."""
    blocks = [path.partition(".")[0] for path in surrogate.parameters]
    unit = (draws - surrogate.low) / (surrogate.high - surrogate.low) * 2 - 1
    found = {}
    for block in dict.fromkeys(blocks):
        own = unit[:, [place for place, name in enumerate(blocks) if name == block]]
        first, second = np.triu_indices(own.shape[1], 1)
        found[_EXACTLY.format(block)] = np.hstack([own, own[:, first] * own[:, second]])
    return found


def narrowing(seen: Histories) -> pd.DataFrame:
    """Expected reduction of the posterior spread of the treatment effect by each missing fact.

    Returns:
        Columns `fact, spread_now, spread_then, reduction` (share), most useful first.
    """
    effect = seen.effect[:, None]
    now, rows = float(seen.effect.std()), []
    for design, shown in seen.shown.items():
        left = np.repeat(effect, _REPEATS, axis=0) - _foretold(shown, effect, seen.fold)
        then = math.sqrt((left**2).mean())
        rows.append({"fact": design, "spread_now": now, "spread_then": then, "reduction": max(0.0, 1 - then / now)})
    return pd.DataFrame(rows).sort_values("reduction", ascending=False, ignore_index=True)


def regrets(seen: Histories, benefits: Benefits) -> pd.DataFrame:
    """Expected regret of each choice now, and after each missing fact has been seen.

    The regret now is E[max over policies of their benefit] - max of E[benefit]; a fact takes E[max of foretold
    benefits] - max of E[foretold benefits] off it. Foretold benefits have the variance that they explain, adjusted for
    the number of draws.

    Args:
        seen: simulated data.
        benefits: benefits of the policies at the same draws.

    Returns:
        A row for each fact, choice and price, with columns `fact, kind` (datum, or limit: something known exactly),
        `outcome, choice, price` (millions per startup), `hardest` (whether no price makes the choice harder),
        `regret_now, regret_then` (startups), `avoided` (share), and its 90 % interval `avoided_low, avoided_high` over
        resampled draws.
    """
    choices = list(benefits.choices())
    effects = np.hstack([choice.effects for choice in choices])
    parts = np.cumsum([choice.effects.shape[1] for choice in choices])[:-1]
    known = {fact: (observables, _REPEATS) for fact, observables in seen.shown.items()}
    known |= {limit: (quantities, 1) for limit, quantities in seen.exact.items()}
    rows = []
    for fact, (observables, repeats) in known.items():
        foretold = _foretold(observables, effects, seen.fold) - _of_others(effects, seen.fold).repeat(repeats, axis=0)
        foretold = foretold.reshape(len(effects), repeats, -1)
        about = {"fact": fact, "kind": "limit" if fact in seen.exact else "datum"}
        for choice, part in zip(choices, np.split(foretold, parts, axis=2), strict=True):
            rows += [about | row for row in _told(choice.effects, part).rows(choice)]
    return pd.DataFrame(rows)


def _of_others(targets: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Mean of the targets over the draws of all other folds, (draws, targets).

    Foretold values deviate from it: where nothing is foretold it is left, and it is large where the draw's own fold is
    small, which would look as if data misled.
    """
    means = np.array([targets[fold != one].mean(axis=0) for one in range(_FOLDS)])
    found: np.ndarray = means[fold]
    return found


def _foretold(shown: np.ndarray, targets: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Ridge regression of targets (draws, targets) on data, foretold for draws left out: (histories, targets).

    Each draw has the same number of histories, one after the other.
    Each target has the penalty at which the foretold values err least.
    """
    scaled = (shown - shown.mean(axis=0)) / np.maximum(shown.std(axis=0), 1e-12)
    features = np.hstack([np.ones((len(scaled), 1)), scaled, scaled**2])
    repeats = len(shown) // len(targets)
    targets, fold = np.repeat(targets, repeats, axis=0), np.repeat(fold, repeats)
    found = np.empty((len(_PENALTIES), *targets.shape))
    for one in range(_FOLDS):
        design, wanted = features[fold != one], targets[fold != one]
        squares, products = design.T @ design, design.T @ wanted
        for place, penalty in enumerate(_PENALTIES):
            ridge = penalty * len(design) * np.eye(features.shape[1])
            ridge[0, 0] = 0.0
            found[place, fold == one] = features[fold == one] @ np.linalg.solve(squares + ridge, products)
    best = ((found - targets) ** 2).mean(axis=1).argmin(axis=0)
    answer: np.ndarray = np.take_along_axis(found, best[None, None, :], axis=0)[0]
    return answer


class _Told(NamedTuple):
    """What a fact foretells of the effects of policies: as given by all draws, and by resampled ones.

    Attributes:
        foretold: effects, (draws, histories, policies).
        weights: weights of the draws, (1 + samples, draws); equal ones come first.
        middle, scale: mean of each effect, and what multiplies foretold deviations, (1 + samples, policies).
    """

    foretold: np.ndarray
    weights: np.ndarray
    middle: np.ndarray
    scale: np.ndarray

    def rows(self, choice: Choice) -> Iterator[dict[str, Any]]:
        """The row of each price, as `regrets` describes it."""
        for price in choice.prices:
            now = regret(choice.benefits(price), self.weights)
            every = self._worth(choice.costs / price, slice(0, 1), self.foretold)
            some = self._worth(choice.costs / price, slice(1, None), self.foretold[:, ::_FEWER])
            worth = np.minimum(np.concatenate([every, some]), now)
            share = np.divide(worth, now, out=np.zeros_like(now), where=now > 0)
            low, high = np.quantile(share[1:], _ENDS)
            yield {
                "outcome": choice.outcome,
                "choice": choice.name,
                "price": price,
                "hardest": price == choice.hardest,
                "regret_now": now[0],
                "regret_then": now[0] - worth[0],
                "avoided": share[0],
                "avoided_low": low,
                "avoided_high": high,
            }

    def _worth(self, prices: np.ndarray, which: slice, foretold: np.ndarray) -> np.ndarray:
        """E[max of foretold benefits] - max of their means, by set of weights."""
        weights, middle, scale = self.weights[which], self.middle[which], self.scale[which]
        mean = np.einsum("sd,dp->sp", weights, foretold.mean(axis=1))
        by_policy = np.ascontiguousarray(foretold.transpose(2, 0, 1))  # the largest of a few whole tables is soon found
        found = np.empty(len(weights))
        for place, weight in enumerate(weights):
            level, factor, shift, price = (
                values[:, None, None] for values in (middle[place], scale[place], mean[place], prices)
            )
            benefits = level + factor * (by_policy - shift) - price
            found[place] = weight @ benefits.max(axis=0).mean(axis=1) - (middle[place] - prices).max()
        return np.maximum(found, 0.0)


def _told(effects: np.ndarray, foretold: np.ndarray) -> _Told:
    count = len(effects)
    samples = np.random.default_rng(2).multinomial(count, np.full(count, 1 / count), _RESAMPLES) / count
    weights = np.concatenate([np.full((1, count), 1 / count), samples])
    middle, mean = weights @ effects, weights @ foretold.mean(axis=1)
    variance = np.maximum(weights @ effects**2 - middle**2, 0.0)
    spread = np.maximum(weights @ (foretold**2).mean(axis=1) - mean**2, 0.0)
    together = np.maximum(weights @ (effects * foretold.mean(axis=1)) - middle * mean, 0.0)
    differ = (variance > _NOTHING * (effects**2).max()) & (spread > _NOTHING * (foretold**2).max())
    whole = np.where(differ, variance * spread, 1.0)
    explained = np.where(differ, np.minimum(together**2 / whole, 1.0), 0.0)
    adjusted = np.maximum(1 - (1 - explained) * (count - 1) / (count - 2), 0.0)
    scale = np.sqrt(adjusted * variance / np.where(differ, spread, 1.0))
    return _Told(foretold, weights, middle, scale)
