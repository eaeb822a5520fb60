# ruff: noqa: E501 (a table reads best with one case to a line)
"""Experiment files: their meaning, and the messages about their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli.check_file import check_file
from sim.scenario import ScenarioError
from sim.studies.experiment import experiment_schema, load_experiment

GRID = """\
name: {en: Hubs by intensity}
base: ../scenarios/today.yaml
replications: 20
design: grid
factors:
  network.hubs_by_2027: [6, 8, 10]
  accompaniment.hours_per_startup: {from: 2, to: 16, steps: 8}
outcomes: [success_rate, "survival_5y:Oriental"]
record: [monthly]
"""

BROKEN = [
    ("no base", "factors: {fairs.places: [1]}\n", "1:1", "the file has no 'base'; it needs base"),
    ("unknown language", "name: {fra: Titre}\nbase: t.yaml\nfactors: {fairs.places: [1]}\n", "1:8", "unknown language 'fra' in name"),
    ("description of numbers", "description: {fr: 12}\nbase: t.yaml\nfactors: {fairs.places: [1]}\n", "1:19", "description.fr is 12"),
    ("no factors", "base: t.yaml\n", "1:1", "no 'factors'"),
    ("missing base", "base: tody.yaml\nfactors: {fairs.places: [1]}\n", "1:7", "no such file: 'tody.yaml'; did you mean"),
    ("base climbs out", "base: ../../t.yaml\nfactors: {fairs.places: [1]}\n", "1:7", "base '../../t.yaml' leaves"),
    ("base as list", "base: [t.yaml]\nfactors: {fairs.places: [1]}\n", "1:1", "base is a list"),
    ("unknown key", "base: t.yaml\nreplication: 3\nfactors: {fairs.places: [1]}\n", "2:1", "'replications'?"),
    ("extends", "base: t.yaml\nextends: t.yaml\nfactors: {fairs.places: [1]}\n", "2:1", "unknown key 'extends'"),
    ("newer format", "base: t.yaml\nformat: 2\nfactors: {fairs.places: [1]}\n", "2:9", "update hubsim"),
    ("format", "base: t.yaml\nformat: one\nfactors: {fairs.places: [1]}\n", "2:9", "format is the text 'one'"),
    ("newer base", "base: new.yaml\nfactors: {fairs.places: [1]}\n", "new.yaml", "update hubsim"),
    ("replications", "base: t.yaml\nreplications: 0\nfactors: {fairs.places: [1]}\n", "2:15", "from 1 to"),
    ("seed", "base: t.yaml\nseed: one\nfactors: {fairs.places: [1]}\n", "2:7", "a whole number"),
    ("design", "base: t.yaml\ndesign: gird\nfactors: {fairs.places: [1]}\n", "2:9", "did you mean 'grid'?"),
    ("kind", "base: t.yaml\nkind: dance\nfactors: {fairs.places: [1]}\n", "2:7", "one of sweep"),
    ("factors as list", "base: t.yaml\nfactors: [fairs.places]\n", "2:1", "factors is a list"),
    ("no factor", "base: t.yaml\nfactors: {}\n", "2:1", "parameters with their values"),
    ("misspelt path", "base: t.yaml\nfactors: {network.hubs_by_2026: [7]}\n", "2:11", "'network.hubs_by_2027'?"),
    ("only the word", "base: t.yaml\nfactors: {hours_per_startup: [7]}\n", "2:11", "'accompaniment.hours_per_startup'?"),
    ("a group", "base: t.yaml\nfactors: {accompaniment.mix: [7]}\n", "2:11", "is a group"),
    ("nonsense", "base: t.yaml\nfactors: {xyzzy: [7]}\n", "2:11", "hubsim show builtin:today"),
    ("number", "base: t.yaml\nfactors:\n  fairs.places: 100\n", "3:3", "a list of values, or a range"),
    ("empty list", "base: t.yaml\nfactors: {fairs.places: []}\n", "2:11", "a list of values"),
    ("out of range", "base: t.yaml\nfactors:\n  fairs.places: [100, 9000]\n", "3:23", "from 0 to 5000"),
    ("wrong type", "base: t.yaml\nfactors:\n  fairs.places:\n    - 100\n    - many\n", "5:7", "a whole number"),
    ("wrong word", "base: t.yaml\nfactors: {admission.rule: [queue, rankd]}\n", "2:35", "did you mean 'ranked'?"),
    ("too far", "base: t.yaml\nfactors: {fairs.hub_share: {from: 0, to: 2, steps: 3}}\n", "2:42", "from 0 to 1"),
    ("backwards", "base: t.yaml\nfactors: {fairs.hub_share: {from: 1, to: 0, steps: 3}}\n", "2:42", "more than from"),
    ("no steps", "base: t.yaml\nfactors: {fairs.hub_share: {from: 0, to: 1}}\n", "2:28", "needs steps"),
    ("no end", "base: t.yaml\nfactors: {fairs.hub_share: {from: 0, steps: 3}}\n", "2:11", "has no 'to'"),
    ("one step", "base: t.yaml\nfactors: {fairs.hub_share: {from: 0, to: 1, steps: 1}}\n", "2:52", "from 2 to 1000"),
    ("text", "base: t.yaml\nfactors: {fairs.hub_share: {from: low, to: 1, steps: 3}}\n", "2:35", "a number"),
    ("unknown end", "base: t.yaml\nfactors: {fairs.hub_share: {form: 0, to: 1, steps: 3}}\n", "2:29", "'from'?"),
    ("no number", "base: t.yaml\nfactors: {admission.rule: {from: 0, to: 1, steps: 3}}\n", "2:27", "not a number"),
    ("between", "base: t.yaml\nfactors: {fairs.places: {from: 0, to: 5, steps: 3}}\n", "2:49", "whole numbers"),
    (
        "logarithm of nothing",
        "base: t.yaml\nfactors: {fairs.hub_share: {from: 0, to: 1, steps: 3, log: true}}\n",
        "2:35",
        "begins above 0",
    ),
    ("outcome", "base: t.yaml\nfactors: {fairs.places: [1]}\noutcomes: [sucess_rate]\n", "3:12", "'success_rate'?"),
    ("outcome twice", "base: t.yaml\nfactors: {fairs.places: [1]}\noutcomes: [cost, cost]\n", "3:18", "twice"),
    ("series", "base: t.yaml\nfactors: {fairs.places: [1]}\nrecord: [daily]\n", "3:10", "allowed: monthly"),
    ("record as text", "base: t.yaml\nfactors: {fairs.places: [1]}\nrecord: hubs\n", "3:9", "must be a list"),
    ("no samples", "base: t.yaml\ndesign: lhs\nfactors: {fairs.hub_share: {from: 0, to: 1}}\n", "2:9", "samples: 64"),
    (
        "steps in a random design",
        "base: t.yaml\ndesign: lhs\nsamples: 9\nfactors: {fairs.hub_share: {from: 0, to: 1, steps: 3}}\n",
        "4:52",
        "no meaning",
    ),
    (
        "not a power of two",
        "base: t.yaml\ndesign: sobol\nsamples: 100\nfactors: {fairs.hub_share: {from: 0, to: 1}}\n",
        "3:10",
        "write 128",
    ),
    ("samples in a grid", "base: t.yaml\nsamples: 9\nfactors: {fairs.places: [1]}\n", "2:1", "no meaning"),
    (
        "lists that do not fit",
        "base: t.yaml\ndesign: list\nfactors:\n  fairs.places: [1, 2]\n  missions.places: [3]\n",
        "5:3",
        "the same number",
    ),
    (
        "a huge grid",
        "base: t.yaml\nfactors:\n"
        + "".join(f"  {path}: {{from: 0, to: 1, steps: 1000}}\n" for path in ("fairs.hub_share", "fairs.subsidy", "fairs.noise")),
        "2:1",
        "1000000000 points",
    ),
    (
        "contradiction with the base",
        "base: few.yaml\nfactors:\n  network.hubs_by_2027: [6, 7, 8]\n",
        "3:32",
        "network.openings allows 7 at most",
    ),
    (
        "contradiction between factors",
        "base: t.yaml\nfactors:\n  accompaniment.mix.finance: [0.5]\n",
        "",
        "sum to 1",
    ),
    (
        "reference in a random design",
        "base: t.yaml\ndesign: lhs\nsamples: 4\nreference: {fairs.hub_share: 0}\n"
        "factors: {fairs.hub_share: {from: 0, to: 1}}\n",
        "4:1",
        "no meaning in the design lhs",
    ),
    ("reference as a number", "base: t.yaml\nreference: 3\nfactors: {fairs.places: [1, 2]}\n", "2:1", "{fairs.places: 1}"),
    ("no factor", "base: t.yaml\nreference: {fairs.place: 1}\nfactors: {fairs.places: [1, 2]}\n", "2:13", "'fairs.places'?"),
    ("no level", "base: t.yaml\nreference: {fairs.places: 7}\nfactors: {fairs.places: [1, 5]}\n", "2:27", "the nearest is 5"),
    ("no such word", "base: t.yaml\nreference: {admission.rule: rankd}\nfactors: {admission.rule: [queue, ranked]}\n", "2:29", "the nearest is ranked"),
    (
        "a factor is missing",
        "base: t.yaml\nreference: {fairs.places: 1}\nfactors:\n  fairs.places: [1, 5]\n  missions.places: [2, 3]\n",
        "2:1",
        "no value for missions.places; it needs one of 2, 3",
    ),
    (
        "values of two points",
        "base: t.yaml\ndesign: list\nreference: {fairs.places: 1, missions.places: 3}\n"
        "factors:\n  fairs.places: [1, 5]\n  missions.places: [2, 3]\n",
        "3:1",
        "no point of the list has these values together",
    ),
    (
        "several points",
        "base: t.yaml\ndesign: list\nreference: {fairs.places: 1}\n"
        "factors:\n  fairs.places: [1, 1]\n  missions.places: [2, 3]\n",
        "3:1",
        "fits 2 points; name missions.places too",
    ),
    ("mistake in the base", "base: bad.yaml\nfactors: {fairs.places: [1]}\n", "bad.yaml", "from 0 to 5000"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "experiments").mkdir()
    (tmp_path / "scenarios" / "today.yaml").write_text("name: Today\n")
    (tmp_path / "t.yaml").write_text("name: Today\n")
    (tmp_path / "few.yaml").write_text("network: {openings: [{hub: Fès, opens: 2026-07}]}\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("fairs: {places: 9000}\n")
    (tmp_path / "new.yaml").write_text("format: 2\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(folder: Path, text: str) -> object:
    (folder / "experiments" / "study.yaml").write_text(text, encoding="utf-8")
    return load_experiment("experiments/study.yaml")


@pytest.mark.parametrize(("text", "place", "phrase"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN])
def test_every_mistake_has_its_place(folder: Path, text: str, place: str, phrase: str) -> None:
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as raised:
        load_experiment("study.yaml")
    file = place if place.endswith(".yaml") else f"study.yaml:{place}"
    assert any(line.startswith(file) and phrase in line for line in str(raised.value).splitlines()), str(raised.value)


def test_a_grid(folder: Path) -> None:
    study = load(folder, GRID)
    hours, hubs = study.factors
    assert (hours.path, hubs.path) == ("accompaniment.hours_per_startup", "network.hubs_by_2027")
    assert hours.values == (2, 4, 6, 8, 10, 12, 14, 16)
    assert hubs.values == (6, 8, 10)
    assert study.size == 24 == len(list(study.points()))
    assert (study.key, study.title(), study.base.key, study.seed) == (
        "study",
        "Hubs by intensity",
        "today",
        1,
    )
    assert study.outcomes == ("success_rate", "survival_5y:Oriental")
    point = next(study.points())
    scenario = study.scenario(point)
    assert scenario.parameters.network.hubs_by_2027 == 6
    assert str(scenario.origins["network.hubs_by_2027"]) == "experiments/study.yaml:6:26"
    assert check_file("experiments/study.yaml") == 13


def test_the_order_of_factors_changes_nothing(folder: Path) -> None:
    study = load(folder, GRID)
    lines = GRID.splitlines()
    lines[5], lines[6] = lines[6], lines[5]
    assert list(load(folder, "\n".join(lines)).points()) == list(study.points())


def test_whole_numbers_and_logarithmic_steps(folder: Path) -> None:
    text = "base: ../t.yaml\nfactors:\n  fairs.places: {from: 1, to: 1000, steps: 4, log: true}\n"
    (factor,) = load(folder, text).factors
    assert factor.values == (1, 10, 100, 1000)
    assert all(isinstance(value, int) for value in factor.values)


def test_a_list_goes_through_rows(folder: Path) -> None:
    text = (
        "base: builtin:today\ndesign: list\nfactors:\n  accompaniment.mix.finance: [0.2, 0.6]\n"
        "  accompaniment.mix.skills: [0.5, 0.2]\n  accompaniment.mix.market_access: [0.3, 0.2]\n"
    )
    study = load(folder, text.replace("builtin:today", "../t.yaml"))
    assert [point["accompaniment.mix.finance"] for point in study.points()] == [0.2, 0.6]
    assert study.size == 2


@pytest.mark.parametrize(
    ("design", "reference", "place"),
    [
        ("grid", "{network.hubs_by_2027: 8, accompaniment.hours_per_startup: 4}", (4, 8)),
        ("grid", "{accompaniment.hours_per_startup: 4.0, network.hubs_by_2027: 8}", (4, 8)),
        ("grid", None, (2, 6)),
        ("list", "{network.hubs_by_2027: 8}", (4, 8)),
        ("list", "{accompaniment.hours_per_startup: 6}", (6, 10)),
    ],
)
def test_the_reference_is_a_point_wherever_its_values_stand(
    folder: Path, design: str, reference: str | None, place: tuple[int, int]
) -> None:
    named = f"reference: {reference}\n" if reference else ""
    text = f"base: ../t.yaml\ndesign: {design}\n{named}factors:\n  network.hubs_by_2027: [6, 8, 10]\n  accompaniment.hours_per_startup: [2, 4, 6]\n"
    study = load(folder, text)
    assert tuple(list(study.points())[study.reference].values()) == place
    random = "base: ../t.yaml\ndesign: lhs\nsamples: 4\nfactors: {fairs.places: {from: 100, to: 300}}\n"
    assert load(folder, random).reference is None


def test_a_factor_with_one_value_and_a_list_of_hubs_need_no_more(folder: Path) -> None:
    text = (
        "base: ../t.yaml\ndesign: list\nreference: {network.openings: [{hub: Fès, opens: 2026-07}]}\n"
        "factors:\n  network.openings: [[], [{hub: Fès, opens: 2026-07}]]\n  missions.places: [3, 3]\n"
    )
    assert load(folder, text).reference == 1


def test_random_designs_keep_ranges(folder: Path) -> None:
    text = "base: ../t.yaml\ndesign: sobol\nsamples: 64\nfactors: {fairs.places: {from: 100, to: 300}}\n"
    study = load(folder, text)
    (factor,) = study.factors
    assert (factor.low, factor.high, factor.values, factor.whole) == (100, 300, None, True)
    assert study.size is None
    assert study.samples == 64


def test_the_schema_knows_every_parameter() -> None:
    document = experiment_schema()
    factor = document["properties"]["factors"]["properties"]["accompaniment.hours_per_startup"]
    assert factor["unit"] == "h/month"
    assert document["required"] == ["base", "factors"]
    assert document["properties"]["design"]["enum"] == ["grid", "list", "lhs", "sobol", "morris", "search"]


def test_the_packaged_experiment_is_right() -> None:
    study = load_experiment(Path(__file__).parents[2] / "experiments" / "hubs-by-intensity.yaml")
    assert study.size == 30
