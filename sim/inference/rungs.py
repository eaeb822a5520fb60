"""Labels of the rungs of a ladder, from all founders to the operator's rate, and of the quantities beside it."""

from __future__ import annotations

from sim.words.language import Language


def rung_labels(t: Language) -> dict[str, str]:
    """The label of each rung in a language."""
    return {
        "reference": t("All founders, no hubs"),
        "immortal": t("Alive when admitted"),
        "self_selection": t("Better founders apply"),
        "screening": t("Hubs choose"),
        "interference": t("Others are affected too"),
        "induced": t("Founded because of hubs"),
        "mentoring": t("Effect of mentoring"),
        "contacts": t("Effect of contacts"),
        "funding": t("Effect of referrals and fairs"),
        "rent": t("Effect of cheap rent"),
        "cohort": t("Rate of the admitted"),
        "definition": t("Way of counting"),
        "operator": t("The operator's rate"),
        "treatment": t("All effects of hubs together"),
        "selection": t("All selection together"),
        "displacement": t("Change for those never admitted"),
        "entry": t("Startups founded because of hubs"),
        "net_per_1000": t("Net gain per 1,000 founders"),
    }
