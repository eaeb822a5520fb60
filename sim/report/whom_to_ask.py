"""Whom to ask for which datum, the most useful first: the worth of missing data, where it is of the same posterior."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.inference.missing_data import MISSING_DATA
from sim.scenario.loading import builtin_folder
from sim.studies.folder import ResultFolder
from sim.words.language import Language

FOLDER, BESIDE = "data-worth", "validate-data-worth"
"""Folders of `hubsim validate --data-worth`: that of the documents, and the one beside a result."""
REGRET, DRAWS = "regret.csv", "draws.json"
"""The table of what facts avoid, and the file with the digest of the draws that it was computed from."""
MAX_ASKED = 3
"""Largest number of data that are asked for."""
MIN_AVOIDED = 0.1
"""Smallest share of a regret whose avoidance can be told from nothing (see docs/calibration.md)."""
FOUNDINGS, ENTRY = "foundings around openings", "all of induced_entry, exactly"
"""What the trade register tells of founders that hubs bring, and the limit of what can be known of them."""
_FIRST = (FOUNDINGS, "applicants who gave up waiting", "outcomes of rejected applicants")
"""What to ask for where the worth is not known."""


def whom_to_ask(t: Language, folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Sentences that name a source and a datum, most useful first, each with what it avoids if that is known."""
    names, worth = _names(t), _worth(folder, manifest)
    if not worth:
        return [t("{request}.", request=names[fact]) for fact in _FIRST]
    return [
        t(
            "{request}: it avoids up to {share} of what a choice without it risks.",
            request=names[fact],
            share=t.percent(share),
        )
        if share >= MIN_AVOIDED
        else t("{request}: alone, it hardly changes a choice.", request=names[fact])
        if fact in worth and fact != FOUNDINGS
        else t("{request}: not measured yet, but the founders that hubs bring decide most.", request=names[fact])
        for fact, share in worth.items()
    ][:MAX_ASKED]


def _worth(folder: Path, manifest: Mapping[str, Any]) -> dict[str, float]:
    """The largest share of a regret that each missing fact avoids; empty if it is not known for these draws."""
    digest = (manifest.get("options") or {}).get("draws_digest")
    places = (folder / FOLDER, folder.resolve().parent / BESIDE, builtin_folder("experiments") / FOLDER)
    place = next((place for place in places if digest and _draws_of(place) == digest), None)
    table = (
        None if place is None else ResultFolder(place).optional(REGRET, needs=("fact", "kind", "hardest", "avoided"))
    )
    return {} if table is None else _best(table)


def _best(table: pd.DataFrame) -> dict[str, float]:
    most = table[table["hardest"].astype(bool)].groupby("fact")["avoided"].max()
    known = {fact: float(most[fact]) for fact in MISSING_DATA if fact in most.index}
    found = dict(sorted(known.items(), key=lambda item: -item[1]))
    unmeasured = FOUNDINGS not in found and most.get(ENTRY, 0.0) >= 0.5
    return {FOUNDINGS: 0.0} | found if unmeasured else found


def _draws_of(place: Path) -> str | None:
    """The digest of the draws that a worth of data was computed from; None without one."""
    try:
        found = json.loads((place / DRAWS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found.get("draws_digest") if isinstance(found, dict) else None


def _names(t: Language) -> dict[str, str]:
    """Source and datum, by missing fact."""
    return {
        FOUNDINGS: t("The trade register: startups founded by month and region, around each opening of a hub"),
        "applicants who gave up waiting": t(
            "The operator of the hubs: which applicants were good enough but gave up for want of a place, and which of "
            "them operate five years later"
        ),
        "outcomes of rejected applicants": t(
            "The operator of the hubs: rejected applicants with their score, and which of them operate five years later"
        ),
        "cohort table of admissions": t(
            "The operator of the hubs: of those admitted in each year, how many operate one to five years later"
        ),
        "waiting times": t("The operator of the hubs: months from application to admission, startup by startup"),
        "staggered openings": t("The trade register: five-year survival by region, before and after each opening"),
        "hours per startup": t("The operator of the hubs: hours of accompaniment and revenue, startup by startup"),
    }  # fmt: skip
