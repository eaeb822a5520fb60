"""Names in a language of what figures show: series, factors, outcomes with their units, worlds.

Matplotlib 3.11 shapes and orders Arabic by itself, so the text is stored as it is typed. Time axes run from
left to right in every language.
"""

from __future__ import annotations

import re
from typing import Literal, cast

import pandas as pd

from sim.declare.declaration import Declaration
from sim.model.outcomes import DEFINED, shown_of
from sim.scenario import schema
from sim.words.language import Language

SEPARATOR = " · "
"""Separator between the names of a list outside a sentence."""
Undefined = Literal["no row", "no world", "nobody"]
"""Why a table has no value: it has no row, no world of the policy can be compared, or nobody is counted."""


def series_name(t: Language, name: str) -> str:
    """The label of a series or an outcome in figures; any other name is returned as it is."""
    return {
        "operating": t("Operating startups"),
        "residents": t("Residents of hubs"),
        "exporters": t("Exporters"),
        "export_rate": t("Exporters among residents"),
        "survival_5y": t("Five-year survival, all founders"),
        "cohort_success_rate": t("Operating after 60 months, of all admitted"),
        "success_rate": t("Success as the operator counts (60 of 24 months)"),
        "survivors_5y": t("Five-year survivors"),
        "cost": t("Cost, discounted"),
        "regional_balance": t("Residents outside the two central regions"),
    }.get(name, name.replace("_", " "))


def why_undefined(table: pd.DataFrame | None, outcome: str, policy: str, other: str | None = None) -> Undefined:
    """Why `differences.csv` has no value of an outcome under a policy, or `contrasts.csv` against an `other` one.

    An outcome is not defined in a world if nobody is counted; that of a policy without a world, whatever it counts.
    """
    rows = None if table is None else table[table["scenario"] == policy]
    if rows is not None and other is not None:
        rows = rows[rows["other"] == other]
    if rows is None or outcome not in set(rows["outcome"]):
        return "no row"
    return "nobody" if (rows["n"] > 0).any() else "no world"


def undefined(t: Language, why: Undefined) -> str:
    """Why there is no value, in words."""
    return {
        "no row": t("not in the tables"),
        "no world": t("no world to compare"),
        "nobody": t("not defined: nobody is counted"),
    }[why]


def no_price(t: Language, bargain: str) -> str:
    """Why there is no price of one more startup, by the bargain that a policy is (see `Price`), or by `Undefined`."""
    words = {
        "saving": t("no price: it saves money"),
        "more for less": t("no price: it costs no more"),
        "less for more": t("no price: it adds none"),
        "no change": t("no price: nothing changes"),
    }
    return words[bargain] if bargain in words else undefined(t, cast("Undefined", bargain))


def over_worlds(t: Language, replications: int, draws: int) -> str:
    """The number of worlds behind the means, and what their intervals contain; 0 `draws` means fixed parameters."""
    count = t.number(replications)
    if not draws:
        return t("Means over {count} replications; 95 % intervals hold chance only, parameters fixed.", count=count)
    return t(
        "Means over {count} replications under {draws} draws of the parameters that the facts allow; 95 % intervals "
        "over these draws, chance taken out.",
        count=count,
        draws=t.number(draws),
    )


def outcome_name(t: Language, outcome: str, *, difference: bool = False) -> str:
    """An outcome with its unit, or with the unit of a difference, for a heading."""
    label, unit = outcome_label(t, outcome), shown_of(outcome).beside(difference=difference)
    return f"{label} ({t(unit)})" if unit else label


def outcome_label(t: Language, outcome: str) -> str:
    """An outcome without its unit, with its place if it has one."""
    name, _, place = outcome.partition(":")
    label = t(DEFINED[name].label) if name in DEFINED else name.replace("_", " ")
    return f"{label}, {t.place(place)}" if place else label


def factor_label(t: Language, path: str) -> str:
    """A factor's short name, or else its meaning; the last part of the path if no parameter has it."""
    declaration = schema().declarations.get(path)
    if declaration and declaration.short:
        named = t(declaration.short)
        return named[:1].lower() + named[1:]
    return phrase(t, declaration) if declaration else path.rpartition(".")[2].replace("_", " ")


def phrase(t: Language, declaration: Declaration) -> str:
    """A parameter's meaning as a phrase in the middle of a sentence, without its further remarks."""
    meaning = re.split("[;؛]", t(declaration.meaning))[0].strip(" .\N{NARROW NO-BREAK SPACE}")
    return meaning[:1].lower() + meaning[1:]


def factor_name(t: Language, path: str) -> str:
    """A factor's short name and unit, for an axis."""
    declaration = schema().declarations.get(path)
    unit = t.unit(declaration.unit) if declaration else "-"
    name = factor_label(t, path)
    return name if unit == "-" or unit in name else f"{name} ({unit})"
