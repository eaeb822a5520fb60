"""All texts of a picture in one language."""

from __future__ import annotations

from typing import Any

from sim.model.outcomes import OUTCOMES
from sim.page.headline import headline, units
from sim.page.marks import as_data, in_words
from sim.page.picture import Picture
from sim.page.sentences import sentences_of
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
        "marks": as_data(picture.marks),
        "events": in_words(picture.marks, titles, t),
    }
