"""Divides differences from the reference into channels (see `sim.model.twins`): effects, tables and sentences.

The parts of each world's difference are columns of `runs`, such as `survivors_5y/extra_founders`; older result folders
lack them. Tables name a channel in words: `extra founders`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.parameters.idle import zero_by_structure
from sim.studies.columns import CHANNELS
from sim.studies.statistics import Effect, effects
from sim.words.language import Language

if TYPE_CHECKING:
    from sim.studies.results import Results

FRAME = ("scenario", "reference", "outcome", "channel", "difference", "median", "ci_low", "ci_high")
PRINTED = ("survivors_5y", "exporters")
"""Counts whose channels the printed table shows; `channels.csv` has all outcomes."""

Channels = dict[str, dict[str, Effect]]
"""The contribution of each channel to the difference of each outcome: outcome -> channel -> effect."""


def channels_of(results: Results, scenario: str) -> Channels:
    """The channels of a scenario's differences from the reference; empty for folders without them.

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


def channel_table(results: Results, reference: str) -> pd.DataFrame:
    """One row per policy (except the reference), outcome and channel, with the columns of `FRAME`.

    `difference` is the mean over worlds; `median`, `ci_low` and `ci_high` give the effect and its 95 % interval.
    """
    rows = [
        (scenario, reference, outcome, channel, effect.mean, effect.median, effect.low, effect.high)
        for scenario in results.scenarios
        if scenario != reference
        for outcome, channels in channels_of(results, scenario).items()
        for channel, effect in channels.items()
    ]
    return pd.DataFrame(rows, columns=FRAME)


def means_of(frame: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """Extract the means from a frame of channels or `channels.csv`: scenario -> outcome -> channel -> mean."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    columns = (frame[name].tolist() for name in ("scenario", "outcome", "channel", "difference"))
    for scenario, outcome, channel, mean in zip(*columns, strict=True):
        found.setdefault(scenario, {}).setdefault(outcome, {})[channel] = mean
    return found


# --- in words ---------------------------------------------------------------------------------------------------


def channel_labels(t: Language) -> dict[str, str]:
    """The name of each channel for readers."""
    return {channel: t(label) for channel, label in CHANNELS.items()}


def sentence(t: Language, outcome: str, means: Mapping[str, float]) -> str:
    """Say which channels cause a difference: `+22 survivors: 15 because more are founded, 7 because more survive`.

    Args:
        t: language of the sentence.
        outcome: an outcome that has channels.
        means: mean of each channel in the outcome's unit; empty or NaN when not defined.
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
    clauses = [
        reason[amount < 0].format(amount=t.number(amount if signed else abs(amount), decimals, signed=signed))
        for amount, reason in zip(amounts, reasons.values(), strict=True)
        if amount
    ]
    return opening.format(total=t.number(total, decimals, signed=True), parts=t(", ").join(clauses))


def _words(t: Language, outcome: str) -> tuple[str, dict[tuple[str, ...], tuple[str, str]]]:
    """The beginning of the sentence, and by group of channels the reasons for an increase and for a decrease."""
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
    """Round parts so that they add up to their rounded sum; returns the parts and their number of decimals.

    The largest part keeps two significant digits, but at most two decimals. Parts with the largest remainders are
    rounded up (Hamilton's method of apportioning seats).
    """
    largest = max(map(abs, parts))
    decimals = min(2, max(0, 1 - math.floor(math.log10(largest)))) if largest > 0 else 0
    exact = np.array(parts) * 10**decimals
    whole = np.floor(exact)
    up = np.argsort(whole - exact, kind="stable")[: round(float(exact.sum())) - int(whole.sum())]
    whole[up] += 1
    return [amount / 10**decimals for amount in whole.tolist()], decimals
