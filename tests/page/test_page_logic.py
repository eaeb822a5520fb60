"""The page without a browser: its address, its words, its sentences, its queue and its numbers."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import aclosing, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
from laboratory import run
from loops import finished

pytest.importorskip("starlette", reason="the extra `app` is not installed")

import sim
from sim.country.geography import geography
from sim.declare.calendar import month_after
from sim.model.outcomes import OUTCOMES
from sim.page import frames, lives, start, visit, worker
from sim.page.ensemble import Ensemble, Question
from sim.page.films import Films, Which
from sim.page.headline import headline
from sim.page.page import titles_of
from sim.page.picture import Picture
from sim.page.pool import Pool
from sim.page.sentences import RATES_OF_OTHERS, SUBJECTS, sentences_of
from sim.page.words import words
from sim.parameters.draws import FIXED, POSTERIOR, WORLDS_PER_DRAW, draws_of
from sim.report.report_data import read_report_data
from sim.report.tiles import line
from sim.report.wording import Estimate
from sim.scenario import load_scenario
from sim.studies.channels import means_of
from sim.studies.lookup import load_all, policies
from sim.studies.statistics import effect
from sim.words.language import language


@pytest.fixture(scope="module")
def presets(today, ten_hubs) -> dict:
    return {"today": today, "ten-hubs-2027": ten_hubs}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """One process for all tests that need one, because it takes seconds to start."""
    with closing(Pool(1)) as pool:
        yield pool


async def last_picture(ensemble: Ensemble, *asked: Any) -> Picture:
    """The picture of all worlds of a comparison."""
    last = None
    async for picture in ensemble.follow(Question(*asked)):
        last = picture
    return last


def test_the_page_speaks_of_outcomes_that_exist():
    assert set(SUBJECTS) <= set(OUTCOMES)
    assert set(RATES_OF_OTHERS) <= set(SUBJECTS)


def test_an_address_holds_a_scenario_and_gives_it_back(presets, tmp_path):
    query = {"policy": "ten-hubs-2027", "accompaniment.hours_per_startup": "16", "seed": "3", "lang": "ar"}
    here = visit.read(query, presets, "today")
    assert here.policy.values["accompaniment.hours_per_startup"] == 16
    assert "accompaniment.hours_per_startup=16" in here.query and "seed=3" in here.query
    file = tmp_path / "mine.yaml"
    file.write_text(visit.as_file(here), encoding="utf-8")
    assert load_scenario(file).digest == here.policy.digest


def test_policies_of_one_title_are_told_apart(presets):
    copied = presets | {"mine": presets["today"]}
    assert titles_of(copied, "en") == {
        "today": "Today (today)", "ten-hubs-2027": "Ten hubs by 2027", "mine": "Today (mine)",
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        {"policy": "../../etc/passwd"},
        {"policy": "nobody"},
        {"seed": "-1"},
        {"seed": "1e3"},
        {"time.start": "1700-01"},
        {"time.end": "2099-12"},
        {"population.entries_per_year": "1000000"},
        {"against.closure.rate": "9"},
        {"__class__": "1"},
        {"parameters": "literature"},
        {"accompaniment.hours_per_startup": "NaN"},
        {"accompaniment.hours_per_startup": "1e9"},
        {"accompaniment.hours_per_startup": "[" * 1900},
        {"network.openings": "[" * 900 + "]" * 900},
        {"network.openings": '[{"hub": "<script>", "opens": "2026-01"}]'},
        {"network.openings": "x" * 3000},
    ],
)
def test_what_cannot_be_is_told_in_words_and_the_rest_of_the_address_stays(presets, query):
    found = visit.read(query | {"grants.envelope_factor": "2"}, presets, "today")
    assert found.mistakes or found.ignored
    assert found.policy.values["grants.envelope_factor"] == 2 and found.changes == {"grants.envelope_factor": 2}


def test_what_others_add_to_a_link_is_ignored_and_told(presets):
    found = visit.read({"utm_source": "x", "seed": "7", "fbclid": "", "policy": "ten-hubs-2027"}, presets, "today")
    assert (found.problems, found.ignored) == ((), ("'utm_source'", "'fbclid'"))
    assert (found.seed, found.preset) == (7, "ten-hubs-2027")


@pytest.mark.parametrize("code", ["en", "fr", "ar"])
def test_a_bad_address_is_told_in_the_visitors_language(presets, code):
    found = visit.read({"lang": code, "acompaniment.hours_per_startup": "1", "policy": "elsewhere"}, presets, "today")
    assert "accompaniment.hours_per_startup" in found.ignored[0]
    assert ("did you mean" in found.ignored[0]) == (code == "en")
    assert ("there is no policy 'elsewhere'" in found.problems[0]) == (code == "en")


def test_a_film_has_every_startup_where_the_model_has_it(small):
    """Playing the frames gives, at the end, the startups and the states of a world that was never filmed."""
    from sim.model.ecosystem import EcosystemModel

    camera, state, years = frames.Camera(small, 1), {}, []
    while not years or not years[-1].last:
        years.append(camera.shoot(lambda: False))
        for frame in years[-1].frames:
            state |= {number: now for number, _, _, now in frame.born} | dict(frame.moved)
            for number in frame.closed:
                del state[number]
    world = EcosystemModel(small)
    world.run_until(small.months)
    assert sorted(state) == sorted(world.startups.number.tolist())
    number, residents, exporting = (getattr(world.startups, name) for name in ("number", "hub", "exporter"))
    for wanted, states in (
        (residents >= 0, (frames.RESIDENT, frames.RESIDENT_EXPORTER)),
        (exporting, (frames.EXPORTER, frames.RESIDENT_EXPORTER)),
    ):
        assert sorted(who for who, now in state.items() if now in states) == sorted(number[wanted].tolist())
    desks = np.array(years[-1].frames[-1].hubs).sum(axis=0)
    series = dict(zip(frames.FRAME_SERIES, years[-1].frames[-1].series, strict=True))
    assert desks.tolist() == [series[name] for name in ("residents", "places", "waiting")], "legend, table and chart"
    assert desks[0] == (residents >= 0).sum()
    assert years[-1].frames[-1].series[0] == world.history["active"].iloc[-1]
    someone = int(world.startups.number[0])
    life = lives.life((year.lives for year in years), someone, small.start)
    assert life["cash"][-1] == pytest.approx(world.startups.cash[0], rel=1e-4)
    assert lives.life((year.lives for year in years), 10**6, small.start) is None


def test_work_that_is_given_up_stops(today):
    """The months of a run ask whether somebody still waits."""
    asked = iter([False, False, True])
    with pytest.raises(worker.Stopped):
        list(worker.Compare(today, today, 1, 0).parts(worker.Memory(), lambda: next(asked)))


def test_what_a_life_received_is_what_funders_gave(small):
    camera, years = frames.Camera(small, 1), []
    while not years or not years[-1].last:
        years.append(camera.shoot(lambda: False))
    payments = [payment for year in years for payment in year.lives.payments]
    given = sum(funder.given for funder in camera.model.funders)
    assert sum(amount for *_, amount in payments) == pytest.approx(given, rel=0.02), "but to who left in that month"
    assert {kind for _, _, kind, _ in payments} >= {"grant", "loan", "seed"}
    number, month, kind, amount = payments[-1]
    told = lives.life((year.lives for year in years), number, small.start)["money"]
    assert told[-1] == [month_after(small.start, month), kind, pytest.approx(amount, abs=0.06)]
    assert all(f"life.{kind}" in words("en") for _, _, kind, _ in payments)


def test_every_startup_stands_on_land():
    country = geography()
    places = frames._Places(country)
    for number in range(3000):
        x, y = places.take(number, country.cities.index("Casablanca"))
        assert frames._cell_of(x / frames.SCALE, y / frames.SCALE) in places.land
    assert len({slot for _, slot in places.held.values()}) == 3000
    assert all(frames._cell_of(*frames.centre(*cell)) == tuple(cell) for cell in country.cells)


def test_a_life_is_told_when_its_film_is_no_longer_kept(small, pool):
    films = Films(pool)

    async def stays() -> bool:
        return False

    told = finished(films.life(small, 1, Which(5), stays))
    assert told["months"][0] == small.start
    assert films.film(small, 1).whole
    assert finished(films.life(small, 1, Which(10**6), stays)) is None


def test_the_newest_wish_wins_and_one_failure_hurts_nobody_else(small, pool):
    """Also: the numbers are those of the same worlds run one by one."""
    policy = small.with_values({"fairs.places": 300})
    failed = threading.Event()
    pool.submit("no task", lambda part: failed.set(), home=0)
    given_up = pool.submit(worker.Compare(small, small, 5, 0), lambda part: pytest.fail("given up"), home=0)
    given_up.give_up()

    async def leave_after_the_first() -> None:
        async with aclosing(Ensemble(pool, 9).follow(Question(policy, small, 3))) as pictures:
            await anext(pictures)
            assert pool.waiting() == 0, "the rest is asked for when the first has been seen"
            await anext(pictures)
            assert pool.waiting() > 0
        assert pool.waiting() == 0

    finished(leave_after_the_first())
    pool._lanes[0].process.kill()  # as when memory runs out
    shown = finished(last_picture(Ensemble(pool, 2), policy, small, 2, FIXED)).shown
    assert failed.is_set()
    if hasattr(os, "getpriority"):
        nice = [os.getpriority(os.PRIO_PROCESS, number) for number in (0, pool._lanes[0].process.pid)]
        assert nice[1] == min(nice[0] + worker.LESS_URGENT, 19), "worlds run when neither server nor browser work"
    ends = [[sim.measure(run(one, 2, replication=number))["exporters"] for number in (0, 1)] for one in (policy, small)]
    difference = effect(*ends)
    told = shown["outcomes"]["exporters"]["difference"]
    assert [told["mean"], told["low"], told["high"]] == pytest.approx(
        [difference.mean, difference.low, difference.high]
    )
    assert shown["draws"] == told["draws"] == 0


@pytest.mark.parametrize("kept", range(1, 6))
def test_a_visitor_who_finds_some_worlds_sees_them_and_then_the_others(small, pool, kept):
    """The first picture has the worlds that are there already, however few they are."""
    page = Ensemble(pool, 5)
    one = Question(small, small)
    finished(last_picture(page, *one))
    for key in list(page.pairs)[kept:]:
        del page.pairs[key]

    async def counts() -> list[int]:
        return [picture.shown["worlds"] async for picture in page.follow(one)]

    told = finished(counts())
    assert told[0] == kept and told[-1] == 5


def test_the_page_gives_the_answer_of_compare(tmp_path, pool):
    """Today against ten hubs, and the report of it: every number of every effect, every verdict, level and channel."""
    today, ten_hubs = (load_scenario(f"builtin:{key}") for key in ("today", "ten-hubs-2027"))
    worlds = 8
    found = finished(last_picture(Ensemble(pool, worlds), ten_hubs, today))
    compared = sim.compare([today, ten_hubs], replications=worlds, workers=1, out=tmp_path / "compared")
    assert (found.shown["worlds"], found.shown["draws"]) == (worlds, worlds // WORLDS_PER_DRAW)
    expected = compared.contrast(ten_hubs.key, today.key)
    assert set(found.effects) == {name for name in expected if worker.is_shown(name)}
    for name, one in found.effects.items():
        assert repr(one) == repr(expected[name]), name
        shown = found.shown["outcomes"][name]
        assert shown["difference"]["verdict"] == expected[name].verdict
        for side, key in (("policy", ten_hubs.key), ("against", today.key)):
            if shown[side] is not None:
                assert shown[side] == pytest.approx(compared.mean(key, name), rel=1e-9), name
    assert {"success_rate", "cohort_success_rate", "export_rate", "survivors_5y:Oriental"} <= set(found.effects)
    report = read_report_data(tmp_path / "compared", "en")
    for name in SUBJECTS:
        one, told = Estimate.from_effect(name, found.effects[name]), report.difference(ten_hubs.key, name)
        values = [[each.value, each.low, each.high, each.p_positive, each.n, each.draws] for each in (one, told)]
        assert values[0] == pytest.approx(values[1], rel=1e-6, nan_ok=True) and one.verdict == told.verdict, name
    for tile in headline(found, language("en")):
        told = line(language("en"), "", report.difference(ten_hubs.key, tile["outcome"]))
        assert all(tile[part] == getattr(told, part) for part in ("range", "chance", "over", "tone"))
        assert tile["difference"] == f"{told.value}\u00a0% points"
        for side, key in (("policy", ten_hubs.key), ("against", today.key)):
            assert tile[side] == f"{100 * report.level(key, tile['outcome']).value:.1f}\u00a0%"
    means = means_of(compared.channels)[ten_hubs.key]
    for name, channels in found.channels.items():
        assert channels == pytest.approx(means[name])
        assert sum(channels.values()) == pytest.approx(found.effects[name].mean)
    told = sentences_of(found, language("en"), "2034")
    assert set(told["sentences"]) == set(SUBJECTS)
    assert "because more are founded" in told["channels"]["survivors_5y"]


def test_the_worlds_of_the_page_live_under_the_draws_of_compare(small):
    """Two worlds live under each draw of the posterior, and all under none with fixed parameters."""
    asked: list[worker.Compare] = []
    queue = SimpleNamespace(submit=lambda task, deliver, **options: asked.append(task))
    page = Ensemble(queue, 6)
    for parameters in (POSTERIOR, FIXED):
        page.prepare(Question(small, small, 1, parameters))
    draws = draws_of(POSTERIOR)
    assert [task.draw for task in asked[:6]] == [draws.of(replication) for replication in range(6)]
    assert [task.draw for task in asked[6:]] == [None] * 6
    assert [task.replication for task in asked] == [*range(6), *range(6)]


def test_processes_together_keep_the_worlds_of_a_comparison():
    for processes in (1, 2, 3, 8):
        memory = worker.Memory(processes)
        assert memory.worlds_kept * processes >= worker.REPLICATIONS, "of the draws of one seed"
        assert memory.lived_kept * processes >= worker.REPLICATIONS
        assert (memory.worlds_kept - 1) * processes < worker.WORLDS_KEPT, "and hardly more"


@pytest.mark.parametrize("parameters", [POSTERIOR, FIXED])
def test_the_command_of_a_file_gives_the_numbers_of_the_page(tmp_path, monkeypatch, capsys, pool, parameters):
    """Through its own policies of a short history, as a user's project has them."""
    from typer.main import get_command

    from sim.cli.main import app

    (tmp_path / "scenarios").mkdir()
    files = {
        "today": "extends: builtin:today\ntime: {start: 2018-01, present: 2020-06, end: 2025-06}\n",
        "one-more": "extends: today.yaml\nnetwork: {openings: [{hub: Fès, opens: 2021-01, places: 66}]}\n",
    }
    for name, text in files.items():
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    presets = {one.key: one for one in load_all(policies().values())}
    address = {"policy": "one-more", "fairs.places": "260", "seed": "7", "parameters": parameters}
    here = visit.read(address, presets, "today")
    assert ("parameters=fixed" in here.query) == (parameters == FIXED)
    text = visit.as_file(here)
    Path(f"{here.policy.key}.yaml").write_text(text, encoding="utf-8")
    command = text.splitlines()[1].replace(f"--replications {worker.REPLICATIONS}", "--replications 4")
    monkeypatch.setattr("sim.cli.publish.illustrate", lambda *_: None)
    get_command(app).main([*command.split()[2:], "--workers", "1", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)["policies"][1]["outcomes"]
    outcomes = finished(last_picture(Ensemble(pool, 4), here.policy, here.against, here.seed, here.parameters)).shown[
        "outcomes"
    ]
    compared = [name for name, found in outcomes.items() if found["difference"]["low"] is not None and name in told]
    for name in compared:
        found, apart = outcomes[name], told[name]["difference"]
        assert found["policy"] == pytest.approx(told[name]["mean"], rel=1e-8), name
        shown = [found["difference"][part] for part in ("mean", "median", "low", "high", "p_positive")]
        expected = [apart["mean"], apart["median"], *apart["ci"], apart["p_positive"]]
        assert shown == pytest.approx(expected, rel=1e-8), name
        assert found["difference"]["verdict"] == apart["verdict"], name
    assert {"export_rate", "exporters", "cost"} <= set(compared)


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_the_page_opens_here_and_listening_to_others_is_warned(monkeypatch, host, local):
    import uvicorn

    said, opened = [], []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: None)
    monkeypatch.setattr("sim.page.pool._Lane", lambda pool, index: SimpleNamespace(stop=lambda: None))
    monkeypatch.setattr("sim.page.server.application", lambda *parts: parts[-1]())
    monkeypatch.setattr("sim.page.start._somebody_looks", lambda: True)
    monkeypatch.setattr("webbrowser.open", opened.append)
    start.view(host=host, port=0, processes=1, say=said.append)
    assert any("everybody who reaches this machine" in line for line in said) != local
    assert [place in said[0] for place in opened] == [True] * local


def test_a_process_ends_when_its_server_is_killed():
    """At once, while its libraries load as well as in the midst of a task."""
    code = """
import os, signal
from sim.page.pool import Pool
if __name__ == "__main__":
    print(Pool(1)._lanes[0].process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    server = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False)
    assert server.returncode < 0
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(server.stdout)).wait(60)
