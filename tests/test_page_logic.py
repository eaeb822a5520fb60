"""The page without a browser: its address, its words, its sentences, its queue and its numbers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from sim.app import ensemble, frames, start, visit, worker
from sim.app.ensemble import Ensemble
from sim.app.films import Films
from sim.app.lever_words import LEVERS
from sim.app.levers import sliders
from sim.app.pool import BACKGROUND, Pool, Ticket
from sim.app.sentences import SUBJECTS, sentence
from sim.app.words import CODES, WORDS, words
from sim.calendar import month_after
from sim.experiment.policies import load_all, policies
from sim.experiment.statistics import paired_difference
from sim.geography import geography
from sim.language import language
from sim.outcomes import OUTCOMES
from sim.scenario import ScenarioError, load_scenario


@pytest.fixture(scope="module")
def presets(today, ten_hubs) -> dict:
    return {"today": today, "ten-hubs-2027": ten_hubs}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """One process, for all tests that need one: it takes seconds to come."""
    with closing(Pool(1)) as pool:
        yield pool


def finished[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """What the work gives, in a thread of its own: a browser that other tests left open has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(work, 300)).result()


async def last_picture(ensemble: Ensemble, *policies_and_seed: Any) -> dict:
    """The picture of all worlds of a comparison."""
    shown = {}
    async for picture in ensemble.follow(*policies_and_seed):
        shown = picture
    return shown


def test_every_word_is_said_in_every_language(today):
    for key, texts in (WORDS | LEVERS).items():
        assert len(texts) == len(CODES) and all(text.strip() for text in texts), key
        places = [{part.split("}")[0] for part in text.split("{")[1:]} for text in texts]
        assert places[0] == places[1] == places[2], key
        assert not re.search(" [:;?!»]|« |'", texts[1]), f"{key}: French has its own spaces and apostrophes"
    assert {slider.path for slider in sliders(today)} == set(LEVERS)
    for code in ("fr", "ar"):
        speak = language(code)
        assert [one.meaning for one in sliders(today) if speak(one.meaning) == one.meaning] == []
    assert words("ar").keys() == words("en").keys()


@pytest.mark.parametrize(
    ("difference", "n", "said"),
    [
        ((0.035, 0.02, 0.05), 24, "between 2 and 5 more"),
        ((-0.035, -0.05, -0.02), 24, "between 2 and 5 fewer"),
        ((0.01, -0.01, 0.03), 24, "we cannot tell yet (between 1 fewer and 3 more)"),
        ((0.01, None, None), 1, "one world is not enough"),
        ((0.0, 0.0, 0.0), 24, "no difference in any world"),
        ((None, None, None), 0, "not defined"),
        ((0.0009, 0.0003, 0.0015), 24, "between 0.03 and 0.15 more"),
    ],
)
def test_a_difference_is_told_in_words(difference, n, said):
    assert said in sentence("survival_5y", difference, n, language("en"), "2034")


def test_the_page_speaks_of_outcomes_that_exist():
    assert set(SUBJECTS) <= set(OUTCOMES)


def test_an_address_holds_a_scenario_and_gives_it_back(presets, tmp_path):
    query = {"policy": "ten-hubs-2027", "accompaniment.hours_per_startup": "16", "seed": "3", "lang": "ar"}
    here = visit.read(query, presets, "today")
    assert here.policy.values["accompaniment.hours_per_startup"] == 16
    assert "accompaniment.hours_per_startup=16" in here.query and "seed=3" in here.query
    file = tmp_path / "mine.yaml"
    file.write_text(visit.as_file(here), encoding="utf-8")
    assert load_scenario(file).digest == here.policy.digest


@pytest.mark.parametrize(
    "query",
    [
        {"policy": "../../etc/passwd"},
        {"policy": "nobody"},
        {"seed": "-1"},
        {"seed": "1e3"},
        {"time.start": "2000-01"},
        {"__class__": "1"},
        {"accompaniment.hours_per_startup": "NaN"},
        {"accompaniment.hours_per_startup": "1e9"},
        {"accompaniment.hours_per_startup": "[" * 1900},
        {"network.openings": "[" * 900 + "]" * 900},
        {"network.openings": '[{"hub": "<script>", "opens": "2026-01"}]'},
        {"network.openings": "x" * 3000},
    ],
)
def test_a_bad_address_is_refused_in_words(presets, query):
    with pytest.raises((visit.AddressError, ScenarioError)) as refused:
        visit.read(query, presets, "today")
    assert visit.mistake(refused.value)


@pytest.mark.parametrize("code", ["en", "fr", "ar"])
def test_a_bad_address_is_told_in_the_visitors_language(presets, code):
    told = []
    for lever in ("acompaniment.hours_per_startup", "time.start"):
        with pytest.raises(visit.AddressError) as refused:
            visit.read({"lang": code, lever: "1"}, presets, "today")
        told.append(str(refused.value))
    assert lever in told[1] and "accompaniment.hours_per_startup" in told[0]
    assert ("is not a lever" in told[1]) == (code == "en")


def test_a_film_has_every_startup_where_the_model_has_it(small):
    """Playing the frames gives, at the end, the startups and the states of a world that was never filmed."""
    from sim.model import EcosystemModel

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
    exporters = world.startups.number[world.startups.exporter].tolist()
    assert sorted(number for number, now in state.items() if now == frames.EXPORTER) == sorted(exporters)
    assert years[-1].frames[-1].series[0] == world.history["active"].iloc[-1]
    someone = int(world.startups.number[0])
    life = frames.life(years, someone, small.start)
    assert life["cash"][-1] == pytest.approx(world.startups.cash[0], rel=1e-4)
    assert frames.life(years, 10**6, small.start) is None


def test_bands_are_percentiles_of_the_worlds_in_which_there_is_a_value():
    chance = np.random.default_rng(1)
    values = np.where(chance.random((24, 30)) < 0.2, np.nan, chance.normal(size=(24, 30)))
    values[:, 7] = np.nan
    low, _, high = ensemble._band(values)
    known = np.delete(np.arange(30), 7)
    expected = np.nanpercentile(values[:, known], (5, 95), axis=0)
    assert low[7] is None
    assert [[low[month], high[month]] for month in known] == [pytest.approx(ends, rel=1e-5) for ends in expected.T]


def test_work_that_is_given_up_stops(today):
    """The months of a run ask whether somebody still waits."""
    asked = iter([False, False, True])
    with pytest.raises(worker.Stopped):
        list(worker.Continue(today, 1, 0).parts(worker.Memory(), lambda: next(asked)))


def test_what_a_life_received_is_what_funders_gave(small):
    camera, years = frames.Camera(small, 1), []
    while not years or not years[-1].last:
        years.append(camera.shoot(lambda: False))
    payments = [payment for year in years for payment in year.lives.money]
    given = sum(funder.given for funder in camera.model.funders)
    assert sum(amount for *_, amount in payments) == pytest.approx(given, rel=0.02), "but to who left in that month"
    assert {kind for _, _, kind, _ in payments} >= {"grant", "loan", "seed"}
    number, month, kind, amount = payments[-1]
    told = frames.life(years, number, small.start)["money"]
    assert told[-1] == [month_after(small.start, month), kind, pytest.approx(amount, abs=0.06)]
    assert all(f"life.{kind}" in WORDS for _, _, kind, _ in payments)


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

    told = finished(films.life(small, 1, 5, stays))
    assert told["months"][0] == small.start
    assert films.film(small, 1).whole
    assert finished(films.life(small, 1, 10**6, stays)) is None


def test_the_newest_wish_wins_and_one_failure_hurts_nobody_else(small, pool):
    """Also: the numbers are those of the same worlds run one by one."""
    policy = small.with_values({"fairs.places": 300})
    failed = threading.Event()
    pool.submit("no task", lambda part: failed.set(), home=0)
    given_up = pool.submit(worker.Continue(small, 5, 0), lambda part: pytest.fail("given up"), home=0)
    given_up.give_up()

    async def leave_after_the_first() -> None:
        async with aclosing(Ensemble(pool, 9).follow(policy, small, 3)) as pictures:
            await anext(pictures)
            assert pool.waiting() == 0, "the rest is asked for when the first has been seen"
            await anext(pictures)
            assert pool.waiting() > 0
        assert pool.waiting() == 0

    finished(leave_after_the_first())
    pool._lanes[0].process.kill()  # as when memory runs out
    shown = finished(last_picture(Ensemble(pool, 2), policy, small, 2))
    assert failed.is_set()
    runs = [
        [list(worker.Continue(one, 2, number).parts(worker.Memory(), lambda: False))[-1] for number in (0, 1)]
        for one in (policy, small)
    ]
    difference = paired_difference(*([run.outcomes["exporters"] for run in side] for side in runs))
    assert shown["outcomes"]["exporters"]["difference"] == pytest.approx(
        [difference.mean, difference.low, difference.high]
    )


def test_what_somebody_waits_for_interrupts_what_nobody_waits_for_yet():
    queue = SimpleNamespace(_changed=threading.Lock(), _queues=[[]])
    resumes, whole = SimpleNamespace(resumes=True), SimpleNamespace(resumes=False)

    def urgent(running: int, waiting: int, task: Any = resumes) -> bool:
        queue._queues[0] = [Ticket(waiting, 1, None, print, print)]
        return Pool.urgent(queue, 0, Ticket(running, 2, task, print, print))

    assert urgent(3, 0) and urgent(BACKGROUND, 5) and urgent(BACKGROUND + 7, 0)
    assert not (urgent(0, 0) or urgent(3, 1) or urgent(BACKGROUND + 7, BACKGROUND) or urgent(3, 0, whole))


def test_the_command_of_a_file_gives_the_numbers_of_the_page(tmp_path, monkeypatch, capsys, pool):
    """Through its own policies of a short history, as a user's project has them."""
    from typer.main import get_command

    from sim.cli import app

    (tmp_path / "scenarios").mkdir()
    files = {
        "today": "extends: builtin:today\ntime: {start: 2018-01, present: 2020-06, end: 2025-06}\n",
        "one-more": "extends: today.yaml\nnetwork: {openings: [{hub: Fès, opens: 2021-01, places: 66}]}\n",
    }
    for name, text in files.items():
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    presets = {one.key: one for one in load_all(policies().values())}
    here = visit.read({"policy": "one-more", "fairs.places": "260", "seed": "7"}, presets, "today")
    text = visit.as_file(here)
    Path(f"{here.policy.key}.yaml").write_text(text, encoding="utf-8")
    command = text.splitlines()[1].replace(f"--replications {ensemble.REPLICATIONS}", "--replications 2")
    monkeypatch.setattr("sim.figures.draw_all", lambda folder, *, language="en": [])
    get_command(app).main([*command.split()[2:], "--workers", "1", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)["policies"][1]["outcomes"]
    shown = finished(last_picture(Ensemble(pool, 2), here.policy, here.against, here.seed))
    compared = [
        name for name, found in shown["outcomes"].items() if found["difference"][0] is not None and name in told
    ]
    for name in compared:
        found, apart = shown["outcomes"][name], told[name]["difference"]
        assert found["policy"] == pytest.approx(told[name]["mean"], rel=1e-8), name
        assert found["difference"] == pytest.approx([apart["mean"], *apart["ci"]], rel=1e-8), name
    assert {"export_rate", "exporters", "cost"} <= set(compared)


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_the_page_opens_here_and_listening_to_others_is_warned(monkeypatch, host, local):
    import uvicorn

    said, opened = [], []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: None)
    monkeypatch.setattr("sim.app.pool._Lane", lambda pool, index: SimpleNamespace(stop=lambda: None))
    monkeypatch.setattr("sim.app.server.application", lambda *parts: parts[-1]())
    monkeypatch.setattr("sim.app.start._somebody_looks", lambda: True)
    monkeypatch.setattr("webbrowser.open", opened.append)
    start.view(host=host, port=0, processes=1, say=said.append)
    assert any("everybody who reaches this machine" in line for line in said) != local
    assert [place in said[-1] for place in opened] == [True] * local


def test_a_process_ends_when_its_server_is_killed():
    """At once, while its libraries load as well as in the midst of a task."""
    code = """
import os, signal
from sim.app.pool import Pool
if __name__ == "__main__":
    print(Pool(1)._lanes[0].process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    server = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False)
    assert server.returncode < 0
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(server.stdout)).wait(60)
