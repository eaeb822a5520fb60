"""A spreadsheet holds what the file of a search does; a mistake in it has its sheet and cell."""

from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest

from sim.cli.check_file import check_file
from sim.errors import StudyError
from sim.scenario import ScenarioError
from sim.studies.experiment import load_experiment
from sim.studies.workbook_writing import write_workbook


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "mine.xlsx"
    write_workbook(load_experiment("experiments/search.yaml"), path)
    return path


def changed(path, **cells):
    """The workbook with other cells: `Hubs_B2="2027-01"`."""
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        sheet, _, cell = place.partition("_")
        book[sheet][cell] = value
    book.save(path)
    return path


def mistakes(path) -> str:
    with pytest.raises(ScenarioError) as found:
        load_experiment(path)
    return str(found.value)


def test_a_search_comes_back_from_its_spreadsheet(written):
    there, back = load_experiment("experiments/search.yaml"), load_experiment(written)
    for name in ("replications", "seed", "design", "samples", "openings", "budget", "extra", "outcomes", "record"):
        assert getattr(back, name) == getattr(there, name), name
    assert back.title() == there.title() and back.base.digest == there.base.digest
    told = [(one.path, one.values, one.low, one.high, one.whole, one.log) for one in there.factors]
    assert [(one.path, one.values, one.low, one.high, one.whole, one.log) for one in back.factors] == told
    assert check_file(written) == back.tree.size > 30


def test_hubs_places_and_prices_of_ones_own(written):
    path = changed(
        written, Hubs_A2="Nador", Hubs_B2=datetime(2028, 3, 1), Hubs_C2=45, Hubs_D2=None, Hubs_E2=None,
        Levers_D2="0; 0,1; 0.25", Levers_B2=None, Levers_C2=None, Prices_B4=0.5,
    )  # fmt: skip
    found = load_experiment(path)
    assert found.openings[0].model_dump() == {"hub": "Nador", "opens": "2028-03", "places": [45]}
    first = openpyxl.load_workbook(path)["Levers"]["A2"].value
    assert next(one.values for one in found.factors if one.path == first) == (0, 0.1, 0.25)
    price = openpyxl.load_workbook(path)["Prices"]["A4"].value
    assert found.base.values[price] == 0.5, "a price holds for the base, too"


@pytest.mark.parametrize(
    ("cells", "place", "message"),
    [
        ({"Hubs_A3": "Oujdaa"}, "sheet Hubs, cell A3", "did you mean 'Oujda'"),
        ({"Hubs_A3": "Agadir"}, "sheet Hubs, cell A3", "Agadir is open already"),
        ({"Hubs_B3": "soon"}, "sheet Hubs, cell B3", "2026"),
        ({"Hubs_C4": "many"}, "sheet Hubs, cell C4", "many"),
        ({"Hubs_C1": "place 1"}, "sheet Hubs, cell C1", "unknown heading place 1; did you mean 'places 1'"),
        ({"Levers_A2": "acompaniment.hours_per_startup"}, "sheet Levers, cell A2", "accompaniment.hours_per_startup"),
        ({"Prices_B2": "dear"}, "sheet Prices, cell B2", "dear"),
        ({"Prices_A2": "costs.hour"}, "sheet Prices, cell A2", "costs."),
        ({"Search_B8": 0}, "sheet Search, cell B8", "replications"),
        ({"Search_A4": "buget"}, "sheet Search, cell A4", "budget"),
        ({"Search_B9": "exporterss; cost"}, "sheet Search, cell B9", "exporters"),
    ],
)
def test_a_mistake_has_its_cell(written, cells, place, message):
    told = mistakes(changed(written, **cells))
    line = next((line for line in told.splitlines() if place in line), "")
    assert message in line, told


def test_all_mistakes_of_a_workbook_are_told_at_once(written):
    told = mistakes(changed(written, Hubs_C4="many", Prices_B2="dear", Search_B8=0))
    assert len(told.splitlines()) == 3


def test_what_is_no_workbook_is_refused(tmp_path, written):
    (tmp_path / "text.xlsx").write_text("hub,places\n", encoding="utf-8")
    assert "no spreadsheet that can be read" in mistakes(tmp_path / "text.xlsx")
    assert "hubsim search --write" in mistakes(tmp_path / "nowhere.xlsx")
    book = openpyxl.load_workbook(written)
    book["Hubs"].title = "Hub"
    book.save(written)
    assert "there is no sheet Hubs; did you mean 'Hub'" in mistakes(written)
    search = load_experiment("experiments/search.yaml")
    for path, message in ((written, "this file exists"), (tmp_path / "a.ods", r"ends in \.xlsx")):
        with pytest.raises(StudyError, match=message):
            write_workbook(search, path)
    with pytest.raises(StudyError, match="a workbook holds a search"):
        write_workbook(load_experiment("experiments/sensitivity.yaml"), tmp_path / "b.xlsx")
