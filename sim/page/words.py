"""Every word of the page's own, in English, French and Arabic.

What the declarations say (names of levers, units, meanings, outcomes) is English there and translated by
`sim.words.language`.
"""

from __future__ import annotations

from sim.scenario import schema
from sim.words.language import language

WORDS: dict[str, tuple[str, str, str]] = {
    # The page
    "title": ("Startup hubs of Morocco", "Technopoles du Maroc", "مراكز الشركات الناشئة بالمغرب"),
    "rooms": ("Rooms", "Rubriques", "الأقسام"),
    "watch": ("Watch", "Observer", "شاهد"),
    "compare": ("Compare", "Comparer", "قارن"),
    "mesa": ("Mesa's own view", "La vue de Mesa", "عرض Mesa"),
    "language": ("Language", "Langue", "اللغة"),
    "skip": ("Skip to the content", "Aller au contenu", "انتقل إلى المحتوى"),
    "policy": ("Policy", "Politique", "السياسة"),
    "against": ("Compared with", "Comparée à", "مقارنةً بـ"),
    "changed": ("{name}, changed by you", "{name}, modifiée par vous", "{name}، بتعديلك"),
    "seed": ("Random seed", "Graine aléatoire", "البذرة العشوائية"),
    "one.country": ("One possible country", "Un seul pays possible", "بلد واحد ممكن"),
    "one.country.help": (
        "All worlds then live under the default parameters: intervals hold chance only, not what is not known of "
        "the country.",
        "Tous les mondes vivent alors avec les paramètres par défaut : les intervalles ne contiennent que le "
        "hasard, et non ce que l’on ignore du pays.",
        "تعيش كل العوالم عندها بالمعاملات الافتراضية: لا تحمل المجالات إلا الصدفة، لا ما نجهله عن البلد.",
    ),
    "take": ("Take it with you", "Emporter ce scénario", "خذ السيناريو معك"),
    "yaml": ("Scenario file (YAML)", "Fichier du scénario (YAML)", "ملف السيناريو (YAML)"),
    "link": ("Copy the link", "Copier le lien", "انسخ الرابط"),
    "link.bar": ("Copy it from the address bar", "Copiez-le dans la barre d’adresse", "انسخه من شريط العنوان"),
    "copied": ("Copied", "Copié", "نُسخ"),
    "png": ("Picture (PNG)", "Image (PNG)", "صورة (PNG)"),
    "csv": ("Table (CSV)", "Tableau (CSV)", "جدول (CSV)"),
    "table": ("Numbers", "Chiffres", "الأرقام"),
    "month": ("Month", "Mois", "الشهر"),
    "problem": ("This cannot be: {what}", "C’est impossible : {what}", "هذا غير ممكن: \u2068{what}\u2069"),
    "ignored": (
        "Not known, and left out of the address: {what}",
        "Inconnu, et ignoré dans l’adresse\u00a0: {what}",
        "غير معروف، وقد أُهمل من العنوان: \u2068{what}\u2069",
    ),
    "missing": ("There is no such page", "Cette page n’existe pas", "لا توجد هذه الصفحة"),
    "full": (
        "Many visitors are here. The page tries again in {n} seconds.",
        "Il y a beaucoup de visiteurs. La page réessaie dans {n}\u00a0secondes.",
        "الزوار كثيرون الآن. ستعيد الصفحة المحاولة بعد {n} ثانية.",
    ),
    "broken": (
        "Something went wrong here. Change a slider, or load the page again.",
        "Quelque chose n’a pas fonctionné. Déplacez un curseur ou rechargez la page.",
        "حدث خلل هنا. حرّك مؤشراً أو أعد تحميل الصفحة.",
    ),
    "lost": (
        "The connection was lost. The page tries again.",
        "La connexion est perdue. La page réessaie.",
        "انقطع الاتصال. تحاول الصفحة من جديد.",
    ),
    "note": (
        "A model, not a forecast: differences between policies mean more than levels.",
        "Un modèle, pas une prévision : les écarts entre politiques comptent plus que les niveaux.",
        "نموذج وليس توقّعاً: الفروق بين السياسات أهم من المستويات.",
    ),
    "command": (
        "With this file, the command line gives the same numbers:",
        "Avec ce fichier, la ligne de commande donne les mêmes chiffres :",
        "بهذا الملف يعطي سطر الأوامر الأرقام نفسها:",
    ),
    "means.drawn": (
        "What is not known of the country is drawn: each draw of the parameters that the facts allow lives in two "
        "worlds, the same under both policies. These are the draws of {compare}.",
        "Ce que l’on ignore du pays est tiré au sort : chaque tirage des paramètres que les faits admettent vit "
        "dans deux mondes, les mêmes sous les deux politiques. Ce sont les tirages de {compare}.",
        "ما نجهله عن البلد يُسحب بالقرعة: كل سحب للمعاملات تقبله الوقائع يعيش في عالمين، هما نفساهما في "
        "السياستين. وهي سحوبات {compare}.",
    ),
    "means.fixed": (
        "One possible country: intervals hold chance only. Without {option}, what is not known of the country is "
        "drawn too, and intervals are wider.",
        "Un seul pays possible : les intervalles ne contiennent que le hasard. Sans {option}, ce que l’on ignore "
        "du pays est aussi tiré au sort, et les intervalles sont plus larges.",
        "بلد واحد ممكن: لا تحمل المجالات إلا الصدفة. ومن دون {option} يُسحب أيضاً ما نجهله عن البلد، فتتسع المجالات.",
    ),
    "between": ("{first}, {second}", "{first}, {second}", "{first}، {second}"),
    "colon": ("{first}: {second}", "{first} : {second}", "{first}: {second}"),
    # Compare
    "compare.lead": (
        "Choose a policy or move a slider: see what changes for startups in the years to come.",
        "Choisissez une politique ou déplacez un curseur : voyez ce qui change pour les startups dans les "
        "années à venir.",
        "اختر سياسة أو حرّك مؤشراً وانظر ما يتغير للشركات الناشئة في السنوات المقبلة.",
    ),
    "levers": ("Change one thing", "Modifiez un levier", "غيّر شيئاً واحداً"),
    "more.levers": ("All levers", "Tous les leviers", "كل الروافع"),
    "reset": ("Back to the policy", "Revenir à la politique d’origine", "العودة إلى السياسة الأصلية"),
    "open": ("as the network's rule has it", "selon la règle du réseau", "حسب قاعدة الشبكة"),
    "range": ("{low} to {high}", "de {low} à {high}", "من {low} إلى {high}"),
    "what": ("What it changes", "Ce que cela change", "ما الذي يتغير"),
    "preparing": ("The first world is being prepared …", "Le premier monde se prépare …", "يجري إعداد العالم الأول …"),
    "queue": ("Running …", "Calcul en cours …", "جارٍ الحساب …"),
    "first.look": (
        "First sight, until the end of 2027; the rest follows.",
        "Premier aperçu, jusqu’à fin 2027 ; la suite arrive.",
        "نظرة أولى حتى نهاية 2027، والبقية تتبع.",
    ),
    "worlds.one": ("1 world so far", "1 monde pour l’instant", "عالم واحد حتى الآن"),
    "worlds.so.far": (
        "{n} worlds so far, of {of}",
        "{n} mondes pour l’instant, sur {of}",
        "عدد العوالم حتى الآن: {n} من {of}",
    ),
    "worlds.all": ("{n} worlds", "{n} mondes", "عدد العوالم: {n}"),
    "of.draws": (
        "{worlds}; draws of the parameters: {n}",
        "{worlds} ; tirages des paramètres : {n}",
        "{worlds}؛ سحوبات المعاملات: {n}",
    ),
    "of.one.country": ("{worlds}; one possible country", "{worlds} ; un seul pays possible", "{worlds}؛ بلد واحد ممكن"),
    "band.drawn": (
        "What is expected over {n} draws of what is not known of the country, the chance of single worlds taken "
        "out. Line: median. Band: 95 % of the draws. Both policies meet the same draws and the same chance.",
        "Ce que l’on attend sur {n} tirages de ce que l’on ignore du pays, le hasard de chaque monde étant "
        "retiré. Ligne : médiane. Bande : 95 % des tirages. Les deux politiques vivent les mêmes tirages et les "
        "mêmes aléas.",
        "المتوقَّع بحسب سحوبات ما نجهله عن البلد (عددها {n})، بعد إزالة صدفة كل عالم. الخط: الوسيط. النطاق: 95٪ "
        "من السحوبات. تخضع السياستان للسحوبات والمصادفات نفسها.",
    ),
    "band.fixed": (
        "One possible country. Line: mean of the worlds. Band: 95 % interval of the mean, chance only: parameters "
        "are fixed. Both policies meet the same chance.",
        "Un seul pays possible. Ligne : moyenne des mondes. Bande : intervalle à 95 % de la moyenne, hasard seul, "
        "les paramètres étant fixés. Les deux politiques subissent les mêmes aléas.",
        "بلد واحد ممكن. الخط: متوسط العوالم. النطاق: مجال 95٪ للمتوسط، الصدفة وحدها، فالمعاملات ثابتة. تخضع "
        "السياستان للمصادفات نفسها.",
    ),
    "low": ("low", "borne basse", "الحد الأدنى"),
    "middle": ("central value", "valeur centrale", "القيمة المركزية"),
    "high": ("high", "borne haute", "الحد الأعلى"),
    "region": ("Region", "Région", "الجهة"),
    "outcome": ("Outcome", "Résultat", "النتيجة"),
    "difference": ("Difference", "Écart", "الفرق"),
    "median": ("Difference, median", "Écart, médiane", "الفرق، الوسيط"),
    "interval": ("95 % interval", "Intervalle à 95 %", "مجال 95٪"),
    "mean": ("Mean of the differences", "Moyenne des écarts", "متوسط الفروق"),
    "p.more": ("Probability of more", "Probabilité d’une hausse", "احتمال الزيادة"),
    "chance": ("Share of chance", "Part du hasard", "حصة الصدفة"),
    "known": ("What is known", "Ce que l’on sait", "ما نعرفه"),
    "worlds": ("Worlds", "Mondes", "العوالم"),
    "draws": ("Draws", "Tirages", "السحوبات"),
    "outcomes": ("Means and differences", "Moyennes et écarts", "المتوسطات والفروق"),
    "regions": (
        "Startups alive after five years, by region: difference",
        "Startups en vie après cinq ans, par région : écart",
        "الشركات الناشئة القائمة بعد خمس سنوات حسب الجهة: الفرق",
    ),
    "regions.key": (
        "Number and colour: clear or likely. ? not known",
        "Nombre et couleur : net ou probable. ? non connu",
        "العدد واللون: واضح أو مرجَّح. ? غير معروف",
    ),
    # Series
    "series.cohort_success_rate": (
        "Success of those admitted",
        "Réussite des startups admises",
        "نجاح الشركات المقبولة",
    ),
    "series.survival_5y": ("Survival after five years", "Survie à cinq ans", "البقاء بعد خمس سنوات"),
    "series.export_rate": ("Exporters in hubs", "Exportatrices dans les technopoles", "الشركات المصدِّرة في المراكز"),
    "series.exporters": ("Exporters in the country", "Exportatrices du pays", "الشركات المصدِّرة في البلاد"),
    "series.outside_centre": (
        "Residents outside Casablanca and Rabat",
        "Résidentes hors Casablanca et Rabat",
        "الشركات المقيمة خارج الدار البيضاء والرباط",
    ),
    "series.cost": ("Cost since the present", "Coût depuis le présent", "الكلفة منذ الحاضر"),
    "series.rates": ("Survival and success", "Survie et réussite", "البقاء والنجاح"),
    "series.active": ("Active startups", "Startups actives", "الشركات الناشئة النشطة"),
    "series.residents": ("In hubs", "Dans les technopoles", "داخل المراكز"),
    "series.places": ("Places", "Places", "الأماكن"),
    "series.waiting": ("Waiting for a place", "En attente d’une place", "تنتظر مكاناً"),
    "unit.percent": ("%", "%", "٪"),
    "unit.percent.year": ("%, mean of twelve months", "%, moyenne de douze mois", "٪، متوسط اثني عشر شهراً"),
    "unit.startups": ("startups", "startups", "شركة"),
    "unit.thousand": ("MAD thousand", "milliers de DH", "ألف درهم"),
    "unit.thousand.month": ("MAD thousand a month", "milliers de DH par mois", "ألف درهم في الشهر"),
    "unit.level": ("from 0 to 1", "de 0 à 1", "من 0 إلى 1"),
    # Watch
    "watch.lead": (
        "Press play: each dot is a startup, each circle a hub. Click one to see its life.",
        "Lancez la lecture : chaque point est une startup, chaque cercle une technopole. "
        "Cliquez sur l’un d’eux pour voir son parcours.",
        "اضغط على التشغيل: كل نقطة شركة ناشئة وكل دائرة مركز. انقر على أي منها لترى مسارها.",
    ),
    "play": ("Play", "Lecture", "تشغيل"),
    "pause": ("Pause", "Pause", "إيقاف مؤقت"),
    "step": ("One month", "Un mois", "شهر واحد"),
    "year": ("One year", "Un an", "سنة واحدة"),
    "start": ("Back to start", "Revenir au début", "العودة إلى البداية"),
    "speed": ("Months per second", "Mois par seconde", "أشهر في الثانية"),
    "timeline": ("Month shown", "Mois affiché", "الشهر المعروض"),
    "opening": ("{name} opens", "Ouverture de {name}", "افتتاح {name}"),
    "closing": ("{name} closes", "Fermeture de {name}", "إغلاق {name}"),
    "fairs": ("Yearly fair", "Salon annuel", "المعرض السنوي"),
    "openings": ("Hub opens", "Ouverture d’une technopole", "افتتاح مركز"),
    "closings": ("Hub closes", "Fermeture d’une technopole", "إغلاق مركز"),
    "present": ("present", "présent", "الحاضر"),
    "map": (
        "Map of Morocco in hexagons, with startups as dots and hubs as circles",
        "Carte du Maroc en hexagones, avec les startups en points et les technopoles en cercles",
        "خريطة المغرب بالسداسيات، الشركات نقاط والمراكز دوائر",
    ),
    "zoom.in": ("Nearer", "Agrandir", "تكبير"),
    "zoom.out": ("Farther", "Réduire", "تصغير"),
    "zoom.all": ("Whole country", "Tout le pays", "البلد كله"),
    "state.outside": ("outside a hub", "hors technopole", "خارج المراكز"),
    "state.resident": ("in a hub", "en technopole", "داخل مركز"),
    "state.graduate": ("has left a hub", "sortie d’une technopole", "غادرت مركزاً"),
    "state.exporter": ("exports", "exporte", "تصدّر"),
    "state.closed": ("closed", "fermée", "أُغلقت"),
    "legend.hub": (
        "circle: residents; ring: places",
        "cercle : résidentes ; anneau : places",
        "الدائرة: الشركات المقيمة؛ الحلقة: الأماكن",
    ),
    "legend.pick": ("Show one at random", "En montrer une au hasard", "اعرض واحدة عشوائياً"),
    "hubs": ("Hubs", "Technopoles", "المراكز"),
    "hub": ("Hub", "Technopole", "المركز"),
    "life": ("A life", "Un parcours", "مسار"),
    "life.empty": (
        "Click a dot or a circle on the map, or choose below.",
        "Cliquez sur un point ou un cercle de la carte, ou choisissez ci-dessous.",
        "انقر على نقطة أو دائرة في الخريطة، أو اختر أدناه.",
    ),
    "life.startup": ("Startup {n}", "Startup {n}", "الشركة {n}"),
    "life.looking": ("Looking up this life …", "Recherche de ce parcours …", "جارٍ البحث عن هذا المسار …"),
    "life.founded": ("Founded in {city} in {month}", "Fondée à {city} en {month}", "تأسست في {city} في {month}"),
    "life.closed": ("Left the market in {month}", "Sortie du marché en {month}", "خرجت من السوق في {month}"),
    "life.stay": (
        "In the hub {name} from {from} to {to}",
        "À la technopole {name}, de {from} à {to}",
        "في مركز {name} من {from} إلى {to}",
    ),
    "life.grant": (
        "Grant of {amount} received in {month}",
        "Subvention de {amount} reçue en {month}",
        "منحة قدرها {amount} في {month}",
    ),
    "life.honour_loan": (
        "Honour loan of {amount} received in {month}",
        "Prêt d’honneur de {amount} reçu en {month}",
        "قرض شرف قدره {amount} في {month}",
    ),
    "life.loan": (
        "Bank loan of {amount} received in {month}",
        "Prêt bancaire de {amount} reçu en {month}",
        "قرض بنكي قدره {amount} في {month}",
    ),
    "life.seed": (
        "Seed capital of {amount} received in {month}",
        "Capital d’amorçage de {amount} reçu en {month}",
        "رأس مال تأسيسي قدره {amount} في {month}",
    ),
    "life.venture": (
        "Venture capital of {amount} received in {month}",
        "Capital-risque de {amount} reçu en {month}",
        "رأس مال مخاطر قدره {amount} في {month}",
    ),
    "life.fair": ("Last fair in {month}", "Dernier salon en {month}", "آخر معرض في {month}"),
    "life.mission": (
        "Last export mission in {month}",
        "Dernière mission d’export en {month}",
        "آخر بعثة تصديرية في {month}",
    ),
    "amount": ("MAD {n}", "{n} DH", "{n} درهم"),
    "sector.0": ("ICT", "TIC", "تكنولوجيا المعلومات"),
    "sector.1": ("green technology", "technologies vertes", "التكنولوجيا الخضراء"),
    "sector.2": ("creative industries", "industries créatives", "الصناعات الإبداعية"),
    "life.revenue": ("Revenue", "Chiffre d’affaires", "رقم المعاملات"),
    "life.cash": ("Cash", "Trésorerie", "السيولة"),
    "life.competence": ("Competences", "Compétences", "الكفاءات"),
    "life.finance": ("finance", "finance", "المالية"),
    "life.market_access": ("market access", "accès au marché", "ولوج الأسواق"),
    "life.skills": ("skills", "savoir-faire", "المهارات"),
    "life.hub": ("hub", "technopole", "المركز"),
    "loading": ("Reading the film: until {month}", "Lecture du film : jusqu’à {month}", "قراءة الفيلم: حتى {month}"),
    "one.world": (
        "One world of many, in one possible country (default parameters): another seed, or other parameters that "
        "the facts allow, give other numbers. Compare says by how much.",
        "Un monde parmi d’autres, dans un seul pays possible (paramètres par défaut) : une autre graine, ou "
        "d’autres paramètres que les faits admettent, donnent d’autres chiffres. La rubrique Comparer dit de "
        "combien.",
        "عالم واحد من عوالم كثيرة، في بلد واحد ممكن (بالمعاملات الافتراضية): بذرة أخرى أو معاملات أخرى تقبلها "
        "الوقائع تعطي أرقاماً أخرى. قسم «قارن» يبيّن الفرق.",
    ),
    # Mesa
    "mesa.loading": (
        "Mesa's page is being loaded; the first time this takes a while …",
        "La page de Mesa se charge ; la première fois, cela prend un moment …",
        "يجري تحميل صفحة Mesa؛ قد يستغرق ذلك بعض الوقت أول مرة …",
    ),
    "mesa.lead": (
        "The same model in Mesa's own page, a model of your own. Parameters act at Reset; leave “Use Threads” off.",
        "Le même modèle dans la page de Mesa, avec un modèle rien que pour vous. "
        "Les paramètres agissent après « Reset » ; laissez "
        "« Use Threads » décoché.",
        "النموذج نفسه في صفحة Mesa، ولك نموذجك الخاص. تسري المعاملات بعد Reset؛ اترك Use Threads غير مفعّل.",
    ),
}

CODES = ("en", "fr", "ar")


def words(code: str) -> dict[str, str]:
    """All words of the page in one language, by key."""
    index = CODES.index(code)
    return {key: texts[index] for key, texts in WORDS.items()} | lever_names(code)


def lever_names(code: str) -> dict[str, str]:
    """Names of the levers and of their groups, under the keys by which the scripts ask for them."""
    t, levers = language(code), [one for one in schema().declarations.values() if one.lever]
    grouped = {f"group.{one.path.partition('.')[0]}": t(one.group) for one in levers}
    return grouped | {f"lever.{one.path}": t(one.label) for one in levers}
