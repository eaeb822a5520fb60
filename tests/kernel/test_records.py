"""Compiled loops by name: the same bits as plain Python, and a wrong name is an error before anything is computed."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import sim
from sim.declare import Block
from sim.kernel import records
from sim.kernel.compiled import inlined
from sim.kernel.randomness import Streams
from sim.kernel.records import MOST_ARGUMENTS, booked, columns, draws, kernel, read_from, stacked, undeclared


class Loan(NamedTuple):
    """Two columns of the same kind, which only their names tell apart."""

    debt: np.ndarray
    cash: np.ndarray


class Rates(NamedTuple):
    interest: float
    share: float


class Paid(NamedTuple):
    total: float
    rows: np.ndarray


@inlined
def due(of: Loan, row: int, rates: Rates) -> float:
    return of.debt[row] * (rates.interest + rates.share)


def repay(of: Loan, rates: Rates, first: int) -> Paid:
    total, rows = 0.0, np.empty(of.debt.size, dtype=np.int64)
    count = 0
    for row in range(first, of.debt.size):
        paid = min(due(of, row, rates), of.cash[row])
        if paid > 0:
            of.cash[row] -= paid
            of.debt[row] -= paid
            total += paid
            rows[count] = row
            count += 1
    return Paid(total, rows[:count])


compiled_repay = kernel(repay)


class Parameters(Block):
    share: float = 0.5
    interest: float = 0.1


@read_from(Parameters)
class Terms(NamedTuple):
    interest: np.ndarray
    share: np.ndarray


@kernel
def both(terms: Terms, policy: int) -> tuple[float, float]:
    return terms.interest[policy], terms.share[policy]


@columns
class Seen(NamedTuple):
    quality: np.ndarray
    cash: np.ndarray


class Around(NamedTuple):
    seen: Seen
    place: int


@kernel
def inside(around: Around) -> tuple[float, float]:
    return around.seen.quality[around.place], around.seen.cash[0, around.place]


def loans() -> Loan:
    random = np.random.default_rng(1)
    return Loan(random.gamma(2, 10, 50), random.gamma(1, 5, 50))


def test_records_come_in_and_go_out_by_name_with_the_bits_of_plain_python():
    ours, plain, rates = loans(), loans(), Rates(0.01, 0.1)
    found, wanted = compiled_repay(ours, rates, 3), repay(plain, rates, 3)
    assert type(found) is Paid and found.total == wanted.total and found.rows.tolist() == wanted.rows.tolist()
    assert (ours.cash == plain.cash).all() and (ours.debt == plain.debt).all()
    assert (ours.cash[:3] == loans().cash[:3]).all()


def test_a_record_of_another_kind_is_refused_before_the_loop():
    swapped = Rates(*loans()) if len(Rates._fields) == len(Loan._fields) else None
    with pytest.raises(TypeError, match="takes a Loan, not a Rates"):
        compiled_repay(swapped, Rates(0.01, 0.1), 0)
    with pytest.raises(TypeError, match="takes a Rates, not a tuple"):
        compiled_repay(loans(), (0.01, 0.1), 0)
    with pytest.raises(AttributeError, match="dept"):
        loans()._replace(debt=loans().dept)


def test_nobody_needs_more_than_eight_arguments():
    def many(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int, i: int) -> int:
        return a

    with pytest.raises(TypeError, match="takes 9 arguments"):
        kernel(many)


def test_what_records_name_is_declared(monkeypatch):
    from sim.processes import COLUMNS, COUNTS, PAYMENTS, STREAMS, costs

    entries = (*COUNTS, *map(costs.series_of, costs.KINDS), *PAYMENTS)
    assert list(undeclared(("key", *COLUMNS), STREAMS, entries)) == [] and len(records._COLUMNS) > 5
    for bound in ("_COLUMNS", "_STREAMS", "_BOOKED"):
        assert getattr(records, bound)
        monkeypatch.setattr(records, bound, {})

    @columns
    class Seen(NamedTuple):
        cash: np.ndarray
        qualty: np.ndarray

    @draws("exports")
    class Words(NamedTuple):
        atempt: np.uint64

    @booked(cost=("startups", "abroad", "export entry"))
    class Counted(NamedTuple):
        export_entry: np.ndarray
        cost: np.ndarray

    @booked(paid=("startups", "abroad", "export entries"))
    class Paying(NamedTuple):
        paid: np.ndarray

    said = [sentence for _, sentence in undeclared(("key", *COLUMNS), STREAMS, entries)]
    assert "Seen names the column of startups 'qualty', which nobody declares; did you mean 'quality'?" in said[0]
    assert "Words names the random stream 'exports.atempt', which nobody declares" in said[1]
    assert "'exports.attempt'" in said[1] and len(said) == 4
    assert "Counted names the count or payment 'export_entry', which nobody declares" in said[2]
    assert "'export entries, startups to abroad', which nobody declares; did you mean" in said[3]


def test_parameters_are_read_by_name_one_for_each_policy():
    with pytest.raises(TypeError, match="parameter 'intrest', which nobody declares; did you mean 'interest'"):

        @read_from(Parameters)
        class Wrong(NamedTuple):
            intrest: float

    terms = stacked([Terms(one.interest, one.share) for one in (Parameters(), Parameters(share=0.2))])
    assert both(terms, 0) == (0.1, 0.5) and both(terms, 1) == (0.1, 0.2)


def test_columns_and_words_are_those_of_their_names(world_now):
    startups, streams = world_now.startups, Streams(1, 0, 12)
    seen = inside(Around(startups.table.see(Seen), 0))
    assert seen == (startups.quality[0], startups.cash[0]) and seen[0] != seen[1]
    with pytest.raises(AttributeError, match="quality"):
        inside(Around(loans(), 0))

    @draws("exports")
    class Drawn(NamedTuple):
        success: np.uint64
        stop: np.uint64

    words = streams.words(Drawn, 3)
    assert words == (streams["exports.success"].at(3), streams["exports.stop"].at(3))


def test_compiled_functions_take_at_most_eight_arguments():
    found = {}
    for file in sorted(Path(sim.__path__[0]).rglob("*.py")):
        module = ".".join(("sim", *file.relative_to(sim.__path__[0]).with_suffix("").parts))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = {one.id for one in node.decorator_list if isinstance(one, ast.Name)}
                if names & {"compiled", "inlined", "kernel"}:
                    found[f"{module}.{node.name}"] = len(node.args.args)
    assert len(found) > 50 and not {name for name, count in found.items() if count > MOST_ARGUMENTS}
