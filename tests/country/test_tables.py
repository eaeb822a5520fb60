"""Tables of a country and files of draws as other programs write them: taken, or refused with line and column."""

from __future__ import annotations

import importlib
import shutil
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, run_fake

from sim.country.data import CountryError, sheet, table
from sim.country.data.columns import COLUMNS
from sim.country.data.sheet import TableError, read_sheet
from sim.country.geography import geography
from sim.parameters.posterior import load_posterior
from sim.scenario import ScenarioError
from sim.scenario.hub_names import hub_names
from sim.studies.comparison import compare

ASTERIA = Path("examples/asteria/data")
REMEMBERING = (
    "country.data",
    "country.geography",
    "country.grid",
    "model.setup",
    "scenario.hub_names",
    "words.language",
)


def forget() -> None:
    """Forget the tables that were read, so that they are read again."""
    for module in map(importlib.import_module, (f"sim.{name}" for name in REMEMBERING)):
        for cached in vars(module).values():
            if hasattr(cached, "cache_clear"):
                cached.cache_clear()


@pytest.fixture
def country(tmp_path, monkeypatch):
    """A copy of the invented country; nothing of it is remembered afterwards."""
    shutil.copytree(ASTERIA, tmp_path / "data")
    monkeypatch.setenv("HUBSIM_DATA", str(tmp_path / "data"))
    forget()
    yield tmp_path / "data"
    forget()


def changed(folder, name, change):
    file = folder / f"{name}.csv"
    file.write_bytes(change(file.read_text(encoding="utf-8")).encode())


def semicolons(text):
    """A table as a spreadsheet with decimal commas writes it."""
    rows = read_rows(text)
    return "".join(";".join(_quoted(cell.replace(".", ",")) for cell in row) + "\r\n" for row in rows)


def read_rows(text):
    import csv

    return list(csv.reader(text.splitlines()))


def _quoted(cell):
    return f'"{cell}"' if ";" in cell else cell


WRITTEN = {
    "a byte-order mark": lambda text: "\ufeff" + text,
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "line ends of old Macs": lambda text: text.replace("\n", "\r"),
    "accents in two characters": lambda text: unicodedata.normalize("NFD", text),
    "semicolons and decimal commas": semicolons,
    "all of a spreadsheet": lambda text: "\ufeffsep=;\r\n" + semicolons(text) + ";;;;\r\n\r\n",
    "tabs": lambda text: "".join("\t".join(row) + "\n" for row in read_rows(text)),
    "empty columns at the end": lambda text: "".join(f"{line},,\n" for line in text.splitlines()),
    "blanks around cells": lambda text: "".join(",  ".join(map(_all_quoted, row)) + "\n" for row in read_rows(text)),
    "columns of one's own": lambda text: "mine," + text.replace("\n", "\n1,").removesuffix("1,"),
}


def _all_quoted(cell):
    return f'"{cell}"' if "," in cell else cell


@pytest.mark.parametrize("how", WRITTEN)
def test_a_country_is_the_same_whatever_wrote_its_tables(country, how):
    plain = {file.stem: pd.read_csv(file) for file in country.glob("*.csv")}
    for name in plain:
        changed(country, name, WRITTEN[how])
    for name, frame in plain.items():
        read_columns = [column for column in COLUMNS[name] if column in frame]
        pd.testing.assert_frame_equal(table(name)[read_columns], frame[read_columns])
    assert geography().cities[0] == "Port Aster" and hub_names().roadmap == ("Highmoor",)


def test_nothing_is_run_in_a_country_that_is_wrong(country, tmp_path):
    changed(country, "funders", lambda text: text.replace("Port Aster", "Port"))
    with pytest.raises(CountryError, match=r"funders.csv:2:\d+: there is no city 'Port'"):
        compare([TODAY, TEN], replications=2, parameters="fixed", workers=1, out=tmp_path / "result", runner=run_fake)
    assert not (tmp_path / "result").exists()


WRONG = {
    "a missing column": ("regions", ("population", "people"), ["regions.csv:1:1: there is no column 'population'"]),
    "a column in capitals": ("regions", ("population,", "Population,"), ["did you mean 'Population'?"]),
    "a column that is there twice": ("regions", ("name_fr", "region"), ["regions.csv:1:8: the column 'region' is"]),
    "a column without a name": ("hubs", ("status", ""), ["hubs.csv:1:10: a column without a name"]),
    "a word for a number": ("regions", ("1800000", "many"), ["regions.csv:2:19: population is 'many', but must be"]),
    "a decimal comma among commas": ("cities", ("-40.591", '"-40,591"'), ["cities.csv:2:29: ", "decimal point"]),
    "thousands": ("cities", ("700000", "700 000"), ["population is '700 000'", "write 700000"]),
    "an empty cell": ("funders", (",8,1600", ",,1600"), ["funders.csv:2:39: number_per_year is '', but must be"]),
    "a month that is none": ("hubs", ("2026-01", "01/2026"), ["hubs.csv:3:29: opens is '01/2026'", "YYYY-MM"]),
    "a status that is none": ("hubs", ("announced", "planned"), ["status is 'planned', but must be one of open"]),
    "a stranger": ("cities", (",Coast", ",Cost"), ["there is no region 'Cost'; did you mean 'Coast'?"]),
    "a hub of nowhere": ("hubs", ("Highmoor,Highmoor", "Highmoor,Highmore"), ["did you mean 'Highmoor'?"]),
    "a funder of nowhere": ("funders", ("grant,Port Aster", "grant,Port"), ["funders.csv:2:19: there is no city"]),
    "a row that is there twice": ("hubs", ("Highmoor,Highmoor", "Port Aster,Highmoor"), ["'Port Aster' is in line 2"]),
    "a text without quotes": ("map", ("-41.0", "-41.0,x,y,z,1,2,3,4"), ["map.csv:2:", "more cells than the"]),
    "a quote that is not closed": ("hubs", ("Highmoor,", '"Highmoor,'), ["cannot be read", "double quote"]),
    "a hub that is open without places": ("hub_places", ("Port Aster", "Highmoor"), ["hubs.csv:2:1: Port Aster"]),
    "a map that lies nowhere": ("map", ("true_parallel", "parallel"), ["map.csv:1:1: there is no row 'true_parallel'"]),
    "a NUL": ("hubs", ("Highmoor", "High\0moor"), ["hubs.csv:3:1: the table holds a NUL byte"]),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_in_a_table_is_told_at_its_place(country, what):
    name, (before, after), told = WRONG[what]
    changed(country, name, lambda text: text.replace(before, after))
    with pytest.raises(CountryError) as caught:
        sheet(name)
    assert all(part in str(caught.value) for part in told), caught.value


def test_all_mistakes_of_a_table_are_told_at_once(country):
    changed(country, "hubs", lambda text: text.replace("open,", "opened,").replace("2026-01", "2026"))
    with pytest.raises(CountryError) as caught:
        table("hubs")
    assert [line.split(": ")[1].split(" is ")[0] for line in str(caught.value).splitlines()] == ["status", "opens"]


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("content", [b"", b"\n\n", b";;\n", b"\xff\xfea\0", b"a,b\n1,\xe8\n", b"only\n1\n"])
def test_no_table_ends_in_a_traceback(country, name, content):
    (country / f"{name}.csv").write_bytes(content)
    with pytest.raises(CountryError, match=rf"{name}\.csv:\d+:\d+: "):
        table(name)


def test_rows_are_needed_where_there_is_no_country_without(country):
    for name in ("regions", "cities", "cells", "map"):
        before = (country / f"{name}.csv").read_text(encoding="utf-8")
        changed(country, name, lambda text: text.splitlines()[0] + "\n")
        sheet.cache_clear()
        with pytest.raises(CountryError, match=rf"{name}\.csv:1:1: the table has no rows"):
            sheet(name)
        (country / f"{name}.csv").write_text(before, encoding="utf-8")
    changed(country, "funders", lambda text: text.splitlines()[0] + "\n")
    assert table("funders").empty


def test_cities_stand_by_region_because_draws_rely_on_it(country):
    changed(country, "cities", lambda text: "\n".join([text.splitlines()[0], *text.splitlines()[:0:-1]]) + "\n")
    with pytest.raises(CountryError, match=r"cities.csv:3:\d+: this row comes too late"):
        sheet("cities")


def test_another_encoding_is_told_where_it_begins(tmp_path):
    (tmp_path / "hubs.csv").write_bytes("hub,city\nRabat,Rabat\nFès,Fès\n".encode("cp1252"))
    with pytest.raises(TableError, match=r"hubs.csv:3:2: byte 0xE8 is no UTF-8 text; save the table as CSV in UTF-8"):
        read_sheet(tmp_path / "hubs.csv")
    (tmp_path / "hubs.csv").write_bytes("hub,city\nFès,Fès\n".encode("utf-16"))
    with pytest.raises(TableError, match=r"hubs.csv:1:1: the table is UTF-16 text"):
        read_sheet(tmp_path / "hubs.csv")


def test_draws_are_read_from_a_spreadsheet_too(tmp_path):
    file = tmp_path / "posterior.csv"
    file.write_bytes("\ufeffdraw;medoid;closure.rate\r\n0;1;0,002\r\n".encode())
    assert load_posterior(file) == [{"closure.rate": 0.002}]
    file.write_bytes(b"draw;medoid;closure.rate\r\n0;1;0,2x\r\n")
    with pytest.raises(ScenarioError, match=r"posterior.csv:2:5: closure.rate is the text '0,2x'"):
        load_posterior(file)
