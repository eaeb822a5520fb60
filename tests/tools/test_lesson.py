"""The lesson: its numbers are those of its worlds, and it is one lesson in three languages."""

from __future__ import annotations

import json
import re

import pytest

from tools.documentation import lesson

KEPT = json.loads(lesson.NUMBERS.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_numbers_of_the_lesson_are_those_of_its_worlds():
    assert lesson.worlds() == KEPT


def test_the_first_world_of_the_lesson_is_as_the_lesson_says():
    found = lesson.world(1)
    assert found == {name: KEPT["1"][name] for name in found} and len(found) == 2


def test_the_lesson_says_what_its_numbers_say():
    """Differences vary less than levels, and hours hardly move who is in a hub."""
    levels = [KEPT[str(seed)]["today"]["exporters"] for seed in lesson.SEEDS]
    gaps = [KEPT[str(seed)]["ten"]["exporters"] - level for seed, level in zip(lesson.SEEDS, levels, strict=True)]
    assert max(gaps) - min(gaps) < (max(levels) - min(levels)) / 3
    counts = {name: KEPT["1"][name] for name in ("today", "two", "sixteen")}
    assert max(abs(counts[name]["residents"] - counts["today"]["residents"]) for name in counts) <= 5
    assert counts["two"]["active"] < counts["today"]["active"] < counts["sixteen"]["active"]
    table = lesson._effects(lesson.language("en"))
    assert table["exporters_median"].startswith("+") and table["export_rate_median"].startswith("−")
    assert (table["success_rate_verdict"], table["cohort_export_rate_verdict"]) == ("practically none", "open")


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_the_lesson_has_the_same_chapters_tasks_and_numbers_in_every_language(code):
    def digits(page: str) -> list[list[str]]:
        plain = re.sub(r"(?<=\d)[,.\u202f](?=\d)", "", re.sub(r"\]\([^)]*\)|<[^>]*>", "]", page))
        return [sorted(re.findall(r"\d+", chapter)) for chapter in re.split(r"^## ", plain, flags=re.MULTILINE)]

    english, other = digits(lesson.page("en")), digits(lesson.page(code))
    assert len(english) == 8 and other[1:] == english[1:]
    minutes = sum(map(int, re.findall(r"\((\d+) minutes\)", lesson.page("en"))))
    assert minutes == 120


def test_visitors_of_the_page_read_the_lesson_of_the_documents():
    for file, text in lesson.fragments().items():
        assert file.read_text(encoding="utf-8") == text
