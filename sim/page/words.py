"""All words that belong to the page itself, by the keys that its scripts use.

Declarations (names of levers, units, meanings, outcomes) hold their own English words.
"""

from __future__ import annotations

from functools import cache

from sim.page.control_words import control_words
from sim.scenario import schema
from sim.words.language import language


@cache
def words(code: str) -> dict[str, str]:
    """All words of the page in one language, by key; the scripts fill the places in braces. Nobody may change them."""
    t, levers = language(code), [one for one in schema().declarations.values() if one.lever]
    return {
        # The page
        "title": t.country("title"),
        "rooms": t("Rooms"),
        "watch": t("Watch"),
        "compare": t("Compare"),
        "mesa": t("Mesa's own view"),
        "language": t("Language"),
        "lesson": t("A lesson of two hours"),
        "screen.full": t("Full screen"),
        "screen.leave": t("Leave full screen"),
        "skip": t("Skip to the content"),
        "policy": t("Policy"),
        "against": t("Compared with"),
        "changed": t("{name}, changed by you"),
        "seed": t("Random seed"),
        "one.country": t("One possible country"),
        "one.country.help": t(
            "All worlds then live under the default parameters: intervals hold chance only, not what is not "
            "known of the country."
        ),
        "take": t("Take it with you"),
        "yaml": t("Scenario file (YAML)"),
        "link": t("Copy the link"),
        "link.bar": t("Copy it from the address bar"),
        "copied": t("Copied"),
        "png": t("Picture (PNG)"),
        "csv": t("Table (CSV)"),
        "table": t("Numbers"),
        "month": t("Month"),
        "problem": t("This cannot be: {what}"),
        "ignored": t("Not known, and left out of the address: {what}"),
        "missing": t("There is no such page"),
        "full": t("Many visitors are here. The page tries again in {n} seconds."),
        "broken": t("Something went wrong here. Change a slider, or load the page again."),
        "lost": t("The connection was lost. The page tries again."),
        "note": t("A model, not a forecast: differences between policies mean more than levels."),
        "command": t("With this file, the command line gives the same numbers:"),
        "means.drawn": t(
            "What is not known of the country is drawn: each draw of the parameters that the facts allow "
            "lives in two worlds, the same under both policies. These are the draws of {compare}."
        ),
        "means.fixed": t(
            "One possible country: intervals hold chance only. Without {option}, what is not known of the "
            "country is drawn too, and intervals are wider."
        ),
        "between": t("{first}, {second}"),
        "colon": t("{first}: {second}"),
        # Compare
        "compare.lead": t("Choose a policy or move a slider: see what changes for startups in the years to come."),
        "levers": t("Change one thing"),
        "more.levers": t("All levers"),
        "reset": t("Back to the policy"),
        "open": t("as the network's rule has it"),
        "range": t("from {low} to {high}"),
        "what": t("What it changes"),
        "preparing": t("The first world is being prepared …"),
        "queue": t("Running …"),
        "cold": t(
            "The first world is being run. On a new machine the model is first translated into machine code: that "
            "takes some minutes, once."
        ),
        "again": t("{n} of {of} so far."),
        "first.look": t("First sight, until the end of 2027; the rest follows."),
        "worlds.one": t("1 world so far"),
        "worlds.so.far": t("{n} worlds so far, of {of}"),
        "fingerprint": t("Fingerprint of the data"),
        "worlds.all": t("{n} worlds"),
        "of.draws": t("{worlds}; draws of the parameters: {n}"),
        "of.one.country": t("{worlds}; one possible country"),
        "band.drawn": t(
            "What is expected over {n} draws of what is not known of the country, the chance of single "
            "worlds taken out. Line: median. Band: 95 % of the draws. Both policies meet the same draws and "
            "the same chance."
        ),
        "band.fixed": t(
            "One possible country. Line: mean of the worlds. Band: 95 % interval of the mean, chance only: "
            "parameters are fixed. Both policies meet the same chance."
        ),
        "low": t("low"),
        "middle": t("central value"),
        "high": t("high"),
        "region": t("Region"),
        "outcome": t("Outcome"),
        "difference": t("Difference"),
        "median": t("Difference, median"),
        "interval": t("95 % interval"),
        "mean": t("Mean of the differences"),
        "p.more": t("Probability of more"),
        "chance": t("Share of chance"),
        "known": t("What is known"),
        "worlds": t("Worlds"),
        "draws": t("Draws"),
        "outcomes": t("Means and differences"),
        "unit": t("Unit"),
        "channels": t("Where the differences come from (means, which add up)"),
        "channel": t("Because of"),
        "total": t("All together"),
        "headline": t("Success and exports of startups in hubs"),
        "view": t("Charts show"),
        "view.difference": t("the difference"),
        "view.levels": t("both policies"),
        "gap.of": t("{policy} minus {against}, month by month in the same worlds."),
        "list.comma": t(", "),
        "regions": t("Startups alive after five years, by region: difference"),
        "regions.key": t("Number and colour: clear or likely. ? not known"),
        # Money
        "money": t("I have this much money"),
        "money.sum": t("{money} beyond today’s cost, in millions"),
        "money.ask": t("What does it pay?"),
        "money.cost": t("Cost beyond today’s, {currency} million"),
        "money.survivors": t("Startups alive after five years"),
        "money.exporters": t("Exporters"),
        "money.survivors.chance": t("More startups alive"),
        "money.exporters.chance": t("More exporters"),
        "money.found": t("What a search found for such a sum"),
        "money.mixes": t("What each of them does otherwise than today"),
        # Series
        "series.cohort_success_rate": t("Success of those admitted"),
        "series.survival_5y": t("Survival after five years"),
        "series.export_rate": t("Exporters in hubs"),
        "series.exporters": t("Exporters in the country"),
        "series.outside_centre": t("Residents outside {main_cities}"),
        "series.cost": t("Cost since the present"),
        "series.rates": t("Survival and success"),
        "series.active": t("Active startups"),
        "series.residents": t("In hubs"),
        "series.places": t("Places"),
        "series.waiting": t("Waiting for a place"),
        "unit.percent": t("%"),
        "unit.percent.year": t("%, mean of twelve months"),
        "gap.percent.year": t("% points, mean of twelve months"),
        "unit.startups": t("startups"),
        "unit.thousand": t("{currency} thousand"),
        "unit.thousand.month": t("{currency} thousand a month"),
        "unit.level": t("from 0 to 1"),
        # Watch
        "watch.lead": t("Press play: each dot is a startup, each circle a hub. Click one to see its life."),
        "play": t("Play"),
        "pause": t("Pause"),
        "watch.acts": t(
            "Levers act from the present on: the film goes on at the month that is shown, in the same world."
        ),
        "beside": t("Side by side with the reference"),
        "beside.help": t(
            "Both maps show one world in the same month: the same founders with the same luck, under two policies. "
            "Click a startup to see what became of the same founder under both."
        ),
        "events.beside": t("under the reference only"),
        "back": t("One month back"),
        "step": t("One month"),
        "year": t("One year"),
        "start": t("Back to start"),
        "speed": t("Months per second"),
        "timeline": t("Month shown"),
        "opening": t("{name} opens"),
        "closing": t("{name} closes"),
        "fairs": t("Yearly fair"),
        "openings": t("Hub opens"),
        "closings": t("Hub closes"),
        "present": t("present"),
        "map": t("Map of the country in hexagons, with startups as dots and hubs as circles"),
        "zoom.in": t("Nearer"),
        "zoom.out": t("Farther"),
        "zoom.all": t("Whole country"),
        "zoom.startups": t("Where the startups are; again: the next town"),
        "state.outside": t("outside a hub"),
        "state.resident": t("in a hub"),
        "state.graduate": t("has left a hub"),
        "state.exporter": t("exports"),
        "state.resident_exporter": t("of these in a hub"),
        "state.closed": t("closed"),
        "legend.funder": t("funder; line: a payment. In this month:"),
        "legend.hub": t("circle: residents; ring: places"),
        "legend.pick": t("Show one at random"),
        "hubs": t("Hubs"),
        "hub": t("Hub"),
        "life": t("A life"),
        "life.empty": t("Click a dot or a circle on the map, or choose below."),
        "life.startup": t("Startup {n}"),
        "life.looking": t("Looking up this life …"),
        "life.founded": t("Founded in {city} in {month}"),
        "life.closed": t("Left the market in {month}"),
        "life.stay": t("In the hub {name} from {from} to {to}"),
        "life.in": t("In the hub {name} since {from}"),
        "life.exports": t("Began to export in {month}"),
        "life.exported": t("Exported until {month}"),
        "life.same": t("The same founder: startup {n}"),
        "life.not.founded": t("Under “{name}”, this founder has founded no startup."),
        "life.not.induced": t("Under “{name}”, this founder, who was drawn by a hub, has founded no startup."),
        "life.not.again": t(
            "Under “{name}” there is no such startup: its founder founded again after a failure, which did not happen "
            "there."
        ),
        "hub.none": t("Under “{name}” there is no such hub."),
        "funder.none": t("Under “{name}” there is no such funder."),
        "life.none": t("There is no such startup in this world."),
        "funder.grant": t("Grants"),
        "funder.honour_loan": t("Honour loans"),
        "funder.loan": t("Bank loans"),
        "funder.seed": t("Seed capital"),
        "funder.venture": t("Venture capital"),
        "funder.paid": t("Payments from {from} to {month}: {n}; together {amount}"),
        "life.grant": t("Grant of {amount} received in {month}"),
        "life.honour_loan": t("Honour loan of {amount} received in {month}"),
        "life.loan": t("Bank loan of {amount} received in {month}"),
        "life.seed": t("Seed capital of {amount} received in {month}"),
        "life.venture": t("Venture capital of {amount} received in {month}"),
        "life.fair": t("Last fair in {month}"),
        "life.mission": t("Last export mission in {month}"),
        "amount": t("{currency} {n}"),
        "sector.0": t("ICT"),
        "sector.1": t("green technology"),
        "sector.2": t("creative industries"),
        "life.revenue": t("Revenue"),
        "life.cash": t("Cash"),
        "life.competence": t("Competences"),
        "life.finance": t("finance"),
        "life.market_access": t("market access"),
        "life.skills": t("skills"),
        "life.hub": t("hub"),
        "ready": t("The film can be played."),
        "loading": t("Reading the film: until {month}"),
        "one.world": t(
            "One world of many, in one possible country (default parameters): another seed, or other "
            "parameters that the facts allow, give other numbers. Compare says by how much."
        ),
        # Mesa
        "mesa.loading": t("Mesa's page is being loaded; the first time this takes a while …"),
        "mesa.missing": t(
            "Mesa's own view needs libraries that are not installed here. Install them, and start again:"
        ),
        "mesa.lead": t(
            "The same model in Mesa's own page, a model of your own. Parameters act at Reset; leave “Use Threads” off."
        ),
        **control_words(t),
        # Levers and their groups
        **{f"group.{one.path.partition('.')[0]}": t(one.group) for one in levers},
        **{f"lever.{one.path}": t(one.label) for one in levers},
    }
