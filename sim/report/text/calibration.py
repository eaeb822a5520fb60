"""What a calibration found, as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from sim.inference.contraction import PriorPosterior
from sim.inference.defaults import Choice
from sim.inference.responses import RESPONSES
from sim.inference.run_calibration import Calibrated
from sim.report import prior
from sim.report.layout import as_text, grid
from sim.words.language import language


def calibrated(found: Calibrated, names: Iterable[str], width: int = 120) -> str:
    """Moments under the posterior, the error of the surrogate for them, and whether the sampler has converged."""
    moments, r2 = found.manifest["moments"], found.manifest["surrogate_r2"]
    rows = [
        (name, *(f"{moments[name][part]:.3g}" for part in ("mean", "low", "high")), f"{r2[name]:.2f}")
        for name in (*names, "selection")
    ]
    report = found.manifest["convergence"]
    return (
        as_text(grid(("moment", "mean", "5 %", "95 %", "surrogate R2"), rows), width=width)
        + f"worst R-hat {report['r_hat_worst']:.3f}, {report['effective_draws']:.0f} effective draws\n"
        + f"not identified by the facts: {', '.join(found.manifest['not_identified']) or 'none'}"
    )


def prior_beside_posterior(rows: Sequence[PriorPosterior], width: int = 120) -> str:
    """How far the facts narrow the effects of hubs, in the words of the report."""
    t = language("en")
    table = prior.table(t, rows)
    cells = [(head, *(cell.text for cell in found)) for head, found in table.rows]
    return "\n".join([as_text(grid(table.headings, cells), width=width).rstrip(), *prior.sentences(t, rows)])


def defaults(choice: Choice, width: int = 120) -> str:
    """Moments under the draw of the default parameters, beside those under all draws."""
    rows = [
        (row["quantity"], *(f"{row[part]:.3g}" for part in ("median", "sd", "value", "percentile")), row["outside"])
        for row in choice.table().to_dict("records")
        if row["quantity"] in RESPONSES
    ]
    summary = choice.summary()
    headings = ("minus today", "median", "s.d.", "this draw", "percentile", "outside")
    typical = f"draw {summary['draw']}, {summary['distance']} standard deviations from the medians"
    return as_text(grid(headings, rows), width=width) + f"typical: {typical}"


def recovery(known: pd.DataFrame, shares: pd.DataFrame, width: int = 120) -> str:
    """Whether the procedure recovers the parameters of simulated histories, and how often intervals contain them."""
    rows = [
        (
            row["world"],
            row["seen"],
            row["quantity"],
            f"{100 * row['true']:.1f}",
            f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",
            "yes" if row["covered"] else "NO",
        )
        for row in known.to_dict("records")
    ]
    headings = ("simulated history", "what is seen of it", "quantity", "truth (points)", "90 % interval", "covered")
    total = shares.iloc[0]
    inside = f"{100 * total['coverage']:.0f} % of {total['n']:.0f} truths within their 90 % intervals"
    return as_text(grid(headings, rows), width=width) + f"other histories: {inside}"
