"""What the columns of a result's tables mean that nothing else declares.

Outcomes, counts and parameters are declared where they are defined (`sim.model.outcomes`, the processes). Here is what
only tables have: what identifies a row, statistics, and monthly series that no process counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["number", "whole number", "text", "truth value", "month", "date"]
"""What stands in a column; a month is text, `2026-11`."""

CODEBOOK = "codebook"
"""Name of the table that describes the columns of all tables."""
OF_OUTCOME, SHARE, WORLDS = "of the outcome", "share", "worlds"
"""Units: that of the outcome in the row, a share from 0 to 1, a number of worlds."""


@dataclass(frozen=True)
class Described:
    """What stands in a column.

    Attributes:
        label: short name for people.
        unit: unit in plain words; empty for what has none.
        meaning: one plain sentence.
        kind: what sort of value it is.
    """

    label: str
    unit: str
    meaning: str
    kind: Kind = "number"


def _text(label: str, meaning: str) -> Described:
    return Described(label, "", meaning, "text")


def _whole(label: str, unit: str, meaning: str) -> Described:
    return Described(label, unit, meaning, "whole number")


COMMON = {
    "scenario": _text("Policy", "Key of the policy, or of the point of a design."),
    "reference": _text("Reference", "Key of the policy with which it is compared."),
    "other": _text("Other policy", "Key of the other policy of the pair, whose value is subtracted."),
    "outcome": _text("Outcome", "Name of the outcome; with the region or hub behind a colon where it is of a place."),
    "channel": _text("Channel", "The way by which this part of the difference comes about."),
    "month": Described("Month", "", "The month, as year and month.", "month"),
    "date": Described("Date", "", "The first day of the month.", "date"),
    "hub": _text("Hub", "Name of the hub."),
    "region": _text("Region", "Name of the region."),
    "replication": _whole("World", "", "Number of the world; the same world under every policy."),
    "seed": _whole("Seed", "", "Root seed of all chance in the study."),
    "status": _text("Status", "`ok`, or `failed` for a run that stopped."),
    "stage": _text("Stage of the failure", "Where a failed run stopped; empty for the others."),
    "error": _text("Error", "Why a failed run stopped; empty for the others."),
    "draw": _whole("Draw", "", "Number of the draw of the parameters: joins runs with draws.csv."),
    "pick": _whole("Pick", "", "Number of the pick, where draws come in proportion to their weights."),
    "key": _whole("Key", "", "Names the startup for the streams of chance."),
}
"""Columns that mean the same in every table."""

_QUANTILES = {
    "median": Described(
        "Median", OF_OUTCOME, "Median of the expected value over draws of the parameters, chance taken out."
    ),
    "ci_low": Described("Low end", OF_OUTCOME, "2.5 % of the draws lie below: the lower end of the 95 % interval."),
    "ci_high": Described("High end", OF_OUTCOME, "97.5 % of the draws lie below: the upper end of the 95 % interval."),
}
_COUNTED = {
    "n": _whole("Worlds", WORLDS, "Number of worlds that define the value."),
    "draws": _whole("Draws", "draws", "Number of draws of the parameters among them; 0 if parameters are fixed."),
}
_EFFECT = {
    "difference": Described(
        "Difference", OF_OUTCOME, "Mean over worlds of the policy's value minus the other's in the same world."
    ),
    **_QUANTILES,
    "p_positive": Described(
        "Probability above zero",
        SHARE,
        "Probability that the difference is above zero, plus half the probability that it is zero.",
    ),
    **_COUNTED,
    "sd_paired": Described(
        "Deviation in the same world", OF_OUTCOME, "Standard deviation over worlds of the difference in the same world."
    ),
    "sd_unpaired": Described(
        "Deviation between worlds", OF_OUTCOME, "Standard deviation of a difference between independent worlds."
    ),
    "chance_share": Described("Share of chance", SHARE, "Share of chance in the variance of the means of the draws."),
    "verdict": _text(
        "Verdict", "What the difference allows to say: clear, likely, open, practically none, or why nothing."
    ),
}

_RUNGS = {
    "rung": _text("Rung", "Name of the step or level of the ladder."),
    "label": _text("Label", "The same in words."),
    "value": Described("Mean", SHARE, "Mean over draws."),
    "median": Described("Median", SHARE, "Median over draws."),
    "low": Described("Low end", SHARE, "Lower end of the 95 % interval."),
    "high": Described("High end", SHARE, "Upper end of the 95 % interval."),
    "p_positive": _EFFECT["p_positive"],
    **_COUNTED,
}

TABLES: dict[str, dict[str, Described]] = {
    "summary": {
        "kind": _text("Kind of level", "`expected`: without the chance of one world; `predictive`: with it."),
        "mean": Described("Mean", OF_OUTCOME, "Mean over worlds."),
        **_QUANTILES,
        "sd": Described("Deviation", OF_OUTCOME, "Standard deviation over worlds."),
        **_COUNTED,
        "denominator": Described("Denominator", "", "Mean denominator of a rate; empty for other outcomes."),
    },
    "differences": _EFFECT,
    "contrasts": _EFFECT,
    "channels": {
        "difference": Described(
            "Part of the difference",
            OF_OUTCOME,
            "Mean over worlds of what this channel adds to the difference; the channels of an outcome add up to it.",
        ),
        **_QUANTILES,
    },
    "ranking": {
        "group": _text("Group", "The policies that are ranked together: all, or those of equal cost."),
        "p_best": Described(
            "Probability of being best", SHARE, "Share of the draws in which the policy is the best of its group."
        ),
        "regret": Described(
            "Expected regret", OF_OUTCOME, "Mean over draws of what the best policy of the group gives more."
        ),
    },
    "acceptability": {
        "effect": _text("Effect", "The outcome whose additional units are paid for."),
        "willingness": Described("Willingness to pay", "MAD", "What one additional unit of the effect is worth."),
        "share": Described(
            "Probability that it pays",
            SHARE,
            "Probability that the policy is worth its cost at this willingness to pay.",
        ),
        "n": _COUNTED["n"],
    },
    "openings": {"opens": Described("Opening", "", "Month in which the hub opens under the draw.", "month")},
    "hubs_open": {
        "kind": _text("Kind of level", "`predictive`: what will be seen, with the chance of one world."),
        "hubs": _whole("Open hubs", "hubs", "Number of hubs that are open in the month."),
        "probability": Described("Probability", SHARE, "Probability that just so many hubs are open."),
        "at_least": Described(
            "Probability of so many or more", SHARE, "Probability that so many hubs or more are open."
        ),
    },
    "weights": {"weight": Described("Weight", "", "Weight of the draw among all draws.")},
    "survival": {
        "population": _text("Population", "`founded`: age since founding; `admitted`: age since admission."),
        "cohort": _text("Cohort", "First and last year of the cohort."),
        "age_months": _whole("Age", "months", "Age since founding or admission."),
        "at_risk": Described("Followed", "startups", "Startups of the cohort that are followed so long."),
        "surviving": Described("Surviving", SHARE, "Share of those followed that has not failed."),
    },
    "dependence": {
        "parameter": _text("Parameter", "Dotted path of the parameter."),
        "leads": Described("Place", "", "Place among the parameters that matter most; empty for the others."),
        "rank": Described(
            "Rank correlation", "", "Spearman's correlation of the difference with the parameter over draws."
        ),
        "rank_low": Described("Rank correlation, low end", "", "Lower end of its 95 % interval."),
        "rank_high": Described("Rank correlation, high end", "", "Upper end of its 95 % interval."),
        "partial": Described("Partial correlation", "", "The same, given the parameters that matter most."),
        "partial_low": Described("Partial correlation, low end", "", "Lower end of its 95 % interval."),
        "partial_high": Described("Partial correlation, high end", "", "Upper end of its 95 % interval."),
        "explained": Described(
            "Explained share",
            SHARE,
            "Share of the variance of the difference's ranks that the leading parameters explain.",
        ),
        "draws": _COUNTED["draws"],
    },
    "explanation_success": _RUNGS,
    "explanation_export": _RUNGS,
    "sensitivity": {
        "factor": _text("Factor", "Dotted path of the parameter that varies."),
        "mu_star": Described("Mean absolute effect", "", "Mean absolute elementary effect (Morris)."),
        "S1": Described("Index of the first order", SHARE, "Share of the variance that the factor explains alone."),
        "ST": Described("Total index", SHARE, "Share of the variance that the factor explains alone and with others."),
        "samples": _whole("Samples", "", "Usable trajectories or base samples."),
    },
    "chance": {
        "points": _whole("Points", "", "Number of points of the design."),
        "replications": _whole("Worlds", WORLDS, "Number of worlds at each point."),
        "single": Described("Chance in one world", SHARE, "Share of chance in the variance of one world's outcome."),
        "means": Described("Chance in means", SHARE, "Share of chance in the variance of the means of the points."),
        "without": _text("Why without indices", "Why the outcome has no indices; empty if it has."),
    },
    "boxes": {
        "box": _whole("Box", "", "Number of the box."),
        "coverage": Described("Coverage", SHARE, "Share of all cases that lie in the box."),
        "density": Described("Density", SHARE, "Share of the box's points that are cases."),
        "mass": Described("Mass", SHARE, "Share of all points that lie in the box."),
        "points": _whole("Points", "", "Number of points in the box."),
        "cases": _whole("Cases", "", "Number of cases in the box."),
        "dense": Described("Dense enough", "", "Whether the density is as requested.", "truth value"),
    },
    "limits": {
        "box": _whole("Box", "", "Number of the box."),
        "factor": _text("Factor", "Dotted path of the parameter that is restricted."),
        "range": _text("Range", "The restriction in words."),
        "low": Described("Lower limit", "", "Lowest value in the box."),
        "high": Described("Upper limit", "", "Highest value in the box."),
        "quasi_p": Described("Probability by chance", SHARE, "Probability of so good a box without this restriction."),
    },
    "codebook": {
        "file": _text("File", "Name of the table's file."),
        "column": _text("Column", "Name of the column in the file."),
        "alias": _text(
            "Alias", "A name of at most 32 characters for Stata and R, different for each column of a file."
        ),
        "type": _text("Type", "What stands in the column: number, whole number, text, truth value, month, date."),
        "unit": _text("Unit", "Unit of the numbers; empty for what has none."),
        "label": _text("Label", "Short name in English."),
        "label_fr": _text("Label in French", "Short name in French."),
        "label_ar": _text("Label in Arabic", "Short name in Arabic."),
        "meaning": _text("Meaning", "What the column holds, in one sentence."),
        "meaning_fr": _text("Meaning in French", "The meaning in French."),
        "meaning_ar": _text("Meaning in Arabic", "The meaning in Arabic."),
    },
    "frontier": {
        "policy": _text("Policy", "Key of the policy; its scenario file has the same name."),
        "state": _text(
            "State",
            "`reference`: the base; `frontier`: no other beats it; `dominated`: another does; `over budget`; `failed`.",
        ),
        "named": Described("Given", "", "Whether the policy was given, not found by the search.", "truth value"),
        "on_frontier": Described(
            "Share of samples on the frontier",
            SHARE,
            "Share of bootstrap samples of draws, or of worlds if parameters are fixed, in which no other policy "
            "within the budget beats it.",
        ),
        "worlds": _whole(
            "Worlds",
            WORLDS,
            "Number of fresh worlds in which the policy was run; 0 for those that were run only in the search.",
        ),
        "draws": _whole(
            "Draws", "draws", "Number of draws of the parameters in the fresh worlds; 0 if parameters are fixed."
        ),
    },
}
"""Columns that mean something else in other tables, by table."""

SERIES = {
    "active": Described("Active startups", "startups", "Startups in the market at the end of the month."),
    "operating": Described(
        "Operating startups",
        "startups",
        "Active startups whose revenue has been above the limit of operating for long enough.",
    ),
    "residents": Described("Residents of hubs", "startups", "Startups housed in hubs at the end of the month."),
    "places": Described("Places", "startups", "Places in open hubs."),
    "occupied": Described("Occupied places", "startups", "Places that are taken when the month is reported."),
    "exporters": Described(
        "Exporters", "startups", "Active startups that export, those founded anew after a failure included."
    ),
    "exporters_counted": Described(
        "Exporters counted once",
        "startups",
        "Active startups that export, those founded anew after a failure left out.",
    ),
    "exporters_resident": Described("Exporters in hubs", "startups", "Residents of hubs that export."),
    "exporters_graduate": Described(
        "Exporters among former residents", "startups", "Active startups that have left a hub and export."
    ),
    "graduates": Described("Former residents", "startups", "Active startups that have left a hub."),
    "mentor_hours": Described("Mentor hours offered", "h/month", "Mentor hours that hubs offer."),
    "hours_received": Described("Mentor hours received", "h/month", "Mentor hours that startups receive."),
    "hours_per_resident": Described(
        "Mentor hours per resident", "h/month", "Mentor hours offered, by resident of the hub."
    ),
    "competence_finance": Described("Competence in finance", "0-1", "Mean competence in finance of active startups."),
    "competence_market_access": Described(
        "Competence in reaching markets", "0-1", "Mean competence in reaching markets of active startups."
    ),
    "competence_skills": Described(
        "Technical and managerial competence", "0-1", "Mean technical and managerial competence of active startups."
    ),
    "ties": Described("Partners of a startup", "ties", "Mean number of partners of an active startup."),
    "revenue_total": Described("Revenue of all startups", "kMAD/month", "Revenue of all active startups in the month."),
    "revenue_resident_mean": Described(
        "Revenue of a resident", "kMAD/month", "Mean revenue of a startup in a hub in the month."
    ),
    "cash_total": Described("Cash of all startups", "kMAD", "Cash at hand of all active startups."),
    "jobs_resident": Described("Jobs in hubs", "jobs", "Jobs in startups in hubs."),
    "outside_centre": Described(
        "Residents outside the centre", "share", "Of the startups in hubs, the share outside {centre}."
    ),
    "survival_5y": Described(
        "Five-year survival of a month's founders",
        "share",
        "Of the startups founded 60 months before, the share that has not failed.",
    ),
    "success_24m": Described(
        "Success of a month's admitted after 24 months",
        "share",
        "Of the startups admitted 24 months before, the share that operate or were bought.",
    ),
    "cohort_success_rate": Described(
        "Success of a month's admitted after 60 months",
        "share",
        "Of the startups admitted 60 months before, the share that operate or were bought.",
    ),
    "open": Described("Open", "", "Whether the hub is open.", "truth value"),
    "closed": Described("Closed startups", "startups", "Startups that left the market in the month."),
    "founders_5y": Described("Founded 60 months before", "startups", "Startups that were founded 60 months before."),
    "survivors_5y": Described("Survivors of 60 months", "startups", "Those of them that have not failed."),
}
"""Monthly series that no process declares."""
CHANNELS = {
    "extra founders": "extra founders",
    "founded again": "founded again",
    "relocated": "relocated",
    "housed": "housed in a hub",
    "never housed": "never housed",
    "change": "change of the same startups",
    "composition": "other startups counted",
}
"""The name of each channel for readers."""
COST = Described("", "kMAD/month", "Public cost of the month for this kind of expense.")
"""A monthly series of public cost, `cost_<kind>`; its outcome has the label."""
DENOMINATOR, OF_HUB, PART = "denominator", "{place} (hub)", "{label}: {part}"
"""Parts of labels."""
INTERVAL = {"_low": "Lower end of the 95 % interval", "_high": "Upper end of the 95 % interval"}
"""What a column holds that is called as another one and one of these."""
OF_SEARCH = {
    "": Described(
        "difference from the base",
        OF_OUTCOME,
        "Median over draws of the difference from the base in the same fresh worlds; the mean over worlds if "
        "parameters are fixed, and that of the search for policies without fresh worlds.",
    ),
    "_mean": Described(
        "mean difference from the base",
        OF_OUTCOME,
        "Mean over fresh worlds of the difference from the base in the same world.",
    ),
    "_low": replace(_QUANTILES["ci_low"], label=INTERVAL["_low"]),
    "_high": replace(_QUANTILES["ci_high"], label=INTERVAL["_high"]),
    **{f"_{name}": _EFFECT[name] for name in ("p_positive", "chance_share", "verdict")},
    "_p_best": Described(
        "Probability of being best",
        SHARE,
        "Share of the draws, or of bootstrap samples of worlds if parameters are fixed, in which the policy is the "
        "best of those within the budget.",
    ),
    "_regret": Described(
        "Expected regret", OF_OUTCOME, "Mean over draws of what the best policy within the budget gives more."
    ),
}
"""Columns of a search's table, by what stands behind the name of the outcome."""
REMARKS = {
    "year": "Mean of the last twelve months.",
    "denominator": "Denominator of the rate.",
    "midway": "As of December 2027.",
    "channel": "What the channel adds to the difference from the reference in this world.",
    "factor": "Value of the factor at this point of the design.",
}
"""Sentences before the meaning of an outcome or a parameter."""


def labels() -> list[str]:
    """The labels and the units, for translators."""
    columns = _columns()
    words = (*CHANNELS.values(), DENOMINATOR, OF_HUB, PART, *INTERVAL.values(), *REMARKS.values())
    return [*dict.fromkeys([*(one.label for one in columns), *(one.unit for one in columns if one.unit), *words])]


def meanings() -> list[str]:
    """The sentences that say what columns mean, for translators."""
    return [*dict.fromkeys(one.meaning for one in (*_columns(), COST))]


def _columns() -> list[Described]:
    return [one for table in (COMMON, *TABLES.values(), SERIES, OF_SEARCH) for one in table.values()]
