"""The page without a browser: its address, its words, its sentences, its queue and its numbers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from sim.app import ensemble, frames, start, visit, worker
from sim.app.ensemble import Ensemble
from sim.app.lever_words import LEVERS
from sim.app.levers import sliders
from sim.app.pool import Pool
from sim.app.sentences import SUBJECTS, sentence
from sim.app.words import CODES, WORDS, words
from sim.experiment.statistics import paired_difference
from sim.language import language
from sim.outcomes import OUTCOMES
from sim.scenario import ScenarioError, load_scenario


@pytest.fixture(scope="module")
def presets(today, ten_hubs) -> dict:
    return {"today": today, "ten-hubs-2027": ten_hubs}


def finished[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """What the work gives, in a thread of its own: a browser that other tests left open has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(work, 60)).result()


def test_every_word_is_said_in_every_language(today):
    for key, texts in (WORDS | LEVERS).items():
        assert len(texts) == len(CODES) and all(text.strip() for text in texts), key
        places = [{part.split("}")[0] for part in text.split("{")[1:]} for text in texts]
        assert places[0] == places[1] == places[2], key
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
    assert said in sentence("survival_5y", difference, n, language("en"))


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


def test_a_film_has_every_startup_where_the_model_has_it(compact):
    """Playing the frames gives, at the end, the startups and the states of a world that was never filmed."""
    from sim.model import EcosystemModel

    camera, state, years = frames.Camera(compact, 1), {}, []
    while not years or not years[-1].last:
        years.append(camera.shoot(lambda: False))
        for frame in years[-1].frames:
            state |= {number: now for number, _, _, now in frame.born} | dict(frame.moved)
            for number in frame.closed:
                del state[number]
    world = EcosystemModel(compact)
    world.run_until(compact.months)
    assert sorted(state) == sorted(world.startups.number.tolist())
    exporters = world.startups.number[world.startups.exporter].tolist()
    assert sorted(number for number, now in state.items() if now == frames.EXPORTER) == sorted(exporters)
    assert years[-1].frames[-1].series[0] == world.history["active"].iloc[-1]
    someone = int(world.startups.number[0])
    life = frames.life(years, someone, compact.start)
    assert life["cash"][-1] == pytest.approx(world.startups.cash[0], rel=1e-4)
    assert frames.life(years, 10**6, compact.start) is None


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


def test_the_newest_wish_wins_and_one_failure_hurts_nobody_else(compact):
    """Also: the numbers are those of the same worlds run one by one."""
    policy = compact.with_values({"fairs.places": 300})
    pool = Pool(1)
    try:
        failed = threading.Event()
        pool.submit("no task", lambda part: failed.set(), home=0)
        given_up = pool.submit(worker.Continue(compact, 5, 0), lambda part: pytest.fail("given up"), home=0)
        given_up.give_up()

        async def last_picture() -> dict:
            shown = {}
            async for picture in Ensemble(pool).follow(policy, compact, 2, replications=2):
                shown = picture
            return shown

        async def leave_after_the_first() -> None:
            async with aclosing(Ensemble(pool).follow(policy, compact, 3, replications=9)) as pictures:
                await anext(pictures)
                assert pool.waiting() == 0, "the rest is asked for when the first has been seen"
                await anext(pictures)
                assert pool.waiting() > 0
            assert pool.waiting() == 0

        finished(leave_after_the_first())
        pool._lanes[0].process.kill()  # as when memory runs out
        shown = finished(last_picture())
        assert failed.is_set()
    finally:
        pool.close()
    runs = [
        [list(worker.Continue(one, 2, number).parts(worker.Memory(), lambda: False))[-1] for number in (0, 1)]
        for one in (policy, compact)
    ]
    difference = paired_difference(*([run.outcomes["exporters"] for run in side] for side in runs))
    assert shown["outcomes"]["exporters"]["difference"] == pytest.approx(
        [difference.mean, difference.low, difference.high]
    )


def test_the_command_of_a_file_gives_the_numbers_of_the_page(presets, tmp_path, monkeypatch, capsys):
    from typer.main import get_command

    from sim.cli import app

    here = visit.read({"policy": "ten-hubs-2027", "fairs.places": "260", "seed": "7"}, presets, "today")
    text = visit.as_file(here)
    (tmp_path / f"{here.policy.key}.yaml").write_text(text, encoding="utf-8")
    command = text.splitlines()[1].replace(f"--replications {ensemble.REPLICATIONS}", "--replications 2")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.figures.draw_all", lambda folder, *, language="en": [])
    get_command(app).main([*command.split()[2:], "--workers", "1", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)["policies"][1]["outcomes"]

    async def last_picture(pool: Pool) -> dict:
        shown = {}
        async for picture in Ensemble(pool).follow(here.policy, here.against, here.seed, replications=2):
            shown = picture
        return shown

    pool = Pool(1)
    try:
        shown = finished(last_picture(pool))
    finally:
        pool.close()
    for name, found in shown["outcomes"].items():
        if found["difference"][0] is not None and name in told:
            apart = told[name]["difference"]
            assert found["policy"] == pytest.approx(told[name]["mean"], rel=1e-8), name
            assert found["difference"] == pytest.approx([apart["mean"], *apart["ci"]], rel=1e-8), name
    assert {"survival_5y", "exporters", "cost"} <= shown["outcomes"].keys() & told.keys()


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
