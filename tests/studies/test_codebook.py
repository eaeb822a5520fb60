"""The codebook describes every column of every table, and other programs can read the tables by it."""

from __future__ import annotations

import json
import re

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from fake_worlds import TEN, TODAY, run_fake
from sweeps import GRID, run, written

from sim.errors import StudyError
from sim.inference.dependence import write_dependence
from sim.model.outcomes import OF_REGIONS, OUTCOMES
from sim.model.series import HubSeries, RegionSeries, States
from sim.parameters.draws import draws_of
from sim.processes import COLUMNS, COUNTS
from sim.processes.costs import KINDS, series_of
from sim.scenario import schema
from sim.studies.codebook import tables_of
from sim.studies.columns import CHANNELS, COMMON, OF_SEARCH, SERIES, TABLES
from sim.studies.comparison import compare
from sim.studies.described import LONGEST_ALIAS, alias, aliases, described
from sim.studies.export import BYTE_ORDER_MARK, export
from sim.studies.single import run_single
from sim.studies.store import ResultStore
from sim.words.language import LANGUAGES, language

HELD = {
    "number": {"double", "float", "float64", "int64"},
    "whole number": {"int64", "int32", "int16", "uint64", "float64"},
    "text": {"string", "str", "object"},
    "month": {"string", "str"},
    "date": {"date32[day]", "str"},
    "truth value": {"bool"},
}
"""Kinds of the codebook, and what they are in a file: whole numbers with gaps are floats in a CSV file."""


@pytest.fixture(scope="module")
def compared(small, tmp_path_factory):
    more = small.with_values({"accompaniment.hours_per_startup": 12.0}, key="more")
    out = tmp_path_factory.mktemp("compared") / "result"
    return compare([small, more], reference=small.key, replications=4, workers=1, out=out)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept")
    return run(written(folder, GRID), folder / "result")


@pytest.fixture(scope="module")
def single(small, tmp_path_factory):
    return run_single(small, agents=True, out=tmp_path_factory.mktemp("single") / "result")


@pytest.fixture(params=["compared", "swept", "single"])
def store(request):
    return request.getfixturevalue(request.param).store


def book_of(store: ResultStore) -> pd.DataFrame:
    return store.frame("codebook.csv").fillna("")


def english_only(book: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Columns without a meaning, or with one that the French or the Arabic codebook tells in English."""
    french = (book["meaning_fr"] != book["meaning"]) & (book["meaning_fr"] != "")
    arabic = book["meaning_ar"].str.contains("[ء-ي]")
    return list(book[~(french & arabic)][["file", "column", "meaning"]].itertuples(index=False, name=None))


def test_every_column_of_every_table_is_in_the_codebook_and_no_other(store):
    book = book_of(store)
    held = [(file, column) for file in tables_of(store) for column in store.columns(file.removesuffix(".parquet"))]
    assert sorted(zip(book["file"], book["column"], strict=True)) == sorted(held)
    assert {"runs.parquet", "summary.csv", "codebook.csv"} <= set(book["file"])


def test_every_column_says_what_it_is(store):
    book = book_of(store)
    for column in ("alias", "type", "label", "label_fr", "label_ar", "meaning", "meaning_fr", "meaning_ar"):
        assert (book[column] != "").all(), book[book[column] == ""]
    for row in book.itertuples():
        held = store.types(row.file.removesuffix(".parquet"))[row.column]
        assert held in HELD[row.type] or (row.file.endswith(".csv") and held == "float64"), row


def test_nothing_is_explained_in_english_only(store):
    assert not english_only(book_of(store))


def test_no_column_that_a_table_may_have_is_explained_in_english_only():
    """Also those of analyses, of a search, and of places and parameters that no result of these tests has."""
    tables = {table: [*columns] for table, columns in TABLES.items()}
    tables["frontier"] += [name + end for name in OUTCOMES for end in OF_SEARCH]
    tables["monthly"] = [*SERIES, *COUNTS, *map(series_of, KINDS)]
    tables["agents"] = [*COMMON, *COLUMNS]
    changes = (name + end for name in OUTCOMES for end in ("", "_n", "_2027", "_2027_n", ":Oriental", ":Oriental_n"))
    parts = (f"{name}/{channel.replace(' ', '_')}" for name in OUTCOMES for channel in CHANNELS)
    regional = (f"{name}:Oriental" for name in OF_REGIONS)
    tables["runs"] = [*changes, *parts, *regional, *schema().declarations]
    tables["hubs"] = [*SERIES, "admissions:Fès (hub)"]
    told = [
        {"file": table, "column": column, "meaning": one[0], "meaning_fr": one[1], "meaning_ar": one[2]}
        for table, columns in tables.items()
        for column in columns
        for one in [[described(table, column, language(code)).meaning for code in LANGUAGES]]
    ]
    assert not english_only(pd.DataFrame(told))


def test_statistics_are_explained_in_three_languages(compared):
    book = book_of(compared.store)
    tables = book[book["file"].str.endswith(".csv") & ~book["file"].isin(["draws.csv"])]
    assert {"summary.csv", "differences.csv", "channels.csv", "ranking.csv", "codebook.csv"} <= set(tables["file"])
    shown = tables.set_index(["file", "column"]).loc[("differences.csv", "chance_share")]
    assert shown["meaning_fr"] == "Part du hasard dans la variance des moyennes des tirages."
    assert shown["meaning_ar"] == "حصة الصدفة من تباين متوسطات السحوبات."


def test_an_alias_is_a_name_in_stata_and_in_r(store):
    book = book_of(store)
    assert book["alias"].str.fullmatch(r"[a-z][a-z0-9_]*").all()
    assert book["alias"].str.len().max() <= LONGEST_ALIAS
    assert not book.duplicated(["file", "alias"]).any()


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("survival_5y:Béni Mellal", "survival_5y_beni_mellal"),
        ("survivors_5y/extra_founders", "survivors_5y_extra_founders"),
        ("accompaniment.hours_per_startup", "accompaniment_hours_per_startup"),
        ("2027", "v_2027"),
        ("if", "v_if"),
        ("str12", "v_str12"),
    ],
)
def test_an_alias_is_read_as_the_name(column, expected):
    assert alias(column) == expected


def test_names_that_differ_have_aliases_that_differ():
    names = ["a:b", "a/b", "a_b", "x" * 40 + "1", "x" * 40 + "2", "الرباط", "فاس"]
    found = aliases(names)
    assert len(set(found.values())) == len(names) and max(map(len, found.values())) <= LONGEST_ALIAS
    assert all(re.fullmatch("[a-z][a-z0-9_]*", one) for one in found.values())
    assert found["x" * 40 + "1"] == alias("x" * 40 + "1"), "an alias depends on the name alone"


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_declared_is_described_by_its_declaration(code):
    t = language(code)
    assert described("runs", "cost", t).label == t(OUTCOMES["cost"].label)
    path = "accompaniment.hours_per_startup"
    assert described("draws", path, t).meaning == t(schema().declarations[path].meaning)
    assert described("monthly", "deals", t).meaning == t(COUNTS["deals"].meaning)
    assert described("agents", "cash", t).unit == t.unit(COLUMNS["cash"].unit)
    assert t.place("Oriental") in described("runs", "survival_5y:Oriental_n", t).label


def test_no_monthly_series_is_described_that_is_not_recorded():
    recorded = {*States._fields, *HubSeries._fields, *RegionSeries._fields, "hours_per_resident"}
    assert set(SERIES) <= recorded


def test_a_table_that_is_added_later_enters_the_codebook(compared):
    columns = [*("scenario", "reference", "outcome"), *TABLES["dependence"]]
    write_dependence(compared, pd.DataFrame(columns=columns))
    assert set(book_of(compared.store).query("file == 'dependence.csv'")["column"]) == set(columns)


def test_parquet_holds_units_and_labels_and_dates(store):
    book = book_of(store).set_index(["file", "column"])
    for file in (name for name in tables_of(store) if name.endswith(".parquet")):
        held = parquet.read_schema(store.folder / file)
        said = json.loads(held.metadata[b"codebook"])
        for field in held:
            row = book.loc[(file, field.name)]
            assert {name.decode(): text.decode() for name, text in field.metadata.items()} == said[field.name]
            assert said[field.name] == {"label": row["label"], "unit": row["unit"], "alias": row["alias"]}
            assert not pa.types.is_null(field.type)
        if "month" in held.names:
            months = parquet.read_table(store.folder / file, columns=["month", "date"]).to_pandas()
            assert held.field("date").type == pa.date32()
            assert (pd.to_datetime(months["date"]).dt.strftime("%Y-%m") == months["month"]).all()
            assert (pd.to_datetime(months["date"]).dt.day == 1).all()


@pytest.mark.parametrize("made", ["compared", "swept"])
def test_stata_reads_every_table(made, request, tmp_path):
    """Also columns without any value, such as the errors of runs that did not fail."""
    store = request.getfixturevalue(made).store
    book = book_of(store)
    written = export(store, "stata", out=tmp_path)
    assert {path.stem for path in written} == {file.rpartition(".")[0] for file in tables_of(store)}
    for file, rows in book.groupby("file"):
        table = str(file).removesuffix(".parquet")
        names = dict(zip(rows["column"], rows["alias"], strict=True))
        held = store.frame(table).rename(columns=names)
        path = tmp_path / f"{table.removesuffix('.csv')}.dta"
        again = pd.read_stata(path)
        assert [*again] == [*held]
        with pd.io.stata.StataReader(path) as reader:
            labels = reader.variable_labels()
        assert labels == {row.alias: row.label[:80] for row in rows.itertuples()}
        for name in again:
            if pd.api.types.is_datetime64_any_dtype(held[name]):
                assert (again[name] == held[name]).all(), name
            elif pd.api.types.is_numeric_dtype(held[name]):
                assert again[name].astype(float).fillna(-9).equals(held[name].astype(float).fillna(-9)), name
            else:
                assert (again[name].astype(str) == held[name].astype(object).fillna("").astype(str)).all(), name


def test_csv_files_are_called_by_alias_and_begin_with_the_mark_that_is_asked_for(compared, tmp_path):
    plain = export(compared.store, out=tmp_path / "plain")
    marked = export(compared.store, out=tmp_path / "marked", byte_order_mark=True)
    for one, other in zip(plain, marked, strict=True):
        assert other.read_bytes() == BYTE_ORDER_MARK + one.read_bytes()
    book = book_of(compared.store)
    runs = pd.read_csv(tmp_path / "marked" / "runs.csv", encoding="utf-8-sig")
    assert [*runs] == book[book["file"] == "runs.parquet"]["alias"].tolist()


@pytest.mark.parametrize("arguments", [{"to": "spss"}, {"to": "stata", "byte_order_mark": True}])
def test_what_cannot_be_exported_is_refused(compared, arguments):
    with pytest.raises(StudyError, match=r"--to|--bom"):
        export(compared.store, **arguments)
    assert not (compared.folder / "export").exists()


def test_runs_find_the_parameters_of_their_draw(compared):
    drawn = compared.store.frame("draws.csv")
    assert drawn["draw"].is_unique
    joined = compared.runs.merge(drawn, on="draw", how="left", validate="many_to_one")
    assert len(joined) == len(compared.runs) and joined.notna().any().loc[drawn.columns].all()
    values = dict(draws_of("posterior").of(2).values)
    row = joined[joined["replication"] == 2].iloc[0]
    assert {path: row[path] for path in values} == pytest.approx(values)


def test_the_codebook_does_not_depend_on_interruptions(tmp_path):
    options = {"reference": "today", "parameters": "fixed", "workers": 1, "runner": run_fake}
    whole = compare([TODAY, TEN], replications=3, out=tmp_path / "whole", **options)
    for worlds in (1, 3):
        again = compare([TODAY, TEN], replications=worlds, out=tmp_path / "parts", **options)
    for file in tables_of(whole.store):
        assert (whole.folder / file).read_bytes() == (again.folder / file).read_bytes(), file
