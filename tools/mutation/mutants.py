"""Mutants: mistakes of the domain, written down by hand, and a random sample of ordinary ones.

Cosmic Ray finds and makes the ordinary ones. Only what runs can be wrong: annotations, docstrings and the declarations
of numbers with their sources are left out, and so are replacements that no compiler takes (a shift of a real number),
which would make the share of those killed look better than it is.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
SAMPLED = (
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "sim/processes").glob("[!_]*.py")),
    "sim/model/outcomes.py", "sim/model/twins.py", "sim/studies/channels.py", "sim/studies/statistics.py",
    "sim/studies/effect_distribution.py", "sim/studies/store.py",
)  # fmt: skip
"""Files of which ordinary mutants are sampled."""
SEED, SIZE = 22, 300
"""Seed of the sample's order, and its size. The order is drawn, so that the first n are a sample, too."""
_OPERATORS = (
    *(f"ReplaceBinaryOperator_{name}" for name in (
        "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Mod_FloorDiv", "Pow_Mul", "BitAnd_BitOr",
        "BitOr_BitAnd",
    )),
    *(f"ReplaceComparisonOperator_{name}" for name in (
        "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt", "Eq_NotEq", "NotEq_Eq",
        "Is_IsNot", "IsNot_Is",
    )),
    "ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak", "NumberReplacer", "ZeroIterationForLoop", "AddNot",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A program that is wrong in one place.

    Attributes:
        name: of an ordinary one its operator and the hash of its place, of one of the domain what is wrong.
        file: path from the root.
        line: of the first difference.
        source: the whole file with the mistake.
        change: the line as it was, and as it is.
    """

    name: str
    file: str
    line: int
    source: str
    change: str

    @classmethod
    def of(cls, name: str, file: str, before: str, after: str) -> Mutant:
        """The mutant that turns one text of a file into another."""
        old, new = before.splitlines(), after.splitlines()
        first = next(row for row, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
        return cls(name, file, first + 1, after, f"{old[first].strip()} → {new[first].strip()}")


def domain() -> list[Mutant]:
    """The mistakes of `domain.yaml`.

    Raises:
        ValueError: a text to replace stands in its file never or several times.
    """
    found = []
    for entry in YAML(typ="safe").load(Path(__file__).with_name("domain.yaml")):
        before = (ROOT / entry["file"]).read_text(encoding="utf-8")
        if (times := before.count(entry["find"])) != 1:
            raise ValueError(f"{entry['file']} has {times} times, not once: {entry['find']}")
        after = before.replace(entry["find"], entry["put"])
        found.append(Mutant.of(entry["means"], entry["file"], before, after))
    return found


def ordinary(size: int = SIZE, seed: int = SEED) -> Iterator[Mutant]:
    """A random sample of the ordinary mutants of `SAMPLED`, each as probable as any other.

    The order is that of a hash of the place: its file, line and operator, not its number in the file, so that a place
    stays in the sample, under its name, when other places change.
    """
    from cosmic_ray.mutating import mutate_code

    places = sorted(
        (sha256(f"{seed} {place}".encode()).hexdigest(), place) for file in SAMPLED for place in _places(file)
    )
    for code, (file, operator, _, _, number) in places[:size]:
        before = (ROOT / file).read_text(encoding="utf-8")
        yield Mutant.of(f"{operator} {code[:8]}", file, before, mutate_code(before, _operator(operator), number))


def _operator(name: str) -> Any:
    from cosmic_ray.plugins import get_operator

    return get_operator(f"core/{name}")()


class _Place(NamedTuple):
    """Where an operator applies: `same` counts those of one line, or of equal lines, `number` those of the file."""

    file: str
    operator: str
    line: str
    same: int
    number: int

    def __str__(self) -> str:
        return f"{self.file} {self.operator} {self.same} {self.line}"


def _places(file: str) -> Iterator[_Place]:
    """Each place of a file where an operator applies."""
    from cosmic_ray.ast import ast_nodes, get_ast

    text = (ROOT / file).read_text(encoding="utf-8")
    inside, nodes, lines = _that_run(text), [*ast_nodes(get_ast(text))], text.splitlines()
    for name in _OPERATORS:
        operator, number, same = _operator(name), 0, Counter[str]()
        for node in nodes:
            for start, _ in operator.mutation_positions(node):
                line = lines[start[0] - 1].strip()
                if inside(start):
                    yield _Place(file, name, line, same[line], number)
                same[line] += 1
                number += 1


def _that_run(text: str) -> Any:
    """Whether a position (line, column) of a file lies in the body of a function, and not in an annotation."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    spans = [(node.body[0].lineno, node.end_lineno or 0) for node in functions]
    notes = [
        (note.lineno, note.col_offset, note.end_col_offset or 0)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.AnnAssign | ast.arg) and (note := node.annotation)
    ]

    def inside(position: tuple[int, int]) -> bool:
        line, column = position
        noted = any(line == row and first <= column <= last for row, first, last in notes)
        return not noted and any(first <= line <= last for first, last in spans)

    return inside
