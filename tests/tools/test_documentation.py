"""The documents say what the program does: generated pages are current, the READMEs keep step."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from sim.country import data
from sim.declare import declarations
from sim.model.outcomes import DEFINED
from sim.processes import BLOCKS, COLUMNS, MONTH
from tools.documentation import odd, pages
from tools.documentation.country import MEANING
from tools.documentation.formulas import FORMULAS
from tools.documentation.markdown import number

ROOT = Path(__file__).parents[2]
IN_THE_REPOSITORY = pytest.mark.skipif(not (ROOT / "sim").exists(), reason="pages name files of the repository")
generated = cache(pages.page)
READMES = {language: (ROOT / name).read_text(encoding="utf-8") for language, name in (
    ("en", "README.md"), ("fr", "README.fr.md"), ("ar", "README.ar.md"),
)}  # fmt: skip


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_generated_page_is_what_the_program_says(name):
    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert committed == generated(name), "write it anew with `uv run python -m tools.documentation`"


def test_the_odd_document_has_its_seven_parts_in_order():
    headings = re.findall(r"^## (\d)\. (.+)$", generated("odd.md"), re.MULTILINE)
    assert [int(number) for number, _ in headings] == list(range(1, 8))
    concepts = re.findall(
        r"^\*\*(\w[\w ]*)\.\*\*", generated("odd.md").split("### Human")[0].split("## 4.")[1], re.MULTILINE
    )
    assert concepts == [
        "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing",
        "Interaction", "Stochasticity", "Collectives", "Observation",
    ]  # fmt: skip


def test_the_odd_document_covers_every_process_block_and_column():
    text = generated("odd.md")
    for process in (*MONTH, *odd.HELPING):
        assert f"{{ #submodel-{odd.name(process).replace('_', '-')} }}" in text
    for block, parameters in BLOCKS.items():
        for field in parameters.model_fields:
            assert f"`{block}.{field}" in text
    assert all(f"| `{column}` |" in text for column in COLUMNS)


def test_every_submodel_of_the_odd_document_has_equations_and_every_state_variable_a_unit():
    text = generated("odd.md")
    for part in text.split("## 7.")[1].split("\n### ")[1:]:
        assert re.search(r"^ {4}\S", part, re.MULTILINE), part.partition("\n")[0]
    entities = text.split("## 2.")[1].split("### Scales")[0]
    rows = re.findall(r"^\| `[^|]+\|([^|]*)\|", entities, re.MULTILINE)
    assert len(rows) > 70
    assert all(unit.strip() for unit in rows)


NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
OF_FORM = {"0", "1", "2", "12"}
"""Numbers that belong to the form of an equation: signs, squares, halves, and the months of a year."""
OF_ITS_FORM = {"competence": {"3"}, "spillovers": {"4"}, "follow_up": {"24", "60"}}
"""The number of competences in the mix; four, which makes a product of shares at most one; months of follow-up."""


def equations(text):
    """The lines of a text that are equations."""
    return [line for line in text.splitlines() if re.match(r" {4}\S", line)]


@pytest.mark.parametrize("process", (*MONTH, *odd.HELPING), ids=odd.name)
def test_equations_hold_symbols_and_no_number_that_is_a_parameter(process):
    submodel = odd.submodel(process)
    written = {number for line in equations(submodel) for number in NUMBER.findall(line)}
    assert written <= OF_FORM | OF_ITS_FORM.get(odd.name(process), set())
    known = declarations(process.Parameters) if hasattr(process, "Parameters") else {}
    told = set(NUMBER.findall(inspect.getdoc(process) + inspect.getdoc(getattr(process, "act", None) or process)))
    values = {f"{one.default:g}" for one in known.values() if type(one.default) in (int, float)}
    assert not told & values - OF_FORM - OF_ITS_FORM.get(odd.name(process), set())


def test_a_number_in_an_equation_would_be_found():
    held = "    ln R ~ N(ln R0, 0.9^2),   w = e1 exp(-d / 80)"
    assert NUMBER.findall(held) == ["0.9", "2", "80"] and equations(f"text of 3\n\n{held}\n") == [held]


def test_every_symbol_stands_in_an_equation_or_its_sentence_with_its_value_below():
    for process in (*MONTH, *odd.HELPING):
        text = inspect.getdoc(process)
        submodel = odd.submodel(process)
        for declared in declarations(process.Parameters).values() if hasattr(process, "Parameters") else ():
            if declared.symbol != declared.path.rpartition(".")[2]:
                assert re.search(rf"(?<![\w]){declared.symbol}(?![\w])", text), declared.path
                assert f"| `{declared.symbol}` | `{number(declared.default)}` |" in submodel
        for symbol, constant in getattr(process, "CONSTANTS", {}).items():
            assert symbol in text and f"`{symbol}` = {constant.value:g} {constant.unit}" in submodel


def test_formulas_of_outcomes_hold_no_price_and_no_rate():
    written = {found for formula in FORMULAS.values() for found in NUMBER.findall(formula)}
    half_a_month, kmad_a_job, months_followed, dirhams = "0.5", "30", "60", "1000"
    assert written - OF_FORM == {half_a_month, kmad_a_job, months_followed, dirhams}


@pytest.mark.parametrize("name", pages.PAGES)
def test_no_address_is_broken_by_the_markup_around_it(name):
    linked = re.findall(r"<(https?://[^>]*)>", generated(name))
    assert not [address for address in linked if not re.fullmatch(r"[^\s|*)]*[^\s|*,.;:)]", address)]


def test_the_schedule_is_the_order_of_the_code():
    schedule = generated("odd.md").split("## 3.")[1].split("## 4.")[0]
    steps = re.findall(r"^(\d+)\. \[.+?\]\(#submodel-([\w-]+)\)", schedule, re.MULTILINE)
    assert [name for _, name in steps] == [odd.name(process).replace("_", "-") for process in MONTH]
    numbers = re.findall(r"^(\d+)\. ", schedule, re.MULTILINE)
    assert list(map(int, numbers)) == list(range(1, len(numbers) + 1)) and len(numbers) > len(MONTH)


def test_every_outcome_has_a_formula_and_every_table_a_meaning():
    assert list(FORMULAS) == list(DEFINED)
    assert set(MEANING) == set(data.TABLES)


@IN_THE_REPOSITORY
def test_files_that_a_page_names_are_there():
    written = {"scenarios/mine.yaml", "experiments/places.yaml", "scenarios/two-hours.yaml"}
    for page in (*READMES.values(), *(file.read_text(encoding="utf-8") for file in (ROOT / "docs").rglob("*.md"))):
        named = set(re.findall(r"`((?:docs|examples|experiments|scenarios|sim|tests)/[\w./-]+)`", page))
        assert all((ROOT / name).exists() for name in named - written), named


@pytest.mark.parametrize("language", READMES)
def test_a_readme_shows_the_claims_of_the_table(language):
    for claim in data.table("claims").itertuples():
        [row] = re.findall(rf"^\| {claim.claim} \|.*", READMES[language], re.MULTILINE)
        assert set(re.findall(r"`([^`]+)`", row)) == {name.strip() for name in claim.names.split(";")}


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_readme_keeps_the_structure_of_the_english_one(language):
    def levels(text: str) -> list[int]:
        return [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]

    def commands(text: str) -> list[str]:
        found = re.findall(r"^    (.+?)(?:  +#.*)?$", text, re.MULTILINE)
        return [line.strip() for line in found if re.match(r"(python3|uv|cp) ", line)]

    english, translated = READMES["en"], READMES[language]
    assert levels(translated) == levels(english)
    assert commands(translated) == commands(english)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_readme_has_the_numbers_and_links_of_the_english_one_in_each_section(language):
    def numbers(section: str) -> Counter[str]:
        plain = re.sub(r"(\d),(\d)", r"\1.\2", re.sub(r"\]\([^)]*\)", "]", section))
        return Counter(re.findall(r"\d+(?:\.\d+)?", plain))

    def links(section: str) -> set[str]:
        targets = re.findall(r"\]\(([^)]+)\)", section)
        return {
            re.sub(r"[-.](?:fr|ar)\.(png|md)$", r".\1", target) for target in targets if not target.startswith("README")
        }

    english, others = (re.split(r"^## ", READMES[code], flags=re.MULTILINE) for code in ("en", language))
    for section, translated in zip(english, others, strict=True):
        assert numbers(translated) == numbers(section)
        assert links(translated) == links(section)


@IN_THE_REPOSITORY
@pytest.mark.parametrize("language", READMES)
def test_a_readme_points_to_files_that_are_there_and_to_the_other_languages(language):
    targets = set(re.findall(r"\[[^\]]+\]\(([^)#:]+)(?:#[^)]*)?\)", READMES[language]))
    assert all((ROOT / target).exists() for target in targets), targets
    others = {"README.md", "README.fr.md", "README.ar.md"} - {
        "README.md" if language == "en" else f"README.{language}.md"
    }
    assert others <= targets
