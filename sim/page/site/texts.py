"""The words of a site in one language: of the page, its levers, outcomes and series, and of how it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, get_args

from sim.figures.words import outcome_name
from sim.model.outcomes import OUTCOMES
from sim.page.page import measure
from sim.page.site.levers import Lever
from sim.page.words import words
from sim.scenario.scenario import in_language
from sim.studies.channels import channel_labels, sentence
from sim.studies.environment import source_revision
from sim.studies.manifest import fingerprint_in
from sim.studies.statistics import Verdict
from sim.studies.sweep_results import Sweep
from sim.words.language import Language, language

FRONT = ("success_rate", "export_rate", "survivors_5y", "exporters")
"""Outcomes that have a line of their own on top, where the sweep names them."""
_HOUR = 3600


def site_texts(code: str, result: Sweep, levers: list[Lever], data: Mapping[str, Any], command: str) -> dict[str, Any]:
    """The words of a site in the language `code`, for the numbers in `data`, made with `command`."""
    t, shown = language(code), [*data["outcomes"]]
    series = data["series"].get("shown", {})
    return {
        "language": code,
        "direction": t.direction,
        "number": {"decimal": t.decimal, "thousands": t.thousands},
        "words": words(code) | {f"verdict.{one}": t(one) for one in get_args(Verdict)} | _words(t, result),
        "levers": {lever.path: lever.words(t) for lever in levers},
        "outcomes": {
            name: {"label": outcome_name(t, name), "sentence": t(OUTCOMES[name].sentence) if name in OUTCOMES else ""}
            for name in shown
        },
        "channels": channel_labels(t),
        "because": {
            name: [
                t("On average {parts}.", parts=sentence(t, name, dict(zip(parts, means, strict=True))))
                for means in zip(*parts.values(), strict=True)
            ]
            for name, parts in data["channels"].items()
        },
        "front": [name for name in FRONT if name in shown] or shown[: len(FRONT)],
        "series": {name: {"title": words(code)[f"series.{name}"], **measure(name, t)} for name in series},
        "typed": {},
        "wrong": {},
        "name": t.typeset(in_language(result.manifest.get("name") or "", code)),
        "description": t.typeset(" ".join(in_language(result.manifest.get("description") or "", code).split())),
        "made": _made(t, result, command),
    }


def _words(t: Language, result: Sweep) -> dict[str, str]:
    return {
        "site.lead": t("Move a lever: what it changes was computed beforehand."),
        "site.reset": t("Back to the reference"),
        "site.nearest": t("To the nearest computed policy"),
        "site.reference": t("Reference"),
        "site.here": t("This policy"),
        "site.same": t("This is the reference itself: nothing changes."),
        "site.exact": t("Computed: these are the numbers of {key}, one of {n} policies that were run."),
        "site.between": t("Interpolated between {n} policies that were run; the error stands beside each number."),
        "site.line": t("{change} ({interval}; probability of more {share}): {known}"),
        "site.because.near": t("At the nearest computed policy: {text}"),
        "site.error": t("error of interpolation {error}"),
        "site.error.head": t("Error of interpolation"),
        "site.error.chart": t("Error of interpolation: ± {error}"),
        "site.computed": t("computed"),
        "site.table": t(
            "Differences from the reference in the same worlds. Between computed policies a verdict allows for the "
            "error of interpolation, and is clear only if it is clear at the nearest computed one."
        ),
        "site.band": t("Line: median of the difference. Band: 95 % interval.")
        + " "
        + (
            t("Intervals hold what the facts leave open about the parameters, chance taken out.")
            if result.draws is not None
            else t("Intervals hold chance only; what is not known of the parameters is not in them.")
        ),
        "site.made": t("How this page was made"),
        "site.errors": t("How the numbers between the computed policies were found"),
        "site.errors.help": t(
            "For each outcome, the one of six forms with the smallest error was taken. The error was measured: a fifth "
            "of the computed policies was held out and found from the others, and so on for each fifth; it is the root "
            "of the mean squared difference."
        ),
        "site.form.ways": t("How levers work together"),
        "site.form.curves": t("How a lever works"),
        "site.form.sum": t("each adds its own part"),
        "site.form.product": t("they may strengthen or weaken each other"),
        "site.form.line": t("in a straight line"),
        "site.form.matern": t("in a curve"),
        "site.form.gauss": t("in a smooth curve"),
    }


def _made(t: Language, result: Sweep, command: str) -> list[tuple[str, str]]:
    """Labels and texts of when, how and from what the page was made."""
    entries = result.manifest
    environment, sessions = entries.get("environment", {}), entries.get("sessions", [])
    hours = sum(one["seconds"] * one["workers"] for one in sessions) / _HOUR
    began = datetime.fromisoformat(sessions[-1]["began"]).date() if sessions else date.today()
    size = t(
        "{points} policies × {worlds} worlds, {draws} draws of the parameters, seed {seed}",
        points=t.number(len(result.points)),
        worlds=t.number(result.replications),
        draws=t.number(result.draws_used),
        seed=str(entries["seed"]),
    )
    runs = hashlib.sha256(result.store.path("runs").read_bytes()).hexdigest()
    rows = [
        (t("Made on"), t.date(date.today())),
        (t("Made by"), _of_program(environment.get("hubsim", ""), source_revision())),
        (t("Command"), command),
        (t("Runs"), size),
        (t("Run on"), t.date(began)),
        (t("Run by"), _of_program(environment.get("hubsim", ""), entries.get("source_revision"))),
        (t("Command of the runs"), entries["command"]),
        (t("Hours of computing"), t.number(hours, 1 if hours >= 0.1 else 2)),
        (t("Fingerprint of the data"), fingerprint_in(entries)),
        (t("Digest of the study"), entries["study"]),
        (t("Digest of the model"), environment.get("model", "")),
        (t("Digest of the country's data"), environment.get("data", "")),
        (t("Digest of the runs (SHA-256)"), runs),
    ]
    return [(label, text) for label, text in rows if text]


def _of_program(version: str, revision: str | None) -> str:
    return f"hubsim {version}" + (f", {revision}" if revision else "")
