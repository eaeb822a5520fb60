"""Formulas of the outcomes, in the symbols of `prose/outcomes.md`; a test compares them with `sim.model.outcomes`."""

from __future__ import annotations

from sim.model.outcomes import DEFINED, YEARLY
from sim.processes.costs import KINDS

_FORMULAS: dict[str, str] = {
    "success_rate": "count(A60 and S24 and S60) / count(A60 and S24)",
    "cohort_success_rate": "count(A60 and S60) / count(A60)",
    "success_24m": "count(A24 and S24) / count(A24)",
    "graduate_survival": "count(G and S60 after leaving) / count(G)",
    "completion_rate": "count(A60 and left by graduation) / count(A60)",
    "survival_5y": "count(F60 and not failed within 60 months) / count(F60)",
    "survivors_5y": "count(F60 and not failed within 60 months)",
    "export_rate": "mean over Y of x(t) / n(t)",
    "export_rate_alumni": "mean over Y of exporters among former residents / mean over Y of former residents",
    "cohort_export_rate": "count(A60 and exports at month 60) / count(A60)",
    "ever_exported": "count(A60 and first export within 60 months) / count(A60)",
    "exporters": "mean over Y of exporters of kind base or induced",
    "hubs": "mean over Y of open hubs",
    "residents": "mean over Y of n(t)",
    "occupancy": "mean over Y of n(t) / p(t)",
    "waiting": "mean over Y of startups on lists",
    "turnover": "12 * mean over Y of leavers / mean over Y of n(t)",
    "revenue": "12 * mean over Y of (sum of R over residents) / n(t)",
    "jobs": "mean over Y of sum of max(1, R / 30)",
    "funded_share": "mean over Y of startups that ever had a round / active",
    "regional_balance": "mean over Y of residents outside the centre / n(t)",
    "theil_residents": "mean over Y of sum_r (n_r / n) ln((n_r / n) / (P_r / P))",
    "survivors_outside": "count(F60 outside the centre and not failed within 60 months)",
    "relocated": "count(F60 and moved to the city of a hub)",
    "relocated_in": "count(F60 in region r and moved from another region)",
    "relocated_out": "count(F60 in another region and moved from region r)",
    "cost": "1000 * sum_t c(t) (1 + d)^(-(t - t0 + 0.5) / 12) + cost_residual",
    **{outcome: f"12 * mean over Y of {count}" for outcome, count in YEARLY.items()},
    **{f"cost_{kind}": f"as cost, with the part of c(t) for {kind}" for kind in KINDS},
    "cost_residual": "-1000 * sum_t capital(t) max(0, 1 - (t1 - t) / 12 L) (1 + d)^(-(t1 - t0) / 12)",
}
FORMULAS = {name: _FORMULAS[name] for name in DEFINED}
"""Formula by outcome."""
