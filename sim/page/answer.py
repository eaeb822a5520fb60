"""The answer to one visitor's question: a kept picture at once if there is one, then pictures of worlds that are run.

A kept picture stays until all of its worlds have been run here: until then, what is sent says how far they are. Without
one, and before any world has been run, the visitor is told what takes so long.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from sim.page.ensemble import Ensemble, Question
from sim.page.kept import Kept, KeptPicture
from sim.page.picture import Picture
from sim.page.texts import texts_of
from sim.parameters.draws import POSTERIOR
from sim.studies.record import short_name
from sim.words.language import Language


class Told(NamedTuple):
    """How a picture is told: the language, the last year of the policies, and the names of both."""

    t: Language
    end: str
    titles: tuple[str, str]

    def picture(self, picture: Picture, **more: Any) -> str:
        """A picture with all its texts, as JSON."""
        return _json(picture.shown | texts_of(picture, *self) | more)


async def answer(
    ensemble: Ensemble, kept: Kept, asked: Question, told: Told, world: int | None = None
) -> AsyncIterator[str]:
    """Pictures, and what goes on between them, as JSON; `world` and what is raised are those of `Ensemble.follow`."""
    earlier = None
    if asked.parameters == POSTERIOR:
        earlier = kept.find(asked.policy, asked.against, asked.seed, ensemble.replications)
    if earlier is not None:
        yield told.picture(earlier.picture, kept=_kept(earlier, told.t))
    elif not ensemble.begun:
        yield _json({"preparing": True})
    pictures = ensemble.follow(asked, world, patient=earlier is not None)
    async with contextlib.aclosing(pictures):  # type: ignore[type-var]
        async for picture in pictures:
            worlds, wanted = (picture.shown[name] for name in ("worlds", "wanted"))
            if worlds == wanted and picture.shown["ended"]:
                yield told.picture(picture, fingerprint=fingerprint_of(asked, picture, kept))
            elif earlier is None or worlds == wanted:
                yield told.picture(picture)
            else:
                yield _json({"again": worlds * picture.shown["ended"], "wanted": wanted})


def fingerprint_of(asked: Question, picture: Picture, kept: Kept) -> str:
    """A short name of the numbers of an answer: the same question to the same program has the same one."""
    policies = asked.policy.digest, asked.against.digest
    return short_name([policies, asked.seed, asked.parameters, kept.now, picture.shown])


def _kept(found: KeptPicture, t: Language) -> dict[str, Any]:
    """What the page says of a kept picture."""
    made = t.month(found.made[:7])
    if found.current:
        text = t("Kept with the program since {month}; its worlds are run again here.", month=made)
    else:
        text = t("Kept since {month}, before the model was changed; its worlds are run again here.", month=made)
    return {"text": text, "made": found.made, "revision": found.revision, "current": found.current}


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
