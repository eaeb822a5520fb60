"""All texts of a picture in one language."""

from __future__ import annotations

import math
from typing import Any

from sim.model.outcomes import OUTCOMES
from sim.page.headline import headline, units
from sim.page.marks import as_data, in_words
from sim.page.picture import Picture
from sim.page.sentences import sentences_of
from sim.studies.channels import channel_labels
from sim.words.language import Language


def texts_of(picture: Picture, t: Language, end: str, titles: tuple[str, str]) -> dict[str, Any]:
    """Sentences, rates on top, labels, units and marks, as data for JSON.

    Args:
        picture: what is shown.
        t: language of the texts.
        end: the last year of the policies.
        titles: names of the policy and of that with which it is compared.
    """
    return {
        **sentences_of(picture, t, end),
        "headline": headline(picture, t),
        "labels": {name: t(OUTCOMES[name].label) for name in picture.effects if name in OUTCOMES},
        "units": units(picture, t),
        "parts": parts(picture, t),
        "marks": as_data(picture.marks),
        "events": in_words(picture.marks, titles, t),
    }


def parts(picture: Picture, t: Language) -> dict[str, Any]:
    """Where the differences in counts come from: a column for each count, a row for each channel, means over worlds."""
    names = list(picture.channels)
    held = {channel: None for name in names for channel in picture.channels[name]}
    labels = channel_labels(t)
    means = {channel: [_shown(picture.channels[name].get(channel)) for name in names] for channel in held}
    return {
        "heads": [t(OUTCOMES[name].label) for name in names],
        "rows": [[labels[channel], *values] for channel, values in means.items()],
    }


def _shown(mean: float | None) -> float | None:
    return None if mean is None or math.isnan(mean) else mean
