"""Names of files: every key, path or flag gives one that file systems accept, or an error in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_worlds import FakeScenario, run_fake

from sim.cli.check_file import check_file
from sim.errors import StudyError
from sim.parameters.draws import draws_of
from sim.scenario import ScenarioError
from sim.studies.comparison import Comparison, compare
from sim.studies.lookup import locate
from sim.studies.store import ResultStore
from sim.studies.study import folder_name
from sim.system.paths import CHOSEN, LONGEST, file_name, is_there, possible

LETTERS = ("x", "é", "م", "e\u0301", "😀")


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("most", [LONGEST, CHOSEN])
def test_a_name_is_itself_up_to_so_many_bytes_and_then_begins_with_as_many_of_its_letters_as_fit(letter, most):
    size = len(letter.encode())
    whole, longer = letter * (most // size), letter * (most // size + 1)
    assert file_name(whole, most) == whole
    short = file_name(longer, most)
    head, digest = short.rsplit("-", 1)
    assert longer.startswith(head) and len(digest) == 10
    assert most - 4 < len(short.encode()) <= most
    assert file_name(longer + letter, most) != short == file_name(longer, most), "two long names stay two"


@pytest.mark.parametrize("key", ["../../etc/passwd", "a\\b", "..", ".", "", "a\0b", "tab\there", "\ud800"])
def test_a_name_never_leads_out_of_its_folder(key, tmp_path):
    place = tmp_path / file_name(key)
    assert place.parent == tmp_path and place.resolve().parent == tmp_path.resolve()
    place.write_text("written")
    assert [path.name for path in tmp_path.iterdir()] == [file_name(key)]


def test_what_people_call_their_policies_stays_as_it_is():
    for key in ("today", "ten hubs (evidence-weighted)", "Fès + Oujda, 2027", "عشرة مراكز", ".hidden", "a:b"):
        assert file_name(key) == key


def test_a_path_that_cannot_be_is_not_there_and_becomes_one_that_can():
    assert not is_there("x" * 300) and not is_there("a\0b") and is_there(Path(__file__))
    assert possible("results/today") == Path("results/today") and possible("/a/../b") == Path("/a/../b")
    parts = possible(f"/a/{'م' * 200}/../b").parts
    assert parts[:2] == ("/", "a") and parts[3:] == ("..", "b") and len(os.fsencode(parts[2])) <= CHOSEN


def test_policies_of_long_names_are_compared_resumed_and_read_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    policies = FakeScenario("today"), FakeScenario("م" * 140, effect=0.02), FakeScenario("é" * 300, effect=0.04)
    out = f"results/{'o' * 400}"

    def asked(replications, **options):
        return compare(policies, replications=replications, workers=1, runner=run_fake, parameters="fixed", **options)

    assert asked(2).folder == asked(3).folder == Path("results") / folder_name(policies), "it goes on in its folder"
    found = asked(2, out=out)
    assert Comparison(out).scenarios == [policy.key for policy in policies]
    assert all(found.store.resolved(policy.key).read_text() == policy.to_yaml() for policy in policies)
    other = compare(policies[:2], replications=2, workers=1, runner=run_fake, parameters="fixed", out=out)
    assert other.folder.name == f"{found.folder.name}-2", "a numbered folder beside it"


@pytest.mark.parametrize("name", ["x" * 300, "é" * 200 + ".yaml", "a/" + "x" * 300 + ".csv"])
def test_a_long_name_of_nothing_is_told_in_a_sentence(name):
    with pytest.raises(ScenarioError, match="no such file"):
        check_file(name)
    with pytest.raises(StudyError, match="no such file"):
        draws_of(name.removesuffix(".yaml"))
    with pytest.raises(StudyError, match="holds no result"):
        ResultStore(name).manifest()
    if "." not in name:
        with pytest.raises(StudyError, match="no policy called"):
            locate(name)


def test_leaving_the_root_says_what_the_root_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    alone = Path("alone.yaml")
    alone.write_text("extends: ../secret.yaml\n")
    with pytest.raises(ScenarioError) as raised:
        check_file(str(alone))
    assert f"root, which is {tmp_path} (this file's own folder, because none above it holds scenarios/)" in str(
        raised.value
    )
    (tmp_path / "scenarios" / "mine").mkdir(parents=True)
    (tmp_path / "scenarios" / "mine" / "far.yaml").write_text("extends: ../../../secret.yaml\n")
    with pytest.raises(ScenarioError) as raised:
        check_file("scenarios/mine/far.yaml")
    assert f"root, which is {tmp_path} (the nearest folder above this file that holds scenarios/)" in str(raised.value)
