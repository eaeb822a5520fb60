"""Differences from the reference taken apart (see `sim.model.twins`), over all worlds: effects, a frame, and words.

Each world's parts are columns of `runs`, such as `survivors_5y/extra_founders`; folders made before these were kept
have none. In tables a channel is called as people call it: `extra founders`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.parameters.idle import zero_by_structure
from sim.studies.statistics import Effect, effects
from sim.words.language import Language

if TYPE_CHECKING:
    from sim.studies.results import Results

FRAME = ("scenario", "reference", "outcome", "channel", "difference", "median", "ci_low", "ci_high")
PRINTED = ("survivors_5y", "exporters")
"""Counts that the printed table takes apart; `channels.csv` has all."""

Channels = dict[str, dict[str, Effect]]
"""What each channel adds to the difference of each outcome: outcome -> channel -> effect."""


def channels_of(results: Results, scenario: str) -> Channels:
    """The differences of a scenario from the reference, taken apart; empty in folders that do not have the parts.

    The means of an outcome's channels add up to its mean difference; their medians and quantiles do not.
    """
    columns = [name for name in results.runs.columns if "/" in name.partition(":")[0]]
    if not columns:
        return {}
    parts, draws = results.worlds(scenario, columns), results.draws
    idle = None if draws is None else zero_by_structure(parts, draws, results.idle)
    found: Channels = {}
    for name, effect in zip(columns, effects(parts, np.zeros_like(parts), draws, off=idle), strict=True):
        outcome, _, channel = name.partition("/")
        found.setdefault(outcome, {})[channel.replace("_", " ")] = effect
    return found


def frame_of(results: Results, reference: str) -> pd.DataFrame:
    """A row for each other policy, outcome and channel: mean over worlds, median and 95 % interval of the effect."""
    rows = [
        (scenario, reference, outcome, channel, effect.mean, effect.median, effect.low, effect.high)
        for scenario in results.scenarios
        if scenario != reference
        for outcome, channels in channels_of(results, scenario).items()
        for channel, effect in channels.items()
    ]
    return pd.DataFrame(rows, columns=FRAME)


def means_of(frame: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """The means in a frame of channels, or in `channels.csv`: scenario -> outcome -> channel -> mean over worlds."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    columns = (frame[name].tolist() for name in ("scenario", "outcome", "channel", "difference"))
    for scenario, outcome, channel, mean in zip(*columns, strict=True):
        found.setdefault(scenario, {}).setdefault(outcome, {})[channel] = mean
    return found


# --- in words ---------------------------------------------------------------------------------------------------


def labels(t: Language) -> dict[str, str]:
    """What people call each channel."""
    return {
        "extra founders": t("extra founders"),
        "founded again": t("founded again"),
        "relocated": t("relocated"),
        "housed": t("housed in a hub"),
        "never housed": t("never housed"),
        "change": t("change of the same startups"),
        "composition": t("other startups counted"),
    }


def sentence(t: Language, outcome: str, means: Mapping[str, float]) -> str:
    """Where a difference comes from: `+22 survivors: 15 because more are founded, 7 because more survive`.

    Args:
        t: language of the sentence.
        outcome: one that is taken apart.
        means: mean of each of its channels, in the outcome's unit; empty or NaN when it is not defined.
    """
    opening, reasons = _words(t, outcome)
    sums = [sum(means.get(channel, math.nan) for channel in channels) for channels in reasons]
    if not np.isfinite(sums).all():
        return t("not defined")
    rate = "change" in means
    amounts, decimals = rounded([100 * amount if rate else amount for amount in sums])
    if not any(amounts):
        return t("practically no difference")
    total = sum(amounts)
    signed = rate or any(amount * total <= 0 for amount in amounts if amount)
    told = [
        reason[amount < 0].format(amount=t.number(amount if signed else abs(amount), decimals, signed=signed))
        for amount, reason in zip(amounts, reasons.values(), strict=True)
        if amount
    ]
    return opening.format(total=t.number(total, decimals, signed=True), parts=t(", ").join(told))


def _words(t: Language, outcome: str) -> tuple[str, dict[tuple[str, ...], tuple[str, str]]]:
    """How the sentence begins, and the reasons for more and for less, each with the channels behind it."""
    same = {
        "survivors_5y": (
            t("{total} survivors: {parts}"),
            (t("{amount} because more survive"), t("{amount} because fewer survive")),
        ),
        "exporters": (
            t("{total} exporters: {parts}"),
            (t("{amount} because more export"), t("{amount} because fewer export")),
        ),
        "jobs": (
            t("{total} jobs: {parts}"),
            (t("{amount} because startups employ more"), t("{amount} because startups employ fewer")),
        ),
    }
    if outcome not in same:
        change, others = t("{amount} among startups counted under both"), t("{amount} because others are counted")
        return t("{total} points: {parts}"), {("change",): (change, change), ("composition",): (others, others)}
    opening, reason = same[outcome]
    return opening, {
        ("extra founders",): (t("{amount} because more are founded"), t("{amount} because fewer are founded")),
        ("founded again",): (
            t("{amount} because more founders begin again"),
            t("{amount} because fewer founders begin again"),
        ),
        ("relocated", "housed", "never housed"): reason,
    }


def rounded(parts: Sequence[float]) -> tuple[list[float], int]:
    """Parts rounded so that they add up to the rounded sum, and their decimals, for two figures of the largest.

    There are at most two decimals. Parts with the largest remainders are rounded up (Hamilton's method, by which
    seats are given to parties).
    """
    largest = max(map(abs, parts))
    decimals = min(2, max(0, 1 - math.floor(math.log10(largest)))) if largest > 0 else 0
    exact = np.array(parts) * 10**decimals
    whole = np.floor(exact)
    up = np.argsort(whole - exact, kind="stable")[: round(float(exact.sum())) - int(whole.sum())]
    whole[up] += 1
    return [amount / 10**decimals for amount in whole.tolist()], decimals
