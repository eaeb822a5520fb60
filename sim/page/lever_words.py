"""Short names of the levers and of their groups, in English, French and Arabic."""

from __future__ import annotations

LEVERS: dict[str, tuple[str, str, str]] = {
    "network.hubs_by_2027": ("Hubs by 2027", "Technopoles en 2027", "عدد المراكز في 2027"),
    "admission.stay": ("Longest stay", "Séjour maximal", "أقصى مدة إقامة"),
    "accompaniment.hours_per_startup": (
        "Mentor hours per startup",
        "Heures de mentorat par startup",
        "ساعات المواكبة لكل شركة",
    ),
    "accompaniment.mix.finance": ("Hours on finance", "Part des heures pour la finance", "حصة المالية من الساعات"),
    "accompaniment.mix.market_access": (
        "Hours on access to markets",
        "Part pour l’accès aux marchés",
        "حصة ولوج الأسواق",
    ),
    "accompaniment.mix.skills": ("Hours on skills", "Part pour le savoir-faire", "حصة المهارات"),
    "accompaniment.mix.contacts": (
        "Meetings among residents",
        "Rencontres entre résidentes",
        "اللقاءات بين الشركات المقيمة",
    ),
    "accompaniment.mentor_hours_total": ("Mentor hours in all", "Heures de mentorat au total", "مجموع ساعات المواكبة"),
    "accompaniment.remote_fraction": ("Remote accompaniment", "Accompagnement à distance", "المواكبة عن بعد"),
    "accompaniment.remote_oldest": ("Oldest accompanied remotely", "Âge limite à distance", "أقصى عمر للمواكبة عن بعد"),
    "fairs.places": ("Startups at the fair", "Startups au salon", "الشركات في المعرض"),
    "fairs.hub_share": (
        "Fair places for residents",
        "Places du salon pour les résidentes",
        "حصة الشركات المقيمة في المعرض",
    ),
    "fairs.subsidy": ("Share of the fee paid", "Part des frais prise en charge", "الحصة المدعومة من الرسوم"),
    "missions.per_year": ("Export missions of a hub", "Missions d’export par technopole", "بعثات التصدير لكل مركز"),
    "missions.places": ("Places on a mission", "Places par mission", "أماكن كل بعثة"),
    "grants.envelope_factor": ("Grants", "Subventions", "المنح"),
    "grants.regional_quota": ("Grants kept for regions", "Subventions réservées aux régions", "المنح المخصصة للجهات"),
    "loans.envelope_factor": ("Bank loans", "Prêts bancaires", "القروض البنكية"),
    "equity.envelope_factor": ("Venture capital", "Capital-risque", "رأس المال المخاطر"),
    "equity.regional_quota": (
        "Deals kept for regions",
        "Investissements réservés aux régions",
        "الاستثمارات المخصصة للجهات",
    ),
}

GROUPS: dict[str, tuple[str, str, str]] = {
    "network": ("Network", "Réseau", "الشبكة"),
    "admission": ("Admission", "Admission", "القبول"),
    "accompaniment": ("Accompaniment", "Accompagnement", "المواكبة"),
    "fairs": ("Fair", "Salon", "المعرض"),
    "missions": ("Export missions", "Missions d’export", "بعثات التصدير"),
    "grants": ("Grants", "Subventions", "المنح"),
    "loans": ("Loans", "Prêts", "القروض"),
    "equity": ("Equity", "Capital", "رأس المال"),
}
