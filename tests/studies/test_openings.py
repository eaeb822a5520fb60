"""Random openings in the folders of studies: months by draw, and the number of hubs beside the facts."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import sim
from sim.cli.main import app
from sim.model.delays import chances
from sim.parameters.draws import draws_of
from sim.report.page import page
from sim.report.text import as_dict, table
from sim.scenario import load_scenario

SHORT = {"time.start": "2023-01", "time.end": "2028-06"}


@pytest.fixture(scope="module")
def policies() -> list:
    values = SHORT | {"network.random_openings": True}
    return [load_scenario(f"builtin:{key}").with_values(values, key) for key in ("today", "ten-hubs-2027")]


@pytest.fixture(scope="module")
def compared(policies, tmp_path_factory):
    return sim.compare(policies, replications=4, workers=1, out=tmp_path_factory.mktemp("random") / "compared")


def test_a_folder_has_the_months_of_every_draw_that_its_worlds_lived(compared, policies):
    kept = compared.store.frame("openings.csv")
    draws = draws_of("posterior")
    assert kept.groupby("draw").size().tolist() == [4] * len(draws.values)
    for replication in range(4):
        draw = draws.of(replication)
        lived = {one.hub: one.opens for one in draw.under(policies[1]).parameters.network.openings}
        rows = kept[kept["draw"] == draw.number]
        assert dict(zip(rows["hub"], rows["opens"], strict=True)) == lived
        open_then = compared.values("ten-hubs-2027", "hubs_2027")[replication]
        assert open_then == 6 + sum(opens <= "2027-12" for opens in lived.values())
    assert set(compared.values("today", "hubs_2027")) == {6.0}
    assert compared.difference("ten-hubs-2027", "hubs_2027").chance_share == 0, "delays are not chance"


def test_the_number_of_hubs_is_told_as_predictive_through_every_door(compared, policies, monkeypatch):
    month, found = compared.hubs_open["ten-hubs-2027"]
    law = chances(policies[1], "2027-12")
    assert month == "2027-12" and found == pytest.approx({number: law[number] for number in range(6, 11)})
    kept = compared.store.frame("hubs_open.csv").set_index("hubs")
    assert set(kept["kind"]) == {"predictive"} and kept.loc[6, "at_least"] == pytest.approx(1)
    assert kept.loc[10, "at_least"] == pytest.approx(found[10])
    told = next(one for one in as_dict(compared)["policies"] if one["scenario"] == "ten-hubs-2027")
    assert json.loads(json.dumps(told["hubs_open"]))["probability"]["10"] == pytest.approx(found[10])
    said = " ".join(table(compared).split())
    assert (
        f"open in December 2027 (predictive): 6 with {100 * found[6]:.0f} %" in said
        and f"10 with {100 * found[10]:.0f} %" in said
    )
    monkeypatch.setattr("sim.report.page.sheets_of", lambda *_: ())  # figures say nothing of it
    assert "Opening months are random" in page(compared.folder, "en")


def test_fixed_months_leave_no_table(tmp_path, policies):
    found = sim.compare(policies, replications=2, workers=1, out=tmp_path / "fixed", parameters="fixed")
    assert found.hubs_open == {} and not found.store.has("openings.csv")
    assert set(found.values("ten-hubs-2027", "hubs_2027")) == {10.0}


def test_show_gives_the_months_of_a_draw(tmp_path, policies):
    file = tmp_path / "ten.yaml"
    file.write_text(policies[1].to_yaml(), encoding="utf-8")
    told = CliRunner().invoke(app, ["show", str(file), "--draw", "7", "--json"])
    rows = pd.DataFrame(json.loads(told.stdout)).set_index("path")
    expected = draws_of("posterior").at(7).of(0).under(policies[1]).values["network.openings"]
    assert rows.loc["network.openings", "value"] == expected and rows.loc["network.openings", "origin"] == "draw 7"
    plain = json.loads(CliRunner().invoke(app, ["show", str(file), "--json"]).stdout)
    [kept] = [row["value"] for row in plain if row["path"] == "network.openings"]
    assert [one["opens"] for one in kept] == ["2026-07", "2026-10", "2026-05", "2027-06"]
