"""How the parameters were calibrated: the training runs, the posterior, and the recovery of known truths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.inference.calibration_file import load_calibration
from sim.inference.contraction import HARDLY, MAX_WIDTH, MIN_SHIFT, MOSTLY, PriorPosterior, packaged_prior_posterior
from sim.inference.defaults import packaged_table
from sim.inference.responses import POLICIES, RESPONSES
from sim.parameters.posterior import load_manifest, load_posterior, percentiles
from sim.report import prior
from sim.scenario.loading import builtin_folder
from sim.system.spreadsheet import read_csv
from sim.words.language import language
from tools.documentation import data_worth
from tools.documentation.markdown import fragment, number, paragraphs, table

EXPERIMENTS = builtin_folder("experiments")
BATCHES = ("over the whole prior", "around the literature's values", "where these fit best", "there, on the spikes")


def page() -> str:
    """Prose, then tables of the runs, the result, and the recovery of known worlds."""
    manifest = load_manifest()
    calibration = load_calibration(EXPERIMENTS / "calibration.yaml")
    moments = manifest["moments"]
    draws = pd.DataFrame(load_posterior())
    ratio, places = manifest["posterior_over_prior_sd"], percentiles()
    declared = calibration.base.schema.declarations
    parameters = [
        (
            f"`{path}`",
            f"{number(low)} to {number(high)}",
            "{} ({} to {})".format(*map(_short, np.quantile(draws[path], [0.5, 0.05, 0.95]))),
            f"{ratio[path]:.2f}",
            f"{number(declared[path].default)} ({places[path]})",
        )
        for path, (low, high) in calibration.priors.items()
    ]
    effects = [
        (
            f"`{effect.name}`",
            f"{effect.law}, {effect.centre:g}, s.d. {effect.spread:g}",
            "{mean:.2g} ({low:.2g} to {high:.2g})".format(**moments[effect.name]),
            effect.source,
        )
        for effect in calibration.effects
    ]
    spikes = [
        (
            spike.name,
            ", ".join(f"`{path}` {number(value)}" for path, value in spike.values.items()),
            f"{spike.probability:.2f}",
            f"{manifest['spikes'][spike.name]['posterior']:.2f}",
            spike.source,
        )
        for spike in calibration.spikes
    ]
    chains = manifest["convergence"]
    return paragraphs(
        fragment("calibration"),
        "## What was run",
        table(("batch of the bank", "draws"), zip(BATCHES, manifest["bank"]["batches"], strict=True)),
        f"The chains: {chains['walkers']:.0f} walkers, {chains['steps']:.0f} steps, the first half dropped; about "
        f"{chains['effective_draws']:,.0f} effective draws, worst R-hat {chains['r_hat_worst']:.2f}.",
        f"Of the posterior, {manifest['check']['runs']} real runs were held against the facts.",
        "## Default parameters",
        _defaults(manifest["defaults"]),
        "## What the facts do not tell",
        "Moments with a prior of their own; mean and 90 % of the posterior.",
        table(("moment", "prior", "posterior", "source of the prior"), effects),
        "Spikes: parts that may do nothing at all.",
        table(("part", "does nothing at", "prior", "posterior", "source of the prior"), spikes),
        "## What the facts add",
        _added(),
        "## Parameters",
        "Median and 90 % of the posterior. Where posterior over prior standard deviation off the spikes, in the column "
        "before the last, is above 0.9, the facts say nothing of a parameter.",
        table(("parameter", "flat prior", "posterior", "narrowed to", "default (percentile)"), parameters),
        "## Are known truths found?",
        _recovery(),
        "## What the operator should publish",
        data_worth.section(),
    )


def _added() -> str:
    """Prior beside posterior, and the conclusions."""
    rows = packaged_prior_posterior()
    fewest = min(draws for row in rows for draws in (row.prior_draws, row.posterior_draws))
    headings = ("quantity", "prior", "posterior", "contraction (95 %)", "width of the 90 %, ratio", "idle", "facts")
    return paragraphs(
        fragment("contraction"),
        table(headings, map(_beside, rows)),
        f"Each sample is worth {fewest:,.0f} independent draws or more. A quantity is narrowed *somewhat* where the "
        f"whole interval of its contraction lies above {HARDLY:.2f} (a tenth of the standard deviation is gone), "
        f"*mostly* above {MOSTLY:.2f} (half of it); otherwise it is *moved* where its median has shifted by "
        f"{MIN_SHIFT:g} standard deviations of the prior, and else *hardly* touched. Where the interval is wider than "
        f"{MAX_WIDTH:g}, none is shown.",
        " ".join(prior.sentences(language("en"))),
    )


def _beside(row: PriorPosterior) -> tuple[str, ...]:
    words = row.words

    def side(when: str) -> str:
        ends = ("median", "low", "high", "low_90", "high_90")
        middle, *limits = (f"{words.scale * getattr(row, f'{when}_{end}'):z.{words.decimals}f}" for end in ends)
        return "{} (95 %: {} to {}; 90 %: {} to {})".format(middle, *limits)

    identified = row.finding != "cannot be told"
    contraction = (
        f"{row.contraction:.2f} ({row.contraction_low:.2f} to {row.contraction_high:.2f})" if identified else "–"
    )
    idle = "–" if np.isnan(row.prior_idle) else f"{row.prior_idle:.2f}, then {row.posterior_idle:.2f}"
    label = f"{words.label}, {words.unit}" if words.unit else words.label
    return label, side("prior"), side("posterior"), contraction, f"{row.width_ratio:.2f}", idle, row.finding


def _defaults(choice: dict[str, Any]) -> str:
    """The rule by which the defaults were chosen, and their percentiles."""
    found = packaged_table().loc[RESPONSES]
    rows = [
        (
            name,
            _short(row["median"]),
            _short(row["sd"]),
            _short(row["value"]),
            f"{row['percentile']:.0f}" + (" **outside**" if row["outside"] == "yes" else ""),
            f"{100 * row['chance']:.0f} %",
        )
        for name, row in found.iterrows()
    ]
    worlds = choice["worlds"]
    outside = ", ".join(choice["outside"])
    return paragraphs(
        fragment("defaults").format(
            few=worlds["every draw"],
            rounds=", then ".join(
                f"the {len(listed)} most promising of those that fit in {count}"
                for count, listed in zip(worlds["short lists"], choice["short_lists"], strict=True)
            ),
            policies=", ".join(f"`{policy}`" for policy in POLICIES),
            parameters=len(percentiles()),
        ),
        f"Draw {choice['draw']} was chosen: {choice['distance']:g} standard deviations from the medians, with a misfit "
        f"of {choice['misfit']:g} where half of the draws have {choice['median_misfit']:g} or less. "
        + (
            f"Outside of where they should lie: {outside}."
            if outside
            else "No response lies outside of where it should."
        ),
        _chance_left(found),
        table(("policy minus today: outcome", "median", "s.d.", "this draw", "percentile", "chance left"), rows),
    )


def _chance_left(found: pd.DataFrame) -> str:
    """Expected values that are less precise than intended."""
    much = [f"{name} ({100 * share:.0f} %)" for name, share in found["chance"].items() if share > 0.1]
    if not much:
        return "Of the variance of means of so many worlds, chance is less than a tenth in every response."
    return (
        "Of the variance of means of so many worlds, chance is less than a tenth in every response but "
        f"{', '.join(much)}: there, the percentile is known less well."
    )


def _short(value: float) -> str:
    """A number with three digits, without a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _recovery() -> str:
    """Coverage of synthetic truths, and the two known worlds."""
    shares = read_csv(EXPERIMENTS / "recovery" / "coverage.csv").set_index("quantity")
    known = read_csv(EXPERIMENTS / "recovery" / "known_worlds.csv")
    quantity = {"effect_survival_5y": "effect", "selection": "selection"}
    rows = [
        (
            row["world"],
            row["seen"],
            quantity[row["quantity"]],
            f"{100 * row['true']:z.1f}",
            f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",
            "yes" if row["covered"] else "**no**",
        )
        for row in known.to_dict("records")
    ]
    count, quantities = shares["n"].iloc[1], len(shares) - 1
    covered = {name: f"{100 * share:.0f} %" for name, share in shares["coverage"].items()}
    return paragraphs(
        f"Of {count} simulated histories whose parameters are known, with {quantities} quantities each, "
        f"{covered['all']} lie in their 90 % intervals; the effect on five-year survival does in "
        f"{covered['effect_survival_5y']}, selection in {covered['selection']}.",
        "Two worlds tell the same headlines from opposite causes: in one the hubs do it and select nobody, in the "
        "other selection does it and the hubs do nothing. No prior on effects helps here, and a spike is as likely as "
        "not. The missing data are those of `validate --data-worth`. In points of five-year success:",
        table(("world", "what is seen", "quantity", "true", "90 % interval", "holds the truth"), rows),
    )
