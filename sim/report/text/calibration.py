"""What a calibration found, as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.inference.contraction import PriorPosterior
from sim.inference.defaults import Choice
from sim.inference.new_fact import WEIGHTS_FILE, FactWeights
from sim.inference.responses import RESPONSES
from sim.inference.run_calibration import Calibrated
from sim.parameters.weights import Weights
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


def new_facts(found: FactWeights, folder: Path, width: int = 120) -> str:
    """What new facts say of the draws: their effective number, and by how much each quantity moves."""
    lines = []
    for fact in found.facts:
        value = "" if fact.value is None else f"{fact.value:g}, "
        fitted = " It replaces the fact that was fitted." if fact.name in found.replaced else ""
        lines.append(
            f"{fact.name}: {value}{fact.low:g} to {fact.high:g}. Surrogate R2 {found.r2[fact.name]:.2f}.{fitted}"
        )
    path = folder / WEIGHTS_FILE
    weights = Weights(str(path), tuple(found.weights["weight"].tolist()))
    rows = [
        (row["quantity"], _spread(row, "before"), _spread(row, "after"), f"{row['shift']:+.2f}", row["source"])
        for row in found.moved.to_dict("records")
    ]
    return as_text(
        "\n".join(lines),
        f"{weights.sentence}.",
        "Mean and 90 % interval over draws, before and after; the shift of the mean in standard deviations over draws. "
        "From runs: means of each draw's differences from today, without interval because chance is in them.",
        grid(("quantity", "before", "after", "shift", "from"), rows),
        f"To use the weights: hubsim compare --weights {path}",
        width=width,
    )


def _spread(row: Mapping[Any, Any], when: str) -> str:
    mean, low, high = (row[f"{when}{end}"] for end in ("", "_low", "_high"))
    return f"{mean:.4g}" + ("" if low != low else f" ({low:.4g} to {high:.4g})")
