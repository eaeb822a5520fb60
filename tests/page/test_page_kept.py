"""Pictures that come along: those that the program computes, shown before a world is run, and said to be kept."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest
from loops import finished

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from page_pictures import WORLDS, pairs

from sim.inference.frontier import Frontier
from sim.page import kept as keeping
from sim.page import visit as visits
from sim.page.answer import Told, answer, fingerprint_of
from sim.page.ensemble import Ensemble, Question, picture_of
from sim.page.kept import FOLDER, Kept, KeptPicture, picture_data, picture_from, source, write
from sim.page.kept_search import FILE, kept_search
from sim.page.money import AIMS, MOST_FOUND, extra_of, what_it_pays
from sim.page.visit import AddressError
from sim.page.worker import REPLICATIONS
from sim.parameters.draws import POSTERIOR, draws_of
from sim.report.best_policies import BestPolicies
from sim.report.sections import Cell
from sim.scenario import Scenario, builtin_scenarios, load_scenario
from sim.studies.lookup import BASE
from sim.words.language import LANGUAGES, language
from tools import kept_answers
from tools.reference import KEPT, MIXES


@pytest.fixture(scope="module")
def policies() -> dict[str, Scenario]:
    return {key: load_scenario(path) for key, path in builtin_scenarios()}


class Waiting:
    """A pool whose processes never answer."""

    size = 1

    def looks(self) -> list[int]:
        return [0]

    def submit(self, *_: Any, **__: Any) -> Any:
        return type("Ticket", (), {"give_up": lambda self: None})()


def first_part(ensemble: Ensemble, kept: Kept, asked: Question, code: str = "en") -> dict[str, Any]:
    """What a visitor is sent first."""

    async def first() -> str:
        parts = answer(ensemble, kept, asked, Told(language(code), "2034", ("a", "b")))
        found = await anext(parts)
        await parts.aclose()
        return found

    return json.loads(finished(first()))


def test_every_policy_is_shown_at_once_and_said_to_be_kept(policies):
    """In every language, while no process answers; another seed, other parameters or other policies have none."""
    ensemble, kept, today = Ensemble(Waiting()), Kept(), policies[BASE]
    for key, policy in policies.items():
        shown = first_part(ensemble, kept, Question(policy, today))
        assert shown["ended"] and shown["worlds"] == shown["wanted"] == REPLICATIONS, key
        assert shown["same"] == (key == BASE) and len(shown["kept"]["made"]) == 10
        assert {one["outcome"] for one in shown["headline"]} >= {"success_rate", "export_rate"}
    texts = {
        first_part(ensemble, kept, Question(policies["no-hubs"], today), code)["kept"]["text"] for code in LANGUAGES
    }
    assert len(texts) == len(LANGUAGES)
    for asked in (
        Question(policies["no-hubs"], today, 2),
        Question(policies["no-hubs"], today, 1, "fixed"),
        Question(policies["no-hubs"].with_values({"fairs.places": 300}), today),
        Question(policies["no-hubs"], policies["ten-hubs-2027"]),
    ):
        assert first_part(ensemble, kept, asked) == {"preparing": True}
    assert first_part(Ensemble(Waiting(), 8), kept, Question(policies["no-hubs"], today)) == {"preparing": True}


def test_a_kept_picture_stays_until_all_its_worlds_have_been_run(policies):
    policy, against = policies["ten-hubs-2027"], policies[BASE]
    asked, found = Question(policy, against), dict(enumerate(pairs()))
    whole = picture_of(found, asked, draws_of(POSTERIOR), frozenset(), WORLDS)
    some = picture_of({number: found[number] for number in range(8)}, asked, draws_of(POSTERIOR), frozenset(), WORLDS)

    class Running:
        replications, begun = WORLDS, True

        async def follow(self, asked: Question, world: int | None, *, patient: bool):
            assert patient
            for picture in (some, whole):
                yield picture

    class Held:
        now = source()

        def find(self, *_: Any) -> KeptPicture:
            return KeptPicture(whole, "2026-11-27", "abc", False)

    async def all_parts() -> list[dict]:
        return [
            json.loads(part) async for part in answer(Running(), Held(), asked, Told(language("en"), "2034", ("", "")))
        ]

    first, between, last = finished(all_parts())
    assert "before the model was changed" in first["kept"]["text"]
    assert between == {"again": 8, "wanted": WORLDS}
    assert "kept" not in last and last["outcomes"] == first["outcomes"] and last["sentences"] == first["sentences"]
    assert last["fingerprint"] == fingerprint_of(asked, whole, Held()) and "fingerprint" not in first


def test_the_fingerprint_of_an_answer_follows_its_question_its_numbers_and_the_program(policies):
    asked, kept, found = Question(policies["ten-hubs-2027"], policies[BASE]), Kept(), dict(enumerate(pairs()))
    one, other = (
        picture_of(dict(list(found.items())[:size]), asked, draws_of(POSTERIOR), frozenset(), size) for size in (8, 9)
    )
    changed = Kept()
    changed.now = kept.now | {"model": "another"}
    marks = [
        fingerprint_of(asked, one, kept),
        fingerprint_of(asked._replace(seed=2), one, kept),
        fingerprint_of(asked._replace(policy=policies["no-hubs"]), one, kept),
        fingerprint_of(asked, other, kept),
        fingerprint_of(asked, one, changed),
    ]
    assert len(set(marks)) == len(marks) and all(re.fullmatch("[0-9a-f]{4}(-[0-9a-f]{4}){3}", mark) for mark in marks)
    assert fingerprint_of(asked, one, Kept()) == marks[0]


def test_a_sum_pays_the_policies_that_cost_no_more_and_the_command_looks_for_others(policies):
    titles, told = {key: key for key in policies}, {}
    for extra in (0.0, 100.0, 1000.0):
        told[extra] = what_it_pays(Kept(), policies, policies[BASE], extra, (language("en"), titles))
        for row in told[extra]["rows"]:
            effects = Kept().find(policies[row["policy"]], policies[BASE], 1, REPLICATIONS).picture.effects
            assert effects["cost"].median <= 1e6 * extra and row["values"]["exporters"] == effects["exporters"].median
        assert f"--extra {extra:g}" in told[extra]["command"]
    paid = {extra: {row["policy"] for row in found["rows"]} for extra, found in told.items()}
    assert paid[0.0] < paid[100.0] < paid[1000.0] == set(policies) - {BASE}
    values = [row["values"]["survivors_5y"] for row in told[1000.0]["rows"]]
    assert values == sorted(values, reverse=True)
    assert told[1000.0]["rows"][0]["policy"] in told[1000.0]["sentences"][0]
    without = what_it_pays(Kept(FOLDER / "nothing"), policies, policies[BASE], 100, (language("fr"), titles))
    assert (without["rows"], without["sentences"]) == ([], []) and "--extra 100" in without["command"]
    assert extra_of("12,5", language("fr")) == 12.5
    for text in ("", "x", "-1", "nan", "1e9"):
        with pytest.raises(AddressError):
            extra_of(text, language("en"))


def test_a_sum_shows_the_mixes_of_the_kept_search_that_it_covers(policies, tmp_path):
    """Numbers, words and policies are those of the reference search; none for other tables, draws, base, or less."""
    found, today, titles = Frontier(KEPT / MIXES), policies[BASE], {key: key for key in policies}
    kept_answers.keep_search(tmp_path)
    again = f"run {kept_answers.COMMAND} --search"
    assert gzip.decompress((tmp_path / FILE).read_bytes()) == gzip.decompress((FOLDER / FILE).read_bytes()), again
    search, table = kept_search(today, 100.0, source()), found.frontier[found.frontier["worlds"] > 0]
    pd.testing.assert_frame_equal(search.frontier, table.reset_index(drop=True), check_dtype=False)
    for key in search.changes:
        assert search.scenario(key).digest == found.scenario(key).digest, key
    for code in LANGUAGES:
        t = language(code)
        told = what_it_pays(Kept(), policies, today, 150.0, (t, titles))["search"]
        report = BestPolicies(found, t)
        assert told["sentences"] == [*report.sentences, report.held] and t.month(search.made[:7]) in told["note"]
        rows = dict(zip(report.shown(MOST_FOUND), report.table(MOST_FOUND).rows, strict=True))
        assert {found.best(name) for name in AIMS} <= {row["policy"] for row in told["rows"]} <= set(rows) - {BASE}
        for row in told["rows"]:
            assert (row["title"], [Cell(text, note=note) for text, note in row["cells"]]) == rows[row["policy"]]
            visit = visits.read(dict(parse_qsl(urlsplit(row["address"]).query)), policies, BASE)
            assert not visit.mistakes and not visit.ignored and visit.language == code
            assert visit.policy.values == found.scenario(row["policy"]).values
    notes = [what_it_pays(Kept(), policies, today, extra, (t, titles))["search"]["note"] for extra in (100.0, 150.0)]
    assert notes[1].startswith(notes[0]) and notes[0] != notes[1]
    assert what_it_pays(Kept(), policies, today, 99.0, (t, titles))["search"] is None
    changed = kept_search(today, 100.0, source() | {"model": "x"})
    assert not changed.current
    for now in (source() | {"data": "x"}, source() | {"draws": "x"}):
        assert kept_search(today, 100.0, now) is None
    assert (
        kept_search(policies["no-hubs"], 100.0, source()) is None
        and kept_search(today, 1e3, source(), tmp_path / "x") is None
    )


def test_a_picture_is_kept_whole_and_for_its_own_tables_and_draws_only(policies, tmp_path, monkeypatch):
    policy, against = policies["ten-hubs-2027"], policies[BASE]
    whole = picture_of(dict(enumerate(pairs())), Question(policy, against), draws_of(POSTERIOR), frozenset(), WORLDS)
    again = picture_from(json.loads(json.dumps(picture_data(whole))))
    assert repr(again) == repr(whole._replace(shown=again.shown)) and picture_data(again) == picture_data(whole)
    stamp = kept_answers.stamp([policy], against, WORLDS)
    write(tmp_path, {policy.key: whole}, stamp)

    def found(**changed: str) -> KeptPicture | None:
        monkeypatch.setattr(keeping, "source", lambda: stamp["source"] | changed)
        return Kept(tmp_path).find(policy, against, 1, WORLDS)

    assert found().current and not found(model="x").current and not found(runner="x").current
    assert found(data="x") is None and found(draws="x") is None
    assert Kept(tmp_path / "nothing").find(policy, against, 1, WORLDS) is None


def test_what_is_kept_is_what_the_program_computes_today(policies):
    """The policies, tables and draws are those of today; if the source is not, its first world has the same numbers."""
    stamp, now = Kept().stamp, source()
    again = f"run {kept_answers.COMMAND}"
    assert stamp["policies"] == {key: policy.digest for key, policy in policies.items()}, again
    assert (stamp["against"], stamp["worlds"]) == (policies[BASE].digest, REPLICATIONS), again
    assert (stamp["source"]["data"], stamp["source"]["draws"]) == (now["data"], now["draws"]), again
    if stamp["source"] != now:
        some = [policies["ten-hubs-2027"], policies[BASE]]
        kept = json.loads((FOLDER / kept_answers.FIRST).read_text(encoding="utf-8"))
        for key, outcomes in kept_answers.outcomes_of(kept_answers.world(some, policies[BASE], 0)).items():
            assert repr(outcomes) == repr({name: kept[key][name] for name in outcomes}), again


@pytest.mark.slow
def test_a_kept_picture_is_the_one_of_all_its_worlds(policies):
    some, against = [policies["six-hubs-deeper"]], policies[BASE]
    worlds = [kept_answers.world(some, against, number) for number in range(REPLICATIONS)]
    [(key, picture)] = kept_answers.pictures(some, against, worlds).items()
    found = Kept().find(some[0], against, 1, REPLICATIONS)
    assert found is not None and key == "six-hubs-deeper"
    assert picture_data(found.picture) == json.loads(json.dumps(picture_data(picture)))
