"""The page without a server: its numbers, how they are interpolated, and of which results it can be made."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from site_worlds import EXPERIMENT
from sweeps import GRID, run, written
from typer.testing import CliRunner

from sim.cli.main import app
from sim.errors import StudyError
from sim.page.site import interpolation
from sim.page.site.levers import levers_of
from sim.page.site.writing import write_site
from sim.studies.sweep_results import Sweep
from sim.words.language import LANGUAGES, language


def embedded(site, name: str):
    """Data that the file holds."""
    text = site.file.read_text(encoding="utf-8")
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.DOTALL)[1])


def test_the_numbers_at_the_points_are_those_that_the_sweep_wrote(site):
    data = embedded(site, "site")
    differences, summary = (
        pd.read_csv(site.result.folder / f"{name}.csv").set_index(["outcome", "scenario"])
        for name in ("differences", "summary")
    )
    columns = {"median": "median", "mean": "difference", "low": "ci_low", "high": "ci_high", "p_positive": "p_positive"}
    assert list(data["outcomes"]) == ["export_rate", "survivors_5y", "exporters", "cost"]
    assert len(data["keys"]) == 20
    for name, outcome in data["outcomes"].items():
        for place, key in enumerate(data["keys"]):
            assert outcome["at"]["level"][place] == summary.loc[(name, key), "median"]
            if place == data["reference"]:
                assert [outcome["at"][part][place] for part in ("median", "low", "high")] == [0, 0, 0]
                continue
            row = differences.loc[(name, key)]
            assert {part: outcome["at"][part][place] for part in columns} == dict(
                row[columns.values()].set_axis(columns)
            )
            assert outcome["at"]["verdict"][place] == row["verdict"]


def test_channels_add_up_to_the_difference_and_are_told_at_each_point(site):
    data = embedded(site, "site")
    assert list(data["channels"]) == ["survivors_5y"], "exporters have none in this sweep"
    parts, mean = data["channels"]["survivors_5y"], data["outcomes"]["survivors_5y"]["at"]["mean"]
    assert np.sum(list(parts.values()), axis=0) == pytest.approx(np.array(mean), abs=1e-9)
    best = int(np.argmax(mean))
    for code, words in (("en", "because more are founded"), ("fr", "parce que"), ("ar", "لأن")):
        told = embedded(site, f"data-{code}")["because"]["survivors_5y"]
        assert len(told) == 20 and len(set(told)) > 10 and words in told[best]


def test_levers_are_the_factors(site):
    levers = {lever.path: lever for lever in levers_of(site.result)}
    assert list(levers) == [
        "network.hubs_by_2027", "accompaniment.hours_per_startup", "network.openings", "missions.per_year",
        "accompaniment.remote_fraction", "admission.rule",
    ]  # fmt: skip
    late = levers["network.openings"]
    assert (late.kind, late.origin, late.low, late.high) == ("months late", 0, 0, 24)
    assert set(late.states) == {0, 24}
    assert levers["admission.rule"].choices == ("queue", "ranked")
    assert levers["accompaniment.remote_fraction"].high == 0.5
    for code in LANGUAGES:
        words = levers["admission.rule"].words(language(code))
        assert len(words["choices"]) == 2 and words["label"] and words["meaning"]


def test_an_error_is_measured_that_new_points_have():
    """Held-out points tell the error at points that nobody has seen, for a surface that no form fits exactly."""
    random = np.random.default_rng(4)
    points, new = random.random((50, 3)), random.random((400, 3))
    points[0] = 0

    def surface(at: np.ndarray) -> np.ndarray:
        return 10 * at[:, 0] * (1 - np.exp(-3 * at[:, 1])) + np.sin(4 * at[:, 2]) * at[:, 0]

    values = surface(points)[:, None]
    found = interpolation.fit(points, values, points[0])
    assert np.isnan(found.held_out[0]).all() and np.isfinite(found.held_out[1:]).all()
    measured = interpolation.root_mean_square(found.held_out - values)
    true = interpolation.root_mean_square(
        interpolation.predict(found.form, points, values, new, points[0])[:, 0] - surface(new)
    )
    assert true / 3 < measured < 3 * true
    assert true < 0.1 * surface(new).std()
    assert min(found.tried, key=found.tried.get) == f"{found.form.way} {found.form.curve}"
    worse = [interpolation.Form("sum", "line", (1.0,) * 3, (1.0,) * 3, 1e-3)]
    errors = interpolation.left_out(worse[0], points, values[:, 0], points[0])
    assert found.tried["product gauss"] < interpolation.root_mean_square(errors)


def test_leaving_out_is_predicting_from_the_others():
    random = np.random.default_rng(5)
    points, values = random.random((12, 2)), random.random(12)
    for way, curve in interpolation.FORMS:
        form = interpolation.Form(way, curve, (0.7, 2.0), (0.5, 0.9), 1e-2)
        errors = interpolation.left_out(form, points, values, points[0])
        noise = form.noise * np.diag(form.between(points, points, points[0])).mean()
        for place in (0, 7):
            rest = np.delete(np.arange(12), place)
            inside = form.between(points[rest], points[rest], points[0]) + noise * np.eye(11)
            here = form.between(points[[place]], points[rest], points[0]) @ np.linalg.solve(inside, values[rest])
            assert errors[place] == pytest.approx(values[place] - here[0], rel=1e-6)


def test_errors_of_every_outcome_and_series_are_there(site):
    data = embedded(site, "site")
    for outcome in data["outcomes"].values():
        assert outcome["errors"].keys() == {"median", "mean", "low", "high", "level", "p_positive"}
        spread = np.std(outcome["at"]["median"])
        assert 0 < outcome["errors"]["median"] < spread, "interpolation tells more than the mean of all points"
    [(name, series)] = data["series"]["shown"].items()
    assert name == "exporters" and series["error"] > 0
    assert data["series"]["months"][0] == "2024-06"
    assert np.shape(series["middle"]) == (20, len(data["series"]["months"]))


def test_a_site_says_from_what_it_was_made(site):
    manifest = site.result.manifest
    for code in LANGUAGES:
        made = dict(embedded(site, f"data-{code}")["made"])
        assert {"hubsim publish result", manifest["study"], manifest["environment"]["model"]} <= set(made.values())
    assert site.file.stat().st_size < 3e6
    own = re.sub(r'<script>.*?</script>|"data:[^"]*"', "", site.file.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "://" not in own


def test_what_cannot_be_published_is_refused(site, tmp_path):
    def refused(text: str, **arguments) -> str:
        result = run(written(tmp_path, text, "other"), tmp_path / "other", **arguments)
        with pytest.raises(StudyError) as error:
            write_site(result, tmp_path / "site", "hubsim publish other")
        return str(error.value)

    random = GRID.replace("design: grid", "design: lhs\nsamples: 4").replace("steps: 10", "").replace("20, }", "20}")
    assert "has the design lhs, which has no reference" in refused(random)
    one = "base: builtin:today\nreplications: 2\nfactors:\n  network.hubs_by_2027: [6]\n"
    assert "no factor has more than one value" in refused(one)
    two = one.replace("[6]", "[6, 8]")
    assert "has 2 points, but 1 levers need at least 3" in refused(two)
    assert not (tmp_path / "site").exists()
    unfinished = Sweep(site.result.folder)
    unfinished.manifest["state"] = "running"
    with pytest.raises(StudyError, match=r"is not finished.*go on with: "):
        write_site(unfinished, tmp_path / "site", "hubsim publish")


def test_a_foreign_page_stays(site, tmp_path):
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match="was not written by hubsim publish and stays as it is"):
        write_site(site.result, tmp_path, "hubsim publish")
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StudyError, match=r"cannot be written .*name another folder with --out"):
        write_site(site.result, tmp_path / "file", "hubsim publish")


def test_the_command_says_what_is_wrong(site, tmp_path):
    def said(*arguments: str) -> str:
        found = CliRunner().invoke(app, ["publish", *arguments])
        assert found.exit_code == 2
        return found.stderr

    (tmp_path / "empty").mkdir()
    assert "holds no result: there is no manifest.json in it" in said(str(tmp_path / "empty"))
    assert "leave it out for a result" in said(str(site.result.folder), "--replications", "4")
    assert "did you mean 'main-levers'" in said("main-lever")
    (tmp_path / "compared").mkdir()
    (tmp_path / "compared" / "manifest.json").write_text('{"kind": "compare"}', encoding="utf-8")
    assert "holds the result of `hubsim compare`, not of `hubsim sweep`" in said(str(tmp_path / "compared"))


def test_the_packaged_experiment_has_the_main_levers():
    from sim.cli.site import MAIN
    from sim.cli.studies import load_named_experiment

    study = load_named_experiment(MAIN)
    levels = {factor.path: factor for factor in study.factors}
    assert levels["network.hubs_by_2027"].values == (6, 7, 8, 9, 10)
    assert {path for path, factor in levels.items() if factor.filling} == {
        "network.openings", "missions.per_year", "accompaniment.remote_fraction", "admission.rule",
    }  # fmt: skip
    assert "fill:" in EXPERIMENT and study.size == 25 + 39
