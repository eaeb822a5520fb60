"""Broken files: every mistake is reported at its line and column, with a way to correct it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from effort import little_work

from sim.cli.check_file import check_file
from sim.scenario import ScenarioError, schema

BROKEN = [
    # text that is not YAML, or more than a scenario needs
    ("empty", "", "1:1", "the file is empty"),
    ("only comments", "# nothing\n\n# here\n", "1:1", "the file is empty"),
    ("only a marker", "# plan\n---\n", "2:1", "the file is empty"),
    ("null", "null\n", "1:1", "the file is empty"),
    ("a list", "- a\n- b\n", "1:1", "must be a group of keys"),
    ("a text", "hello\n", "1:1", "must be a group of keys"),
    ("two documents", "name: a\n---\nname: b\n", "2:1", "a second document"),
    ("tab", "fairs:\n\tplaces: 1\n", "2:1", "a tab"),
    ("tab after spaces", "fairs:\n  \tplaces: 1\n", "2:3", "a tab"),
    ("tab in a list", "network:\n  openings:\n  \t- {hub: Fès, opens: 2026-07}\n", "3:3", "a tab"),
    ("tab in a flow", "fairs: {places: 1,\n\tnoise: 1}\n", "2:1", "spaces only"),
    ("no-break space", "fairs:\n\u00a0\u00a0places: 1\n", "2:1", "U+00A0"),
    ("tag", "name: !!python/object/apply:os.system [ls]\n", "1:7", "the tag"),
    ("local tag", "fairs: !block\n  places: 1\n", "1:8", "the tag '!block'"),
    ("core tag", "name: !!str 12\n", "1:7", "the tag"),
    ("anchor", "name: &a hello\n", "1:7", "the anchor '&a'"),
    ("alias", "name: &a hello\ndescription: *a\n", "2:14", "the alias '*a'"),
    ("undefined alias", "name: *nobody\n", "1:7", "the alias '*nobody'"),
    ("merge key", "fairs:\n  <<: {places: 1}\n", "2:3", "merge keys"),
    ("duplicate key", "name: a\nfairs: {places: 1}\nname: b\n", "3:1", "already at line 1, column 1"),
    ("duplicate below", "fairs:\n  places: 1\n  places: 2\n", "3:3", "already at line 2, column 3"),
    ("number as key", "fairs:\n  2026: 1\n", "2:3", "a key must be text"),
    ("truth as key", "true: 1\n", "1:1", "a key must be text"),
    ("nothing as key", "fairs:\n  : 1\n", "2:3", "a key must be text"),
    ("list as key", "? [a, b]\n: 1\n", "1:3", "a key must be text"),
    ("colon in text", "name: Fès: a city\n", "1:10", "quotes"),
    ("open quote", "name: 'Fès\nfairs:\n  places: 1\n", "1:7", "quotation mark"),
    ("open list", "network:\n  closures: [\n", "2:13", "close it with ']'"),
    ("open group", "fairs: {places: 1\nname: b\n", "1:8", "'}' ends it"),
    ("ragged", "fairs:\n    places: 1\n  noise: 1\n", "3:3", "indentation"),
    ("too far right", "name: a\n  fairs: 1\n", "2:8", "':' is not allowed here"),
    ("no colon", "name: a\nfairs\n", "2:1", "a key needs ': '"),
    ("at sign", "name: @home\n", "1:7", "put it in quotes"),
    ("backtick", "name: `a`\n", "1:7", "put it in quotes"),
    ("unknown escape", 'name: "C:\\path"\n', "1:11", "escape"),
    ("bad escape", 'name: "\\uZZZZ"\n', "1:10", "not valid YAML"),
    ("huge escape", 'name: "\\U7fffffff"\n', "1:1", "not valid YAML"),
    ("surrogate", 'name: "\\ud800"\n', "1:7", "U+D800"),
    ("escaped NUL", 'name: "a\\0b"\n', "1:7", "U+0000"),
    ("control character", "name: a\x07b\n", "1:8", "U+0007"),
    ("next line character", "name: a\u0085b\n", "1:8", "U+0085"),
    ("YAML 1.1", "%YAML 1.1\n---\nname: a\n", "2:1", "YAML 1.2"),
    ("nested lists", "name: " + "[" * 40 + "]" * 40 + "\n", "1:27", "20 deep"),
    ("nested groups", "".join("  " * n + "a:\n" for n in range(40)), "21:41", "20 deep"),
    ("endless brackets", "name: " + "[" * 200_000, "1:27", "20 deep"),
    ("endless braces", "name: " + "{" * 200_000, "1:27", "20 deep"),
    ("too many items", "network:\n  closures: [" + "1," * 60_000 + "]\n", "2:10004", "5000 values"),
    ("too large", "# comment\n" * 30_000 + "name: a\n", "1:1", "256 kB"),
    ("long text", "name: " + "a" * 20_000 + "\n", "1:7", "10000 characters"),
    ("long key", "a" * 500 + ": 1\n", "1:1", "200 characters"),
    ("not a number", "fairs:\n  noise: .nan\n", "2:10", "finite"),
    ("infinity", "fairs: {noise: -.inf}\n", "1:16", "finite"),
    ("overflow", "fairs: {noise: 1e999}\n", "1:16", "too large for a number"),
    ("endless digits", "fairs: {places: " + "9" * 5_000 + "}\n", "1:17", "too long"),
    ("octal", "fairs: {places: 010}\n", "1:17", "write 10"),
    # keys
    ("unknown block", "tme:\n  end: 2030-01\n", "1:1", "did you mean 'time'?"),
    ("unknown key", "accompaniment:\n  hours_per_statup: 8\n", "2:3", "did you mean 'hours_per_startup'?"),
    ("unknown key, no idea", "missions:\n  xyz: 8\n", "2:3", "keys here: enabled, per_year"),
    ("unknown key in an item", "network: {closures: [{hub: Rabat, clses: 2026-07}]}\n", "1:35", "'closes'?"),
    ("experiment's key", "name: a\nreplications: 3\n", "2:1", "unknown key 'replications'"),
    ("dotted path", "fairs.places: 3\n", "1:1", "inside its group: fairs: {places: …}"),
    ("upper case above", "Extends: today.yaml\n", "1:1", "did you mean 'extends'?"),
    ("upper case", "Fairs:\n  places: 3\n", "1:1", "did you mean 'fairs'?"),
    # the file's format
    ("newer format", "format: 2\n", "1:9", "update hubsim"),
    ("much newer format", "format: " + "9" * 30 + "\n", "1:9", "update hubsim"),
    ("older format", "name: a\nformat: 0\n", "2:9", "format is 0, but must be 1; write format: 1"),
    ("format as decimal", "format: 1.0\n", "1:9", "format is 1.0, but must be 1"),
    ("newer format as decimal", "format: 2.5\n", "1:9", "format is 2.5, but must be 1"),
    ("format as truth", "format: true\n", "1:9", "format is true, but must be 1"),
    ("format as text", "format: '1'\n", "1:9", "format is the text '1', but must be 1"),
    ("no format", "format:\n", "1:1", "format is empty, but must be 1"),
    ("format as list", "format: [1]\n", "1:1", "format is a list, but must be 1"),
    ("format as group", "format: {version: 1}\n", "1:1", "format is a group of keys, but must be 1"),
    ("format misspelt", "formt: 1\n", "1:1", "did you mean 'format'?"),
    ("format in a block", "fairs: {format: 1}\n", "1:9", "unknown key 'format' in fairs"),
    # types and ranges
    (
        "unit in a number",
        "accompaniment:\n  hours_per_startup: 8 hours\n",
        "2:22",
        "write only the number: 8",
    ),
    ("unit is named", "accompaniment:\n  hours_per_startup: 8 hours\n", "2:22", "unit h/month"),
    ("quoted number", "fairs:\n  places: '200'\n", "2:11", "write only the number: 200"),
    ("decimal comma", "fairs: {hub_share: '0,25'}\n", "1:20", "write only the number: 0.25"),
    ("per cent", "fairs:\n  hub_share: 25%\n", "2:14", "write 0.25 for 25 %"),
    ("thousands", "fairs:\n  places: 1_000\n", "2:11", "write only the number: 1000"),
    ("sexagesimal", "fairs:\n  places: 1:30\n", "2:11", "must be a whole number"),
    ("fraction of a place", "fairs:\n  places: 20.5\n", "2:11", "must be a whole number"),
    ("whole as decimal", "fairs:\n  places: 20.0\n", "2:11", "write 20"),
    ("truth for a number", "fairs:\n  places: true\n", "2:11", "is true, but must be a whole number"),
    ("truth for nothing", "network: {hubs_by_2027: false}\n", "1:25", "is false, but must be a whole number"),
    ("too much", "accompaniment:\n  hours_per_startup: 500\n", "2:22", "from 0 to 80 (unit h/month"),
    ("negative", "fairs:\n  places: -1\n", "2:11", "from 0 to 5000"),
    ("just too much", "fairs: {hub_share: 1.0000001}\n", "1:20", "from 0 to 1"),
    ("missing value", "fairs:\n  places:\n  noise: 1\n", "2:3", "is empty"),
    ("empty block", "fairs:\nname: a\n", "1:1", "is empty"),
    ("block as list", "fairs:\n  - places\n", "1:1", "is a list, but must be a group of keys"),
    ("block as number", "fairs: 200\n", "1:8", "is 200, but must be a group of keys"),
    ("group for a number", "fairs:\n  places: {a: 1}\n", "2:3", "is a group of keys, but must be"),
    ("list for a number", "fairs:\n  places: [1, 2]\n", "2:3", "is a list, but must be"),
    ("yes", "fairs:\n  enabled: yes\n", "2:12", "write true, without quotes"),
    ("off", "fairs: {enabled: off}\n", "1:18", "write false"),
    ("one for true", "fairs: {enabled: 1}\n", "1:18", "must be true or false"),
    ("wrong word", "admission:\n  rule: quee\n", "2:9", "did you mean 'queue'?"),
    ("number for a word", "admission: {rule: 1}\n", "1:19", "must be one of queue, ranked"),
    ("name as number", "name: 2027\n", "1:7", "put it in quotes"),
    ("empty name", "name: ''\n", "1:7", "must be text"),
    ("name as list", "name: [a]\n", "1:1", "must be text"),
    ("unknown language", "name: {de: Zehn}\n", "1:8", "languages: en, fr, ar"),
    ("number in a language", "name: {en: 10}\n", "1:12", "name.en is 10"),
    ("no languages", "name: {}\n", "1:1", "name has no text"),
    ("mix", "accompaniment:\n  mix: {finance: 0.5}\n", "2:3", "sum to 1, not 1.16667"),
    # months
    ("month 13", "time:\n  end: 2026-13\n", "2:8", "a month written YYYY-MM"),
    ("month without zero", "time: {end: 2036-7}\n", "1:13", "for example 2026-07"),
    ("year", "time: {end: 2036}\n", "1:13", "a month written YYYY-MM"),
    ("day", "time: {end: 2036-07-01}\n", "1:13", "leave out the day"),
    ("words", "time: {end: July 2036}\n", "1:13", "a month written YYYY-MM"),
    ("end before present", "time: {end: 2024-06}\n", "1:13", "after time.present (2024-06)"),
    ("present before start", "time: {present: 2009-12}\n", "1:17", "after time.start (2010-01)"),
    ("start after present", "time:\n  start: 2024-07\n", "2:10", "after time.start (2024-07)"),
    ("a long time", "time: {end: 2199-12}\n", "1:13", "100 years at most"),
    # hubs
    (
        "openings as group",
        "network:\n  openings: {hub: Fès, opens: 2026-07}\n",
        "2:3",
        "'- ' before each item",
    ),
    ("openings as text", "network: {openings: Fès}\n", "1:21", "must be a list"),
    ("opening as text", "network:\n  openings:\n    - Fès\n", "3:7", "a group of keys (hub, opens"),
    ("no hub", "network:\n  openings:\n    - {opens: 2026-07}\n", "3:7", "has no 'hub'"),
    ("no month", "network:\n  openings:\n    - hub: Fès\n", "3:7", "has no 'opens'; it needs hub and opens"),
    ("month as number", "network: {openings: [{hub: Fès, opens: 2026}]}\n", "1:40", "a month written"),
    ("hub as number", "network: {openings: [{hub: 7, opens: 2026-07}]}\n", "1:28", "put it in quotes"),
    ("places as text", "network: {openings: [{hub: Fès, opens: 2026-07, places: x}]}\n", "1:57", "a number"),
    ("no places", "network: {openings: [{hub: Fès, opens: 2026-07, places: 0}]}\n", "1:57", "from 1 to 2000"),
    ("accent", "network: {openings: [{hub: Fes, opens: 2026-07}]}\n", "1:28", "did you mean 'Fès'?"),
    ("spelling", "network: {openings: [{hub: Khemiset, opens: 2026-07}]}\n", "1:28", "'Khémisset'?"),
    ("Arabic", "network: {openings: [{hub: فاس, opens: 2026-07}]}\n", "1:28", "here it is called 'Fès'"),
    ("nowhere", "network: {openings: [{hub: Atlantis, opens: 2026-07}]}\n", "1:28", "unknown hub 'Atlantis'"),
    ("in the past", "network: {openings: [{hub: Fès, opens: 2020-07}]}\n", "1:40", "after time.present"),
    ("at present", "network: {openings: [{hub: Fès, opens: 2024-06}]}\n", "1:40", "after time.present"),
    (
        "open already",
        "network: {openings: [{hub: Rabat, opens: 2026-07}]}\n",
        "1:28",
        "Rabat is open already",
    ),
    (
        "city without places",
        "network: {openings: [{hub: Nador, opens: 2026-07}]}\n",
        "1:28",
        "places must be given",
    ),
    (
        "twice",
        "network:\n  openings:\n    - {hub: Fès, opens: 2026-07}\n    - {hub: Fès, opens: 2027-07}\n",
        "4:13",
        "Fès opens twice",
    ),
    ("eleven hubs", "network: {hubs_by_2027: 11}\n", "1:25", "from 6 to 10"),
    ("five hubs", "network: {hubs_by_2027: 5}\n", "1:25", "from 6 to 10"),
    (
        "too few openings",
        "network:\n  hubs_by_2027: 8\n  openings: [{hub: Fès, opens: 2026-07}]\n",
        "2:17",
        "network.openings allows 7 at most",
    ),
    (
        "close nothing",
        "network: {closures: [{hub: Rabbat, closes: 2026-07}]}\n",
        "1:28",
        "did you mean 'Rabat'?",
    ),
    (
        "close what never opens",
        "network: {closures: [{hub: Fès, closes: 2026-07}]}\n",
        "1:28",
        "there is no hub 'Fès'",
    ),
    (
        "close the past",
        "network: {closures: [{hub: Rabat, closes: 2020-07}]}\n",
        "1:43",
        "after time.present",
    ),
    (
        "close twice",
        "network:\n  closures:\n    - {hub: Rabat, closes: 2026-07}\n    - {hub: Rabat, closes: 2026-08}\n",
        "4:13",
        "Rabat closes twice",
    ),
    (
        "close before opening",
        "network:\n  openings: [{hub: Fès, opens: 2026-07}]\n  closures: [{hub: Fès, closes: 2026-07}]\n",
        "3:33",
        "it opens only in 2026-07",
    ),
    # extends
    ("extends nothing", "extends:\nname: a\n", "1:1", "extends is empty"),
    ("extends a list", "extends: [today.yaml]\n", "1:1", "the path of one scenario file"),
    ("extends a number", "extends: 12\n", "1:10", "the path of one scenario file"),
    ("misspelt file", "extends: tody.yaml\n", "1:10", "did you mean 'today.yaml'?"),
    ("no suffix", "extends: today\n", "1:10", "did you mean 'today.yaml'?"),
    ("no such folder", "extends: plans/today.yaml\n", "1:10", "there is no folder"),
    ("a folder", "extends: ../scenarios\n", "1:10", "a folder, not a file"),
    ("itself", "extends: broken.yaml\n", "1:10", "in a circle"),
    ("climbing out", "extends: ../../secret.yaml\n", "1:10", "leaves the project's root"),
    ("climbing high", "extends: ../../../../../../etc/passwd\n", "1:10", "leaves the project's root"),
    ("absolute", "extends: /etc/passwd\n", "1:10", "absolute path"),
    ("home", "extends: ~/today.yaml\n", "1:10", "absolute path"),
    ("unknown builtin", "extends: builtin:nowhere\n", "1:10", "no packaged scenario or experiment is called 'nowhere'"),
    ("builtin that climbs", "extends: builtin:../x\n", "1:10", "no packaged scenario"),
]

BROKEN_BYTES = [
    ("UTF-16", "name: Fès\n".encode("utf-16"), "1:1", "UTF-16"),
    ("UTF-16 without mark", "name: a\n".encode("utf-16-be"), "1:1", "NUL"),
    ("Latin-1", "name: a\ndescription: Fès\n".encode("latin-1"), "2:15", "byte 0xE8"),
    ("NUL", b"name: a\n\0", "2:1", "NUL"),
    ("binary", bytes(range(256)) * 4, "3:115", "UTF-8"),
    ("two marks", b"\xef\xbb\xbf\xef\xbb\xbfname: a\n", "1:1", "U+FEFF"),
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    schema()  # importing the processes is not part of reading a file
    root = tmp_path / "project"
    (root / "scenarios").mkdir(parents=True)
    (root / "scenarios" / "today.yaml").write_text("name: Today\n")
    (tmp_path / "secret.yaml").write_text("name: Secret\n")
    monkeypatch.chdir(root)
    return root


def problems_of(path: str) -> list[str]:
    """The lines of the error that the check of a file raises; fails if the check takes long."""
    with little_work(), pytest.raises(ScenarioError) as raised:
        check_file(path)
    return str(raised.value).splitlines()


def expect(lines: list[str], place: str, phrase: str) -> None:
    assert any(line.startswith(place + ": ") and phrase in line for line in lines), "\n".join(lines)


@pytest.mark.parametrize(("text", "place", "phrase"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN])
def test_every_mistake_has_its_place(project: Path, text: str, place: str, phrase: str) -> None:
    (project / "scenarios" / "broken.yaml").write_text(text, encoding="utf-8")
    expect(problems_of("scenarios/broken.yaml"), f"scenarios/broken.yaml:{place}", phrase)


@pytest.mark.parametrize(("content", "place", "phrase"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN_BYTES])
def test_wrong_encodings(project: Path, content: bytes, place: str, phrase: str) -> None:
    (project / "scenarios" / "broken.yaml").write_bytes(content)
    expect(problems_of("scenarios/broken.yaml"), f"scenarios/broken.yaml:{place}", phrase)


def test_an_alias_bomb_is_refused_at_its_first_anchor(project: Path) -> None:
    bomb = "a: &a [x, x, x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    (project / "bomb.yaml").write_text(bomb)
    expect(problems_of("bomb.yaml"), "bomb.yaml:1:4", "the anchor '&a'")


def test_files_that_are_none(project: Path) -> None:
    (project / "folder.yaml").mkdir()
    os.mkfifo(project / "pipe.yaml")
    (project / "loop.yaml").symlink_to("loop.yaml")
    expect(problems_of("scenarios/tdoay.yaml"), "scenarios/tdoay.yaml:1:1", "did you mean 'today.yaml'?")
    expect(problems_of("folder.yaml"), "folder.yaml:1:1", "a folder")
    expect(problems_of("pipe.yaml"), "pipe.yaml:1:1", "pipe or device")
    expect(problems_of("/dev/zero"), "/dev/zero:1:1", "pipe or device")
    expect(problems_of("loop.yaml"), "loop.yaml:1:1", "")
    expect(problems_of("a" * 5000 + ".yaml"), "a" * 5000 + ".yaml:1:1", "")
    expect(problems_of("a\0b"), "a\0b:1:1", "not a path")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(project: Path) -> None:
    (project / "closed.yaml").write_text("name: a\n")
    (project / "closed.yaml").chmod(0)
    expect(problems_of("closed.yaml"), "closed.yaml:1:1", "permissions")


def test_links_out_of_the_project(project: Path) -> None:
    (project / "scenarios" / "link.yaml").symlink_to("../../secret.yaml")
    (project / "scenarios" / "child.yaml").write_text("extends: link.yaml\n")
    expect(problems_of("scenarios/link.yaml"), "scenarios/link.yaml:1:1", "outside the project")
    expect(problems_of("scenarios/child.yaml"), "scenarios/child.yaml:1:10", "outside the project")


def test_mistakes_in_a_parent_are_shown_there_with_those_of_the_child(project: Path) -> None:
    (project / "scenarios" / "parent.yaml").write_text("fairs:\n  places: many\n  hub_share: 7\n")
    (project / "scenarios" / "child.yaml").write_text(
        "extends: parent.yaml\nfairs:\n  hub_share: 8\nmissions: {places: -1}\n"
    )
    lines = problems_of("scenarios/child.yaml")
    assert [line.split(": ")[0] for line in lines] == [
        "scenarios/child.yaml:3:14",
        "scenarios/child.yaml:4:20",
        "scenarios/parent.yaml:2:11",
    ] or [line.split(": ")[0] for line in lines] == [
        "scenarios/parent.yaml:2:11",
        "scenarios/child.yaml:3:14",
        "scenarios/child.yaml:4:20",
    ]


def test_of_a_newer_file_nothing_else_is_told(project: Path) -> None:
    (project / "scenarios" / "parent.yaml").write_text("name: a\nname: b\nformat: 2\nfairs: {newer: 1}\n")
    (project / "scenarios" / "child.yaml").write_text("format: 1\nextends: parent.yaml\nfairs: {places: many}\n")
    (project / "scenarios" / "study.yaml").write_text("format: 2\nkind: newer\nbase: child.yaml\n")
    newer = (
        "format is 2, but must be 1, the newest that this hubsim reads; the file was written for a newer one: "
        "update hubsim"
    )
    assert problems_of("scenarios/parent.yaml") == [f"scenarios/parent.yaml:3:9: {newer}"]
    assert problems_of("scenarios/study.yaml") == [f"scenarios/study.yaml:1:9: {newer}"]
    lines = problems_of("scenarios/child.yaml")
    assert f"scenarios/parent.yaml:3:9: {newer}" in lines and len(lines) == 2
    expect(lines, "scenarios/child.yaml:3:17", "must be a whole number")


def test_one_mistake_is_said_once(project: Path) -> None:
    (project / "plan.yaml").write_text("network: {openings: [{hub: true, opens: 2026-07}]}\n")
    assert len(problems_of("plan.yaml")) == 1


def test_circles_and_long_chains(project: Path) -> None:
    folder = project / "scenarios"
    (folder / "a.yaml").write_text("extends: b.yaml\n")
    (folder / "b.yaml").write_text("name: b\nextends: a.yaml\n")
    expect(problems_of("scenarios/a.yaml"), "scenarios/b.yaml:2:10", "a.yaml → b.yaml → a.yaml")
    for number in range(60):
        (folder / f"{number}.yaml").write_text(f"extends: {number + 1}.yaml\n")
    expect(problems_of("scenarios/0.yaml"), "scenarios/49.yaml:1:10", "more than 50 files")


def test_a_chain_of_large_files_is_refused_in_time(project: Path) -> None:
    for number in range(40):
        closures = "".join("    - {hub: Rabat, closes: 2026-07}\n" for _ in range(400))
        (project / f"{number}.yaml").write_text(f"extends: {number + 1}.yaml\nnetwork:\n  closures:\n{closures}")
    assert any("5000 values" in line for line in problems_of("0.yaml"))


def test_thousands_of_mistakes_are_counted(project: Path) -> None:
    (project / "many.yaml").write_text("".join(f"key{number}: 1\n" for number in range(2000)))
    assert problems_of("many.yaml")[-1] == "… and 1900 more"
