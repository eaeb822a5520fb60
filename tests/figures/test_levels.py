"""Levels that are not numbers, in every design, and levels that are refused."""

from __future__ import annotations

import json

import pytest
from design_worlds import LEVELS, run_levels
from matplotlib.text import Text

from sim.figures.sweep_drawing import figures_of_sweep
from sim.inference.discovery import discover
from sim.inference.sensitivity import analyse
from sim.report.text import as_dict, table
from sim.report.writing import write_report
from sim.scenario import ScenarioError, load_scenario
from sim.studies.experiment import load_experiment
from sim.studies.sweep import sweep
from sim.words.language import language

WORDS = {
    "coordinators.enabled": ("true", "false"),
    "admission.rule": ("queue", "ranked"),
    "network.openings": ("not given", "none", "Fès 66"),
    "network.hubs_by_2027": ("not given", "7", "10"),
    "time.end": ("2034-12", "2036-06"),
}
"""What tables say of `LEVELS`."""
PAIRS = [
    ("coordinators.enabled", "network.hubs_by_2027"),
    ("admission.rule", "network.openings"),
    ("coordinators.enabled", "time.end"),
]


def study(folder, paths, design="grid", samples=0, levels=LEVELS):
    text = f"base: builtin:today\nreplications: 2\ndesign: {design}\n" + f"samples: {samples}\n" * bool(samples)
    text += "factors:\n" + "".join(f"  {path}: {json.dumps(levels[path])}\n" for path in paths)
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    experiment = load_experiment(folder / "study.yaml")
    result = sweep(experiment, workers=1, out=folder / "result", runner=run_levels, parameters="fixed")
    return result, experiment


@pytest.mark.parametrize("paths", PAIRS)
def test_a_grid_of_words_is_told_in_table_figure_and_report(tmp_path, paths):
    result, _ = study(tmp_path, paths)
    text = table(result, width=200)
    for path in paths:
        assert all(word in text for word in WORDS[path]), text
    assert "nan" not in text and "None" not in text
    json.dumps(as_dict(result), allow_nan=False)
    [(name, figure)] = figures_of_sweep(result, language("en"))
    said = " ".join(text.get_text() for text in figure.findobj(Text))
    assert name == "choices" and "nan" not in said and "None" not in said and "True" not in said
    assert ("not given" in said) == any("not given" in WORDS[path] for path in paths)
    write_report(result)
    means = result.matrix("survivors_5y").mean(axis=1)
    assert means.idxmax() == result.scenarios[-1] and means.max() - means.min() == pytest.approx(
        100 * sum(len(LEVELS[path]) - 1 for path in paths), abs=5
    )


def test_panels_of_an_outcome_that_is_never_defined_say_so(tmp_path):
    numbers = {"network.hubs_by_2027": [6, 8, 10], "accompaniment.hours_per_startup": [2, 4, 8]}
    words, levels = language("en"), {**LEVELS, **numbers}
    for paths in ([*numbers], ["coordinators.enabled"]):
        for name, figure in figures_of_sweep(study(tmp_path / paths[0], paths, levels=levels)[0], words):
            said = [text.get_text() for text in figure.findobj(Text)]
            assert said.count("not defined") == 1 or name == "gaps", (name, said)


@pytest.mark.parametrize("paths", PAIRS)
def test_boxes_are_found_among_words(tmp_path, paths):
    """The last levels of both are the only points above the limit, so the box is just these."""
    result, _ = study(tmp_path, paths, "lhs", 60)
    limit = 1000 + 100 * (sum(len(LEVELS[path]) - 1 for path in paths) - 0.5)
    found = discover(result, "survivors_5y", above=limit)
    box = found.boxes.iloc[0]
    assert (box["coverage"], box["density"]) == (1, 1)
    assert found.limits[found.limits["box"] == 1].set_index("factor")["range"].to_dict() == {
        path: WORDS[path][-1] for path in paths
    }


def test_indices_of_words_and_why_an_outcome_has_none(tmp_path):
    result, experiment = study(tmp_path, [*LEVELS][:2], "morris", 12)
    found = analyse(result, experiment, resamples=50)
    assert set(found.indices["outcome"]) == {"survivors_5y"} and (found.indices["mu_star"] > 50).all()
    told = " ".join(table(found).split())
    assert "No indices: exporters (does not vary), success_rate (not defined at enough points)" in told
    assert as_dict(found)["chance"][1]["without"] == "does not vary"


def test_openings_that_differ_in_their_months_alone_are_two_levels(tmp_path):
    months = ["2026-07", "2027-07"]
    openings = [[{"hub": "Fès", "opens": month, "places": 66}] for month in months]
    result, _ = study(tmp_path, ["network.openings"], levels={"network.openings": openings})
    assert result.points["network.openings"].tolist() == [f"Fès {month} 66" for month in months]
    assert "Fès 2026-07 66" in table(result)


HEAD = "base: builtin:today\nreplications: 2\nfactors:\n"
HOURS = "accompaniment.hours_per_startup"
REFUSED = [
    (f"  {HOURS}: [1, 8, 1.0]\n", "has 1.0 twice: the same is already at line 4"),
    ("  admission.rule: [queue, ranked, queue]\n", "has the text 'queue' twice"),
    ("  network.openings: [null, [], null]\n", "has empty twice"),
    ("  coordinators.enabled: [true, 1]\n", "is 1, but must be true or false"),
    ("  network.hubs_by_2027: [6, true]\n", "is true, but must be a whole number"),
    (f"  {HOURS}: [7,5, 8,5]\n", "looks like decimal commas; write decimals with a point"),
    (f"  {HOURS}: {{from: 0,5, to: 8, steps: 3}}\n", "write a decimal number with a point: 0.5 and not 0,5"),
    (f"  {HOURS}: [0,003]\n", "write a decimal number with a point: 0.5 and not 0,5"),
]


@pytest.mark.parametrize(("factors", "told"), REFUSED)
def test_levels_that_a_file_cannot_mean_are_told(tmp_path, factors, told):
    (tmp_path / "study.yaml").write_text(HEAD + factors, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"study\.yaml:4:\d+: ") as caught:
        load_experiment(tmp_path / "study.yaml")
    assert told in str(caught.value)


def test_a_list_may_repeat_levels_but_not_points(tmp_path):
    path, hubs = tmp_path / "study.yaml", "  network.hubs_by_2027: [6, 6, 10]\n"
    path.write_text(f"design: list\n{HEAD}  {HOURS}: [2, 8, 8]\n{hubs}", encoding="utf-8")
    assert load_experiment(path).size == 3
    path.write_text(f"design: list\n{HEAD}  {HOURS}: [2, 2.0, 8]\n{hubs}", encoding="utf-8")
    with pytest.raises(ScenarioError, match="point 2 of the list has the same values as point 1; keep one"):
        load_experiment(path)


ADVICE = [
    ("accompaniment: {hours_per_startup: 1:30}", "write only a number, in h/month", "write only the number"),
    ("accompaniment: {hours_per_startup: '1,234'}", "write 1.234 or 1234, whichever is meant", "write only"),
    ("accompaniment: {hours_per_startup: '1.234,5'}", "write only a number, in h/month", "number:"),
    ("accompaniment: {hours_per_startup: '0,003'}", "write only the number: 0.003", "write 3"),
    ("accompaniment: {hours_per_startup: 2-4}", "write only a number, in h/month", "number:"),
    ("accompaniment: {hours_per_startup: 5 %}", "write only a number, in h/month", "0.05"),
    ("admission: {stay: 5 years}", "write only a number, in month", "number:"),
    ("fairs: {places: 2 k}", "write only a number, in startups/year", "number:"),
    ("fairs: {places: '20,5'}", "write a whole number", "20.5;"),
    ("time: {end: 9999-12}", "YYYY-MM from 1900-01 to 2199-12", "write only"),
]


@pytest.mark.parametrize(("text", "told", "never"), ADVICE)
def test_advice_proposes_no_value_that_was_not_meant(tmp_path, text, told, never):
    (tmp_path / "policy.yaml").write_text(f"extends: builtin:today\n{text}\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "policy.yaml")
    assert told in str(caught.value) and never not in str(caught.value)
