"""Countries without hubs, runs that end before any month is reported, and worlds without any startup."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as parquet
import pytest
from matplotlib.text import Text

import sim
from sim.cli.publish import draw
from sim.figures.drawing import figures_of
from sim.figures.waterfall import waterfall
from sim.inference.run_explanation import RUNGS, ladder_table
from sim.model.ecosystem import EcosystemModel
from sim.processes.admission import admission_log
from sim.report.text import table
from sim.report.writing import write_report
from sim.studies.folder import ResultFolder
from sim.studies.results import NO_MONTHS
from sim.studies.single import run_single

EARLY = {"time.present": "2011-06", "time.end": "2011-12"}
SHORT = {"time.start": "2015-01", "time.present": "2015-12", "time.end": "2016-02"}
COUNTRIES = {
    "no hubs": {"network.enabled": False, **SHORT},
    "early": EARLY,
    "nobody admitted": {"admission.enabled": False, **SHORT},
    "nobody founded": {"population.entries_per_year": 0, **SHORT},
    "nothing": {"network.enabled": False, "population.entries_per_year": 0, **EARLY},
}


def country(name):
    return sim.load_scenario("builtin:today").with_values(COUNTRIES[name], name.replace(" ", "-"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    today = sim.load_scenario("builtin:today").with_values(SHORT)
    return run_single(today, agents=True, out=tmp_path_factory.mktemp("usual") / "usual")


@pytest.mark.parametrize("name", COUNTRIES)
def test_tables_without_rows_keep_their_schema(tmp_path, usual, name):
    world = run_single(country(name), agents=True, out=tmp_path / "world")
    for kind in ("monthly", "hubs", "regions", "agents"):
        found, wanted = (parquet.read_schema(each.store.path(kind)) for each in (world, usual))
        assert found.equals(wanted), kind
    rows = {one: parquet.read_metadata(world.store.path(one)).num_rows for one in ("monthly", "hubs", "agents")}
    early = COUNTRIES[name]["time.end"] < "2016"
    assert (rows["monthly"] == 0) == early and (rows["hubs"] == 0) == (early or name == "no hubs")
    assert (rows["agents"] == 0) == (early or name == "nobody founded")
    assert (NO_MONTHS in " ".join(table(world).split())) == early
    draw(world)


def said(figure):
    return " ".join(" ".join(text.get_text() for text in figure.findobj(Text)).split())


def test_a_comparison_without_hubs_or_months_is_drawn_and_reported(tmp_path):
    worlds = [country(name).with_values({}, key) for name, key in (("nothing", "nothing"), ("early", "early"))]
    found = sim.compare(
        worlds, reference="nothing", replications=1, parameters="fixed", workers=1, out=tmp_path / "result"
    )
    figures = dict(figures_of(ResultFolder(found.folder)))
    assert "nobody to follow" in said(figures["survival"]) and "not defined" in said(figures["cost-effect"])
    assert NO_MONTHS in " ".join(table(found).split())
    write_report(found.folder)


def test_a_map_names_the_countries_without_hubs(tmp_path):
    world = run_single(country("no hubs"), out=tmp_path / "world")
    figures = dict(figures_of(ResultFolder(world.folder), wanted=("map",)))
    assert "Without hubs:" in said(figures["map"])


def test_a_ladder_says_that_nobody_was_admitted():
    import pandas as pd

    rates = {rung: [np.nan, np.nan] for rung in RUNGS} | {"reference": [0.5, 0.6], "entry": [0.0, 0.0]}
    rungs = ladder_table(pd.DataFrame(rates), None)
    text = said(waterfall(rungs, "success", ("2015-01", "2019-06")))
    assert "Nobody was admitted in these months" in text and "55.0" in text and "nan" not in text
    assert "Nobody" not in said(waterfall(rungs.assign(value=0.5), "success", ("2015-01", "2019-06")))


def test_admissions_of_a_country_without_hubs_are_none():
    model = EcosystemModel(country("no hubs"), rng=1)
    model.run_until(3)
    assert admission_log(model) == {}
