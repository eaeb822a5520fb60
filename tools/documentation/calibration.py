"""How the parameters were calibrated: the training runs, the posterior, and whether known truths are found."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.calibration_file import load_calibration
from sim.inference.contraction import HARDLY, MAX_WIDTH, MIN_SHIFT, MOSTLY, PriorPosterior, packaged_prior_posterior
from sim.inference.defaults import packaged_table
from sim.inference.responses import POLICIES, RESPONSES
from sim.inference.simulation_based import EFFECT
from sim.parameters.posterior import load_manifest, load_posterior, percentiles
from sim.report import prior
from sim.report.text import truths
from sim.scenario.loading import builtin_folder
from sim.words.language import language
from tools.documentation import data_worth, leave_out
from tools.documentation.markdown import fragment, number, paragraphs, table

EXPERIMENTS = builtin_folder("experiments")


def page() -> str:
    """Prose, then tables of the runs, the result, and whether known truths are found."""
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
        _waves(manifest["bank"]),
        f"The chains: {chains['ensembles']:.0f} independent ensembles with {chains['walkers']:.0f} walkers in total, "
        f"{chains['steps']:,.0f} steps, the first half dropped; what is kept of each is "
        f"{chains['kept_autocorrelation_times']:.0f} of its longest autocorrelation times; about "
        f"{chains['effective_draws']:,.0f} effective draws, worst R-hat {chains['r_hat_worst']:.3f}.",
        f"Of the posterior, {manifest['check']['runs']} real runs were held against the facts.",
        "## Are the facts within what the prior expects?",
        _expected(manifest["prior_predictive"]),
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
        _truths(),
        "## Without one mechanism",
        leave_out.section(),
        "## What the operator should publish",
        data_worth.section(),
    )


def _waves(bank: dict[str, Any]) -> str:
    """How many draws were run, and how much of the prior each wave left."""
    plan, left = bank["plan"], bank["share_not_ruled_out"]
    return paragraphs(
        f"{bank['draws']:,} draws: {plan['whole']:,} of the ranges and spikes, {plan['believed']:,} of the prior with "
        f"its priors on moments, and waves of {plan['wave']:,}.",
        table(
            ("draws so far", "share of the prior that the facts do not rule out"),
            ((f"{int(draws):,}", f"{share:.2g}") for draws, share in left.items()),
        ),
    )


def _expected(rows: list[dict[str, Any]]) -> str:
    """Facts outside the histories of the first wave, and how far the others lie inside."""
    outside = [f"`{row['fact']}`" for row in rows if row["outside"]]
    said = (
        f"Outside of the central 99 % of the first wave's histories: {', '.join(outside)}. No values within the ranges "
        "are likely to show these."
        if outside
        else "Every fact lies within the central 99 % of the first wave's histories."
    )
    cells = (
        (f"`{row['fact']}`", *(_short(row[part]) for part in ("low", "median", "high", "below", "above")))
        for row in rows
    )
    return paragraphs(
        "Before a fact is fitted, the histories of the first wave say where it may lie, weighted by the priors on "
        "moments, and with the error of the fact.",
        table(("fact", "0.5 %", "median", "99.5 %", "share below", "share above"), cells),
        said,
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


def _truths() -> str:
    """Whether known truths are found again."""
    found = json.loads((EXPERIMENTS / "known-truths" / "sbc.json").read_text(encoding="utf-8"))
    covered, told = found["coverage"], found["correlations"]
    rows = [
        (
            f"`{name}`",
            *(f"{100 * covered[name][level]:.0f} %" for level in ("50", "90")),
            f"{found['chance'][name]:.2g}" + " **outside**" * (name in found["outside"]),
            "{correlation:.2f} ({low:.2f} to {high:.2f})".format(**told[name]) if name in told else "–",
        )
        for name in found["chance"]
    ]
    return paragraphs(
        truths.ranks_sentence(found),
        " ".join(truths.coverage_sentence(*one) for one in found["expected_coverage"].items()),
        truths.movement_sentence(EFFECT, told[EFFECT]),
        f"Of all quantities, {100 * covered['all']['50']:.0f} % of 50 % intervals and {100 * covered['all']['90']:.0f} "
        "% of 90 % intervals hold the truth. *Follows the truth* is the correlation of the truth and the middle of its "
        "interval.",
        table(("quantity", "50 % hold", "90 % hold", "chance of such ranks", "follows the truth"), rows),
        "### Through all waves",
        _all_waves(),
    )


def _all_waves() -> str:
    """Whether the waves after the first find known truths, and their effects."""
    found = pd.read_csv(EXPERIMENTS / "known-truths" / "all_waves.csv")
    return paragraphs(
        truths.all_waves_sentence(found),
        f"`{EFFECT}` of each truth in points, and its posterior:",
        table(("truth", "true", "median", "5 %", "95 %"), truths.effects_of_truths(found)),
    )
